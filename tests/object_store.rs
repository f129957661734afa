//! Objects of S3 stores as sources: the real binary on a real store, and on one that fails in every way.
#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod common;
#[path = "common/objects.rs"]
mod objects;
#[path = "common/servers.rs"]
mod servers;
#[path = "common/store.rs"]
mod store;

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{ArrayRef, Int16Array, Int64Array, RecordBatch, StringArray};
use common::{Project, Run};
use objects::put;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use servers::server;
use store::{broken, head, listing, people, refused};

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
    command.env("TUOMIN_TEST_ACCESS", ACCESS).env("TUOMIN_TEST_SECRET", HIDDEN).env("NO_PROXY", "127.0.0.1,localhost");
    let output = command.args(["run", "p.toml", "--openlineage", "l.jsonl"]).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let run = Run { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) };
    let events = fs::read_to_string(project.path("l.jsonl")).unwrap_or_default();
    for canary in [ACCESS, HIDDEN, "canary-body", "127.0.0.1"] {
        assert!(!run.out.contains(canary) && !run.err.contains(canary), "{canary}: {}", run.err);
        assert!(!events.contains(canary), "{canary}: {events}");
    }
    run
}

fn verified(project: &Project) {
    let release = project.release("test");
    let checked = project.tuomin(&["verify", release.to_str().unwrap(), "--ledger", "out/ledger.jsonl"]);
    assert_eq!(checked.code, 0, "{} {}", checked.out, checked.err);
    for name in ["report.json", "certificate.json"] {
        let told = fs::read_to_string(release.join(name)).unwrap();
        for canary in [ACCESS, HIDDEN, "127.0.0.1"] {
            assert!(!told.contains(canary), "{name}: {canary}");
        }
    }
}

#[test]
fn objects_of_a_store_are_released_and_verified() {
    let Some(endpoint) = server("TUOMIN_TEST_STORE") else { return };
    let people = people();
    let (header, rows) = people.split_once('\n').unwrap();
    let half = rows.len() / 2 + rows[rows.len() / 2..].find('\n').unwrap() + 1;
    put(&endpoint, "people", "in/a.csv", format!("{header}\n{}", &rows[..half]).as_bytes());
    put(&endpoint, "people", "in/b.csv", format!("{header}\n{}", &rows[half..]).as_bytes());
    put(&endpoint, "people", "in/other.txt", b"not read");
    let project = project("s3://people/in/*.csv", &endpoint);
    let done = run(&project);
    assert_eq!(done.code, 0, "{} {}", done.out, done.err);
    verified(&project);
    let events = fs::read_to_string(project.path("l.jsonl")).unwrap();
    let last: serde_json::Value = serde_json::from_str(events.lines().last().unwrap()).unwrap();
    let input = &last["inputs"][0];
    assert_eq!((&input["namespace"], &input["name"]), (&"s3://people".into(), &"in".into()), "{input}");
    assert_eq!(input["inputFacets"]["dataQualityMetrics"]["rowCount"], 2000);
    let again = run(&project);
    assert_eq!((again.code, again.out.starts_with("already released")), (0, true), "{} {}", again.out, again.err);
    let none = run(&self::project("s3://people/in/*.parquet", &endpoint));
    assert_eq!(none.code, 4, "{}", none.err);
    assert!(none.err.contains("no object of the store is named like"), "{}", none.err);
    let missing = run(&self::project("s3://people/in/none.csv", &endpoint));
    assert_eq!(missing.code, 4, "{}", missing.err);
    assert!(missing.err.contains("is not in the store"), "{}", missing.err);
}

#[test]
fn a_store_may_have_an_authority_of_its_own() {
    let Some(endpoint) = server("TUOMIN_TEST_STORE_TLS") else { return };
    put(&endpoint, "people", "in/a.csv", people().as_bytes());
    let with = |ca: Option<&str>| {
        let project = project("s3://people/in/a.csv", &endpoint);
        let old = fs::read_to_string(project.path("p.toml")).unwrap();
        let ca = ca.map(|ca| format!("ca = \"{ca}\", ")).unwrap_or_default();
        fs::write(project.path("p.toml"), old.replace("allow_http = true, ", &ca)).unwrap();
        project
    };
    let own = with(Some(&server("TUOMIN_TEST_STORE_AUTHORITY").unwrap()));
    let done = run(&own);
    assert_eq!(done.code, 0, "{} {}", done.out, done.err);
    verified(&own);
    for ca in [None, server("TUOMIN_TEST_STORE_OTHER_AUTHORITY")] {
        let failed = run(&with(ca.as_deref()));
        assert_eq!(failed.code, 5, "{ca:?}: {}", failed.err);
        assert!(
            failed.err.contains("could not reach the store") && failed.err.contains("certificate"),
            "{}",
            failed.err
        );
    }
    let other = own.path("other.pem");
    fs::write(&other, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    let failed = run(&with(other.to_str()));
    assert_eq!(failed.code, 5, "{}", failed.err);
    assert!(failed.err.contains("cannot be used") && failed.err.contains("`ca`"), "{}", failed.err);
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
        ("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\ncanary-body", false, 5, "answer ended before the object did"),
        (status("200 OK"), false, 5, "the store answered in a way that is not understood"),
    ] {
        let start = Instant::now();
        let failed = run(&project("s3://people/in/*.csv", &broken(answer, silent)));
        assert_eq!(failed.code, code, "{message}: {}", failed.err);
        assert!(failed.err.contains(message), "{message}: {}", failed.err);
        assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    }
}

/// The people as Parquet, in row groups of 300 records.
fn parquet(records: std::ops::Range<i64>) -> Vec<u8> {
    let text = |cell: fn(i64) -> String| Arc::new(records.clone().map(|n| Some(cell(n))).collect::<StringArray>());
    let batch = RecordBatch::try_from_iter([
        ("id", Arc::new(records.clone().collect::<Int64Array>()) as ArrayRef),
        ("age", Arc::new(records.clone().map(|n| 20 + (n % 40) as i16).collect::<Int16Array>())),
        ("city", text(|n| format!("c{}", n % 2))),
        ("note", text(|n| format!("x{}", n % 5))),
    ]);
    let batch = batch.unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(300)).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn parquet_objects_are_released_and_verified() {
    let Some(endpoint) = server("TUOMIN_TEST_STORE") else { return };
    put(&endpoint, "tables", "in/a.parquet", &parquet(0..1300));
    put(&endpoint, "tables", "in/b.parquet", &parquet(1300..2000));
    put(&endpoint, "tables", "in/deep/c.parquet", b"not of this folder");
    let whole = project("s3://tables/in/", &endpoint);
    let done = run(&whole);
    assert_eq!(done.code, 0, "{} {}", done.out, done.err);
    verified(&whole);
    // the same records as text give the same release: as many, in as many classes
    put(&endpoint, "tables", "text/people.csv", people().as_bytes());
    let text = project("s3://tables/text/people.csv", &endpoint);
    assert_eq!(run(&text).code, 0);
    let told = |project: &Project| {
        let report = fs::read_to_string(project.release("test").join("report.json")).unwrap();
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        let told = ["records_released", "after"].map(|key| report[key].clone());
        assert_eq!(told[0], 2000, "every object, and no other");
        told
    };
    assert_eq!(told(&whole), told(&text));

    put(&endpoint, "tables", "bad/a.parquet", b"PAR1canary-bodyPAR1");
    let bad = run(&project("s3://tables/bad/*.parquet", &endpoint));
    assert_eq!(bad.code, 4, "{}", bad.err);
    assert!(bad.err.contains("the object is not Parquet"), "{}", bad.err);
    let mut damaged = parquet(0..2000);
    damaged[4..40].fill(0xff);
    put(&endpoint, "tables", "damaged/a.parquet", &damaged);
    let bad = run(&project("s3://tables/damaged/*.parquet", &endpoint));
    assert_eq!(bad.code, 4, "{}", bad.err);
    assert!(bad.err.contains("the object is damaged"), "{}", bad.err);
}

#[test]
fn packed_objects_are_unpacked_and_other_formats_are_refused() {
    let Some(endpoint) = server("TUOMIN_TEST_STORE") else { return };
    let packed = zstd::stream::encode_all(people().as_bytes(), 1).unwrap();
    put(&endpoint, "packed", "in/a.csv.zst", &packed);
    let whole = project("s3://packed/in/*.csv.zst", &endpoint);
    let done = run(&whole);
    assert_eq!(done.code, 0, "{} {}", done.out, done.err);
    verified(&whole);
    put(&endpoint, "packed", "cut/a.csv.zst", &packed[..packed.len() - 9]);
    let cut = run(&project("s3://packed/cut/a.csv.zst", &endpoint));
    assert_eq!(cut.code, 4, "{}", cut.err);
    assert!(cut.err.contains("the packed text ends too early"), "{}", cut.err);
    let book = run(&project("s3://packed/in/a.xlsx", &endpoint));
    assert_eq!(book.code, 2, "{}", book.err);
    assert!(book.err.contains("objects of a store are read as CSV and Parquet only"), "{}", book.err);
}

#[test]
fn every_failure_of_a_piece_has_its_message() {
    type Piece = fn(&mut TcpStream, &str, std::ops::Range<usize>);
    let whole: Piece = |stream, text, range| {
        head(stream, text, &range);
        let _ = stream.write_all(&text.as_bytes()[range]);
    };
    let done = run(&project("s3://people/in/*.csv", &listing(whole)));
    assert_eq!(done.code, 0, "this store can be read: {}", done.err);
    let cases: [(Piece, i32, &str); 7] = [
        (|stream, _, _| refused(stream, "403 Forbidden"), 5, "the store refused the keys (403)"),
        (|stream, _, _| refused(stream, "404 Not Found"), 4, "is not in the store"),
        (|stream, _, _| refused(stream, "412 Precondition Failed"), 5, "an object was changed while it was read"),
        (|stream, _, _| refused(stream, "500 Internal Server Error"), 5, "the store failed (HTTP 500)"),
        (|_, _, _| std::thread::sleep(Duration::from_secs(30)), 5, "did not answer within 3 seconds"),
        (
            |stream, text, range| {
                head(stream, text, &range);
                let _ = stream.write_all(&text.as_bytes()[range.start..range.start + range.len() / 2]);
                std::thread::sleep(Duration::from_secs(30));
            },
            5,
            "did not answer within 3 seconds",
        ),
        (
            |stream, text, range| {
                head(stream, text, &range);
                let _ = stream.write_all(&text.as_bytes()[range.start..range.start + range.len() / 2]);
            },
            5,
            "the store's answer ended before the object did",
        ),
    ];
    for (piece, code, message) in cases {
        let start = Instant::now();
        let project = project("s3://people/in/*.csv", &listing(piece));
        let failed = run(&project);
        assert_eq!(failed.code, code, "{message}: {} {}", failed.out, failed.err);
        assert!(failed.err.contains(message), "{message}: {}", failed.err);
        assert!(start.elapsed() < Duration::from_secs(15), "{message}: {:?}", start.elapsed());
        let out = project.path("out/test");
        assert!(!out.exists() || fs::read_dir(out).unwrap().count() == 0, "nothing is published");
    }
}

#[test]
fn a_store_that_is_not_there_is_told() {
    let start = Instant::now();
    let failed = run(&project("s3://people/in/*.csv", "http://127.0.0.1:9"));
    assert_eq!(failed.code, 5, "{}", failed.err);
    assert!(failed.err.contains("could not reach the store"), "{}", failed.err);
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
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
