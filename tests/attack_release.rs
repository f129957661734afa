//! `tuomin risk --release DIR --source PIPELINE`: the attacks of the run again, on a release that stands.
#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{Project, Run};
use serde_json::Value;

/// Subjects with two records each; ages and cities in classes of many.
fn table() -> String {
    let mut csv = String::from("id,age,city,note\n");
    for i in 0..1200_u32 {
        let subject = i / 2;
        let city = ["Heping", "Hexi", "Nankai"][(subject % 3) as usize];
        csv += &format!("A{:07},{},{city},{}\n", 1_000_000 + subject * 7_919, 20 + subject % 40, i % 5);
    }
    csv
}

fn certified(project: &Project) -> PathBuf {
    let run = project.tuomin(&["run", "p.toml", "--quiet", "--json"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let told: Value = serde_json::from_str(&run.out).unwrap();
    project.path(told["release"].as_str().unwrap())
}

fn attacked(project: &Project, release: &Path, more: &[&str]) -> Run {
    let arguments = ["risk", "--release", release.to_str().unwrap(), "--source", "p.toml"];
    project.tuomin(&[&arguments[..], more].concat())
}

/// Id, columns, successes and trials of every attack that looks at all rows and draws nothing.
fn outcomes(attacks: &Value) -> Vec<String> {
    let exact = ["residual_values", "relink_quasi", "relink_measures", "near_unique_value", "homogeneity"];
    let told = attacks.as_array().unwrap().iter().filter(|attack| exact.contains(&attack["id"].as_str().unwrap()));
    told.map(|attack| format!("{} {} {}/{}", attack["id"], attack["columns"], attack["successes"], attack["trials"]))
        .collect()
}

#[test]
fn a_release_that_stands_is_attacked_as_its_own_run_attacked_it() {
    let project = Project::new(&table());
    let release = certified(&project);
    let report: Value = serde_json::from_slice(&fs::read(release.join("report.json")).unwrap()).unwrap();
    let again = attacked(&project, &release, &["--json"]);
    assert_eq!(again.code, 0, "{}{}", again.out, again.err);
    let again: Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!(outcomes(&again["attacks"]), outcomes(&report["attacks"]));
    assert!(outcomes(&again["attacks"]).len() >= 5);
    assert_eq!(again["refusal"], Value::Null);
    let ids = |attacks: &Value| -> Vec<String> {
        let mut ids: Vec<String> = attacks.as_array().unwrap().iter().map(|attack| attack["id"].to_string()).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&again["attacks"]), ids(&report["attacks"]), "none is left out");

    let told = attacked(&project, &release, &[]);
    for part in ["relink_quasi", "residual_texts", "row_order_correlation", "Whoever can compute tokens"] {
        assert!(told.out.contains(part), "{part}: {}", told.out);
    }
}

#[test]
fn the_wrong_pipeline_source_or_release_is_said() {
    let project = Project::new(&table());
    let release = certified(&project);
    let pipeline = fs::read_to_string(project.path("p.toml")).unwrap();
    fs::write(project.path("p.toml"), pipeline.replace("k = 3", "k = 4")).unwrap();
    let other = attacked(&project, &release, &[]);
    assert_eq!((other.code, other.err.contains("another pipeline file")), (2, true), "{}", other.err);
    fs::write(project.path("p.toml"), &pipeline).unwrap();

    let source = fs::read_to_string(project.path("d.csv")).unwrap();
    fs::write(project.path("d.csv"), source.replace("Nankai", "Hebei")).unwrap();
    let other = attacked(&project, &release, &[]);
    assert_eq!((other.code, other.err.contains("not the one")), (4, true), "{}", other.err);
    fs::write(project.path("d.csv"), source).unwrap();

    let file = release.join("data/part-00000.parquet");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    assert_eq!(attacked(&project, &release, &[]).code, 6);
    assert_eq!(project.tuomin(&["risk", "--release", "out"]).code, 2, "no source is named");
    assert_eq!(project.tuomin(&["risk"]).code, 2);
}

#[test]
fn away_from_its_ledger_nobody_knows_of_earlier_releases() {
    let project = Project::new(&table());
    let release = certified(&project);
    let away = project.path("away");
    fs::rename(release, &away).unwrap();
    let told = attacked(&project, &away, &["--json"]);
    assert_eq!(told.code, 0, "this claim has no limit for them: {}", told.err);
    let told: Value = serde_json::from_str(&told.out).unwrap();
    let attacks = told["attacks"].as_array().unwrap();
    let earlier = attacks.iter().find(|attack| attack["id"] == "earlier_differences").unwrap();
    assert_eq!((earlier["trials"].as_u64(), earlier["risk"].as_f64()), (Some(0), Some(1.0)), "not tried is no pass");
    assert!(earlier["advice"].as_str().unwrap().contains("ledger"));
}

#[test]
fn an_identifier_in_the_declaration_is_found() {
    let project = Project::new(&table());
    let pipeline = fs::read_to_string(project.path("p.toml")).unwrap();
    fs::write(project.path("p.toml"), pipeline.replace("use = \"tests\"", "use = \"for A1007919 alone\"")).unwrap();
    let run = project.tuomin(&["run", "p.toml", "--quiet"]);
    assert_eq!(run.code, 3, "{}{}", run.out, run.err);
    assert!(run.err.contains("report and certificate") && run.err.contains("declaration"), "{}", run.err);
    assert!(!run.err.contains("A1007919"));
}
