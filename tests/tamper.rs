//! A release whose bytes are not the certified ones never verifies; a killed run leaves none or a whole one.
#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::fs;
use std::time::Duration;

use common::Project;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

fn table(rows: u32) -> String {
    let row = |i: u32| format!("{i},{},{},{}\n", 20 + i * 7 % 60, ["A", "B", "C"][i as usize % 3], i % 5);
    "id,age,city,note\n".to_owned() + &(0..rows).map(row).collect::<String>()
}

#[test]
fn any_flipped_byte_is_found() {
    let project = Project::new(&table(2000));
    assert_eq!(project.tuomin(&["run", "p.toml"]).code, 0);
    let release = project.release("test");
    let folder = release.to_str().unwrap();
    assert_eq!(project.tuomin(&["verify", folder]).code, 0);
    let mut draws = ChaCha8Rng::seed_from_u64(42);
    for file in ["data/part-00000.parquet", "certificate.json", "report.json", "report.html"] {
        let path = release.join(file);
        let whole = fs::read(&path).unwrap();
        for _ in 0..if file.ends_with("parquet") { 600 } else { 150 } {
            let mut bytes = whole.clone();
            let at = draws.random_range(0..bytes.len());
            bytes[at] ^= 1 << draws.random_range(0..8);
            fs::write(&path, &bytes).unwrap();
            let run = project.tuomin(&["verify", folder]);
            assert_eq!(run.code, 6, "{file}, byte {at}: {}{}", run.out, run.err);
        }
        fs::write(&path, &whole).unwrap();
    }
    assert_eq!(project.tuomin(&["verify", folder]).code, 0);
}

#[test]
fn a_file_alone_is_verified_by_its_footer() {
    let project = Project::new(&table(2000));
    assert_eq!(project.tuomin(&["run", "p.toml"]).code, 0);
    let file = project.release("test").join("data/part-00000.parquet");
    let whole = fs::read(&file).unwrap();
    let copy = project.path("renamed.parquet");
    fs::write(&copy, &whole).unwrap();
    assert_eq!(project.tuomin(&["verify", copy.to_str().unwrap()]).code, 0);
    fs::write(&copy, &whole[..whole.len() - 100]).unwrap();
    assert_eq!(project.tuomin(&["verify", copy.to_str().unwrap()]).code, 6, "truncated");
    fs::write(&copy, b"PAR1 is not enough").unwrap();
    assert_eq!(project.tuomin(&["verify", copy.to_str().unwrap()]).code, 6, "foreign");
}

#[test]
fn files_added_or_taken_away_are_found() {
    let project = Project::new(&table(500));
    assert_eq!(project.tuomin(&["run", "p.toml"]).code, 0);
    let release = project.release("test");
    let folder = release.to_str().unwrap();
    fs::write(release.join("data/part-00001.parquet"), b"PAR1").unwrap();
    assert_eq!(project.tuomin(&["verify", folder]).code, 6);
    fs::remove_file(release.join("data/part-00001.parquet")).unwrap();
    fs::remove_file(release.join("data/part-00000.parquet")).unwrap();
    assert_eq!(project.tuomin(&["verify", folder]).code, 6);
}

#[test]
fn a_killed_run_leaves_none_or_a_whole_release() {
    let project = Project::new(&table(60_000));
    let start = std::time::Instant::now();
    assert_eq!(project.tuomin(&["run", "p.toml"]).code, 0);
    let whole = start.elapsed();
    let mut draws = ChaCha8Rng::seed_from_u64(43);
    let mut killed = 0;
    for _ in 0..50 {
        let mut child = project.command().args(["run", "p.toml"]).stdout(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_secs_f64(whole.as_secs_f64() * draws.random_range(0.0..1.1)));
        child.kill().unwrap();
        killed += usize::from(!child.wait().unwrap().success());
        for entry in fs::read_dir(project.path("out/test")).unwrap().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.path().is_dir() && !name.starts_with('.') {
                let run = project.tuomin(&["verify", entry.path().to_str().unwrap()]);
                assert_eq!(run.code, 0, "{}", run.err);
                fs::remove_dir_all(entry.path()).unwrap();
            }
        }
    }
    // what the ledger has and what is on the disk are the same, but for the releases taken away above
    assert!(killed > 10, "only {killed} of 50 runs were killed in time");
    let after = project.tuomin(&["run", "p.toml"]);
    assert_eq!(after.code, 0, "{}", after.err);
    assert_eq!(project.tuomin(&["ledger", "verify", "out/ledger.jsonl"]).code, 0);
    let hidden = fs::read_dir(project.path("out/test")).unwrap().flatten();
    assert_eq!(hidden.filter(|e| e.file_name().to_string_lossy().starts_with(".staging")).count(), 0);
}

/// Until a run has taken its lock and begun.
fn wait_for_staging(project: &Project) {
    let begun = || {
        let entries = fs::read_dir(project.path("out/test")).into_iter().flatten().flatten();
        entries.into_iter().any(|entry| entry.file_name().to_string_lossy().starts_with(".staging"))
    };
    for _ in 0..2000 {
        if begun() {
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    panic!("the run did not begin");
}

#[test]
fn interrupt_stops_a_run_and_leaves_nothing() {
    let project = Project::new(&table(400_000));
    let child = project.command().args(["run", "p.toml"]).stderr(std::process::Stdio::piped()).spawn().unwrap();
    wait_for_staging(&project);
    let sent = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    let output = child.wait_with_output().unwrap();
    assert!(sent.unwrap().success());
    assert_eq!(output.status.code(), Some(5), "{}", String::from_utf8_lossy(&output.stderr));
    let left = fs::read_dir(project.path("out/test")).unwrap().flatten().filter(|e| e.path().is_dir()).count();
    assert_eq!(left, 0);
}

#[test]
fn a_second_run_on_the_same_dataset_waits_its_turn() {
    let project = Project::new(&table(400_000));
    let mut first = project.command().args(["run", "p.toml"]).stdout(std::process::Stdio::null()).spawn().unwrap();
    wait_for_staging(&project);
    let second = project.tuomin(&["run", "p.toml"]);
    assert!(first.wait().unwrap().success());
    assert!(second.code == 5 && second.err.contains("another run"), "{} {}", second.code, second.err);
}
