//! A cluster gives what one machine gives, or nothing: with a scheduler and three executors on loopback, all of the built
//! binary, some of them lost, slow or without space.
#![cfg(feature = "cluster")]
#![expect(clippy::unwrap_used, reason = "a test may stop")]

#[path = "common/between.rs"]
mod between;
mod common;
#[path = "common/objects.rs"]
mod objects;
#[path = "cluster/parts.rs"]
mod parts;
#[path = "common/servers.rs"]
mod servers;
#[path = "cluster/store.rs"]
mod store;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::DataType;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rand::{RngExt, SeedableRng};
use serde_json::Value;

use common::Project;
use parts::Cluster;

/// A key that must be found nowhere, and cells too.
const KEY: &str = "6b1f0c3a9d7e52486b1f0c3a9d7e52486b1f0c3a9d7e52486b1f0c3a9d7e5248";
const FILES: u64 = 12;
const ROWS: u64 = 4000;

/// Tables in twelve files, whose subjects have records in several of them, and a pipeline on them.
fn project() -> Project {
    let project = Project::new("");
    project.without_measures();
    fs::create_dir(project.path("data")).unwrap();
    for file in 0..FILES {
        let mut draws = rand::rngs::StdRng::seed_from_u64(file);
        let rows = ROWS + 100 * file;
        let ids: StringArray =
            (0..rows).map(|_| Some(format!("canaryID{:06}", draws.random_range(0..20_000)))).collect();
        let ages: Int64Array =
            (0..rows).map(|_| (draws.random_range(0..50) > 0).then(|| draws.random_range(0..90))).collect();
        let cities: StringArray =
            (0..rows).map(|_| Some(["canaryCityA", "B城", "C"][draws.random_range(0..3)])).collect();
        let notes: StringArray = (0..rows).map(|_| Some(format!("note{}", draws.random_range(0..5)))).collect();
        let amounts: Float64Array = (0..rows).map(|_| Some(f64::from(draws.random_range(0..900)) / 10.0)).collect();
        let columns: [(&str, ArrayRef); 5] = [
            ("id", Arc::new(ids)),
            ("age", Arc::new(ages)),
            ("city", Arc::new(cities)),
            ("note", Arc::new(notes)),
            ("amount", Arc::new(amounts)),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let path = project.path(&format!("data/{file:02}.parquet"));
        let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
    }
    let text = fs::read_to_string(project.path("p.toml")).unwrap();
    let text = text
        .replace("path = \"d.csv\"", "path = \"data\"\nformat = \"parquet\"")
        .replace("key = \"ephemeral\"", "key = \"env:TUOMIN_TEST_KEY\"")
        + "[columns.amount]\nrole = \"insensitive\"\ntype = \"number\"\ntreatment = { round = 10 }\n";
    fs::write(project.path("p.toml"), text).unwrap();
    project
}

fn run(project: &Project, out: &str, more: &[&str]) -> Command {
    let mut command = project.command();
    command.args(["run", "p.toml", "--again", "--quiet", "--out", out, "--log", "text"]).args(more);
    command.env("TUOMIN_TEST_KEY", KEY).env("TUOMIN_LOG", "info");
    command
}

/// What a run on a cluster is told beside its pipeline.
fn on(cluster: &Cluster, deadline: &str) -> Vec<String> {
    let tls = cluster.tls().to_str().unwrap().to_owned();
    let words = ["--engine", &cluster.engine(), "--cluster-tls", &tls, "--patience", "3", "--deadline", deadline];
    words.map(str::to_owned).to_vec()
}

/// The release below `out`, if there is one.
fn release(project: &Project, out: &str) -> Option<PathBuf> {
    let folders = fs::read_dir(project.path(out).join("test")).ok()?.flatten().map(|entry| entry.path());
    folders.filter(|path| path.is_dir() && path.join("certificate.json").exists()).max()
}

/// A released row, its token left out: tokens are of one release.
type Row = Vec<Option<String>>;

/// The rows of each token, with how many tokens have just these, and what the report tells of the search.
fn released(folder: &Path) -> (BTreeMap<Vec<Row>, u64>, Value) {
    let mut of_token: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for part in fs::read_dir(folder.join("data")).unwrap() {
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(part.unwrap().path()).unwrap()).unwrap();
        for batch in reader.build().unwrap() {
            let batch = batch.unwrap();
            let texts = |cells: &ArrayRef| arrow::compute::cast(cells, &DataType::Utf8).unwrap();
            let columns: Vec<ArrayRef> = batch.columns().iter().map(texts).collect();
            let cell = |cells: &ArrayRef, row: usize| {
                let cells = cells.as_string::<i32>();
                arrow::array::Array::is_valid(cells, row).then(|| cells.value(row).to_owned())
            };
            for row in 0..batch.num_rows() {
                let rest = columns[1..].iter().map(|cells| cell(cells, row)).collect();
                of_token.entry(cell(&columns[0], row).unwrap()).or_default().push(rest);
            }
        }
    }
    let mut rows: BTreeMap<Vec<Row>, u64> = BTreeMap::new();
    for mut group in of_token.into_values() {
        group.sort();
        *rows.entry(group).or_default() += 1;
    }
    let mut report: Value = serde_json::from_str(&fs::read_to_string(folder.join("report.json")).unwrap()).unwrap();
    // the order of the rows is another in every release
    let ordered = |measure: &Value| measure["id"].as_str().unwrap().starts_with("row_order");
    report["measures"].as_array_mut().unwrap().retain(|measure| !ordered(measure));
    let told = [
        "records_read",
        "subjects_read",
        "records_released",
        "suppressed_records",
        "loss",
        "measures",
        "before",
        "after",
    ];
    let told = told.into_iter().map(|name| (name.to_owned(), report[name].clone())).collect();
    (rows, Value::Object(told))
}

/// Whether a release below `out` is what was expected; rows are not shown.
fn agrees(project: &Project, out: &str, expected: &(BTreeMap<Vec<Row>, u64>, Value)) {
    let (rows, told) = released(&release(project, out).unwrap());
    assert_eq!(told, expected.1, "{out}");
    assert!(rows == expected.0, "{out}: the released rows differ");
}

/// What one machine makes of the project.
fn here(project: &Project) -> (BTreeMap<Vec<Row>, u64>, Value) {
    let output = run(project, "here", &[]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    released(&release(project, "here").unwrap())
}

fn told(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}

/// The same tables as CSV, and a pipeline `csv.toml` on them.
fn as_csv(project: &Project) {
    fs::create_dir(project.path("csv")).unwrap();
    for file in fs::read_dir(project.path("data")).unwrap() {
        let path = file.unwrap().path();
        let mut text = "id,age,city,note,amount\n".to_owned();
        for batch in ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap()).unwrap().build().unwrap() {
            let batch = batch.unwrap();
            let texts = |cells: &ArrayRef| arrow::compute::cast(cells, &DataType::Utf8).unwrap();
            let columns: Vec<ArrayRef> = batch.columns().iter().map(texts).collect();
            for row in 0..batch.num_rows() {
                let cell =
                    |cells: &ArrayRef| cells.as_string::<i32>().iter().nth(row).flatten().unwrap_or("").to_owned();
                text += &(columns.iter().map(cell).collect::<Vec<_>>().join(",") + "\n");
            }
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        fs::write(project.path(&format!("csv/{name}.csv")), text).unwrap();
    }
    let text = fs::read_to_string(project.path("p.toml")).unwrap();
    let text = text.replace("path = \"data\"\nformat = \"parquet\"", "path = \"csv\"\nformat = \"csv\"");
    fs::write(project.path("csv.toml"), text).unwrap();
}

#[test]
fn a_cluster_and_one_machine_agree() {
    let (project, cluster) = (project(), Cluster::new(3));
    let expected = here(&project);
    let there = run(&project, "there", &told(&on(&cluster, "120"))).output().unwrap();
    assert!(there.status.success(), "{}", String::from_utf8_lossy(&there.stderr));
    let folder = release(&project, "there").unwrap();
    agrees(&project, "there", &expected);
    let verified = project.tuomin(&["verify", folder.to_str().unwrap(), "--ledger", "there/ledger.jsonl"]);
    assert_eq!(verified.code, 0, "{}", verified.err);
    // in one process too
    let trial = run(&project, "trial", &["--engine", "ballista-local"]).output().unwrap();
    assert!(trial.status.success(), "{}", String::from_utf8_lossy(&trial.stderr));
    agrees(&project, "trial", &expected);
    // and from CSV
    as_csv(&project);
    let mut words = vec!["run", "csv.toml", "--quiet", "--out", "csv-there"];
    let more = on(&cluster, "120");
    words.extend(told(&more));
    let from_csv = project.command().args(words).env("TUOMIN_TEST_KEY", KEY).output().unwrap();
    assert!(from_csv.status.success(), "{}", String::from_utf8_lossy(&from_csv.stderr));
    agrees(&project, "csv-there", &expected);
}

/// What nobody may read: cells of identifiers and quasi-identifiers, and the key, as it is written and as bytes.
fn canaries() -> Vec<Vec<u8>> {
    let mut all =
        vec![b"canaryID".to_vec(), b"canaryCityA".to_vec(), "B城".as_bytes().to_vec(), KEY.as_bytes().to_vec()];
    all.push(hex::decode(KEY).unwrap());
    all
}

fn holds(bytes: &[u8], what: &[u8]) -> bool {
    aho_corasick::AhoCorasick::new([what]).unwrap().is_match(bytes)
}

#[test]
fn nothing_that_the_parts_write_holds_a_cell_or_the_key() {
    let (project, cluster) = (project(), Cluster::new(3));
    let mut child = watched(&project, &cluster, "there", "120");
    let (mut results, mut seen) = (0, Vec::new());
    // results of stages go when their job is over: looked at as long as it lives
    while child.child.try_wait().unwrap().is_none() {
        let own = cluster.written().into_iter().map(|path| (path, false));
        for (path, release) in own.chain(staged(&project, "there").into_iter().map(|path| (path, true))) {
            let Ok(bytes) = fs::read(&path) else { continue };
            results +=
                usize::from(path.iter().any(|part| part.to_string_lossy().starts_with("work-")) && !bytes.is_empty());
            // a release may tell a city, and tells no identifier
            let secret = |what: &&Vec<u8>| !release || what.starts_with(b"canaryID") || what.len() >= 32;
            let found = canaries();
            let found = found.iter().filter(secret).filter(|what| holds(&bytes, what));
            seen.extend(found.map(|what| (path.clone(), String::from_utf8_lossy(what).into_owned())));
        }
    }
    let lines: Vec<String> = child.lines.iter().collect();
    assert!(child.child.wait().unwrap().success(), "{lines:?}");
    assert!(results > 10, "results of stages were looked at: {results}");
    let log = lines.join("\n");
    seen.extend(canaries().iter().filter(|what| holds(log.as_bytes(), what)).map(|_| (PathBuf::new(), "log".into())));
    assert!(seen.is_empty(), "{seen:?}");
}

/// Files of a release that grows.
fn staged(project: &Project, out: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![project.path(out)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files
}

/// A run under way, with the lines of its log as they come.
struct Watched {
    child: std::process::Child,
    lines: std::sync::mpsc::Receiver<String>,
}

fn watched(project: &Project, cluster: &Cluster, out: &str, deadline: &str) -> Watched {
    let mut command = run(project, out, &told(&on(cluster, deadline)));
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let (send, lines) = std::sync::mpsc::channel();
    let stderr = BufReader::new(child.stderr.take().unwrap());
    std::thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
    Watched { child, lines }
}

impl Watched {
    /// Waits for the beginning of a pass.
    fn until(&self, pass: &str) {
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            let line = self.lines.recv_timeout(end.saturating_duration_since(Instant::now()));
            if line.expect("the pass begins").contains(&format!("pass=\"{pass}\"")) {
                return;
            }
        }
    }

    /// The exit code, which comes before the deadline and a little; with the rest of the log.
    fn ended(mut self, deadline: Duration) -> (i32, String) {
        let end = Instant::now() + deadline;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status.code().unwrap_or(-1), self.lines.iter().collect::<Vec<_>>().join("\n"));
            }
            if Instant::now() > end {
                let _ = self.child.kill();
                panic!("it hangs past its deadline: {}", self.lines.try_iter().collect::<Vec<_>>().join("\n"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Results of stages in an executor's folder.
fn results(work: &Path) -> usize {
    let mut count = 0;
    let mut folders = vec![work.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                count += usize::from(entry.metadata().is_ok_and(|data| data.len() > 0));
            }
        }
    }
    count
}

const DEADLINE: u64 = 60;

/// Loses an executor at ten moments of a pass, the one after its results exist among them.
fn lost_in(pass: &str) {
    let project = project();
    let expected = here(&project);
    let mut cluster = Cluster::new(3);
    let mut draws = rand::rngs::StdRng::seed_from_u64(pass.len() as u64);
    let (mut done, mut refused) = (0, 0);
    for trial in 0..10 {
        let out = format!("{pass}-{trial}");
        let child = watched(&project, &cluster, &out, &DEADLINE.to_string());
        let before: Vec<usize> = cluster.executors.iter().map(|executor| results(&executor.work)).collect();
        child.until(pass);
        let number = match trial % 2 {
            // a moment after it has results that others need
            0 => {
                let end = Instant::now() + Duration::from_secs(20);
                loop {
                    let grown = |&number: &usize| results(&cluster.executors[number].work) > before[number];
                    match (0..3).find(grown) {
                        Some(number) => break number,
                        None if Instant::now() > end => break 0,
                        None => std::thread::sleep(Duration::from_millis(1)),
                    }
                }
            }
            _ => {
                std::thread::sleep(Duration::from_millis(draws.random_range(0..600)));
                draws.random_range(0..3)
            }
        };
        let work = cluster.kill(number);
        let (code, log) = child.ended(Duration::from_secs(DEADLINE + 20));
        match code {
            0 => {
                agrees(&project, &out, &expected);
                done += 1;
            }
            5 => {
                assert!(release(&project, &out).is_none(), "nothing was published");
                refused += 1;
            }
            other => panic!("trial {trial} ended with {other}: {log}"),
        }
        cluster.start(work);
    }
    eprintln!("{pass}: of ten runs that lost an executor {done} were certified, {refused} refused");
    assert!(done >= 8, "with two executors left a run goes on: {done} of 10, {refused} refused");
}

#[test]
fn an_executor_is_lost_while_rows_are_counted() {
    lost_in("counting");
}

#[test]
fn an_executor_is_lost_while_rows_are_treated() {
    lost_in("treating");
}

#[test]
fn a_slow_executor_is_waited_for_and_a_silent_one_is_not() {
    let (project, cluster) = (project(), Cluster::new(3));
    let expected = here(&project);
    let signal = |number: usize, name: &str| {
        let id = cluster.executors[number].child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
    };
    for (out, pause, anew) in [("slow", Some(1200), false), ("silent", None, true)] {
        let child = watched(&project, &cluster, out, "60");
        child.until("counting");
        // it has its part in the work
        let end = Instant::now() + Duration::from_secs(10);
        while results(&cluster.executors[1].work) == 0 && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(1));
        }
        signal(1, "STOP");
        if let Some(pause) = pause {
            std::thread::sleep(Duration::from_millis(pause));
            signal(1, "CONT");
        }
        let (code, log) = child.ended(Duration::from_secs(80));
        signal(1, "CONT");
        assert_eq!(code, 0, "{out}: {log}");
        agrees(&project, out, &expected);
        assert!(anew || !log.contains("an executor was lost"), "{out}: {log}");
    }
}

#[test]
fn a_run_ends_when_the_scheduler_is_lost() {
    let (project, mut cluster) = (project(), Cluster::new(2));
    let child = watched(&project, &cluster, "lost", "120");
    child.until("counting");
    cluster.lose_scheduler();
    let (code, log) = child.ended(Duration::from_secs(60));
    assert_eq!(code, 5, "{log}");
    assert!(release(&project, "lost").is_none() && log.contains("the scheduler at"), "{log}");
}

#[test]
fn a_run_without_executors_ends() {
    let (project, cluster) = (project(), Cluster::new(0));
    let mut words = on(&cluster, "600");
    *words.iter_mut().find(|word| *word == "3").unwrap() = "2".into();
    let output = run(&project, "none", &told(&words)).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(5), "{said}");
    assert!(said.contains("no executor of the cluster began to work"), "{said}");
}

/// A file system of few bytes.
struct Small(PathBuf);

impl Small {
    /// Mounts one, where that can be done.
    fn new(folder: PathBuf, size: &str) -> Option<Self> {
        fs::create_dir_all(&folder).unwrap();
        let mount =
            Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(&folder).status();
        if mount.is_ok_and(|status| status.success()) {
            return Some(Self(folder));
        }
        assert!(std::env::var_os("TUOMIN_REQUIRE_SERVERS").is_none(), "a small file system is required here");
        eprintln!("SKIPPED: no file system can be mounted here");
        None
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// A run on two executors with room and one on a disk of this size, which nothing need be free of: it is certified, and
/// that one leaves. Gives how many results it had at most.
fn full_at(size: &str) -> Option<usize> {
    let (project, mut cluster) = (project(), Cluster::new(2));
    let expected = here(&project);
    let small = Small::new(cluster.path("work-small"), size)?;
    cluster.start_with(small.0.clone(), &["--least-space", "0"]);
    // it asks for tasks before there are any
    std::thread::sleep(Duration::from_millis(700));
    let mut child = watched(&project, &cluster, "full", "60");
    let mut most = 0;
    while child.child.try_wait().unwrap().is_none() && cluster.executors[2].child.try_wait().unwrap().is_none() {
        most = most.max(results(&small.0));
    }
    let (code, log) = child.ended(Duration::from_secs(80));
    assert_eq!(code, 0, "{log}");
    agrees(&project, "full", &expected);
    assert!(log.contains("the cluster begins anew"), "{log}");
    let (code, log) = cluster.ended(2);
    assert_eq!(code, Some(5), "{log}");
    let told = log.matches("error: an executor has no space left for its results").count();
    assert!(told == 1 && log.contains("the executor leaves the cluster"), "{log}");
    assert_eq!(results(&small.0), 0, "it takes its results along");
    // the others stay
    (0..2).for_each(|number| assert!(cluster.executors[number].child.try_wait().unwrap().is_none()));
    Some(most)
}

#[test]
fn an_executor_without_space_leaves_and_the_others_do_the_job() {
    // not even a folder can be made in it
    let _ = full_at("16k,nr_inodes=1");
}

#[test]
fn an_executor_whose_disk_fills_during_a_job_leaves_and_the_others_do_it() {
    if let Some(results) = full_at("1500k") {
        assert!(results > 1, "it had its part in the work: {results} results");
    }
}

#[test]
fn an_executor_leaves_when_too_little_is_free() {
    let mut cluster = Cluster::new(0);
    let Some(small) = Small::new(cluster.path("work-small"), "2m") else { return };
    // there was too little before it began
    cluster.start(small.0.clone());
    let (code, log) = cluster.ended(0);
    assert_eq!(code, Some(5), "{log}");
    assert!(log.contains("an executor needs 64 MiB here for its results"), "{log}");
    assert!(log.contains("work-small") && log.contains("--least-space"), "{log}");
    // somebody else takes it while no job is there
    cluster.start_with(small.0.clone(), &["--least-space", "1MiB"]);
    std::thread::sleep(Duration::from_millis(1500));
    assert!(cluster.executors[1].child.try_wait().unwrap().is_none(), "there was enough");
    fs::write(small.0.join("other"), vec![1; 3 << 19]).unwrap();
    let (code, log) = cluster.ended(1);
    assert_eq!(code, Some(5), "{log}");
    assert!(log.contains("an executor needs 1 MiB here for its results"), "{log}");
    assert!(small.0.join("other").exists(), "what is not its own stays");
}

#[test]
fn a_cluster_in_one_process_tells_that_no_space_is_left() {
    let project = project();
    let Some(small) = Small::new(project.path("small"), "64k") else { return };
    let words = ["--engine", "ballista-local", "--temp-dir", "small"];
    let output = run(&project, "trial", &words).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    drop(small);
    assert_eq!(output.status.code(), Some(5), "{said}");
    assert!(said.contains("there is no space left for the results of the cluster in this process"), "{said}");
    assert!(!said.contains("begins anew") && release(&project, "trial").is_none(), "{said}");
}

#[test]
fn strangers_are_not_let_in() {
    let (project, cluster) = (project(), Cluster::new(1));
    let own = project.tuomin(&["cluster", "certificates", "127.0.0.1", "--out", "own"]);
    assert_eq!(own.code, 0, "{}", own.err);
    let tls = project.path("own/127.0.0.1");
    let stranger = ["--engine", &cluster.engine(), "--cluster-tls", tls.to_str().unwrap(), "--deadline", "10"];
    let output = run(&project, "stranger", &stranger).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(5), "{said}");
    assert!(said.contains("cannot be reached"), "{said}");
    let without = run(&project, "without", &["--engine", &cluster.engine()]).output().unwrap();
    assert_eq!(without.status.code(), Some(2));
    let nowhere = run(&project, "nowhere", &["--engine", "spark://x"]).output().unwrap();
    assert_eq!(nowhere.status.code(), Some(2));
    // a key that others can read is none
    std::fs::set_permissions(tls.join("key.pem"), std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let open = run(&project, "open", &stranger).output().unwrap();
    assert_eq!(open.status.code(), Some(5));
}

#[test]
fn a_wrong_cell_is_told_with_its_place() {
    let (project, cluster) = (project(), Cluster::new(2));
    let text = fs::read_to_string(project.path("p.toml")).unwrap();
    fs::write(project.path("p.toml"), text.replace("[columns.note]", "[columns.note]\ntype = \"integer\"")).unwrap();
    let output = run(&project, "wrong", &told(&on(&cluster, "30"))).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let local = run(&project, "here", &[]).output().unwrap();
    assert_eq!(local.status.code(), Some(4), "{}", String::from_utf8_lossy(&local.stderr));
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains(".parquet") && said.contains("note") && !said.contains("note0"), "{said}");
}
