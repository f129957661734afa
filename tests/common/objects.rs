//! What the tests' own store holds, by a client of another maker (boto3).
#![allow(dead_code, reason = "not every test binary uses all of it")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::servers::server;

const CLIENT: &str = "import os, sys, boto3\nfrom botocore.config import Config\n\
    s = boto3.client('s3', endpoint_url=sys.argv[1], region_name='us-east-1', aws_access_key_id='a', \
    aws_secret_access_key='b', config=Config(proxies={}))\nbucket, key = sys.argv[2:4]\n\
    def keys(): return [o['Key'] for p in s.get_paginator('list_objects_v2').paginate(Bucket=bucket, Prefix=key) \
    for o in p.get('Contents', [])]\n";

/// Runs a program that has the client `s`, `bucket`, `key`, `sys.argv[4]` and `keys()`; gives what it prints.
fn client(program: &str, [endpoint, bucket, key, more]: [&str; 4], input: &[u8]) -> String {
    let python = server("TUOMIN_TEST_STORE_PYTHON").unwrap();
    let mut command = Command::new(python);
    command.env("AWS_CA_BUNDLE", server("TUOMIN_TEST_STORE_AUTHORITY").unwrap());
    command.args(["-c", &format!("{CLIENT}{program}"), endpoint, bucket, key, more]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

/// Puts bytes into the store as an object; the bucket is made where it is not there.
pub fn put(endpoint: &str, bucket: &str, key: &str, bytes: &[u8]) {
    let program = "s.create_bucket(Bucket=bucket)\ns.put_object(Bucket=bucket, Key=key, Body=sys.stdin.buffer.read())";
    client(program, [endpoint, bucket, key, ""], bytes);
}

/// A bucket without objects.
pub fn empty(endpoint: &str, bucket: &str) {
    let program = "s.create_bucket(Bucket=bucket)\nfor k in keys(): s.delete_object(Bucket=bucket, Key=k)";
    client(program, [endpoint, bucket, "", ""], b"");
}

/// The keys that begin so, in ascending order.
pub fn keys(endpoint: &str, bucket: &str, prefix: &str) -> Vec<String> {
    let told = client("print('\\n'.join(keys()))", [endpoint, bucket, prefix, ""], b"");
    told.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// Removes one object.
pub fn remove(endpoint: &str, bucket: &str, key: &str) {
    client("s.delete_object(Bucket=bucket, Key=key)", [endpoint, bucket, key, ""], b"");
}

/// Copies all objects whose keys begin so to a folder, as `aws s3 cp --recursive` does.
pub fn fetch(endpoint: &str, bucket: &str, prefix: &str, folder: &Path) {
    let program = "for k in keys():\n    path = os.path.join(sys.argv[4], k[len(key):])\n    \
        os.makedirs(os.path.dirname(path), exist_ok=True)\n    s.download_file(bucket, k, path)";
    client(program, [endpoint, bucket, prefix, folder.to_str().unwrap()], b"");
}
