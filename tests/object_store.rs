//! Objects of S3 stores as sources: the real binary on a real store, and on one that fails in every way.
#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod common;
#[path = "common/servers.rs"]
mod servers;

use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use common::{Project, Run};
use servers::server;

const ACCESS: &str = "canary-access";
const HIDDEN: &str = "canary-hidden";

fn project(path: &str, endpoint: &str) -> Project {
    let project = Project::new("id\n");
    let old = fs::read_to_string(project.path("p.toml")).unwrap();
    let source = format!(
        "path = \"{path}\"\nstore = {{ endpoint = \"{endpoint}\", allow_http = true, timeout_seconds = 3, access_key = \
         \"env:TUOMIN_TEST_ACCESS\", secret_key = \"env:TUOMIN_TEST_SECRET\" }}"
    );
    fs::write(project.path("p.toml"), old.replace("path = \"d.csv\"", &source)).unwrap();
    project.without_measures();
    project
}

fn run(project: &Project) -> Run {
    let mut command = project.command();
    command.env("TUOMIN_TEST_ACCESS", ACCESS).env("TUOMIN_TEST_SECRET", HIDDEN).env("NO_PROXY", "127.0.0.1");
    let output = command.args(["run", "p.toml"]).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let run = Run { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) };
    for canary in [ACCESS, HIDDEN, "canary-body", "127.0.0.1"] {
        assert!(!run.out.contains(canary) && !run.err.contains(canary), "{canary}: {}", run.err);
    }
    run
}

fn people() -> String {
    let mut csv = String::from("id,age,city,note\n");
    for n in 0..2000 {
        writeln!(csv, "{n},{},c{},x{}", 20 + n % 40, n % 2, n % 5).unwrap();
    }
    csv
}

/// Puts a text into the store as an object.
fn put(endpoint: &str, bucket: &str, key: &str, text: &str) {
    let program = "import sys, boto3\nfrom botocore.config import Config\n\
        s = boto3.client('s3', endpoint_url=sys.argv[1], region_name='us-east-1', aws_access_key_id='a', \
        aws_secret_access_key='b', config=Config(proxies={}))\ns.create_bucket(Bucket=sys.argv[2])\n\
        s.put_object(Bucket=sys.argv[2], Key=sys.argv[3], Body=sys.stdin.buffer.read())";
    let python = server("TUOMIN_TEST_STORE_PYTHON").unwrap();
    let mut command = Command::new(python);
    command.args(["-c", program, endpoint, bucket, key]).stdin(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
fn objects_of_a_store_are_released_and_verified() {
    let Some(endpoint) = server("TUOMIN_TEST_STORE") else { return };
    let people = people();
    let (header, rows) = people.split_once('\n').unwrap();
    let half = rows.len() / 2 + rows[rows.len() / 2..].find('\n').unwrap() + 1;
    put(&endpoint, "people", "in/a.csv", &format!("{header}\n{}", &rows[..half]));
    put(&endpoint, "people", "in/b.csv", &format!("{header}\n{}", &rows[half..]));
    put(&endpoint, "people", "in/other.txt", "not read");
    let project = project("s3://people/in/*.csv", &endpoint);
    let done = run(&project);
    assert_eq!(done.code, 0, "{} {}", done.out, done.err);
    let release = project.release("test");
    let checked = project.tuomin(&["verify", release.to_str().unwrap(), "--ledger", "out/ledger.jsonl"]);
    assert_eq!(checked.code, 0, "{} {}", checked.out, checked.err);
    let none = run(&self::project("s3://people/in/*.parquet", &endpoint));
    assert_eq!(none.code, 4, "{}", none.err);
    assert!(none.err.contains("no object of the store is named like"), "{}", none.err);
    let missing = run(&self::project("s3://people/in/none.csv", &endpoint));
    assert_eq!(missing.code, 4, "{}", missing.err);
    assert!(missing.err.contains("is not in the store"), "{}", missing.err);
}

/// A store that answers every request with the same bytes, and then, if asked to, says nothing more.
fn broken(answer: &'static str, silent: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || {
                let mut stream = stream.unwrap();
                let _ = stream.read(&mut [0; 8192]);
                let _ = stream.write_all(answer.as_bytes());
                if silent {
                    std::thread::sleep(Duration::from_secs(30));
                }
            });
        }
    });
    format!("http://{address}")
}

#[test]
fn every_failure_of_a_store_has_its_message() {
    let body = "Content-Length: 11\r\nConnection: close\r\n\r\ncanary-body";
    let status = |line: &str| -> &'static str { format!("HTTP/1.1 {line}\r\n{body}").leak() };
    for (answer, silent, code, message) in [
        (status("403 Forbidden"), false, 5, "refused the keys (403)"),
        (status("404 Not Found"), false, 4, "is not in the store"),
        (status("500 Internal Server Error"), false, 5, "the store failed (HTTP 500)"),
        ("", true, 5, "did not answer within 3 seconds"),
    ] {
        let start = Instant::now();
        let failed = run(&project("s3://people/in/*.csv", &broken(answer, silent)));
        assert_eq!(failed.code, code, "{message}: {}", failed.err);
        assert!(failed.err.contains(message), "{message}: {}", failed.err);
        assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    }
}

#[test]
fn keys_and_open_networks_are_refused_in_the_file() {
    let project = project("s3://people/in/*.csv", "http://127.0.0.1:1");
    let text = fs::read_to_string(project.path("p.toml")).unwrap();
    for (from, to) in [("env:TUOMIN_TEST_SECRET", HIDDEN), ("allow_http = true, ", "")] {
        fs::write(project.path("p.toml"), text.replace(from, to)).unwrap();
        let checked = project.tuomin(&["check", "p.toml"]);
        assert_eq!(checked.code, 2, "{}", checked.err);
        assert!(!checked.err.contains(HIDDEN), "{}", checked.err);
    }
}
