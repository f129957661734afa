//! Objects put, seen and removed in the tests' own store.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use super::*;
use crate::secret::Secret;

#[path = "../../tests/common/between.rs"]
mod between;
#[path = "../../tests/common/servers.rs"]
mod servers;

use between::{Between, Then};

/// A bucket of the tests' store; `None` where that is not there.
fn store(bucket: &str) -> Option<Store> {
    let endpoint = servers::server("TUOMIN_TEST_STORE")?;
    let host = endpoint.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "PUT /{bucket} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    Some(at(endpoint, bucket, 30))
}

fn at(endpoint: String, bucket: &str, timeout_seconds: u64) -> Store {
    let access = Access {
        bucket: bucket.into(),
        endpoint: Some(endpoint),
        region: "us-east-1".into(),
        keys: Some((Secret::new("a".into()), Secret::new("b".into()), None)),
        authorities: Vec::new(),
        allow_http: true,
        timeout_seconds,
    };
    Store::new(&access).unwrap()
}

/// So many bytes, none like its neighbours.
fn bytes(length: usize) -> Vec<u8> {
    (0..length as u64).map(|n| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect()
}

#[test]
fn large_objects_are_put_in_parts_and_small_ones_at_once() {
    let Some(store) = store("parts") else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    for (length, parts) in [
        (0, None),
        (1, None),
        (PART, None),
        (PART + 1, Some(2)),
        (2 * PART, Some(2)),
        // more than are asked for at a time
        (5 * PART + 4321, Some(6)),
    ] {
        let whole = bytes(length);
        std::fs::write(&path, &whole).unwrap();
        store.put_file("a/文件", &path).unwrap();
        let object = store.find("a/文件").unwrap().unwrap();
        assert_eq!(object.size, length as u64);
        // a store tells the number of parts behind the digest
        let told = object.e_tag.clone().unwrap();
        let told = told.trim_matches('"').split_once('-').map(|(_, parts)| parts.parse::<usize>().unwrap());
        assert_eq!(told, parts, "{length}");
        assert!(store.whole("a/文件").unwrap() == whole[..], "{length}");
        store.put("b", whole.clone()).unwrap();
        assert!(store.whole("b").unwrap() == whole[..], "{length}");
    }
}

#[test]
fn a_file_that_cannot_be_read_leaves_nothing() {
    let Some(store) = store("unread") else { return };
    assert!(store.put_file("a", Path::new("/none/there")).is_err());
    // the last part is missing: the parts before it are put by then
    let short = |range: Range<u64>| match range.start {
        0 => Ok(bytes(PART)),
        _ => Err(Error::internal("the file ends")),
    };
    assert!(store.put_parts("a", PART as u64 * 5, short).is_err());
    assert!(store.find("a").unwrap().is_none() && store.below("").unwrap().is_empty());
}

#[test]
fn parts_that_become_no_object_are_taken_back() {
    let (Some(behind), Some(endpoint)) = (store("taken-back"), servers::server("TUOMIN_TEST_STORE")) else { return };
    // the server may have seen this test before
    behind.remove("a").unwrap();
    let between = Between::new(&endpoint);
    let store = at(between.address.clone(), "taken-back", 2);
    let whole = bytes(PART * 5);
    // the fifth part, and the word that all are there
    for (method, mark) in [("PUT", "partNumber=5"), ("POST", "uploadId=")] {
        for (then, words) in [(Then::Refuse("403 Forbidden"), "(403)"), (Then::Silence, "within 2 seconds")] {
            between.judge(move |what, _| match what.starts_with(method) && what.contains(mark) {
                true => then,
                false => Then::Pass,
            });
            let failed = store.put("a", whole.clone()).unwrap_err().to_string();
            assert!(failed.contains(words), "{method} {words}: {failed}");
            let taken_back = between.asked("DELETE").iter().any(|asked| asked.contains("uploadId="));
            assert!(taken_back || then == Then::Silence && method == "POST", "{method} {words}");
            assert!(behind.find("a").unwrap().is_none(), "{method} {words}");
        }
    }
    between.judge(|_, _| Then::Pass);
    store.put("a", whole.clone()).unwrap();
    assert!(behind.whole("a").unwrap() == whole[..]);
}

#[test]
fn objects_are_found_listed_and_removed() {
    let Some(store) = store("listed") else { return };
    for key in ["a/1", "a/b/2", "ab/3", "c"] {
        store.put(key, key.into()).unwrap();
    }
    let below = |folder: &str| -> Vec<String> {
        store.below(folder).unwrap().into_iter().map(|object| object.location.to_string()).collect()
    };
    assert_eq!(below("a"), ["a/1", "a/b/2"]);
    assert_eq!(below("c"), [""; 0], "an object is no folder");
    assert_eq!(store.find("a/1").unwrap().map(|object| object.size), Some(3));
    store.remove("a/1").unwrap();
    store.remove("a/1").unwrap();
    assert!(store.find("a/1").unwrap().is_none());
    assert!(matches!(store.head("a/1"), Err(Error::Input { .. })));
    ["a/b/2", "ab/3", "c"].iter().for_each(|key| store.remove(key).unwrap());
    assert_eq!(below(""), [""; 0]);
}
