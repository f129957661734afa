//! Rules of GB/T 36344 as their user sees them: counted on every kind of source, told in report and certificate, and a
//! reason to refuse; what the preparation did beside them.
#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use common::{Project, Run};
use serde_json::{Value, json};
use tuomin::release::certificate::{Statement, stated};
use tuomin::risk::Basis;
use tuomin::spec::quality::Dimension;

/// What no output may say.
const SECRET: &str = "SECRET";

const COLUMNS: &str = r#"
[privacy]
k = 3
[columns.id]
role = "identifier"
treatment = { token = { algorithm = "hmac-sha256", key = "ephemeral", length = 32 } }
quality = { required = true, unique = true }
[columns.phone]
role = "identifier"
quality = { required = true, pattern = "1[3-9][0-9]{9}" }
[columns.serial]
role = "identifier"
quality = { unique = true }
[columns.age]
role = "quasi"
type = "integer"
hierarchy = { interval = { widths = [10, 50] } }
quality = { least = 21, most = 58 }
[columns.city]
role = "quasi"
quality = { table = "cities.csv", table_column = "名称" }
[columns.note]
role = "sensitive"
treatment = "keep"
quality = { codes = ["A"] }
[columns.sex]
role = "quasi"
treatment = "drop"
quality = { table = "gbt2261.1" }
[columns.day]
role = "sensitive"
type = "date"
treatment = "drop"
quality = { period = { from = "2024-01-01", to = "2024-12-31" } }
[columns.used]
role = "sensitive"
type = "number"
treatment = "drop"
quality = { least = 0 }
[columns.peak]
role = "sensitive"
type = "number"
treatment = "drop"
"#;

const QUALITY: &str = r#"
[quality]
completeness = 0.98
conformity = 0.7
accessibility = 1
[[quality.rules]]
name = "peak within use"
expression = "peak <= used"
[[quality.rules]]
name = "read in the first half"
dimension = "timeliness"
expression = "day < DATE '2024-07-01'"
"#;

/// 240 made-up records with faults in known numbers.
fn columns() -> Vec<(&'static str, ArrayRef)> {
    let of =
        |cell: &dyn Fn(i64) -> Option<String>| -> ArrayRef { Arc::new((0..240).map(cell).collect::<StringArray>()) };
    let text = |n: i64| match n % 60 {
        1 => Some(format!("{SECRET}{n}")),
        _ => (n % 40 != 0).then(|| format!("138{n:08}")),
    };
    // 2024-01-01 is day 19723; 2025 begins on day 20089
    let day = |n: i64| Some(if n % 80 == 3 { 20_089 } else { 19_723 + n as i32 % 300 });
    let used = |n: i64| (n % 48 != 0).then_some(10.0);
    let peak = |n: i64| Some(if n % 120 == 5 { 10.5 } else { 4.0 });
    vec![
        ("id", of(&|n| Some(format!("p{n}")))),
        ("phone", of(&text)),
        ("serial", of(&|n| (n != 100).then(|| format!("{SECRET}-{}", if n < 10 { n / 2 } else { n })))),
        ("age", Arc::new((0..240).map(|n| Some(20 + n % 40)).collect::<Int64Array>())),
        ("city", of(&|n| Some(["天津", "北京"][n as usize / 40 % 2].into()))),
        ("note", of(&|n| Some(["A", "B"][n as usize / 2 % 2].into()))),
        ("sex", of(&|n| Some(if n % 100 == 7 { SECRET } else { ["1", "2", "9"][n as usize % 3] }.into()))),
        ("day", Arc::new((0..240).map(day).collect::<Date32Array>())),
        ("used", Arc::new((0..240).map(used).collect::<Float64Array>())),
        ("peak", Arc::new((0..240).map(peak).collect::<Float64Array>())),
    ]
}

/// The rules with their column, tests and failures, as they follow from the records above.
const EXPECTED: [(&str, Option<&str>, u64, u64); 15] = [
    ("required", Some("id"), 240, 0),
    ("unique", Some("id"), 240, 0),
    ("required", Some("phone"), 240, 6),
    ("pattern", Some("phone"), 234, 4),
    ("unique", Some("serial"), 239, 5),
    ("least", Some("age"), 240, 6),
    ("most", Some("age"), 240, 6),
    ("table", Some("city"), 240, 0),
    ("codes", Some("note"), 240, 120),
    ("table", Some("sex"), 240, 3),
    ("period", Some("day"), 240, 3),
    ("least", Some("used"), 235, 0),
    ("peak within use", None, 235, 2),
    ("read in the first half", None, 240, 61),
    ("read", None, 240, 0),
];

fn texts() -> Vec<Vec<Option<String>>> {
    let columns = columns();
    let columns: Vec<ArrayRef> = columns.iter().map(|(_, cells)| cast(cells, &DataType::Utf8).unwrap()).collect();
    let column = |cells: &ArrayRef| {
        let cells = cells.as_any().downcast_ref::<StringArray>().unwrap();
        cells.iter().map(|cell| cell.map(str::to_owned)).collect::<Vec<_>>()
    };
    columns.iter().map(column).collect()
}

fn csv() -> String {
    let (names, cells) = (columns().into_iter().map(|(name, _)| name).collect::<Vec<_>>(), texts());
    let line =
        |row: usize| cells.iter().map(|column| column[row].clone().unwrap_or_default()).collect::<Vec<_>>().join(",");
    names.join(",") + "\n" + &(0..240).map(|row| line(row) + "\n").collect::<String>()
}

/// Writes the records as a kind of source tells them.
fn write(path: &Path, kind: &str) {
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns().into_iter().map(|(name, cells)| (name, cells, true)));
    let (batch, file) = (batch.unwrap(), || File::create(path).unwrap());
    match kind {
        "csv" => fs::write(path, csv()).unwrap(),
        "parquet" => {
            let mut writer = parquet::arrow::ArrowWriter::try_new(file(), batch.schema(), None).unwrap();
            for start in (0..240).step_by(60) {
                writer.write(&batch.slice(start, 60)).unwrap();
                writer.flush().unwrap();
            }
            writer.close().unwrap();
        }
        "arrow" => {
            let mut writer = arrow::ipc::writer::FileWriter::try_new(file(), &batch.schema()).unwrap();
            writer.write(&batch).unwrap();
            writer.finish().unwrap();
        }
        "ndjson" => {
            let cells = texts();
            let names: Vec<&str> = columns().into_iter().map(|(name, _)| name).collect();
            let line = |row: usize| {
                let cell = |(name, column): (&&str, &Vec<Option<String>>)| {
                    let number = ["age", "used", "peak"].contains(name);
                    let value = match &column[row] {
                        Some(text) if number => serde_json::from_str(text).unwrap(),
                        other => json!(other),
                    };
                    ((*name).to_owned(), value)
                };
                Value::Object(names.iter().zip(&cells).map(cell).collect()).to_string() + "\n"
            };
            fs::write(path, (0..240).map(line).collect::<String>()).unwrap();
        }
        _ => panic!("{kind}"),
    }
}

fn project_on(kind: &str, quality: &str, columns: &str) -> Project {
    let project = Project::new("");
    let name = format!("d.{kind}");
    write(&project.path(&name), kind);
    fs::write(project.path("cities.csv"), "编号,名称\n1,天津\n2,北京\n").unwrap();
    let source = format!("[source]\npath = \"{name}\"\nsubject = \"id\"\n");
    fs::write(project.path("p.toml"), format!("{}{source}{columns}{quality}", Project::HEAD)).unwrap();
    project.without_measures();
    project
}

fn project(quality: &str, columns: &str) -> Project {
    project_on("csv", quality, columns)
}

fn ran(project: &Project, arguments: &[&str]) -> Run {
    let run = project.tuomin(arguments);
    assert_eq!(run.code, 0, "{arguments:?}: {}{}", run.out, run.err);
    run
}

fn report(folder: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(folder.join("report.json")).unwrap()).unwrap()
}

/// Rule, column, tests and failures.
fn rules(report: &Value) -> Vec<(String, Option<String>, u64, u64)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let rule = |rule: &Value| {
        let count = |key: &str| rule[key].as_u64().unwrap();
        (text(&rule["rule"]).unwrap(), text(&rule["column"]), count("tested"), count("failed"))
    };
    report["data_quality"]["rules"].as_array().unwrap().iter().map(rule).collect()
}

fn expected() -> Vec<(String, Option<String>, u64, u64)> {
    EXPECTED.map(|(rule, column, tested, failed)| (rule.into(), column.map(Into::into), tested, failed)).to_vec()
}

/// Every file below a folder.
fn files(folder: PathBuf) -> Vec<PathBuf> {
    let (mut folders, mut files) = (vec![folder], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files
}

/// Nothing in the output folder or in what was said has a cell that is not released.
fn tells_no_cell(project: &Project, runs: &[&Run]) {
    let all = files(project.path("out"));
    assert!(!all.is_empty());
    for path in all {
        let bytes = fs::read(&path).unwrap();
        assert!(!bytes.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()), "{}", path.display());
    }
    for run in runs {
        let said = format!("{}{}", run.out, run.err);
        assert!(!said.contains(SECRET) && !said.contains("138000"), "{said}");
    }
}

#[test]
fn every_source_has_the_same_counts() {
    for kind in ["csv", "parquet", "arrow", "ndjson"] {
        let project = project_on(kind, QUALITY, COLUMNS);
        let run = ran(&project, &["run", "p.toml", "--quiet"]);
        let report = report(&project.release("test"));
        assert_eq!(rules(&report), expected(), "{kind}");
        tells_no_cell(&project, &[&run]);
    }
}

#[test]
fn a_release_tells_its_scores_and_is_verified() {
    let project = project(QUALITY, COLUMNS);
    ran(&project, &["check", "p.toml"]);
    let run = ran(&project, &["run", "p.toml", "--quiet"]);
    let release = project.release("test");
    let verified = ran(&project, &["verify", release.to_str().unwrap(), "--ledger", "out/ledger.jsonl"]);
    assert!(run.out.contains("ok  quality_completeness 0.9875 (≥ 0.98)"), "{}", run.out);

    let report = report(&release);
    let scores = report["data_quality"]["dimensions"].as_array().unwrap();
    let score = |word: &str| scores.iter().find(|one| one["dimension"] == word).unwrap().clone();
    assert_eq!(
        score("completeness"),
        json!({ "dimension": "completeness", "tested": 480, "failed": 6, "score": 0.9875, "limit": 0.98 })
    );
    assert_eq!(
        (score("conformity")["tested"].clone(), score("conformity")["failed"].clone()),
        (json!(954), json!(127))
    );
    assert_eq!(
        (score("consistency")["limit"].clone(), score("consistency")["failed"].clone()),
        (Value::Null, json!(2))
    );
    assert_eq!((score("timeliness")["tested"].clone(), score("timeliness")["failed"].clone()), (json!(480), json!(64)));
    assert_eq!(
        (score("accessibility")["score"].clone(), score("accessibility")["tested"].clone()),
        (json!(1.0), json!(240))
    );

    let html = fs::read_to_string(release.join("report.html")).unwrap();
    for words in [
        "源数据质量（GB",
        "Quality of the source (GB",
        "源数据完整性",
        "Completeness of the source",
        "peak within use",
        "<data value=\"0.9875\">0.9875</data>",
        "<data value=\"127\">127</data>",
    ] {
        assert!(html.contains(words), "{words}");
    }

    let certificate: Statement = stated(&fs::read(release.join("certificate.json")).unwrap()).unwrap();
    let predicate = certificate.predicate;
    let measure = predicate.measures.iter().find(|measure| measure.id == "quality_completeness").unwrap();
    let limit = measure.limit.as_ref().unwrap();
    assert_eq!(
        (measure.value, limit.value, limit.source.as_str(), measure.basis),
        (0.9875, 0.98, "pipeline", Basis::Run)
    );
    assert_eq!(measure.columns, ["phone"]);
    let told = predicate.measures.iter().filter(|measure| measure.id.starts_with("quality_"));
    assert_eq!(told.clone().count(), Dimension::ALL.len());
    assert_eq!(told.filter(|measure| measure.limit.is_some()).count(), 3);
    assert_eq!(serde_json::to_value(predicate.quality.unwrap()).unwrap(), report["data_quality"]);
    tells_no_cell(&project, &[&run, &verified]);
}

#[test]
fn without_rules_nothing_is_told_of_quality() {
    let plain: String =
        COLUMNS.lines().filter(|line| !line.starts_with("quality")).map(|line| format!("{line}\n")).collect();
    let project = project("", &plain);
    ran(&project, &["run", "p.toml", "--quiet"]);
    let text = fs::read_to_string(project.release("test").join("report.json")).unwrap();
    assert!(!text.contains("data_quality") && !text.contains("quality_") && !text.contains("preparation"), "{text}");
    let html = fs::read_to_string(project.release("test").join("report.html")).unwrap();
    assert!(!html.contains("id=\"quality\"") && !html.contains("id=\"preparation\""));
}

#[test]
fn a_source_below_its_limits_is_refused_with_rules_columns_and_counts() {
    for kind in ["csv", "parquet"] {
        let quality = QUALITY
            .replace("0.98", "0.99")
            .replace("[[quality.rules]]\nname = \"peak", "consistency = 1\n[[quality.rules]]\nname = \"peak");
        let project = project_on(kind, &quality, COLUMNS);
        let run = project.tuomin(&["run", "p.toml", "--quiet"]);
        assert_eq!(run.code, 3, "{}{}", run.out, run.err);
        for words in [
            "`completeness` of the source is 0.9875, the pipeline asks for at least 0.99",
            "`required` of `phone` is broken by 6 of 240 cells",
            "`consistency` of the source is 0.991489, the pipeline asks for at least 1",
            "`peak within use` is broken by 2 of 235 records",
            "or lower `completeness` in `[quality]`",
        ] {
            assert!(run.err.contains(words), "{words}: {}", run.err);
        }
        assert!(!run.err.contains("conformity"), "{}", run.err);
        let refused = project.release("test");
        assert!(refused.join("refusal.json").is_file() && !refused.join("data").exists());
        assert!(!refused.join("certificate.json").exists());
        let report = report(&refused);
        assert_eq!(rules(&report), expected(), "a refusal tells all that was counted");
        let unmet: Vec<&Value> =
            report["measures"].as_array().unwrap().iter().filter(|told| told["met"] == false).collect();
        assert_eq!(unmet.len(), 2, "{unmet:?}");
        let html = fs::read_to_string(refused.join("report.html")).unwrap();
        assert!(
            html.contains("源数据完整性")
                && html.contains("实测 ")
                && html.contains("<code>required</code> of <code>phone</code>")
        );
        tells_no_cell(&project, &[&run]);
        let plan = ran(&project, &["plan", "p.toml"]);
        assert!(plan.out.contains("refused     `completeness` of the source is 0.9875"), "{}", plan.out);
    }
}

#[test]
fn what_would_tell_of_few_withheld_subjects_is_not_told() {
    let columns = COLUMNS.replace("k = 3\n", "k = 3\nsuppression_limit = 0.05\n");
    let project = project(&format!("{QUALITY}[[prepare]]\ntrim = [\"phone\"]\n"), &columns);
    // alone with this city, and the only one that is not in the code table
    let text = fs::read_to_string(project.path("d.csv")).unwrap();
    let alone = "p240,13800000240,X-240,30,上海,A,1,2024-03-01,10,4\n";
    fs::write(project.path("d.csv"), text + alone).unwrap();
    ran(&project, &["run", "p.toml", "--quiet"]);
    let release = project.release("test");
    let report = report(&release);
    assert_eq!((&report["records_read"], &report["records_released"]), (&json!(241), &json!(240)));
    let trimmed = json!({ "step": "trim", "columns": ["phone"], "rows_in": 241, "rows_out": 241 });
    assert_eq!(report["preparation"], json!([trimmed]), "of few records no cells are counted");
    assert_eq!(report["data_quality"]["untold"], 6, "rules of `id`, `age`, `city` and `note`");
    let told = rules(&report);
    assert_eq!(told.len(), EXPECTED.len() - 6);
    let released = ["id", "age", "city", "note"];
    assert!(
        told.iter().all(|(_, column, ..)| column.as_deref().is_none_or(|name| !released.contains(&name))),
        "{told:?}"
    );
    let scores = report["data_quality"]["dimensions"].as_array().unwrap();
    let score = |word: &str| scores.iter().find(|one| one["dimension"] == word).unwrap();
    assert_eq!((&score("conformity")["score"], &score("conformity")["at_least"]), (&json!(0.7), &json!(true)));
    assert_eq!((&score("consistency")["failed"], score("consistency").get("at_least")), (&json!(2), None));
    let html = fs::read_to_string(release.join("report.html")).unwrap();
    assert!(html.contains("未列出的规则数") && html.contains("≥ <data value=\"0.7\">"));
    let certificate: Statement = stated(&fs::read(release.join("certificate.json")).unwrap()).unwrap();
    let conformity = certificate.predicate.measures.iter().find(|measure| measure.id == "quality_conformity").unwrap();
    assert_eq!((conformity.value, conformity.met(), conformity.columns.len()), (0.7, Some(true), 2));
    assert_eq!(serde_json::to_value(certificate.predicate.quality.unwrap()).unwrap(), report["data_quality"]);
    ran(&project, &["verify", release.to_str().unwrap()]);
}

#[test]
fn the_short_form_limits_too() {
    let project = project("", COLUMNS);
    let text = fs::read_to_string(project.path("p.toml")).unwrap();
    fs::write(project.path("p.toml"), format!("quality = {{ completeness = 0.99 }}\n{text}")).unwrap();
    let run = project.tuomin(&["run", "p.toml", "--quiet"]);
    assert!(run.code == 3 && run.err.contains("`completeness` of the source is 0.9875"), "{}{}", run.out, run.err);
    let run = ran(&project, &["run", "p.toml", "--quiet", "--set", "quality.completeness=0.98"]);
    assert!(run.out.contains("quality_completeness 0.9875"), "{}", run.out);
}

#[test]
fn a_limit_that_nothing_was_tested_for_is_not_kept() {
    let columns = COLUMNS.replace(
        "[columns.used]",
        "[columns.none]\nrole = \"identifier\"\nquality = { pattern = \"x\" }\n[columns.used]",
    );
    let only: String = columns
        .replace("quality = { required = true, pattern = \"1[3-9][0-9]{9}\" }\n", "")
        .replace("quality = { table = \"cities.csv\", table_column = \"名称\" }\n", "")
        .replace("quality = { codes = [\"A\"] }\n", "")
        .replace("quality = { table = \"gbt2261.1\" }\n", "");
    let project = project("[quality]\nconformity = 0.5\n", &only);
    let text = fs::read_to_string(project.path("d.csv")).unwrap();
    let with: String =
        text.lines().enumerate().map(|(at, line)| format!("{line},{}\n", if at == 0 { "none" } else { "" })).collect();
    fs::write(project.path("d.csv"), with).unwrap();
    let run = project.tuomin(&["run", "p.toml", "--quiet"]);
    assert!(run.code == 3 && run.err.contains("`conformity` of the source was not measured"), "{}{}", run.out, run.err);
}

#[test]
fn a_plan_tells_which_rules_will_be_tested() {
    let project = project(QUALITY, COLUMNS);
    let plan = ran(&project, &["plan", "p.toml"]);
    for line in [
        "quality of the source (GB/T 36344)",
        "  completeness 0.9875 (≥ 0.98)",
        "         235            2  peak within use, consistency",
        "         234            4  pattern of phone, conformity",
        "         239            5  unique of serial, accuracy",
    ] {
        assert!(plan.out.contains(line), "{line}: {}", plan.out);
    }
    let plan: Value = serde_json::from_str(&ran(&project, &["plan", "p.toml", "--json"]).out).unwrap();
    assert_eq!(plan["quality"]["rules"].as_array().unwrap().len(), 15);
    assert!(!project.path("out").exists());
}

#[test]
fn wrong_rules_are_told_with_their_line_before_data_is_opened() {
    let wrong = [
        ("", COLUMNS.replace("1[3-9][0-9]{9}", "1[3-9"), "this is no regular expression", "pattern = \"1[3-9\""),
        ("[quality]\ncompleteness = 98\n", COLUMNS.into(), "`completeness` must be at most 1", "completeness = 98"),
        ("[quality]\nconsistency = 1\n", COLUMNS.into(), "no rule feeds `consistency`", "consistency = 1"),
        ("", COLUMNS.replace("least = 21, most = 58", "least = 58, most = 21"), "nothing lies between", "most = 21"),
        ("[quality]\ncompletness = 1\n", COLUMNS.into(), "did you mean `completeness`?", "completness"),
        (
            "[[quality.rules]]\nname = \"a\"\nexpression = \"peek <= used\"\n",
            COLUMNS.into(),
            "column `peek` is not in the pipeline",
            "expression = \"peek <= used\"",
        ),
        (
            "[[quality.rules]]\nname = \"a\"\nexpression = \"peak IN (SELECT x FROM read_csv('d.csv'))\"\n",
            COLUMNS.into(),
            "`select` cannot be used here",
            "expression",
        ),
    ];
    for (quality, columns, message, line) in wrong {
        let project = project(quality, &columns);
        fs::remove_file(project.path("d.csv")).unwrap();
        let check = project.tuomin(&["check", "p.toml"]);
        assert!(check.code == 2 && check.err.contains(message), "{message}: {}", check.err);
        let text = fs::read_to_string(project.path("p.toml")).unwrap();
        let number = 1 + text[..text.find(line).unwrap()].matches('\n').count();
        assert!(check.err.contains(&format!("p.toml:{number}:")), "line {number}: {}", check.err);
    }
    // what only the reading of the expression or of a table tells
    for (quality, columns, code, message) in [
        (
            "[[quality.rules]]\nname = \"a\"\nexpression = \"peak + 1\"\n",
            COLUMNS.into(),
            2,
            "quality rule `a`: it is not true",
        ),
        (
            "[[quality.rules]]\nname = \"a\"\nexpression = \"peak > 'x' AND\"\n",
            COLUMNS.into(),
            2,
            "quality rule `a`: it is not SQL",
        ),
        ("", COLUMNS.replace("名称", "name"), 4, "the code table has no column `name`"),
        ("", COLUMNS.replace("cities.csv", "none.csv"), 5, "could not read the code table"),
    ] {
        let project = project(quality, &columns);
        fs::remove_file(project.path("d.csv")).unwrap();
        let check = project.tuomin(&["check", "p.toml"]);
        assert!(check.code == code && check.err.contains(message), "{message}: {} {}", check.code, check.err);
    }
    let project = project("", &COLUMNS.replace("[columns.sex]", "[columns.nowhere]"));
    let run = project.tuomin(&["run", "p.toml", "--quiet"]);
    assert!(run.code == 4 && run.err.contains("column `nowhere` is not in the input"), "{}", run.err);
}

#[test]
fn a_record_that_a_rule_cannot_be_told_of_ends_the_run_without_its_cell() {
    let quality = "[[quality.rules]]\nname = \"number\"\nexpression = \"CAST(phone AS bigint) > 1\"\n";
    let project = project(quality, COLUMNS);
    let run = project.tuomin(&["run", "p.toml", "--quiet"]);
    assert!(run.code == 4 && run.err.contains("quality rule `number`: it cannot be told"), "{} {}", run.code, run.err);
    assert!(!run.err.contains(SECRET) && !run.err.contains("panicked"), "{}", run.err);
}

#[test]
fn another_code_table_is_another_release() {
    let project = project(QUALITY, COLUMNS);
    ran(&project, &["run", "p.toml", "--quiet"]);
    let again = ran(&project, &["run", "p.toml", "--quiet"]);
    assert!(again.out.contains("already released"), "{}", again.out);
    fs::write(project.path("cities.csv"), "编号,名称\n1,天津\n2,北京\n3,上海\n").unwrap();
    let other = ran(&project, &["run", "p.toml", "--quiet"]);
    assert!(!other.out.contains("already released"), "{}", other.out);
}

const STEPS: &str = r#"
[[prepare]]
rename = { day = "born" }
[[prepare]]
cast = { columns = { phone = "integer" }, on_error = "null" }
[[prepare]]
derive = { column = "years", from = "born", what = "age", as_of = "run" }
[[prepare]]
filter = "years >= 0"
[[prepare]]
deduplicate = ["id"]
"#;

/// The project with a preparation, whose records have a date of birth.
fn prepared() -> Project {
    let columns = COLUMNS
        .replace("[columns.day]", "[columns.born]")
        .replace("quality = { period = { from = \"2024-01-01\", to = \"2024-12-31\" } }\n", "")
        .replace("[columns.age]", "[columns.years]")
        .replace("least = 21, most = 58", "least = 0, most = 130");
    let columns = columns.replace("pattern = \"1[3-9][0-9]{9}\"", "pattern = \"[0-9]*\"");
    let project = project_on("parquet", "[quality]\ncompleteness = 0.9\n", &columns);
    let text = fs::read_to_string(project.path("p.toml")).unwrap();
    fs::write(project.path("p.toml"), format!("{text}{STEPS}")).unwrap();
    project
}

#[test]
fn what_the_preparation_did_is_told_everywhere() {
    let project = prepared();
    let run = ran(&project, &["run", "p.toml", "--quiet", "--as-of", "2030-06-01"]);
    let release = project.release("test");
    let report = report(&release);
    let steps = report["preparation"].as_array().unwrap();
    let names: Vec<&str> = steps.iter().map(|step| step["step"].as_str().unwrap()).collect();
    assert_eq!(names, ["rename", "cast", "derive", "filter", "deduplicate"]);
    assert_eq!(steps[0]["columns"], json!(["day → born"]));
    assert_eq!(
        (&steps[1]["changed"], &steps[1]["failed"], &steps[1]["rows_in"]),
        (&json!(230), &json!(4), &json!(240))
    );
    assert_eq!((&steps[2]["as_of"], &steps[2]["columns"]), (&json!("2030-06-01"), &json!(["born", "years"])));
    let required =
        rules(&report).into_iter().find(|(rule, column, ..)| rule == "required" && column.as_deref() == Some("phone"));
    assert_eq!(required.unwrap().3, 10, "rules see the cells as the preparation leaves them");

    let html = fs::read_to_string(release.join("report.html")).unwrap();
    for words in
        ["源数据的准备", "How the source was prepared", "转换类型", "2030-06-01", "<data value=\"230\">230</data>"]
    {
        assert!(html.contains(words), "{words}");
    }
    let certificate: Statement = stated(&fs::read(release.join("certificate.json")).unwrap()).unwrap();
    assert_eq!(serde_json::to_value(certificate.predicate.preparation).unwrap(), report["preparation"]);
    ran(&project, &["verify", release.to_str().unwrap()]);
    tells_no_cell(&project, &[&run]);
}

#[test]
fn ages_at_another_day_are_another_release() {
    let project = prepared();
    ran(&project, &["run", "p.toml", "--quiet", "--as-of", "2030-06-01"]);
    let same = ran(&project, &["run", "p.toml", "--quiet", "--as-of", "2030-06-01"]);
    assert!(same.out.contains("already released"), "{}", same.out);
    let other = ran(&project, &["run", "p.toml", "--quiet", "--as-of", "2031-06-02"]);
    assert!(!other.out.contains("already released"), "{}", other.out);
    // where no step asks for the day, it decides nothing
    let text = fs::read_to_string(project.path("p.toml")).unwrap();
    fs::write(project.path("p.toml"), text.replace("as_of = \"run\"", "as_of = \"2031-06-02\"")).unwrap();
    ran(&project, &["run", "p.toml", "--quiet", "--as-of", "2031-06-02"]);
    let same = ran(&project, &["run", "p.toml", "--quiet", "--as-of", "2032-06-02"]);
    assert!(same.out.contains("already released"), "{}", same.out);
    let wrong = project.tuomin(&["check", "p.toml", "--set", "prepare.2.derive.as_of=today"]);
    assert_eq!(wrong.code, 2, "{}", wrong.err);
}
