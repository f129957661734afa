//! Recodings and models end to end: by the pipeline's word, released, verified, refused where they must be.
#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::collections::HashMap;
use std::fs::{self, File};

use arrow::util::display::array_value_to_string;
use common::{Project, Run};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// 300 people: some ages and cities are frequent, some rare.
fn table() -> String {
    let mut table = String::from("id,age,city,job,note\n");
    for i in 0..300_u32 {
        let (age, city) = (20 + i * i % 41, ["A", "B", "C", "D"][(i * 7 % 11 % 4) as usize]);
        let job = ["teacher", "nurse", "smith", "baker"][(i % 4) as usize];
        table += &format!("{i},{age},{city},{job},{}\n", i % 5);
    }
    table
}

/// The pipeline with these lines in `[privacy]`, and these columns.
fn project(privacy: &str, columns: &str) -> Project {
    let project = Project::new(&table());
    let pipeline = format!(
        "{}[source]\npath = \"d.csv\"\nsubject = \"id\"\n[privacy]\nk = 4\n{privacy}\n[columns.id]\nrole = \"identifier\"\n{columns}",
        Project::HEAD
    );
    fs::write(project.path("p.toml"), pipeline).unwrap();
    project
}

const AGE: &str =
    "[columns.age]\nrole = \"quasi\"\ntype = \"integer\"\nhierarchy = { interval = { widths = [5, 10, 20] } }\n";
const CITY: &str = "[columns.city]\nrole = \"quasi\"\n";
const JOB: &str = "[columns.job]\nrole = \"sensitive\"\ntreatment = \"keep\"\nhierarchy = { table = \"jobs.csv\" }\n";

fn run(project: &Project) -> Run {
    project.tuomin(&["run", "p.toml", "--quiet"])
}

fn certified(project: &Project) -> Run {
    let run = run(project);
    assert_eq!(run.code, 0, "{}", run.err);
    let release = project.release("test");
    let verified = project.tuomin(&["verify", release.to_str().unwrap()]);
    assert_eq!(verified.code, 0, "{}", verified.err);
    run
}

/// How many rows of the release have each tuple of these columns.
fn released(project: &Project, columns: &[&str]) -> HashMap<Vec<String>, usize> {
    let mut tuples = HashMap::new();
    for file in fs::read_dir(project.release("test").join("data")).unwrap() {
        let file = File::open(file.unwrap().path()).unwrap();
        for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
            let batch = batch.unwrap();
            for row in 0..batch.num_rows() {
                let cell = |name: &&str| array_value_to_string(batch.column_by_name(name).unwrap(), row).unwrap();
                *tuples.entry(columns.iter().map(cell).collect()).or_default() += 1;
            }
        }
    }
    tuples
}

#[test]
fn local_recoding_loses_less_than_one_level_for_all() {
    let loss = |run: &Run| {
        let line = run.out.lines().find(|line| line.starts_with("recoding")).unwrap();
        line.split([' ', ',']).find_map(|word| word.parse::<f64>().ok()).unwrap()
    };
    let global = project("", &format!("{AGE}{CITY}"));
    let local = project("recoding = \"local\"", &format!("{AGE}{CITY}"));
    let (global, told) = (certified(&global), certified(&local));
    assert!(told.out.contains("each class as coarse as it needs to be"), "{}", told.out);
    assert!(loss(&told) < loss(&global), "{} {}", told.out, global.out);
    let classes = released(&local, &["age", "city"]);
    assert!(classes.values().all(|&size| size >= 4) && classes.values().sum::<usize>() == 300, "{classes:?}");
    let ranges = project("recoding = \"local\"", &format!("{AGE}ranges = true\n{CITY}"));
    certified(&ranges);
    assert!(released(&ranges, &["age"]).keys().any(|age| age[0].starts_with('[')));
}

#[test]
fn single_cells_become_stars_and_both_readings_are_told() {
    let project = project("recoding = \"cells\"", &format!("{AGE}{CITY}"));
    let told = certified(&project);
    assert!(told.out.contains("single cells became `*`"), "{}", told.out);
    let classes = released(&project, &["age", "city"]);
    assert!(classes.values().all(|&size| size >= 4) && classes.values().sum::<usize>() == 300, "{classes:?}");
    let plain = |text: &String| text == "*" || text.parse::<u32>().is_ok() || text.len() == 1;
    assert!(classes.keys().flatten().all(plain), "{classes:?}");
    let report = fs::read_to_string(project.release("test").join("report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let measure = |id: &str| {
        let measures = report["measures"].as_array().unwrap();
        measures.iter().find(|measure| measure["id"] == id).unwrap()["value"].as_f64().unwrap()
    };
    assert!(measure("k_wildcard") >= measure("k_anonymity") && measure("k_anonymity") >= 4.0);
}

#[test]
fn near_numbers_become_one() {
    let age = "[columns.age]\nrole = \"quasi\"\ntype = \"integer\"\n";
    for statistic in ["mean", "median", "interval"] {
        let search = format!("[search]\nstatistic = \"{statistic}\"\n{age}");
        let project = project("recoding = \"microaggregation\"", &search);
        let text = fs::read_to_string(project.path("p.toml")).unwrap();
        fs::write(project.path("p.toml"), text.replace("k = 4\n", "k = 12\n")).unwrap();
        assert!(certified(&project).out.contains("numbers of near records became one"));
        let groups = released(&project, &["age"]);
        assert!(groups.len() > 5 && groups.values().all(|&size| size >= 12), "{statistic}: {groups:?}");
        assert_eq!(groups.keys().any(|age| age[0].starts_with('[')), statistic == "interval");
    }
}

#[test]
fn distances_by_a_hierarchy_are_measured_again_by_whoever_verifies() {
    let model = |t: f64| format!("t_closeness = [{{ column = \"job\", distance = \"hierarchical\", t = {t} }}]");
    let jobs = "teacher;public\nnurse;public\nsmith;craft\nbaker;craft\n";
    let kept = project(&model(0.3), &format!("{AGE}{CITY}{JOB}"));
    fs::write(kept.path("jobs.csv"), jobs).unwrap();
    assert!(certified(&kept).out.contains("ok  t_closeness_hierarchical"));
    let generalized = JOB.replace("\"keep\"", "{ generalize = { level = 1 } }");
    let coarse = project(&model(0.3), &format!("{AGE}{CITY}{generalized}"));
    fs::write(coarse.path("jobs.csv"), jobs).unwrap();
    certified(&coarse);
    assert_eq!(released(&coarse, &["job"]).len(), 2);
    let strict = project(&model(0.0), &format!("{AGE}{CITY}{JOB}"));
    fs::write(strict.path("jobs.csv"), jobs).unwrap();
    let run = run(&strict);
    assert!(run.code == 0 || run.code == 3 && run.err.contains("t_closeness"), "{} {}", run.code, run.err);
}

#[test]
fn a_population_is_read_beside_the_data() {
    let people: String =
        (0..40).map(|_| table().lines().skip(1).map(|row| row.to_owned() + "\n").collect::<String>()).collect();
    let people = people.lines().enumerate().map(|(i, row)| format!("p{i},{}\n", row.split_once(',').unwrap().1));
    let people = "id,age,city,job,note\n".to_owned() + &people.collect::<String>();
    let with = |privacy: &str| {
        let project = project(&format!("population = \"people.csv\"\n{privacy}"), &format!("{AGE}{CITY}"));
        fs::write(project.path("people.csv"), &people).unwrap();
        project
    };
    let told = certified(&with("k_map = 100"));
    let k_map = told.out.lines().find(|line| line.contains("k_map")).unwrap();
    assert!(k_map.contains("ok  k_map") && k_map.contains("(≥ 100)"), "{k_map}");
    let told = certified(&with("delta_presence = { least = 0.0, most = 0.1 }"));
    assert!(told.out.contains("ok  delta_presence_most 0.025"), "{}", told.out);
    let refused = run(&with("delta_presence = { least = 0.0, most = 0.01 }"));
    assert!(refused.code == 3 && refused.err.contains("delta_presence_most"), "{}", refused.err);
    let sampled = project("k_map = 100\nsampling_fraction = 0.05", &format!("{AGE}{CITY}"));
    assert!(certified(&sampled).out.contains("ok  k_map"));
}

#[test]
fn conditions_on_all_classes_hold_together() {
    let models = "average_risk = 0.1\nsample_uniques = 0.0\nrecords_at_risk = { threshold = 0.2, limit = 0.1 }\n\
                  population_uniques = { limit = 0.05 }\nsampling_fraction = 0.1\nsuppression_limit = 0.1";
    let told = certified(&project(models, &format!("{AGE}{CITY}")));
    for id in ["average_risk", "sample_uniques", "records_at_risk", "population_uniques"] {
        assert!(told.out.contains(&format!("ok  {id} ")), "{id}: {}", told.out);
    }
}

#[test]
fn a_spent_budget_is_told_and_levels_can_be_forbidden() {
    let search = "[search]\nmetric = \"average_class_size\"\nnodes = 1\n";
    let told = certified(&project("", &format!("{search}{AGE}{CITY}")));
    assert!(told.out.contains("average_class_size"), "{}", told.out);
    let told = certified(&project("", &format!("{AGE}levels = {{ forbidden = [1, 2] }}\n{CITY}")));
    let line = told.out.lines().find(|line| line.trim_start().starts_with("age:")).unwrap();
    assert!(!line.contains("level 1 of") && !line.contains("level 2 of"), "{line}");
}

#[test]
fn a_plan_writes_nothing_and_shows_what_a_run_would_do() {
    let project = project("", &format!("{AGE}{CITY}"));
    let plan = project.tuomin(&["plan", "p.toml"]);
    assert_eq!(plan.code, 0, "{}", plan.err);
    assert!(!project.path("out").exists());
    let told = certified(&project);
    let levels = |out: &str| -> Vec<String> {
        out.lines().filter(|line| line.contains("(level ")).map(|line| line.trim().to_owned()).collect()
    };
    assert_eq!(levels(&plan.out), levels(&told.out));
    for part in ["risk against loss", "the best under the conditions", "costs most", "the proven optimum"] {
        assert!(plan.out.contains(part), "{part}: {}", plan.out);
    }
    let json: serde_json::Value = serde_json::from_str(&project.tuomin(&["plan", "p.toml", "--json"]).out).unwrap();
    assert_eq!(json["records"], 300);
    assert!(json["alternatives"]["by_risk"].as_array().unwrap().len() > 1);
}

#[test]
fn the_risk_of_any_table_is_measured() {
    let project = Project::new(&table());
    let risk = project.tuomin(&["risk", "d.csv", "--quasi", "age,city", "--subject", "id", "--population", "3000"]);
    assert_eq!(risk.code, 0, "{}", risk.err);
    for part in ["300 records of 300 subjects, 2 quasi columns", "prosecutor", "Dankar", "SUDA"] {
        assert!(risk.out.contains(part), "{part}: {}", risk.out);
    }
    let json = project.tuomin(&["risk", "d.csv", "--quasi", "age,city", "--weight", "note", "--json"]);
    assert_eq!(json.code, 4, "a weight of 0 is none: {}", json.out);
    let json = project.tuomin(&["risk", "d.csv", "--quasi", "city", "--weight", "age", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((json["records"].as_u64(), json["individual"]["highest"].is_number()), (Some(300), true));
    assert_eq!(project.tuomin(&["risk", "d.csv", "--quasi", "aeg"]).code, 4);
    assert_eq!(project.tuomin(&["risk", "d.csv", "--quasi", "age,age"]).code, 2);
    assert_eq!(project.tuomin(&["risk", "missing.csv"]).code, 4);
}

/// Rows of the release, and the value of a measure of the report.
fn rows_and(project: &Project, id: &str) -> (usize, f64) {
    let rows = released(project, &["age"]).values().sum();
    let report = fs::read_to_string(project.release("test").join("report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let measures = report["measures"].as_array().unwrap();
    let value = measures.iter().find(|measure| measure["id"] == id).and_then(|measure| measure["value"].as_f64());
    (rows, value.unwrap())
}

#[test]
fn a_random_part_of_the_subjects_is_released() {
    let age = format!("{AGE}levels = {{ finest = 3, coarsest = 3 }}\n");
    // no level to choose, one record each: the theorem holds
    let drawn = project("suppression_limit = 1.0\nsampling = { rate = 0.5, epsilon = 1.0, delta = 0.9 }", &age);
    certified(&drawn);
    let (rows, delta) = rows_and(&drawn, "sampling_delta");
    // 300 draws with probability 1/2: mean 150, standard deviation 8.7
    assert!((100..200).contains(&rows), "{rows}");
    assert!(delta > 0.0 && delta < 0.9, "{delta}");
    // with a search nothing is guaranteed, and a limit cannot be kept
    let chosen = project("suppression_limit = 1.0\nsampling = { rate = 0.5, epsilon = 1.0, delta = 0.9 }", AGE);
    let refused = run(&chosen);
    assert_eq!(refused.code, 3, "{}", refused.err);
    assert!(refused.err.contains("drawing the subjects leaves δ = 1, the limit is 0.9"), "{}", refused.err);
    // everybody outside the control group, and nobody else
    let control = project("suppression_limit = 1.0\ncontrol_share = 0.1", AGE);
    certified(&control);
    let (rows, rate) = rows_and(&control, "sampling_rate");
    assert_eq!(rate, 0.9);
    assert!((240..300).contains(&rows), "{rows}");
}
