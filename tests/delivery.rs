//! Releases in S3 stores: the real binary on a real store, with somebody between them who refuses what a test wants.
#![expect(clippy::unwrap_used, reason = "a test may stop")]

#[path = "common/between.rs"]
mod between;
mod common;
#[path = "common/objects.rs"]
mod objects;
#[path = "common/servers.rs"]
mod servers;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use between::{Between, Then};
use common::{Project, Run};
use objects::{empty, fetch, keys, put, remove};
use servers::server;

const ACCESS: &str = "canary-access";
const HIDDEN: &str = "canary-hidden";
const CERTIFICATE: &str = "certificate.json";

/// A pipeline whose releases go to `path` of the store at `endpoint`; `release` are more lines of `[release]`.
fn project(endpoint: &str, path: &str, release: &str) -> Project {
    let mut csv = String::from("id,age,city,note\n");
    for n in 0..200 {
        writeln!(csv, "{n},{},c{},x{}", 20 + n % 40, n % 2, n % 5).unwrap();
    }
    let project = Project::new(&csv);
    project.without_measures();
    let old = fs::read_to_string(project.path("p.toml")).unwrap();
    let release = format!(
        "{old}[release]\npath = \"{path}\"\n{release}\n[release.store]\nendpoint = \"{endpoint}\"\nallow_http = true\n\
         timeout_seconds = 3\naccess_key = \"env:TUOMIN_TEST_ACCESS\"\nsecret_key = \"file:secret\"\n"
    );
    fs::write(project.path("p.toml"), release).unwrap();
    fs::write(project.path("secret"), format!("{HIDDEN}\n")).unwrap();
    project
}

fn command(project: &Project, more: &[&str]) -> std::process::Command {
    let mut command = project.command();
    command.env("TUOMIN_TEST_ACCESS", ACCESS).env("NO_PROXY", "127.0.0.1").env("TUOMIN_LOG", "debug");
    command.args(["run", "p.toml", "--openlineage", "l.jsonl", "--log", "json", "--metrics", "m.prom"]).args(more);
    command
}

/// Runs it; no secret, no address and no word of the server is told to anybody.
fn run(project: &Project, more: &[&str]) -> Run {
    let output = command(project, more).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let run = Run { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) };
    let mut told = vec![run.out.clone(), run.err.clone()];
    for name in ["l.jsonl", "m.prom", "out"] {
        told.extend(files(&project.path(name)).iter().map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned()));
    }
    for canary in [ACCESS, HIDDEN, "canary-body", "127.0.0.1"] {
        assert!(told.iter().all(|text| !text.contains(canary)), "{canary}: {} {}", run.out, run.err);
    }
    run
}

/// All files at and below a path, by their names from there, with what they hold.
fn files(path: &Path) -> Vec<(String, Vec<u8>)> {
    let Ok(entries) = fs::read_dir(path) else {
        return fs::read(path).map(|bytes| (String::new(), bytes)).into_iter().collect();
    };
    let mut all = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name().into_string().unwrap();
        all.extend(files(&entry.path()).into_iter().map(|(below, bytes)| match below.is_empty() {
            true => (name.clone(), bytes),
            false => (format!("{name}/{below}"), bytes),
        }));
    }
    all.sort();
    all
}

/// Ids of releases and refusals, from the oldest.
fn ids(project: &Project) -> Vec<String> {
    let Ok(ledger) = fs::read_to_string(project.path("out/ledger.jsonl")) else { return Vec::new() };
    let events = ledger.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["event"].clone());
    let ended = events.filter(|event| ["released", "refused"].contains(&event["kind"].as_str().unwrap()));
    ended.map(|event| event["release"].as_str().unwrap().to_owned()).collect()
}

/// What `run --json` printed.
fn told(run: &Run) -> serde_json::Value {
    serde_json::from_str(&run.out).unwrap()
}

#[test]
fn a_release_is_put_fetched_and_verified() {
    let Some(endpoint) = server("TUOMIN_TEST_STORE") else { return };
    let bucket = "put-and-fetched";
    empty(&endpoint, bucket);
    put(&endpoint, bucket, "电力/other.txt", b"not ours");
    let project = project(&endpoint, &format!("s3://{bucket}/电力/{{date:%Y}}/"), "");
    let text = fs::read_to_string(project.path("p.toml")).unwrap();
    fs::write(project.path("p.toml"), text.replace("name = \"test\"", "name = \"居民用电-2026\"")).unwrap();
    let day = ["--as-of", "2026-07-01"];
    let done = run(&project, &day);
    assert_eq!(done.code, 0, "{} {}", done.out, done.err);
    let (name, id) = ("居民用电-2026", &ids(&project)[0]);
    let place = format!("电力/2026/{name}/{id}/");
    assert!(done.out.ends_with(&format!("\nout/{name}/{id}\ns3://{bucket}/{place}\n")), "{}", done.out);
    assert!(done.err.contains("\"release delivered\""), "{}", done.err);

    let (fetched, local) = (project.path("fetched"), project.path("out").join(name).join(id));
    fetch(&endpoint, bucket, &place, &fetched);
    assert_eq!(files(&fetched), files(&local));
    let checked = project.tuomin(&["verify", "fetched"]);
    assert_eq!(checked.code, 0, "{} {}", checked.out, checked.err);
    let elsewhere = keys(&endpoint, bucket, "").into_iter().filter(|key| !key.starts_with(&place));
    assert_eq!(elsewhere.collect::<Vec<_>>(), ["电力/other.txt"], "nothing else is left there");

    let events = fs::read_to_string(project.path("l.jsonl")).unwrap();
    let event: serde_json::Value = serde_json::from_str(events.lines().last().unwrap()).unwrap();
    let output = &event["outputs"][1];
    assert_eq!(output["namespace"], format!("s3://{bucket}"), "{event}");
    assert_eq!(output["name"], format!("{place}data"));
    assert_eq!(output["outputFacets"], event["outputs"][0]["outputFacets"]);

    // of several pipelines each has one line
    let text = fs::read_to_string(project.path("p.toml")).unwrap();
    fs::write(project.path("q.toml"), text.split_once("[release]").unwrap().0).unwrap();
    let both = run(&project, &["--as-of", "2026-07-01", "q.toml"]);
    let line = format!("p.toml  out/{name}/{id}  s3://{bucket}/{place}");
    assert!(both.out.lines().next().unwrap().ends_with(&line), "{}", both.out);
    assert!(!both.out.lines().nth(1).unwrap().contains("s3://"), "{}", both.out);

    let again = run(&project, &day);
    assert_eq!(again.out, format!("already released\nout/{name}/{id}\ns3://{bucket}/{place}\n"), "{}", again.err);
    let json = told(&run(&project, &[&day[..], &["--json"]].concat()));
    assert_eq!((&json["delivered"], &json["objects_put"]), (&format!("s3://{bucket}/{place}").into(), &0.into()));
}

#[test]
fn the_certificate_is_put_last_and_only_what_is_missing_is_put() {
    let Some(endpoint) = server("TUOMIN_TEST_STORE") else { return };
    let (bucket, between) = ("in-order", Between::new(&endpoint));
    empty(&endpoint, bucket);
    let project = project(&between.address, "s3://in-order/", "");
    assert_eq!(run(&project, &[]).code, 0);
    let id = ids(&project).remove(0);
    let probe = "/in-order/test/.probe".to_owned();
    let (asked, place) = (between.asked("PUT"), format!("/in-order/test/{id}/"));
    assert_eq!((asked.first(), asked.last()), (Some(&probe), Some(&format!("{place}{CERTIFICATE}"))));
    let put: BTreeSet<String> = asked[1..].iter().map(|key| key.strip_prefix(&place).unwrap().to_owned()).collect();
    let there: BTreeSet<String> =
        files(&project.path("out/test").join(&id)).into_iter().map(|(name, _)| name).collect();
    assert_eq!((put.len(), &put), (asked.len() - 1, &there), "each once");
    assert_eq!(between.asked("POST"), ["/in-order?delete"], "it is removed");

    between.judge(|_, _| Then::Pass);
    assert!(run(&project, &[]).out.starts_with("already released\n"));
    assert_eq!(between.asked("PUT"), ["/in-order/test/.probe"], "all is there");

    // what somebody took away is put again, and nothing else
    remove(&endpoint, bucket, &format!("test/{id}/report.html"));
    between.judge(|_, _| Then::Pass);
    let healed = run(&project, &[]);
    assert!(healed.out.starts_with("already released, now delivered\n"), "{}", healed.out);
    assert_eq!(between.asked("PUT"), [probe, format!("{place}report.html")]);
}

#[test]
fn wherever_putting_fails_there_is_no_certificate_and_running_again_delivers() {
    let Some(endpoint) = server("TUOMIN_TEST_STORE") else { return };
    let (bucket, between) = ("refused-puts", Between::new(&endpoint));
    empty(&endpoint, bucket);
    let project = project(&between.address, "s3://refused-puts/p/", "");
    assert_eq!(run(&project, &[]).code, 0);
    let puts = between.asked("PUT").len();
    assert!(puts > 4, "data, reports, certificate: {puts}");
    for nth in 1..puts {
        between.judge(move |what, before| {
            let put = |what: &str| what.starts_with("PUT ");
            let refused = put(what) && before.iter().filter(|what| put(what)).count() == nth;
            if refused { Then::Refuse("403 Forbidden") } else { Then::Pass }
        });
        let failed = run(&project, &["--again"]);
        let id = ids(&project).pop().unwrap();
        assert_eq!(failed.code, 5, "{nth}: {} {}", failed.out, failed.err);
        assert!(!failed.out.contains("s3://"), "{nth}: {}", failed.out);
        let place =
            format!("the release is certified and stands in `out/test/{id}`, but it was not put in the store: ");
        for words in [&place, "the store refused the keys (403)", "help: run it again"] {
            assert!(failed.err.contains(words), "{nth}: {words}: {}", failed.err);
        }
        assert!(!failed.err.contains("nothing was published"), "{nth}: {}", failed.err);
        let key = format!("p/test/{id}/{CERTIFICATE}");
        assert_eq!(keys(&endpoint, bucket, &key), [""; 0], "{nth}: this is no release");
        between.judge(|_, _| Then::Pass);
        let next = run(&project, &[]);
        assert_eq!(next.code, 0, "{nth}: {}", next.err);
        let told = format!("already released, now delivered\nout/test/{id}\ns3://{bucket}/p/test/{id}/\n");
        assert_eq!(next.out, told, "{nth}");
        let fetched = project.path(&format!("fetched-{nth}"));
        fetch(&endpoint, bucket, &format!("p/test/{id}/"), &fetched);
        assert_eq!(files(&fetched), files(&project.path("out/test").join(&id)), "{nth}");
    }
}

#[test]
fn what_a_store_does_not_hold_or_say_is_told() {
    let Some(endpoint) = server("TUOMIN_TEST_STORE") else { return };
    let between = Between::new(&endpoint);
    empty(&endpoint, "steady");
    let project = project(&between.address, "s3://steady/", "");
    let fails = |at: &'static str, then: Then, words: &str| {
        between.judge(move |what, _| if what.starts_with(at) { then } else { Then::Pass });
        let failed = run(&project, &["--again"]);
        assert_eq!(failed.code, 5, "{words}: {} {}", failed.out, failed.err);
        assert!(failed.err.contains(words), "{words}: {}", failed.err);
        assert!(failed.err.contains("the release is certified and stands in"), "{words}: {}", failed.err);
    };
    fails("PUT /steady/test/2", Then::Refuse("500 Internal Server Error"), "the store failed (HTTP 500)");
    fails("PUT /steady/test/2", Then::Silence, "did not answer within 3 seconds");
    fails("HEAD /steady/test/2", Then::Refuse("404 Not Found"), "the store does not hold what was put there");
}

#[test]
fn what_cannot_be_put_ends_a_run_before_the_source_is_read() {
    let Some(endpoint) = server("TUOMIN_TEST_STORE") else { return };
    let between = Between::new(&endpoint);
    empty(&endpoint, "forbidden");
    let project = project(&between.address, "s3://forbidden/p/", "");
    fs::remove_file(project.path("d.csv")).unwrap();
    let early = |words: &str| {
        let start = Instant::now();
        let failed = run(&project, &[]);
        assert_eq!(failed.code, 5, "{words}: {} {}", failed.out, failed.err);
        for words in ["releases cannot be put in `s3://forbidden/p/`: ", words] {
            assert!(failed.err.contains(words), "{words}: {}", failed.err);
        }
        assert!(start.elapsed() < Duration::from_secs(15), "{words}: {:?}", start.elapsed());
        assert!(!project.path("out").exists(), "{words}: before anything is begun");
    };
    for method in ["PUT ", "HEAD ", "GET ", "POST "] {
        between.judge(move |what, _| if what.starts_with(method) { Then::Refuse("403 Forbidden") } else { Then::Pass });
        early("the store refused the keys (403)");
        assert!(between.asked(method.trim()).iter().all(|key| key.contains("forbidden")), "{method}");
    }
    between.judge(|what, _| if what.starts_with("PUT ") { Then::Silence } else { Then::Pass });
    early("did not answer within 3 seconds");
    remove(&endpoint, "forbidden", "p/test/.probe");
    between.judge(|_, _| Then::Pass);
    let no_source = run(&project, &[]);
    assert_eq!(no_source.code, 4, "{}", no_source.err);
    assert_eq!(keys(&endpoint, "forbidden", ""), [""; 0]);

    let text = fs::read_to_string(project.path("p.toml")).unwrap();
    let with = |from: &str, to: &str| fs::write(project.path("p.toml"), text.replace(from, to)).unwrap();
    with("s3://forbidden/p/", "s3://no-such-bucket/p/");
    let missing = run(&project, &[]);
    assert_eq!(missing.code, 5, "{}", missing.err);
    assert!(missing.err.contains("the object or the bucket is not in the store"), "{}", missing.err);
    with("env:TUOMIN_TEST_ACCESS", "env:TUOMIN_TEST_NONE");
    early("the access key is not there: `TUOMIN_TEST_NONE` is not in the environment");
}

#[test]
fn checking_planning_and_attacking_ask_no_store() {
    let Some(endpoint) = server("TUOMIN_TEST_STORE") else { return };
    let between = Between::new(&endpoint);
    empty(&endpoint, "unasked");
    let project = project(&between.address, "s3://unasked/", "");
    assert_eq!(run(&project, &[]).code, 0);
    between.judge(|_, _| Then::Refuse("403 Forbidden"));
    let folder = format!("out/test/{}", ids(&project)[0]);
    let risk = ["risk", "--release", &folder, "--source", "p.toml"];
    // without the keys too
    for verb in [&["check", "p.toml"][..], &["plan", "p.toml"], &risk, &["verify", &folder]] {
        let done = project.tuomin(verb);
        assert_eq!(done.code, 0, "{verb:?}: {} {}", done.out, done.err);
    }
    assert!(["PUT", "GET", "HEAD", "POST"].iter().all(|method| between.asked(method).is_empty()));
}

#[test]
fn secrets_in_the_file_and_stores_that_are_not_there_are_told() {
    let project = project("http://127.0.0.1:9", "s3://none/", "");
    let unreachable = run(&project, &[]);
    assert_eq!(unreachable.code, 5, "{}", unreachable.err);
    assert!(unreachable.err.contains("could not reach the store"), "{}", unreachable.err);
    let text = fs::read_to_string(project.path("p.toml")).unwrap();
    fs::write(project.path("p.toml"), text.replace("env:TUOMIN_TEST_ACCESS", HIDDEN)).unwrap();
    let checked = project.tuomin(&["check", "p.toml"]);
    assert_eq!(checked.code, 2, "{}", checked.err);
    assert!(!checked.err.contains(HIDDEN), "{}", checked.err);
}

#[test]
fn a_refusal_puts_nothing() {
    let Some(endpoint) = server("TUOMIN_TEST_STORE") else { return };
    empty(&endpoint, "refusals");
    let project = project(&endpoint, "s3://refusals/", "");
    let refused = run(&project, &["--set", "privacy.k=150", "--set", "columns.city.levels.coarsest=0"]);
    assert_eq!(refused.code, 3, "{} {}", refused.out, refused.err);
    assert!(!refused.out.contains("s3://"), "{}", refused.out);
    assert_eq!(ids(&project).len(), 1, "the refusal is here");
    assert_eq!(keys(&endpoint, "refusals", ""), [""; 0]);
}

#[test]
fn an_approval_renews_the_certificate_in_the_store() {
    let Some(endpoint) = server("TUOMIN_TEST_STORE") else { return };
    let (bucket, between) = ("approvals", Between::new(&endpoint));
    empty(&endpoint, bucket);
    let project = project(&between.address, "s3://approvals/", "signing_key = \"file:producer.pem\"");
    for key in ["producer", "approver"] {
        assert_eq!(project.tuomin(&["keys", "new", key]).code, 0);
    }
    assert_eq!(run(&project, &[]).code, 0);
    let id = ids(&project).remove(0);
    let folder = format!("out/test/{id}");
    let approve = ["approve", &folder, "--key", "approver.pem", "--trusted", "producer.pub.pem"];
    let approved = project.tuomin(&approve);
    assert_eq!(approved.code, 0, "{} {}", approved.out, approved.err);
    between.judge(|_, _| Then::Pass);
    let renewed = run(&project, &[]);
    assert_eq!(renewed.out, format!("already released, now delivered\n{folder}\ns3://{bucket}/test/{id}/\n"));
    let put = between.asked("PUT");
    assert_eq!(put[1..], [format!("/{bucket}/test/{id}/{CERTIFICATE}")], "the certificate alone");
    fetch(&endpoint, bucket, &format!("test/{id}/"), &project.path("fetched"));
    assert_eq!(files(&project.path("fetched")), files(&project.path(&folder)));
    let trusted = ["verify", "fetched", "--key", "producer.pub.pem", "--key", "approver.pub.pem", "--threshold", "2"];
    let checked = project.tuomin(&trusted);
    assert_eq!(checked.code, 0, "{} {}", checked.out, checked.err);
}

#[test]
fn what_is_not_certified_is_not_put() {
    let Some(endpoint) = server("TUOMIN_TEST_STORE") else { return };
    let (bucket, between) = ("spoiled", Between::new(&endpoint));
    empty(&endpoint, bucket);
    let project = project(&between.address, "s3://spoiled/", "");
    between.judge(|what, _| match what.starts_with("PUT /spoiled/test/2") {
        true => Then::Refuse("403 Forbidden"),
        false => Then::Pass,
    });
    assert_eq!(run(&project, &[]).code, 5);
    between.judge(|_, _| Then::Pass);
    let id = ids(&project).remove(0);
    let folder = project.path("out/test").join(&id);
    let (report, certificate) = (folder.join("report.html"), folder.join(CERTIFICATE));
    let (whole, signed) = (fs::read(&report).unwrap(), fs::read_to_string(&certificate).unwrap());
    let fails = |words: &str| {
        let failed = run(&project, &[]);
        assert_eq!(failed.code, 5, "{words}: {} {}", failed.out, failed.err);
        assert!(failed.err.contains(words), "{words}: {}", failed.err);
        assert_eq!(keys(&endpoint, bucket, &format!("test/{id}/{CERTIFICATE}")), [""; 0], "{words}");
    };
    fs::write(&report, [&whole[..], b" "].concat()).unwrap();
    fails("a file of the release is not what its certificate says");
    fs::remove_file(&report).unwrap();
    fails("could not read a file of the release");
    fs::write(&report, &whole).unwrap();
    fs::write(&certificate, signed.replacen("\"payload\":\"", "\"payload\":\"A", 1)).unwrap();
    fails("the ledger does not know this certificate");
    fs::write(&certificate, &signed).unwrap();
    // a file that nobody certified stays here
    fs::write(folder.join("notes.txt"), "mine").unwrap();
    let done = run(&project, &[]);
    assert!(done.out.starts_with("already released, now delivered"), "{} {}", done.out, done.err);
    let there = keys(&endpoint, bucket, "test/");
    assert!(there.iter().any(|key| key.ends_with(CERTIFICATE)) && there.iter().all(|key| !key.ends_with("notes.txt")));
}

#[test]
fn data_that_are_not_kept_go_from_the_store_too() {
    let Some(endpoint) = server("TUOMIN_TEST_STORE") else { return };
    let (bucket, between) = ("kept", Between::new(&endpoint));
    empty(&endpoint, bucket);
    let other = "p/test/notes/data/part.parquet";
    put(&endpoint, bucket, other, b"not ours");
    let project = project(&between.address, "s3://kept/p/", "keep = { releases = 1 }");
    let data = |id: &str| keys(&endpoint, bucket, &format!("p/test/{id}/data/")).len();
    for _ in 0..3 {
        let done = run(&project, &["--again"]);
        assert_eq!(done.code, 0, "{}", done.err);
    }
    let ids_then = ids(&project);
    let [first, second, third] = [0, 1, 2].map(|at: usize| ids_then[at].as_str());
    assert_eq!([first, second, third].map(data), [0, 1, 1], "the newest superseded one is kept");
    assert!(keys(&endpoint, bucket, &format!("p/test/{first}/")).len() > 3, "all else of it stays");
    assert_eq!(keys(&endpoint, bucket, other).len(), 1, "what is no release of ours stays");

    // what cannot be removed is told, and tried again, also where nothing new is released
    let removes = |what: &str| what == "POST /kept?delete";
    between.judge(move |what, before| match removes(what) && before.iter().any(|what| removes(what)) {
        true => Then::Refuse("403 Forbidden"),
        // that of the probe
        false => Then::Pass,
    });
    let done = run(&project, &["--again", "--json"]);
    assert_eq!(done.code, 0, "{}", done.err);
    let why = "in `s3://kept/p/test/`: the store refused the keys (403)";
    assert_eq!((&told(&done)["not_pruned"], &told(&done)["pruned"]), (&why.into(), &[second][..].into()));
    assert!(done.err.contains(&format!("data of superseded ones are still there: {why}")), "{}", done.err);
    let metrics = fs::read_to_string(project.path("m.prom")).unwrap();
    assert!(metrics.contains("tuomin_retention_failed{pipeline=\"p.toml\"} 1"), "{metrics}");
    assert_eq!(data(second), 1);
    between.judge(|_, _| Then::Pass);
    let next = run(&project, &["--json"]);
    assert_eq!((next.code, told(&next)["verdict"] == "already released"), (0, true), "{}", next.err);
    assert!(told(&next).get("not_pruned").is_none(), "{}", next.out);
    assert_eq!([first, second, third].map(data), [0, 0, 1]);

    // nothing goes while the release that replaces it is not there
    between.judge(|what, _| match what.starts_with("PUT /kept/p/test/2") {
        true => Then::Refuse("403 Forbidden"),
        false => Then::Pass,
    });
    assert_eq!(run(&project, &["--again"]).code, 5);
    assert_eq!(data(third), 1);
    between.judge(|_, _| Then::Pass);
    assert_eq!(run(&project, &[]).code, 0);
    assert_eq!(data(third), 0);
}

#[test]
fn a_delivery_that_is_told_to_stop_stops_within_a_second() {
    let Some(endpoint) = server("TUOMIN_TEST_STORE") else { return };
    let (bucket, between) = ("stopped", Between::new(&endpoint));
    empty(&endpoint, bucket);
    let project = project(&between.address, "s3://stopped/", "");
    let text = fs::read_to_string(project.path("p.toml")).unwrap();
    fs::write(project.path("p.toml"), text.replace("timeout_seconds = 3", "timeout_seconds = 60")).unwrap();
    between.judge(|what, _| if what.starts_with("PUT /stopped/test/2") { Then::Silence } else { Then::Pass });
    let child = command(&project, &[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    while between.asked("PUT").len() < 2 {
        assert!(start.elapsed() < Duration::from_secs(60), "nothing is put");
        std::thread::sleep(Duration::from_millis(20));
    }
    let told = Instant::now();
    assert!(std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert!(told.elapsed() < Duration::from_secs(2), "{:?}", told.elapsed());
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(5), "{err}");
    assert!(err.contains("but it was not put in the store: interrupted"), "{err}");
    assert!(!err.contains("nothing was published"), "{err}");
    assert_eq!(keys(&endpoint, bucket, ""), [""; 0]);
    between.judge(|_, _| Then::Pass);
    let next = run(&project, &[]);
    assert!(next.out.starts_with("already released, now delivered"), "{} {}", next.out, next.err);
}
