//! Runs that nobody watches: several pipelines, releases made once, metrics, events, limits, signals.
#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod common;
#[path = "common/python.rs"]
mod python;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use common::{Project, Run};
use serde_json::Value;

const ROWS: &str = "id,age,city,note\n1,31,A,y\n2,32,A,y\n3,33,A,y\n4,51,B,x\n5,52,B,x\n6,53,B,x\n";

fn change(project: &Project, from: &str, to: &str) {
    let text = fs::read_to_string(project.path("p.toml")).unwrap();
    assert!(text.contains(from), "{from}");
    fs::write(project.path("p.toml"), text.replace(from, to)).unwrap();
}

/// The lines that `--json` printed.
fn lines(run: &Run) -> Vec<Value> {
    run.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Every file below a folder with its bytes and when it was changed.
fn tree(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, std::time::SystemTime)> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            all.extend(tree(&path));
        } else {
            all.insert(path.clone(), (fs::read(&path).unwrap(), entry.metadata().unwrap().modified().unwrap()));
        }
    }
    all
}

#[test]
fn one_that_fails_does_not_stop_the_others() {
    let project = Project::new(ROWS);
    fs::create_dir(project.path("jobs")).unwrap();
    fs::write(project.path("jobs/d.csv"), ROWS).unwrap();
    let good = fs::read_to_string(project.path("p.toml")).unwrap();
    fs::write(project.path("jobs/a-wrong.toml"), good.replace("k = 3", "kk = 3")).unwrap();
    fs::write(project.path("jobs/b-good.toml"), &good).unwrap();
    fs::write(project.path("jobs/c-missing.toml"), good.replace("d.csv", "none.csv")).unwrap();
    fs::write(project.path("jobs/notes.txt"), "no pipeline").unwrap();
    let refused = good.replace("\"test\"", "\"refused\"").replace("k = 3", "k = 4");
    fs::write(project.path("jobs/d-refused.toml"), refused).unwrap();

    let run = project.tuomin(&["run", "jobs", "jobs/b-good.toml", "--out", "text"]);
    assert_eq!(run.code, 2, "the pipeline file outweighs input and refusal: {}", run.err);
    let told: Vec<(&str, &str)> = run.out.lines().map(|line| (line[..16].trim(), &line[18..24])).collect();
    let wanted = [("failed", "exit 2"), ("certified", "exit 0"), ("failed", "exit 4"), ("refused", "exit 3")];
    assert_eq!(told, wanted, "{}", run.out);
    assert!(run.err.contains("did you mean") && run.err.contains("the input is not there"), "{}", run.err);

    let run = project.tuomin(&["run", "jobs/c-missing.toml", "jobs/d-refused.toml", "jobs/b-good.toml", "--json"]);
    assert_eq!(run.code, 4, "{}", run.err);
    let told = lines(&run);
    let codes: Vec<i64> = told.iter().map(|line| line["exit_code"].as_i64().unwrap()).collect();
    assert_eq!(codes, [4, 3, 0]);
    assert!(told[1]["reasons"].as_array().is_some_and(|reasons| !reasons.is_empty()));
    assert!(project.path("").join(told[2]["release"].as_str().unwrap()).join("certificate.json").is_file());
    assert_eq!(told[2]["rows_released"], 6);

    assert_eq!(project.tuomin(&["run", "jobs/b-good.toml", "--out", "x"]).code, 0);
    fs::create_dir(project.path("empty")).unwrap();
    assert_eq!(project.tuomin(&["run", "empty"]).code, 2, "a folder without a pipeline is a mistake");
    assert_eq!(project.tuomin(&["run", "nowhere.toml"]).code, 5);
}

#[test]
fn templates_and_settings_mean_another_file() {
    let project = Project::new("");
    fs::write(project.path("b-202606.csv"), ROWS).unwrap();
    change(&project, "d.csv", "b-{date-1month:%Y%m}.csv");
    let run = project.tuomin(&["run", "p.toml", "--as-of", "2026-07-31"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let run = project.tuomin(&["run", "p.toml", "--as-of", "2026-08-31"]);
    assert_eq!((run.code, run.err.contains("b-202607.csv")), (4, true), "{}", run.err);
    assert_eq!(project.tuomin(&["run", "p.toml", "--as-of", "tomorrow"]).code, 2);

    let set = |setting: &str| project.tuomin(&["check", "p.toml", "--as-of", "2026-07-01", "--set", setting]);
    assert_eq!(set("privacy.k=5").code, 0);
    let wrong = set("privacy.k=1");
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("k = 1 # --set") && wrong.err.contains("^"), "{}", wrong.err);
    let unknown = set("privacy.kk=5");
    assert!(unknown.err.contains("kk = 5 # --set") && unknown.err.contains("did you mean"), "{}", unknown.err);
    assert!(set("privacy.k").err.contains("there is no `=`"));
    let template = set("source.path=\"b-{dat}.csv\"");
    assert!(template.err.contains("there is no such template") && template.err.contains("b-{dat}.csv"));
    // a finding behind a template stands where it is written
    change(&project, "k = 3", "k = 1");
    let late = project.tuomin(&["check", "p.toml"]);
    assert!(late.err.contains("p.toml:16:5") && late.err.contains("| k = 1\n"), "{}", late.err);

    change(&project, "k = 1", "k = 3");
    change(&project, "{date-1month:%Y%m}", "{env:BATCH}");
    let by = |batch: &str| project.command().args(["run", "p.toml"]).env("BATCH", batch).output().unwrap();
    assert_eq!(by("202606").status.code(), Some(0));
    assert_eq!(by("").status.code(), Some(2), "an empty variable is none");
}

#[test]
fn the_same_is_released_once_and_another_supersedes_it() {
    let project = Project::new(ROWS);
    let once = |more: &[&str]| project.tuomin(&[&["run", "p.toml", "--json"], more].concat());
    let first = lines(&once(&[])).remove(0);
    assert_eq!(first["verdict"], "certified");
    let before = tree(&project.path("out"));
    let again = once(&[]);
    assert_eq!(again.code, 0);
    let told = lines(&again).remove(0);
    assert_eq!((&told["verdict"], &told["release"]), (&Value::from("already released"), &first["release"]));
    assert_eq!(tree(&project.path("out")), before, "nothing is written");
    assert!(project.tuomin(&["run", "p.toml"]).out.starts_with("already released\n"));

    let id = |told: &Value| told["release"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let forced = lines(&once(&["--again"])).remove(0);
    assert_eq!((&forced["verdict"], &forced["supersedes"]), (&Value::from("certified"), &Value::from(id(&first))));
    let set = lines(&once(&["--set", "privacy.suppression_limit=0.1"])).remove(0);
    assert_eq!(set["supersedes"], id(&forced), "another pipeline");
    fs::write(project.path("d.csv"), format!("{ROWS}7,32,A,y\n8,33,A,x\n9,31,A,x\n")).unwrap();
    let grown = lines(&once(&["--set", "privacy.suppression_limit=0.1"])).remove(0);
    assert!(matches!(grown["exit_code"].as_i64(), Some(0 | 3)), "another source is not 'already released': {grown}");

    let certificate =
        fs::read(project.path("").join(set["release"].as_str().unwrap()).join("certificate.json")).unwrap();
    let stated: Value = tuomin::release::certificate::stated(&certificate).unwrap();
    assert_eq!(stated["predicate"]["supersedes"], id(&forced));
    let verified = project.tuomin(&["verify", set["release"].as_str().unwrap(), "--ledger", "out/ledger.jsonl"]);
    assert_eq!(verified.code, 0, "{}", verified.err);

    let list = project.tuomin(&["ledger", "list", "out"]).out;
    assert!(list.contains(&format!("superseded by {}", id(&forced))), "{list}");
    let entries: Value = serde_json::from_str(&project.tuomin(&["ledger", "list", "out", "--json"]).out).unwrap();
    assert_eq!(entries[1]["event"]["origin"]["supersedes"], id(&first));
    let shown = project.tuomin(&["ledger", "show", "out/ledger.jsonl", &id(&first)]);
    assert_eq!(shown.out.lines().count(), 1);
    assert_eq!(project.tuomin(&["ledger", "show", "out", "none"]).code, 2);
    let verified: Value = serde_json::from_str(&project.tuomin(&["ledger", "verify", "out", "--json"]).out).unwrap();
    assert_eq!(verified["verified"], true);
    // a table that the pipeline names counts too
    assert_eq!(project.tuomin(&["ledger", "verify", "nowhere"]).code, 5);
}

#[test]
fn periods_stand_beside_each_other() {
    let project = Project::new("");
    for month in ["202606", "202607"] {
        fs::write(project.path(&format!("b-{month}.csv")), ROWS).unwrap();
    }
    change(&project, "d.csv", "b-{date:%Y%m}.csv");
    let of = |day: &str| lines(&project.tuomin(&["run", "p.toml", "--json", "--as-of", day])).remove(0);
    let june = of("2026-06-30");
    let july = of("2026-07-01");
    assert_eq!(july["verdict"], "certified", "{july}");
    assert_eq!(july.get("supersedes"), None, "June is not replaced by July");
    assert_eq!(of("2026-06-01")["release"], june["release"], "June was released");
    assert_eq!(of("2026-07-31")["release"], july["release"]);
    fs::write(project.path("b-202606.csv"), ROWS.replace("53", "54")).unwrap();
    let corrected = of("2026-06-30");
    assert_eq!(corrected["supersedes"], june["release"].as_str().unwrap().rsplit('/').next().unwrap(), "{corrected}");
    assert!(project.tuomin(&["ledger", "list", "out"]).out.contains("released for 202607"));
}

#[test]
fn data_of_old_superseded_releases_are_removed_and_the_ledger_says_so() {
    let project = Project::new(ROWS);
    change(&project, "[source]", "[release]\nkeep = { releases = 1 }\n[source]");
    let mut folders = Vec::new();
    for turn in 0..4 {
        let told = lines(&project.tuomin(&["run", "p.toml", "--again", "--json"])).remove(0);
        assert_eq!(told["exit_code"], 0, "{told}");
        assert_eq!(told["pruned"].as_array().map_or(0, Vec::len), usize::from(turn > 1), "{told}");
        folders.push(project.path("").join(told["release"].as_str().unwrap()));
    }
    let data: Vec<bool> = folders.iter().map(|folder| folder.join("data").exists()).collect();
    assert_eq!(data, [false, false, true, true]);
    assert!(folders.iter().all(|folder| folder.join("certificate.json").is_file()), "what is proven stays");
    let list = project.tuomin(&["ledger", "list", "out"]).out;
    assert_eq!(list.matches("data removed").count(), 2, "{list}");
    assert_eq!(project.tuomin(&["ledger", "verify", "out/ledger.jsonl"]).code, 0);
    assert_eq!(project.tuomin(&["run", "p.toml"]).out.lines().next(), Some("already released"));
}

#[test]
fn retention_that_fails_takes_nothing_from_the_release() {
    let project = Project::new(ROWS);
    change(&project, "[source]", "[release]\nkeep = { releases = 0 }\n[source]");
    let again = || {
        let run = project.tuomin(&["run", "p.toml", "--again", "--json", "--metrics", "m.prom", "--log", "json"]);
        (lines(&run).remove(0), run)
    };
    let first = again().0["release"].as_str().unwrap().to_owned();
    let metric = || fs::read_to_string(project.path("m.prom")).unwrap();
    assert!(metric().contains("tuomin_retention_failed{pipeline=\"p.toml\"} 0\n"));
    // where a folder is expected there is none: nothing that is done to folders works on it
    let data = project.path(&first).join("data");
    fs::remove_dir_all(&data).unwrap();
    fs::write(&data, "no folder").unwrap();
    let (told, run) = again();
    assert_eq!((run.code, &told["verdict"], told.get("pruned")), (0, &"certified".into(), None), "{told}");
    assert_eq!(told["not_pruned"], "could not remove the data of a superseded release", "{told}");
    assert!(run.err.contains("\"message\":\"retention failed\""), "{}", run.err);
    assert!(
        run.err.contains("warning: the release stands, but data of superseded ones are still there"),
        "{}",
        run.err
    );
    assert!(metric().contains("tuomin_retention_failed{pipeline=\"p.toml\"} 1\n"));
    assert!(!project.tuomin(&["ledger", "list", "out"]).out.contains("data removed"), "the ledger does not lie");
    let second = told["release"].as_str().unwrap();
    assert_eq!(project.tuomin(&["verify", second, "--ledger", "out/ledger.jsonl"]).code, 0);

    // the next run tries again, even where there is nothing to release
    let once = |verdict: &str| {
        let run = project.tuomin(&["run", "p.toml", "--json"]);
        let told = lines(&run).remove(0);
        assert_eq!((run.code, &told["verdict"]), (0, &verdict.into()), "{told}");
        told
    };
    assert!(once("already released").get("not_pruned").is_some());
    fs::remove_file(&data).unwrap();
    let done = once("already released");
    assert_eq!(done["pruned"][0], first.rsplit('/').next().unwrap(), "{done}");
    assert_eq!(done.get("not_pruned"), None);
    assert!(project.tuomin(&["ledger", "list", "out"]).out.contains("data removed"));
    assert_eq!(project.tuomin(&["ledger", "verify", "out"]).code, 0);
}

#[test]
fn a_user_or_a_host_that_is_called_like_the_program_leaves_no_trace() {
    let project = Project::new(ROWS);
    let mut command = project.command();
    let done = command.args(["run", "p.toml"]).envs(["USER", "LOGNAME", "HOSTNAME"].map(|name| (name, "tuomin")));
    let done = done.output().unwrap();
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn metrics_and_events_tell_how_it_went() {
    let project = Project::new(ROWS);
    let told = |more: &[&str]| {
        project.tuomin(&[&["run", "p.toml", "--metrics", "m.prom", "--openlineage", "l.jsonl"], more].concat())
    };
    assert_eq!(told(&[]).code, 0);
    let good = fs::read_to_string(project.path("m.prom")).unwrap();
    for line in [
        "rows_read{pipeline=\"p.toml\"} 6",
        "run_exit_code{pipeline=\"p.toml\"} 0",
        "k_required{pipeline=\"p.toml\"} 3",
    ] {
        assert!(good.contains(&format!("\ntuomin_{line}\n")), "{line}: {good}");
    }
    let success = good.lines().find(|line| line.starts_with("tuomin_last_success_timestamp_seconds{")).unwrap();
    assert_eq!(told(&["--set", "source.path=none.csv"]).code, 4);
    let bad = fs::read_to_string(project.path("m.prom")).unwrap();
    assert!(bad.contains(success) && bad.contains("run_exit_code{pipeline=\"p.toml\"} 4"), "{bad}");
    let left =
        fs::read_dir(project.path("")).unwrap().flatten().filter(|e| e.file_name().to_string_lossy().ends_with(".tmp"));
    assert_eq!(left.count(), 0);

    let events = fs::read_to_string(project.path("l.jsonl")).unwrap();
    let events: Vec<Value> = events.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> = events.iter().map(|event| event["eventType"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["START", "COMPLETE", "START", "FAIL"]);
    lineage(&project.path("l.jsonl"));
    assert_eq!(events[0]["run"]["runId"], events[1]["run"]["runId"]);
    assert_ne!(events[1]["run"]["runId"], events[2]["run"]["runId"]);
    let done = &events[1];
    assert_eq!(done["inputs"][0]["inputFacets"]["dataQualityMetrics"]["rowCount"], 6);
    assert_eq!(done["inputs"][0]["facets"]["schema"]["fields"][1]["type"], "integer");
    assert_eq!(done["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"], 6);
    assert!(events[3]["run"]["facets"]["errorMessage"]["message"].as_str().is_some());
    assert_eq!(
        project.tuomin(&["run", "p.toml", "--openlineage", "no/where.jsonl"]).code,
        5,
        "before anything is done"
    );
}

/// Holds events against the types of OpenLineage's own client, by `tests/watched/lineage.py`.
fn lineage(events: &Path) {
    let Some(python) = python::python() else { return };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/watched/lineage.py");
    let output = std::process::Command::new(python).arg(script).arg(events).output().unwrap();
    let told = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{} {}", told(&output.stdout), told(&output.stderr));
}

#[test]
fn a_joined_table_is_an_input_too() {
    let project = Project::new("id,age,code,note\n1,31,A,y\n2,32,C,y\n3,33,A,y\n4,51,B,x\n5,52,D,x\n6,53,B,x\n");
    fs::write(project.path("cities.csv"), "code,city\nA,north\nB,south\nC,north\nD,south\n").unwrap();
    let mut text = fs::read_to_string(project.path("p.toml")).unwrap();
    text += "[columns.code]\nrole = \"identifier\"\ntreatment = \"drop\"\n[[prepare]]\n";
    text += "join = { source = { path = \"cities.csv\" }, on = [\"code\"], columns = [\"city\"] }\n";
    fs::write(project.path("p.toml"), text).unwrap();
    let run = project.tuomin(&["run", "p.toml", "--openlineage", "l.jsonl"]);
    assert_eq!(run.code, 0, "{}", run.err);
    lineage(&project.path("l.jsonl"));
    let events = fs::read_to_string(project.path("l.jsonl")).unwrap();
    let last: Value = serde_json::from_str(events.lines().last().unwrap()).unwrap();
    let inputs = last["inputs"].as_array().unwrap();
    let names: Vec<&str> = inputs.iter().map(|input| input["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names[0].ends_with("/d.csv") && names[1].ends_with("/cities.csv"), "{names:?}");
}

#[test]
fn what_is_no_event_is_found() {
    let Some(python) = python::python() else { return };
    let project = Project::new(ROWS);
    assert_eq!(project.tuomin(&["run", "p.toml", "--openlineage", "l.jsonl"]).code, 0);
    let good = fs::read_to_string(project.path("l.jsonl")).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/watched/lineage.py");
    for (from, to) in [
        ("\"COMPLETE\"", "\"DONE\""),
        ("\"rowCount\":6", "\"rowCount\":\"6\""),
        ("\"rowCount\"", "\"rows\""),
        ("\"columnMetrics\"", "\"columns\""),
        ("1-1-1/SchemaDatasetFacet", "9-0-0/SchemaDatasetFacet"),
        ("\"namespace\":\"file\"", "\"namespace\":\"disk\""),
        ("\"eventTime\":\"2", "\"eventTime\":\"x"),
    ] {
        assert!(good.contains(from), "{from}");
        fs::write(project.path("l.jsonl"), good.replace(from, to)).unwrap();
        let output = std::process::Command::new(python).arg(&script).arg(project.path("l.jsonl")).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{to}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(!output.stdout.is_empty(), "{to}");
    }
}

#[test]
fn events_are_posted_and_a_silent_server_is_a_warning() {
    let project = Project::new(ROWS);
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let place = format!("http://user:hunter2@{}", server.local_addr().unwrap());
    let taken = std::thread::spawn(move || {
        let mut bodies = Vec::new();
        for stream in server.incoming().take(2) {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut head, mut length) = (String::new(), 0);
            while reader.read_line(&mut head).unwrap() > 2 {
                let line = head.lines().last().unwrap().to_ascii_lowercase();
                if let Some(value) = line.strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            stream.write_all(b"HTTP/1.1 201 Created\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
            bodies.push((head.lines().next().unwrap().to_owned(), body));
        }
        bodies
    });
    let run = project.tuomin(&["run", "p.toml", "--openlineage", &place]);
    assert_eq!(run.code, 0, "{}", run.err);
    let bodies = taken.join().unwrap();
    let mut events = Vec::new();
    for (head, body) in &bodies {
        assert!(head.starts_with("POST /api/v1/lineage "), "{head}");
        events.extend([body.as_slice(), b"\n"].concat());
    }
    fs::write(project.path("posted.jsonl"), events).unwrap();
    lineage(&project.path("posted.jsonl"));
    let run = project.tuomin(&["run", "p.toml", "--openlineage", &place]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("the server does not answer") && !run.err.contains("hunter2"), "{}", run.err);
}

#[test]
fn logs_are_quiet_unless_they_are_asked_for() {
    let project = Project::new(ROWS);
    let logged = |level: Option<&str>, more: &[&str]| {
        let mut command = project.command();
        command.args(["run", "p.toml", "--again"]).args(more);
        command.env_remove("TUOMIN_LOG");
        level.map(|level| command.env("TUOMIN_LOG", level));
        let output = command.output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(logged(None, &[]), (0, String::new()));
    let (_, json) = logged(None, &["--log", "json"]);
    let events: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let stage = events.iter().find(|event| event["stage"] == "treating and scattering rows").unwrap();
    assert_eq!(stage["rows"], 6);
    assert!(stage["seconds"].is_number() && stage["peak_memory_bytes"].as_u64().is_some_and(|bytes| bytes > 1 << 20));
    assert!(events.iter().all(|event| event["level"] == "INFO"));
    assert!(logged(Some("warn"), &["--log", "text"]).1.is_empty());
    assert!(logged(Some("debug"), &["--log", "text"]).1.contains("stage begins"));
    assert_eq!(logged(Some("loud"), &[]).0, 2);
}

#[test]
fn manual_pages_and_completions_name_every_verb() {
    let project = Project::new("");
    assert_eq!(project.tuomin(&["man", "--out", "man"]).code, 0);
    let page = fs::read_to_string(project.path("man/tuomin-run.1")).unwrap();
    for text in [".TH", "openlineage", "Of several pipelines the worst counts"] {
        assert!(page.contains(text), "{text}");
    }
    assert!(project.path("man/tuomin-ledger-list.1").is_file());
    assert!(project.tuomin(&["completions", "bash"]).out.contains("--openlineage"));
}

#[test]
fn limits_are_held() {
    let project = Project::new(ROWS);
    assert_eq!(project.tuomin(&["run", "p.toml", "--memory", "lots"]).code, 2);
    assert_eq!(project.tuomin(&["run", "p.toml", "--threads", "0"]).code, 2);
    assert_eq!(project.tuomin(&["run", "p.toml", "--temp-dir", "none"]).code, 5);
    fs::create_dir(project.path("temp")).unwrap();
    let few = ["run", "p.toml", "--memory", "64MiB", "--threads", "1", "--temp-dir", "temp"];
    let run = project.tuomin(&few);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(fs::read_dir(project.path("temp")).unwrap().count(), 0, "temporary files have no name");
    // a source of more bytes than the disk has: it has holes, and is never read
    let file = fs::OpenOptions::new().append(true).open(project.path("d.csv")).unwrap();
    file.set_len(1 << 43).unwrap();
    let full = project.tuomin(&["run", "p.toml", "--again"]);
    assert_eq!(full.code, 5, "{}", full.err);
    assert!(full.err.contains("the run needs about") && full.err.contains("are free"), "{}", full.err);
}

/// Runs the shipped pipeline on `big.parquet`; gives its peak memory in MiB and the released cells that are not drawn
/// anew by each run, in ascending order.
fn peak_and_cells(project: &Project, name: &str, more: &[&str]) -> (u64, Vec<String>) {
    let run = project.tuomin(&[&["run", "big.toml", "--out", name, "--log", "json", "--json"], more].concat());
    assert_eq!(run.code, 0, "{}", run.err);
    let peaks = run.err.lines().filter_map(|line| {
        let event: Value = serde_json::from_str(line).unwrap();
        event["peak_memory_bytes"].as_u64()
    });
    let folder = project.path("").join(lines(&run)[0]["release"].as_str().unwrap()).join("data");
    let mut cells = Vec::new();
    for file in tree(&folder).into_keys() {
        let file = fs::File::open(file).unwrap();
        let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        for batch in reader.build().unwrap() {
            let batch = batch.unwrap();
            let kept: Vec<usize> =
                (0..batch.num_columns()).filter(|&at| batch.schema().field(at).name() != "户号").collect();
            assert_eq!(kept.len() + 1, batch.num_columns(), "the token is drawn anew");
            let options = arrow::util::display::FormatOptions::default();
            let columns: Vec<_> = kept
                .iter()
                .map(|&at| arrow::util::display::ArrayFormatter::try_new(batch.column(at), &options).unwrap())
                .collect();
            let row = |row| columns.iter().map(|cells| format!("{}|", cells.value(row))).collect::<String>();
            cells.extend((0..batch.num_rows()).map(row));
        }
    }
    cells.sort_unstable();
    (peaks.max().unwrap() >> 20, cells)
}

#[test]
fn less_memory_is_used_where_it_is_limited_and_the_release_is_the_same() {
    let usual = if cfg!(debug_assertions) { 300_000 } else { 2_000_000 };
    let rows: u64 = std::env::var("TUOMIN_MEMORY_ROWS").map_or(usual, |rows| rows.parse().unwrap());
    let project = Project::new("");
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(here.join("pipelines/residential_electricity.toml")).unwrap();
    let text = text.replace("../sample_data/residential_electricity.csv", "big.parquet");
    let text = text.replace("encoding = \"gb18030\"\n", "");
    let text = text.replace("hierarchies/", &format!("{}/pipelines/hierarchies/", here.display()));
    fs::write(project.path("big.toml"), text).unwrap();
    let made =
        project.tuomin(&["sample", "residential_electricity", "--rows", &rows.to_string(), "--output", "big.parquet"]);
    assert_eq!(made.code, 0, "{}", made.err);
    let (free, all) = peak_and_cells(&project, "free", &[]);
    let (limited, same) = peak_and_cells(&project, "limited", &["--memory", "128MiB"]);
    println!("{rows} rows: {free} MiB, {limited} MiB with --memory 128MiB");
    assert!(all == same, "what is released does not depend on the memory");
    assert!(limited * 10 < free * 9, "{limited} MiB of {free} MiB");
}

/// Starts a run that logs its stages.
fn started(project: &Project) -> Child {
    let mut command = project.command();
    command
        .args(["run", "p.toml", "--log", "json", "--metrics", "m.prom", "--openlineage", "l.jsonl"])
        .env("TUOMIN_LOG", "debug");
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Sends a signal by the shell's `kill`.
fn signal(child: &Child, name: &str) {
    assert!(std::process::Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn a_run_that_is_told_to_stop_stops_within_a_second_and_leaves_nothing() {
    let usual = if cfg!(debug_assertions) { 100_000 } else { 1_000_000 };
    let rows: u64 = std::env::var("TUOMIN_STOPPED_ROWS").map_or(usual, |rows| rows.parse().unwrap());
    let project = Project::new("");
    let mut csv = String::from("id,age,city,note\n");
    for row in 0..rows {
        csv += &format!("{row},{},{},{}\n", 20 + row * 7 % 60, ["A", "B", "C", "D"][(row % 4) as usize], row % 3);
    }
    fs::write(project.path("d.csv"), csv).unwrap();
    let mut slowest = Duration::ZERO;
    for (stage, name) in [
        ("counting combinations", "-INT"),
        ("searching the recoding", "-TERM"),
        ("comparing columns", "-TERM"),
        ("treating and scattering rows", "-INT"),
        ("writing shuffled rows", "-TERM"),
        ("preparing attacks", "-TERM"),
        ("measuring and attacking the written files", "-TERM"),
        ("judging the attacks", "-TERM"),
    ] {
        let mut child = started(&project);
        let mut events = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains(&format!("\"stage\":\"{stage}\"")) {
            line.clear();
            assert!(events.read_line(&mut line).unwrap() > 0, "the run ended before {stage}");
        }
        let told = Instant::now();
        signal(&child, name);
        let code = child.wait().unwrap().code();
        let took = told.elapsed();
        slowest = slowest.max(took);
        println!("{stage}: {} ms", took.as_millis());
        let mut rest = String::new();
        events.read_to_string(&mut rest).unwrap();
        assert_eq!(code, Some(5), "{stage}: {rest}");
        assert!(rest.contains("interrupted, nothing was published"), "{stage}: {rest}");
        assert!(took < Duration::from_secs(1), "{stage}: {took:?}");
        let metrics = fs::read_to_string(project.path("m.prom")).unwrap();
        assert!(metrics.contains("tuomin_run_exit_code{pipeline=\"p.toml\"} 5\n"), "{stage}: {metrics}");
        let events = fs::read_to_string(project.path("l.jsonl")).unwrap();
        assert!(events.lines().last().unwrap().contains("\"eventType\":\"FAIL\""), "{stage}");
        let left: Vec<PathBuf> = tree(&project.path("out")).into_keys().collect();
        assert_eq!(left, [project.path("out/test/.lock")], "{stage}");
        assert_eq!(fs::read_dir(project.path("out/test")).unwrap().count(), 1, "{stage}");
    }
    println!("slowest of {rows} rows: {} ms", slowest.as_millis());
}
