//! `[[prepare]]` as its user sees it: every step in one run that is certified and verified, and what is said of wrong
//! input.
#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::collections::BTreeMap;
use std::fs::{self, File};

use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use common::{Project, Run};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tuomin::detect::check_digits::resident_id_check;

const STEPS: &str = r#"
[[prepare]]
rename = { "证件号" = "id_card", "登记日" = "day" }
[[prepare]]
trim = ["id_card", "city"]
[[prepare]]
half_width = ["city", "units"]
[[prepare]]
upper = ["city"]
[[prepare]]
lower = ["note"]
[[prepare]]
replace = { column = "city", map = { "TJ" = "天津", "BJ" = "北京" } }
[[prepare]]
cast = { columns = { units = "integer" }, on_error = "null" }
[[prepare]]
date = { columns = ["day"], formats = ["%Y-%m-%d", "%Y年%m月%d日", "excel", "民国"] }
[[prepare]]
derive = { column = "age", from = "id_card", what = "age", as_of = "2024-12-31" }
[[prepare]]
derive = { column = "sex", from = "id_card", what = "sex" }
[[prepare]]
code = { column = "sex", table = "gbt2261.1", to = "name" }
[[prepare]]
filter = "age >= 18 AND city IN ('天津', '北京')"
[[prepare]]
deduplicate = ["id_card"]
[[prepare]]
join = { source = { path = "region.csv" }, on = ["city"], columns = ["region"] }
[[prepare]]
sql = "SELECT id_card, age, sex, region, note, coalesce(units, 0) AS units, day FROM source"
"#;

const REST: &str = r#"
[source]
path = "d.csv"
encoding = "gb18030"
subject = "id_card"
[privacy]
k = 3
[columns.id_card]
role = "identifier"
treatment = { token = { algorithm = "hmac-sha256", key = "ephemeral", length = 32 } }
[columns.age]
role = "quasi"
type = "integer"
hierarchy = { interval = { widths = [10, 50] } }
[columns.sex]
role = "quasi"
[columns.region]
role = "quasi"
[columns.note]
role = "sensitive"
treatment = "keep"
"#;

/// A made-up person: a right id of somebody born in the year.
fn id(number: usize, year: usize) -> String {
    let first = format!("120104{year}0229{number:03}");
    format!("{first}{}", char::from(resident_id_check(first.as_bytes()).unwrap()))
}

/// 240 adults in two cities; each tenth twice, with a child and somebody from elsewhere beside.
fn table() -> String {
    let mut text = "证件号,city,units,登记日,note\n".to_owned();
    for number in 0..240usize {
        let id = id(number, [1960, 1964, 1968, 1972, 1976, 1980, 1984, 1988][number % 8]);
        let city = ["　ｔｊ", "bj ", "天津", "北京"][number / 8 % 4];
        let units = ["１２", "7", "none", ""][number % 4];
        let day = ["2024-05-01", "2024年5月1日", "45413", "民國113年5月1日"][number / 3 % 4];
        let note = ["A", "b", "𠮷", "㐀"][number / 2 % 4];
        let line = format!("{id},{city},{units},{day},{note}\n");
        text += &line;
        if number % 10 == 0 {
            text += &line;
            text += &format!("{},tj,1,2024-05-01,a\n", self::id(number, 2016));
            text += &format!("{},上海,1,2024-05-01,a\n", self::id(number, 1952));
        }
    }
    text
}

fn project(steps: &str, table: &str) -> Project {
    let project = Project::new("");
    fs::write(project.path("d.csv"), encoding_rs::GB18030.encode(table).0).unwrap();
    fs::write(project.path("region.csv"), "city,region\n天津,直辖市甲\n北京,直辖市乙\n").unwrap();
    fs::write(project.path("p.toml"), format!("{}{REST}{steps}", Project::HEAD)).unwrap();
    project.without_measures();
    project
}

/// How often each combination of the columns is in the released file.
fn released(project: &Project, columns: &[&str]) -> BTreeMap<Vec<String>, usize> {
    let file = File::open(project.release("test").join("data/part-00000.parquet")).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    let mut counts = BTreeMap::new();
    for batch in reader {
        let batch = batch.unwrap();
        let cells: Vec<_> =
            columns.iter().map(|name| cast(batch.column_by_name(name).unwrap(), &DataType::Utf8).unwrap()).collect();
        for row in 0..batch.num_rows() {
            let text = |cells: &arrow::array::ArrayRef| {
                let cells = cells.as_string::<i32>();
                if cells.is_null(row) { "null".to_owned() } else { cells.value(row).to_owned() }
            };
            *counts.entry(cells.iter().map(text).collect()).or_insert(0) += 1;
        }
    }
    counts
}

#[test]
fn a_pipeline_with_every_step_runs_and_is_verified() {
    let project = project(STEPS, &table());
    let check = project.tuomin(&["check", "p.toml"]);
    assert_eq!(check.code, 0, "{}", check.err);
    let run = project.tuomin(&["run", "p.toml", "--quiet"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let release = project.release("test");
    let verified = project.tuomin(&["verify", release.to_str().unwrap()]);
    assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);

    let notes = released(&project, &["note"]);
    let expected = ["a", "b", "𠮷", "㐀"].map(|note| (vec![note.to_owned()], 60));
    assert_eq!(notes, expected.into_iter().collect(), "240 adults, each once, letters small");
    let regions = released(&project, &["region"]);
    assert!(regions.values().sum::<usize>() == 240 && !regions.contains_key(&vec!["null".to_owned()]), "{regions:?}");
    let sexes = released(&project, &["sex"]);
    let names: Vec<&str> = sexes.keys().map(|key| key[0].as_str()).collect();
    assert!(names == ["女性", "男性"] || names == ["*"], "{sexes:?}");
}

#[test]
fn what_a_release_is_made_of_does_not_depend_on_the_run() {
    let counts: Vec<_> = (0..2)
        .map(|_| {
            let project = project(STEPS, &table());
            let run = project.tuomin(&["run", "p.toml", "--quiet"]);
            assert_eq!(run.code, 0, "{}{}", run.out, run.err);
            released(&project, &["age", "sex", "region", "note"])
        })
        .collect();
    assert_eq!(counts[0], counts[1]);
}

#[test]
fn only_the_steps_change_what_is_released() {
    let plain = STEPS.replace("[[prepare]]\ndeduplicate = [\"id_card\"]\n", "");
    let project = project(&plain, &table());
    let run = project.tuomin(&["run", "p.toml", "--quiet"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(released(&project, &["note"]).values().sum::<usize>(), 264, "the records that are there twice");
}

/// Runs with other steps; nothing is published and no cell is told.
fn fails(steps: &str, table: &str) -> Run {
    let project = project(steps, table);
    let run = project.tuomin(&["run", "p.toml", "--quiet"]);
    assert_ne!(run.code, 0, "{steps}");
    assert!(!project.path("out/test").join("data").exists());
    let said = format!("{}{}", run.out, run.err);
    assert!(!said.contains("SECRET") && !said.contains("secret") && !said.contains("panicked"), "{said}");
    run
}

#[test]
fn wrong_cells_are_told_with_step_row_and_column() {
    let row = format!("{},tj,1,2024-05-01,01\n", id(1, 1960));
    let head = "证件号,city,units,登记日,note\n";
    let bad = |line: &str| format!("{head}{row}{line}\n");
    let good = id(2, 1964);
    let wrong = [
        (
            STEPS.replace(", on_error = \"null\"", ""),
            bad(&format!("{good},tj,SECRET,2024-05-01,a")),
            "step 7 (`cast`)",
            "units",
        ),
        (STEPS.to_owned(), bad(&format!("{good},tj,1,SECRET,a")), "step 8 (`date`)", "day"),
        (STEPS.to_owned(), bad(&format!("{good},tj,1,2023-02-29,a")), "step 8 (`date`)", "day"),
        (STEPS.to_owned(), bad("SECRET,tj,1,2024-05-01,a"), "step 9 (`derive`)", "id_card"),
        (
            format!(
                "{}[[prepare]]\ncode = {{ column = \"note\", table = \"gbt3304\", to = \"name\" }}\n",
                &STEPS[..STEPS.find("[[prepare]]\nlower").unwrap()]
            ),
            bad(&format!("{good},tj,1,2024-05-01,SECRET")),
            "step 5 (`code`)",
            "note",
        ),
    ];
    for (steps, table, step, column) in wrong {
        let run = fails(&steps, &table);
        assert_eq!(run.code, 4, "{}", run.err);
        assert!(run.err.contains(step) && run.err.contains("d.csv"), "{}", run.err);
        assert!(run.err.contains("row 2") && run.err.contains(&format!("`{column}`")), "{}", run.err);
    }
}

#[test]
fn wrong_steps_are_told_before_and_after_the_source_is_seen() {
    let step = |step: &str| format!("[[prepare]]\n{step}\n");
    // (step, exit code, what is said): 2 needs no data, 4 does
    let wrong = [
        ("rename = { \"证件\" = \"id_card\" }", 4, "there is a column `证件号`"),
        ("rename = { \"city\" = \"note\" }", 4, "two columns would have the name `note`"),
        ("rename = { note = \"notes\" }", 2, "did you mean `notes`?"),
        ("trim = [\"citty\"]", 4, "there is a column `city`"),
        ("half_width = []", 2, "no column is named"),
        ("uper = [\"city\"]", 2, "did you mean `upper`?"),
        ("lower = [\"nowhere\"]", 4, "column `nowhere` is not there"),
        ("replace = { column = \"city\", map = {} }", 2, "nothing is replaced"),
        ("cast = { columns = { city = \"float\" } }", 2, "cannot be `float`"),
        ("date = { columns = [\"登记日\"], formats = [\"%Q\"] }", 2, "no form of a date"),
        ("code = { column = \"city\", table = \"gbt1234\", to = \"name\" }", 2, "no code table"),
        ("code = { column = \"city\", table = \"none.csv\", to = \"name\" }", 5, "could not read the code table"),
        ("derive = { column = \"age\", from = \"证件号\", what = \"age\" }", 2, "needs the day"),
        ("derive = { column = \"city\", from = \"证件号\", what = \"sex\" }", 4, "there is a column `city` already"),
        ("filter = \"city IN (SELECT city FROM read_csv('region.csv'))\"", 2, "`select` cannot be used here"),
        ("filter = \"read_csv('region.csv') IS NOT NULL\"", 2, "the function `read_csv` cannot be used here"),
        ("filter = \"city = \"", 2, "not SQL that can be read"),
        ("filter = \"units + 1 > 3 AND\"", 2, "not SQL that can be read"),
        ("filter = \"nowhere > 3\"", 4, "column `nowhere` is not there"),
        (
            "join = { source = { path = \"none.csv\" }, on = [\"city\"], columns = [\"region\"] }",
            4,
            "the input is not there",
        ),
        (
            "join = { source = { path = \"region.csv\" }, on = [\"units\"], columns = [\"region\"] }",
            4,
            "in the joined table",
        ),
        ("deduplicate = [\"nowhere\"]", 4, "column `nowhere` is not there"),
        ("sql = \"SELECT * FROM read_csv('region.csv')\"", 2, "the function `read_csv` cannot be used here"),
        ("sql = \"SELECT * FROM region\"", 4, "cannot be run on these columns"),
        ("sql = \"SELECT city FROM (source\"", 2, "not SQL that can be read"),
        ("sql = \"DELETE FROM source\"", 2, "does not begin with SELECT"),
    ];
    for (text, code, said) in wrong {
        let run = fails(&step(text), &table());
        assert!(run.code == code && run.err.contains(said), "{text}: {} {}", run.code, run.err);
    }
}

#[test]
fn parquet_is_prepared_in_its_own_types() {
    use arrow::array::{ArrayRef, Date32Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
    use std::sync::Arc;
    let project = project("", "");
    let rows = 0..60i64;
    let columns: [(&str, ArrayRef); 5] = [
        ("id_card", Arc::new(StringArray::from_iter_values(rows.clone().map(|n| format!("p{}", n / 2))))),
        ("born", Arc::new(Date32Array::from_iter(rows.clone().map(|n| (n != 0).then_some(n as i32 % 4 * 3650))))),
        ("seen", Arc::new(TimestampMicrosecondArray::from_iter_values(rows.clone().map(|n| n * 1_000_000)))),
        ("sex", Arc::new(Int64Array::from_iter_values(rows.clone().map(|n| 1 + n / 2 % 2)))),
        ("note", Arc::new(StringArray::from_iter_values(rows.map(|n| ["NA", "A", "B"][n as usize / 2 % 3])))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(File::create(project.path("d.parquet")).unwrap(), batch.schema(), None)
            .unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let steps = r#"
[[prepare]]
date = { columns = ["seen"], formats = ["%Y-%m-%d"] }
[[prepare]]
derive = { column = "age", from = "born", what = "age", as_of = "2024-12-31" }
[[prepare]]
filter = "age IS NOT NULL AND seen = DATE '1970-01-01'"
[[prepare]]
cast = { columns = { sex = "text" } }
[[prepare]]
code = { column = "sex", table = "gbt2261.1", to = "name", into = "region" }
[[prepare]]
lower = ["note"]
"#;
    let rest = REST.replace("d.csv", "d.parquet").replace("encoding = \"gb18030\"", "nulls = [\"NA\"]");
    fs::write(project.path("p.toml"), format!("{}{rest}{steps}", Project::HEAD)).unwrap();
    project.without_measures();
    let plan = project.tuomin(&["plan", "p.toml"]);
    assert_eq!(plan.code, 0, "{}", plan.err);
    let run = project.tuomin(&["run", "p.toml", "--quiet"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let notes = released(&project, &["note"]);
    let expected = [("null", 19), ("a", 20), ("b", 20)].map(|(note, count)| (vec![note.to_owned()], count));
    assert_eq!(notes, expected.into_iter().collect(), "the record without a date of birth is gone");
}

#[test]
fn nothing_of_the_source_stays_in_the_output_folder() {
    let project = project(STEPS, &table());
    assert_eq!(project.tuomin(&["run", "p.toml", "--quiet"]).code, 0);
    let person = id(0, 1960);
    let mut folders = vec![project.path("out")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = fs::read(&path).unwrap();
                assert!(!bytes.windows(person.len()).any(|window| window == person.as_bytes()), "{}", path.display());
            }
        }
    }
}
