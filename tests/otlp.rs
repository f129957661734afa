//! Spans of runs, sent to a collector that this test is: what arrives is read by OpenTelemetry's own messages.
#![cfg(feature = "otlp")]
#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod common;
#[path = "common/python.rs"]
mod python;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use common::{Project, Run};
use serde_json::Value;

const ROWS: &str = "id,age,city,note\ncanary-id-1,31,canary-city,y\ncanary-id-2,32,canary-city,y\ncanary-id-3,33,canary-city,y\ncanary-id-4,51,B,x\ncanary-id-5,52,B,x\ncanary-id-6,53,B,x\n";
/// What no span and no line on stderr may hold.
const CANARIES: [&str; 4] = ["canary-city", "canary-token", "canary-user", "canary-id"];

/// A request as it came.
struct Asked {
    head: String,
    body: Vec<u8>,
}

impl Asked {
    /// The value of a header.
    fn header(&self, name: &str) -> Option<&str> {
        let named = |line: &&str| line.split(':').next().is_some_and(|own| own.eq_ignore_ascii_case(name));
        self.head.lines().find(named).and_then(|line| line.split_once(": ")).map(|(_, value)| value.trim())
    }
}

/// What a collector does with a request.
#[derive(Clone, Copy)]
enum Does {
    Answers(u16),
    /// Holds the connection and says nothing.
    Hangs,
}

/// A collector that does these in turn, then the last one again and again; gives its address and what it was asked.
fn collector(turns: &'static [Does]) -> (String, Receiver<Asked>) {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = server.local_addr().unwrap();
    let (send, receive) = channel();
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for (turn, stream) in server.incoming().enumerate() {
            let mut stream = stream.unwrap();
            send.send(read(&stream)).unwrap();
            match turns[turn.min(turns.len() - 1)] {
                Does::Hangs => open.push(stream),
                Does::Answers(status) => {
                    let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                    stream.write_all(answer.as_bytes()).unwrap();
                }
            }
        }
    });
    (format!("http://canary-user:canary-token@{place}"), receive)
}

fn read(stream: &TcpStream) -> Asked {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    while reader.read_line(&mut head).unwrap() > 2 {}
    let mut asked = Asked { head, body: Vec::new() };
    let length = asked.header("content-length").unwrap().parse().unwrap();
    asked.body = vec![0; length];
    reader.read_exact(&mut asked.body).unwrap();
    asked
}

/// Runs with these variables; neither values nor secrets are in what is said.
fn run(project: &Project, arguments: &[&str], set: &[(&str, &str)]) -> Run {
    let mut command = project.command();
    command.args(arguments).envs(set.iter().copied());
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let run = Run { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) };
    for canary in CANARIES {
        assert!(!run.out.contains(canary) && !run.err.contains(canary), "{canary}: {} {}", run.out, run.err);
    }
    run
}

/// What a request says, by `tests/watched/spans.py`.
fn told(python: &Path, form: &str, body: &[u8]) -> Value {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), body).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/watched/spans.py");
    let output = Command::new(python).arg(script).arg(form).arg(file.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    for canary in CANARIES {
        assert!(!text.contains(canary), "{canary}: {text}");
    }
    serde_json::from_str(&text).unwrap()
}

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

#[test]
fn stages_are_spans_below_that_of_their_run() {
    let Some(python) = python::python() else { return };
    let project = Project::new(ROWS);
    let (place, asked) = collector(&[Does::Answers(200)]);
    let headers = ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20canary-token");
    let zone = ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=night");
    let done = run(&project, &["run", "p.toml", "--log", "text"], &[(ENDPOINT, &place), headers, zone]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(!done.err.contains("warning"), "{}", done.err);
    let asked = asked.recv_timeout(Duration::from_secs(5)).unwrap();
    assert!(asked.head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{}", asked.head);
    assert_eq!(asked.header("authorization"), Some("Bearer canary-token"));
    assert_eq!(asked.header("content-type"), Some("application/x-protobuf"));
    let told = told(python, "protobuf", &asked.body);
    assert_eq!(told["resource"]["service.name"], "tuomin");
    assert_eq!(told["resource"]["deployment.environment"], "night");
    let spans = told["spans"].as_array().unwrap();
    let root = &spans[0];
    assert_eq!((&root["name"], &root["parent"], &root["code"]), (&"tuomin run".into(), &"".into(), &0.into()));
    let said = &root["attributes"];
    assert_eq!((&said["tuomin.pipeline"], &said["tuomin.name"]), (&"p.toml".into(), &"test".into()));
    assert_eq!((&said["tuomin.verdict"], &said["process.exit.code"]), (&"certified".into(), &0.into()));
    assert_eq!((&said["tuomin.rows_read"], &said["tuomin.rows_released"]), (&6.into(), &6.into()));
    let names: Vec<&str> = spans[1..].iter().map(|span| span["name"].as_str().unwrap()).collect();
    assert_eq!((names[0], names.last()), ("counting combinations", Some(&"certifying")));
    let time = |span: &Value, key: &str| span[key].as_u64().unwrap();
    let ids: std::collections::HashSet<&str> = spans.iter().map(|span| span["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), spans.len(), "every span has an id of its own");
    for span in &spans[1..] {
        assert_eq!((&span["trace"], &span["parent"]), (&root["trace"], &root["id"]));
        assert!(time(root, "start") <= time(span, "start") && time(span, "start") <= time(span, "end"));
        assert!(time(span, "end") <= time(root, "end"));
        let said = &span["attributes"];
        let seconds = (time(span, "end") - time(span, "start")) as f64 / 1e9;
        assert!((said["tuomin.seconds"].as_f64().unwrap() - seconds).abs() < 0.01, "{span}");
        assert!(said["tuomin.peak_memory_bytes"].as_u64().is_some_and(|bytes| bytes > 1 << 20), "{span}");
    }
    let treated = spans.iter().find(|span| span["name"] == "treating and scattering rows").unwrap();
    assert_eq!(treated["attributes"]["tuomin.rows"], 6);
}

#[test]
fn a_refusal_is_an_answer_and_a_failure_an_error() {
    let Some(python) = python::python() else { return };
    let project = Project::new(ROWS);
    let (place, asked) = collector(&[Does::Answers(202)]);
    let last = |arguments: &[&str], code: i32| {
        let done = run(&project, arguments, &[(ENDPOINT, &place)]);
        assert_eq!((done.code, done.err.contains("warning")), (code, false), "{}", done.err);
        told(python, "protobuf", &asked.recv_timeout(Duration::from_secs(5)).unwrap().body)
    };
    let refused = last(&["run", "p.toml", "--set", "privacy.k=4"], 3);
    let said = &refused["spans"][0]["attributes"];
    assert_eq!((&said["tuomin.verdict"], &said["process.exit.code"]), (&"refused".into(), &3.into()));
    assert!(refused["spans"].as_array().unwrap().iter().all(|span| span["code"] == 0));
    let failed = last(&["run", "p.toml", "--set", "source.path=none.csv"], 4);
    let root = &failed["spans"][0];
    assert_eq!((&root["code"], &root["message"]), (&2.into(), &"the input is not there".into()));
    assert_eq!(root["attributes"]["tuomin.verdict"], "failed");
    // a cell that is no number is nowhere told: its place is
    fs::write(project.path("d.csv"), ROWS.replace("33", "canary-city")).unwrap();
    let broken = last(&["run", "p.toml"], 4);
    let spans = broken["spans"].as_array().unwrap();
    assert_eq!((spans.len(), &spans[1]["code"]), (2, &2.into()), "the stage that failed: {broken}");
}

#[test]
fn the_same_is_said_in_json_packed_and_below_another_trace() {
    let Some(python) = python::python() else { return };
    let project = Project::new(ROWS);
    let (place, asked) = collector(&[Does::Answers(200)]);
    let own = format!("{place}/own");
    let set = [
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", own.as_str()),
        (ENDPOINT, "http://127.0.0.1:9"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
        ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "gzip"),
        ("TRACEPARENT", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    ];
    let done = run(&project, &["run", "p.toml"], &set);
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    let asked_for = asked.recv_timeout(Duration::from_secs(5)).unwrap();
    assert!(asked_for.head.starts_with("POST /own HTTP/1.1\r\n"), "{}", asked_for.head);
    assert_eq!(asked_for.header("content-type"), Some("application/json"));
    assert_eq!(asked_for.header("content-encoding"), Some("gzip"));
    let mut body = Vec::new();
    flate2::read::GzDecoder::new(asked_for.body.as_slice()).read_to_end(&mut body).unwrap();
    let told = told(python, "json", &body);
    let root = &told["spans"][0];
    assert_eq!(
        (root["trace"].as_str(), root["parent"].as_str()),
        (Some("0af7651916cd43dd8448eb211c80319c"), Some("b7ad6b7169203331"))
    );
    assert_eq!(root["attributes"]["process.exit.code"], 0);
    assert!(told["spans"].as_array().unwrap().len() > 5);
    // what began the run records nothing, or wants no traces: nobody is asked
    for (name, value) in [
        ("TRACEPARENT", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"),
        ("OTEL_SDK_DISABLED", "true"),
        ("OTEL_TRACES_EXPORTER", "none"),
    ] {
        let done = run(&project, &["run", "p.toml"], &[(ENDPOINT, &place), (name, value)]);
        assert_eq!((done.code, done.err.as_str()), (0, ""), "{name}");
        assert!(asked.try_recv().is_err(), "{name}");
    }
}

#[test]
fn a_collector_that_is_not_there_costs_a_warning() {
    let project = Project::new(ROWS);
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let place = format!("http://canary-user:canary-token@{gone}");
    let done = run(&project, &["run", "p.toml"], &[(ENDPOINT, &place)]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(done.err, "warning: the spans of a run were not sent: the server does not answer\n");
    assert!(project.release("test").join("certificate.json").is_file());
    for (name, value, told) in [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "`http/protobuf` or `http/json`"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "canary-token", "no list of `key=value`"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a=canary-token%0A", "a header cannot be sent"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon", "a number of milliseconds"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "none.pem", "cannot be read"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "canary-token", "the address cannot be used"),
    ] {
        let done = run(&project, &["run", "p.toml"], &[(ENDPOINT, &place), (name, value)]);
        assert_eq!((done.code, done.err.lines().count()), (0, 1), "{name}: {}", done.err);
        assert!(done.err.contains(told), "{name}: {}", done.err);
    }
}

#[test]
fn a_collector_that_hangs_is_waited_for_so_long_and_no_longer() {
    let project = Project::new(ROWS);
    let text = fs::read_to_string(project.path("p.toml")).unwrap();
    fs::create_dir(project.path("jobs")).unwrap();
    for job in ["a", "b", "c"] {
        let text = text.replace("\"test\"", &format!("\"{job}\"")).replace("\"d.csv\"", "\"../d.csv\"");
        fs::write(project.path(&format!("jobs/{job}.toml")), text).unwrap();
    }
    let since = Instant::now();
    assert_eq!(run(&project, &["run", "jobs", "--out", "alone"], &[]).code, 0);
    let alone = since.elapsed();
    let (place, asked) = collector(&[Does::Hangs]);
    let since = Instant::now();
    let done = run(&project, &["run", "jobs"], &[(ENDPOINT, &place), ("OTEL_EXPORTER_OTLP_TIMEOUT", "3000")]);
    let took = since.elapsed();
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(done.err.matches("the server does not answer").count(), 3, "{}", done.err);
    assert_eq!(asked.try_iter().count(), 3);
    // three seconds once, then one for each
    assert!(took >= Duration::from_secs(5), "{took:?}");
    assert!(took < alone * 3 + Duration::from_secs(7), "{took:?}, {alone:?} without");
    for job in ["a", "b", "c"] {
        assert!(project.release(job).join("certificate.json").is_file());
    }
}

#[test]
fn what_is_busy_is_asked_again_and_what_refuses_is_not() {
    let project = Project::new(ROWS);
    let (busy, asked) = collector(&[Does::Answers(503), Does::Answers(200)]);
    let done = run(&project, &["run", "p.toml"], &[(ENDPOINT, &busy)]);
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    assert_eq!(asked.try_iter().count(), 2);
    let (closed, asked) = collector(&[Does::Answers(401)]);
    let done = run(&project, &["run", "p.toml"], &[(ENDPOINT, &closed)]);
    assert_eq!((done.code, done.err.contains("the server answers 401")), (0, true), "{}", done.err);
    assert_eq!(asked.try_iter().count(), 1);
    // headers may hold a token: they go to this server alone
    let (moved, asked) = collector(&[Does::Answers(307)]);
    let done = run(&project, &["run", "p.toml"], &[(ENDPOINT, &moved)]);
    assert_eq!((done.code, done.err.contains("the server answers 307")), (0, true), "{}", done.err);
    assert_eq!(asked.try_iter().count(), 1);
}
