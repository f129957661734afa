//! Treatments end to end: a pipeline with each is certified and verified, and its effect is read from the files.
#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File};

use arrow::util::display::array_value_to_string;
use common::{Project, Run};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

const PEOPLE: u32 = 300;

/// 300 people with two quasi columns and the cell of `x` that `cell` gives, a record each.
fn table(x: &str, cell: impl Fn(u32) -> String) -> String {
    let mut table = format!("id,age,city,{x}\n");
    for i in 0..PEOPLE {
        table += &format!("{i},{},{},{}\n", 20 + i * i % 41, ["A", "B", "C", "D"][(i * 7 % 11 % 4) as usize], cell(i));
    }
    table
}

const QUASI: &str = "[columns.age]\nrole = \"quasi\"\ntype = \"integer\"\nhierarchy = { interval = { widths = [5, 10, 20] } }\n\
                     [columns.city]\nrole = \"quasi\"\n";
const DROPPED: &str = "[columns.id]\nrole = \"identifier\"\n";
const TOKEN: &str = "[columns.id]\nrole = \"identifier\"\n\
                     treatment = { token = { algorithm = \"hmac-sm3\", key = \"ephemeral\" } }\n";

/// A pipeline over this table: lines of `[privacy]`, then columns.
fn project(csv: &str, privacy: &str, columns: &str) -> Project {
    let project = Project::new(csv);
    let source = "[source]\npath = \"d.csv\"\nsubject = \"id\"\n";
    let pipeline = format!("{}{source}[privacy]\nk = 4\n{privacy}\n{columns}{QUASI}", Project::HEAD);
    fs::write(project.path("p.toml"), pipeline).unwrap();
    project.without_measures();
    project
}

/// One sensitive column `x` with this treatment.
fn treated(treatment: &str) -> String {
    format!("[columns.x]\nrole = \"sensitive\"\ntreatment = {treatment}\n")
}

fn run(project: &Project) -> Run {
    project.tuomin(&["run", "p.toml", "--quiet"])
}

/// Runs and verifies; gives what `report.json` says.
fn certified(project: &Project) -> serde_json::Value {
    let run = run(project);
    assert_eq!(run.code, 0, "{}", run.err);
    let release = project.release("test");
    let verified = project.tuomin(&["verify", release.to_str().unwrap()]);
    assert_eq!(verified.code, 0, "{}", verified.err);
    serde_json::from_str(&fs::read_to_string(release.join("report.json")).unwrap()).unwrap()
}

/// What the report tells of a column's treatment.
fn facts<'r>(report: &'r serde_json::Value, column: &str) -> &'r serde_json::Value {
    let columns = report["columns"].as_array().unwrap();
    &columns.iter().find(|told| told["name"] == column).unwrap()["facts"]
}

/// The rows of the release, as text.
fn released(project: &Project, columns: &[&str]) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for file in fs::read_dir(project.release("test").join("data")).unwrap() {
        let file = File::open(file.unwrap().path()).unwrap();
        for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
            let batch = batch.unwrap();
            for row in 0..batch.num_rows() {
                let cell = |name: &&str| array_value_to_string(batch.column_by_name(name).unwrap(), row).unwrap();
                rows.push(columns.iter().map(cell).collect());
            }
        }
    }
    rows
}

fn column(project: &Project, name: &str) -> Vec<String> {
    released(project, &[name]).into_iter().map(|mut row| row.remove(0)).collect()
}

fn numbers(project: &Project, name: &str) -> Vec<f64> {
    column(project, name).iter().map(|cell| cell.parse().unwrap()).collect()
}

fn counts<T: Ord>(cells: impl IntoIterator<Item = T>) -> BTreeMap<T, usize> {
    let mut counts = BTreeMap::new();
    cells.into_iter().for_each(|cell| *counts.entry(cell).or_default() += 1);
    counts
}

#[test]
fn integers_with_noise_stay_integers() {
    let hundreds = table("x", |i| (i % 5 * 100).to_string());
    let noise = treated("{ noise = { kind = \"discrete_laplace\", scale = 20 } }");
    let project = project(&hundreds, "", &format!("{DROPPED}{noise}"));
    certified(&project);
    let cells = column(&project, "x");
    assert!(cells.iter().all(|cell| cell.parse::<i64>().is_ok()), "{cells:?}");
    let moved = cells.iter().filter(|cell| cell.parse::<i64>().unwrap() % 100 != 0).count();
    assert!(moved > 200, "{moved} of {}", cells.len());
    let mean = numbers(&project, "x").iter().sum::<f64>() / cells.len() as f64;
    // five standard deviations of a mean of 300 draws
    assert!((mean - 200.0).abs() < 5.0 * 28.3 / 300f64.sqrt(), "{mean}");
}

#[test]
fn noise_is_compared_by_what_it_leaves_readable() {
    let unique = table("x", |i| format!("{}.25", i * 1000));
    let with = |scale: u32| {
        let noise = treated(&format!("{{ noise = {{ kind = \"laplace\", scale = {scale}, step = 0.5 }} }}"));
        project(&unique, "", &format!("{DROPPED}{noise}"))
    };
    let refused = run(&with(10));
    assert!(refused.code == 3 && refused.err.contains("one"), "{} {}", refused.code, refused.err);
    let wide = with(20_000);
    certified(&wide);
    assert!(numbers(&wide, "x").iter().all(|number| (number * 2.0).fract() == 0.0));
}

#[test]
fn dates_of_a_subject_move_together() {
    let mut visits = String::from("id,age,city,x\n");
    for i in 0..PEOPLE {
        let (age, city) = (20 + i % 3, ["A", "B"][(i % 2) as usize]);
        for month in [1, 3, 10] {
            visits += &format!("p{i},{age},{city},2024-{month:02}-{:02}\n", 1 + i % 28);
        }
    }
    let project = project(&visits, "", &format!("{TOKEN}{}", treated("{ shift = { days = 40 } }")));
    certified(&project);
    let mut of_subject: HashMap<String, Vec<chrono::NaiveDate>> = HashMap::new();
    for mut row in released(&project, &["id", "x"]) {
        let date = row.remove(1).parse().unwrap();
        of_subject.entry(row.remove(0)).or_default().push(date);
    }
    assert_eq!(of_subject.len(), PEOPLE as usize);
    let mut days = BTreeSet::new();
    for dates in of_subject.values_mut() {
        dates.sort_unstable();
        // from January to March, and to October, of 2024
        assert_eq!([(dates[1] - dates[0]).num_days(), (dates[2] - dates[1]).num_days()], [60, 214]);
        days.insert(dates[0]);
    }
    let within = |date: &chrono::NaiveDate| {
        let first = chrono::NaiveDate::from_ymd_opt(2024, 1, 1).unwrap();
        (-40..=27 + 40).contains(&(*date - first).num_days())
    };
    assert!(days.len() > 28 && days.iter().all(within), "{days:?}");
}

#[test]
fn extremes_are_cut_where_enough_subjects_are() {
    let project = project(
        &table("x", |i| (i * i).to_string()),
        "",
        &format!("{DROPPED}{}", treated("{ top_bottom_coding = { bottom = 0.02, top = 0.999 } }")),
    );
    let report = certified(&project);
    let cells = counts(column(&project, "x").iter().map(|cell| cell.parse::<f64>().unwrap() as u64));
    let ((_, &least), (&top, &most)) = (cells.first_key_value().unwrap(), cells.last_key_value().unwrap());
    // the top cut has moved inwards to four subjects: 296² to 299²
    assert_eq!((top, most), (296 * 296, 4));
    assert!(least >= 4, "{least}");
    let told = facts(&report, "x");
    assert_eq!(told["top"]["cut"].as_f64().unwrap() as u64, 296 * 296);
    assert_eq!(told["top"]["subjects_at_or_beyond"], 4);
}

#[test]
fn near_measures_become_one() {
    for statistic in ["mean", "median"] {
        let groups = treated(&format!("{{ microaggregate = {{ k = 6, statistic = \"{statistic}\" }} }}"));
        let project = project(&table("x", |i| format!("{}.5", i * i % 97)), "", &format!("{DROPPED}{groups}"));
        let report = certified(&project);
        let cells = counts(column(&project, "x"));
        assert!(cells.len() > 10 && cells.values().all(|&records| records >= 6), "{cells:?}");
        let told = facts(&report, "x");
        assert_eq!(told["groups"], cells.len());
        assert!(told["least_subjects"].as_u64().unwrap() >= 6);
        assert!((0.0..0.2).contains(&told["information_loss_sse_sst"].as_f64().unwrap()), "{told}");
    }
}

#[test]
fn randomized_categories_are_told_with_their_matrix_and_measured_by_models() {
    let jobs = table("x", |i| ["teacher", "nurse", "smith", "baker"][(i % 4) as usize].to_owned());
    let diverse = "l_diversity = [{ column = \"x\", kind = \"distinct\", l = 2 }]";
    let project = project(&jobs, diverse, &format!("{DROPPED}{}", treated("{ pram = { keep = 0.5 } }")));
    let report = certified(&project);
    let told = facts(&report, "x");
    assert_eq!(told["names"], serde_json::json!(["baker", "nurse", "smith", "teacher"]));
    for row in told["matrix"].as_array().unwrap() {
        let sum: f64 = row.as_array().unwrap().iter().map(|cell| cell.as_f64().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-5, "{row}");
    }
    assert_eq!(told["matrix"][0][0], 0.625);
    let cells = counts(column(&project, "x"));
    assert_eq!(cells.len(), 4);
    // the source has 75 of each: that all four come back to that is less likely than one in a thousand
    assert!(cells.values().all(|&records| (35..120).contains(&records)), "{cells:?}");
}

#[test]
fn swapped_cells_stay_in_their_class() {
    let notes = table("x,twin", |i| format!("{0},{0}", i % 7));
    let twin = "[columns.twin]\nrole = \"insensitive\"\ntreatment = \"keep\"\n";
    let with = |treatment: &str| project(&notes, "", &format!("{DROPPED}{}{twin}", treated(treatment)));
    let (kept, swapped) = (with("\"keep\""), with("{ swap = \"class\" }"));
    certified(&kept);
    let report = certified(&swapped);
    let classes = |project: &Project| counts(released(project, &["age", "city", "x"]));
    assert_eq!(classes(&kept), classes(&swapped));
    let apart = |project: &Project| released(project, &["x", "twin"]).iter().filter(|row| row[0] != row[1]).count();
    assert_eq!(apart(&kept), 0);
    assert!(apart(&swapped) > 150);
    let told = facts(&report, "x");
    assert_eq!((&told["records"], &told["records_with_another_value"]), (&PEOPLE.into(), &apart(&swapped).into()));
}

#[test]
fn places_become_cells_of_a_grid() {
    let places =
        table("x,lat", |i| format!("{:.4},{:.4}", 117.0 + f64::from(i % 9) / 50.0, 39.0 + f64::from(i % 4) / 50.0));
    let latitude = "[columns.lat]\nrole = \"insensitive\"\ntype = \"number\"\ntreatment = \"drop\"\n";
    let grid = treated("{ grid = { latitude = \"lat\", level = 4 } }");
    let project = project(&places, "", &format!("{DROPPED}{grid}{latitude}"));
    certified(&project);
    let cells = counts(column(&project, "x"));
    assert!(cells.keys().all(|cell| cell.starts_with("ww") && cell.len() == 4) && cells.len() < 5, "{cells:?}");
    assert_eq!(cells.values().sum::<usize>(), PEOPLE as usize);
}

#[test]
fn identifiers_in_remarks_become_what_they_are() {
    let remarks = table("x", |i| format!("请致电1380013{:04}联系{}", i, ["甲", "乙", "丙"][(i % 3) as usize]));
    let project = project(&remarks, "", &format!("{DROPPED}{}", treated("\"redact\"")));
    certified(&project);
    let cells = counts(column(&project, "x"));
    let names: Vec<&str> = cells.keys().map(String::as_str).collect();
    assert_eq!(names, ["请致电[mobile]联系丙", "请致电[mobile]联系乙", "请致电[mobile]联系甲"]);
    let anonymized = fs::read_to_string(project.path("p.toml")).unwrap().replace("deidentified", "anonymized");
    fs::write(project.path("p.toml"), anonymized).unwrap();
    let refused = run(&project);
    assert!(refused.code == 2 && refused.err.contains("redacted text is not anonymization"), "{}", refused.err);
}

#[test]
fn encrypted_identifiers_keep_their_form() {
    let phones = table("x", |i| format!("138{:08}", i * 7_919));
    let fpe = "[columns.x]\nrole = \"identifier\"\ntreatment = { fpe = { alphabet = \"0123456789\", key = \"ephemeral\" } }\n";
    let encrypted = project(&phones, "", &format!("{DROPPED}{fpe}"));
    certified(&encrypted);
    let cells: BTreeSet<String> = column(&encrypted, "x").into_iter().collect();
    assert!(cells.len() == PEOPLE as usize && cells.iter().all(|cell| cell.len() == 11));
    let restored = (0..PEOPLE).filter(|i| cells.contains(&format!("138{:08}", i * 7_919))).count();
    assert!(restored < 3, "{restored}");
    let short = project(&table("x", |i| format!("{i:05}")), "", &format!("{DROPPED}{fpe}"));
    let refused = run(&short);
    assert!(refused.code == 4 && refused.err.contains("6 to 256 characters"), "{} {}", refused.code, refused.err);
}

#[test]
fn one_phone_written_in_several_ways_is_one_token_and_one_subject() {
    let mut calls = String::from("id,age,city\n");
    for i in 0..PEOPLE {
        let (age, city) = (20 + i % 3, ["A", "B"][(i % 2) as usize]);
        calls += &format!("1380013{i:04},{age},{city}\n+86 138-0013-{i:04},{age},{city}\n");
    }
    let columns = TOKEN.replace("key = \"ephemeral\"", "key = \"ephemeral\", canonical = \"mobile\"");
    let canonical = project(&calls, "", &columns);
    let report = certified(&canonical);
    assert_eq!(report["subjects_read"], PEOPLE);
    let tokens = counts(column(&canonical, "id"));
    assert!(tokens.len() == PEOPLE as usize && tokens.values().all(|&records| records == 2));
    let plain = project(&calls, "", TOKEN);
    assert_eq!(certified(&plain)["subjects_read"], 2 * PEOPLE);
}

#[test]
fn a_plan_tells_treatments_in_a_phrase() {
    let columns = format!("{DROPPED}{}", treated("{ top_bottom_coding = { top = 0.9 } }"));
    let project = project(&table("x", |i| i.to_string()), "", &columns);
    let plan = project.tuomin(&["plan", "p.toml"]);
    assert_eq!(plan.code, 0, "{}", plan.err);
    assert!(plan.out.contains("top coded at 269"), "{}", plan.out);
}
