//! Every model on the written rows: what the binary released under random models is counted again by plain
//! definitions that share no code with it.
#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File};

use arrow::util::display::array_value_to_string;
use common::Project;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

/// Subjects by value, of one class or of the whole.
type Counts = BTreeMap<String, f64>;

/// Whether a class of a whole keeps a model.
type Holds = Box<dyn Fn(&Counts, &Counts) -> bool>;

/// A model as the pipeline says it, and whether a class of a whole keeps it.
struct Model {
    toml: String,
    id: &'static str,
    column: &'static str,
    holds: Holds,
}

fn shares(counts: &Counts) -> BTreeMap<&str, f64> {
    let all: f64 = counts.values().sum();
    counts.iter().map(|(value, n)| (value.as_str(), n / all)).collect()
}

fn share(of: &BTreeMap<&str, f64>, value: &str) -> f64 {
    of.get(value).copied().unwrap_or(0.0)
}

const NEAR: f64 = 1e-9;

fn draw_model(draws: &mut ChaCha8Rng) -> Model {
    let pick = draws.random_range(0..8);
    match pick {
        0 => {
            let l = draws.random_range(2..4);
            Model {
                toml: format!("l_diversity = [{{ column = \"note\", kind = \"distinct\", l = {l} }}]"),
                id: "distinct_l_diversity",
                column: "note",
                holds: Box::new(move |class, _| class.len() >= l),
            }
        }
        1 => {
            let l = 1.2 + f64::from(draws.random_range(0..10)) / 8.0;
            let entropy = |class: &Counts| shares(class).values().map(|p| -p * p.ln()).sum::<f64>();
            Model {
                toml: format!("l_diversity = [{{ column = \"note\", kind = \"entropy\", l = {l} }}]"),
                id: "entropy_l_diversity",
                column: "note",
                holds: Box::new(move |class, _| entropy(class) >= l.ln() - NEAR),
            }
        }
        2 => {
            let (c, l) = (1.5 + f64::from(draws.random_range(0..4)), draws.random_range(2..4));
            Model {
                toml: format!("l_diversity = [{{ column = \"note\", kind = \"recursive\", c = {c:?}, l = {l} }}]"),
                id: "recursive_cl_diversity",
                column: "note",
                holds: Box::new(move |class, _| {
                    let mut counts: Vec<f64> = class.values().copied().collect();
                    counts.sort_by(|a, b| b.total_cmp(a));
                    counts.len() >= l && counts[0] < c * counts[l - 1..].iter().sum::<f64>()
                }),
            }
        }
        3 => {
            let t = f64::from(draws.random_range(1..8)) / 10.0;
            Model {
                toml: format!("t_closeness = [{{ column = \"note\", distance = \"equal\", t = {t} }}]"),
                id: "t_closeness_equal",
                column: "note",
                holds: Box::new(move |class, whole| {
                    let (p, q) = (shares(class), shares(whole));
                    q.iter().map(|(value, q)| (share(&p, value) - q).abs()).sum::<f64>() / 2.0 <= t + NEAR
                }),
            }
        }
        4 => {
            let t = f64::from(draws.random_range(1..6)) / 10.0;
            Model {
                toml: format!("t_closeness = [{{ column = \"pay\", distance = \"ordered\", t = {t} }}]"),
                id: "t_closeness_ordered",
                column: "pay",
                holds: Box::new(move |class, whole| {
                    let (p, q) = (shares(class), shares(whole));
                    let mut values: Vec<&str> = q.keys().copied().collect();
                    values.sort_by(|a, b| a.parse::<f64>().unwrap().total_cmp(&b.parse::<f64>().unwrap()));
                    let (mut sum, mut moved) = (0.0, 0.0);
                    for value in &values {
                        sum += share(&p, value) - q[value];
                        moved += f64::abs(sum);
                    }
                    values.len() < 2 || moved / (values.len() - 1) as f64 <= t + NEAR
                }),
            }
        }
        5 => {
            let alpha = f64::from(draws.random_range(4..10)) / 10.0;
            Model {
                toml: format!("alpha_k = [{{ column = \"note\", alpha = {alpha} }}]"),
                id: "alpha_k",
                column: "note",
                holds: Box::new(move |class, _| shares(class).values().all(|&p| p <= alpha + NEAR)),
            }
        }
        6 => {
            let beta = f64::from(draws.random_range(2..16)) / 4.0;
            Model {
                toml: format!("beta_likeness = [{{ column = \"note\", kind = \"enhanced\", beta = {beta:?} }}]"),
                id: "enhanced_beta_likeness",
                column: "note",
                holds: Box::new(move |class, whole| {
                    let (p, q) = (shares(class), shares(whole));
                    let gain = |(value, p): (&&str, &f64)| (p - q[value]) / q[value] <= beta.min(-q[value].ln()) + NEAR;
                    p.iter().all(gain)
                }),
            }
        }
        _ => {
            let delta = 0.5 + f64::from(draws.random_range(0..8)) / 4.0;
            Model {
                toml: format!("delta_disclosure = [{{ column = \"note\", delta = {delta:?} }}]"),
                id: "delta_disclosure",
                column: "note",
                holds: Box::new(move |class, whole| {
                    let (p, q) = (shares(class), shares(whole));
                    q.iter().all(|(value, q)| (share(&p, value) / q).ln().abs() < delta + NEAR)
                }),
            }
        }
    }
}

/// A random table: half the time each subject has one record, otherwise up to three that may differ in the
/// sensitive columns alone, or in all.
fn draw_table(draws: &mut ChaCha8Rng) -> String {
    let (notes, pays) = (draws.random_range(2..5), draws.random_range(2..6));
    let several = draws.random_bool(0.5);
    let skew = draws.random_range(1.0..2.5);
    let mut table = String::from("id,age,city,note,pay\n");
    for subject in 0..draws.random_range(40..160) {
        let (mut age, city) = (draws.random_range(20..50), ["A", "B"][draws.random_range(0..2)]);
        for _ in 0..if several { draws.random_range(1..4) } else { 1 } {
            let note = (draws.random::<f64>().powf(skew) * f64::from(notes)) as u32;
            let pay = 10 * draws.random_range(0..pays) + draws.random_range(0..4);
            table += &format!("s{subject},{age},{city},n{note},{pay}\n");
            if draws.random_bool(0.2) {
                age = draws.random_range(20..50);
            }
        }
    }
    table
}

fn project(table: &str, k: u64, limit: f64, local: bool, model: &Model) -> Project {
    let project = Project::new(table);
    let recoding = if local { "recoding = \"local\"\n" } else { "" };
    let pipeline = format!(
        "{}[source]\npath = \"d.csv\"\nsubject = \"id\"\n[privacy]\nk = {k}\nsuppression_limit = {limit}\n{}\n{recoding}\
         [columns.id]\nrole = \"identifier\"\n\
         treatment = {{ token = {{ algorithm = \"hmac-sm3\", key = \"ephemeral\" }} }}\n\
         [columns.age]\nrole = \"quasi\"\ntype = \"integer\"\nhierarchy = {{ interval = {{ widths = [5, 10, 20] }} }}\n\
         levels = {{ finest = 1 }}\n[columns.city]\nrole = \"quasi\"\n\
         [columns.note]\nrole = \"sensitive\"\ntreatment = \"keep\"\n\
         [columns.pay]\nrole = \"sensitive\"\ntreatment = {{ round = 10 }}\n",
        Project::HEAD,
        model.toml
    );
    fs::write(project.path("p.toml"), pipeline).unwrap();
    project.without_measures();
    project
}

/// Class, subject and sensitive value of every released row.
fn released(project: &Project, column: &str) -> Vec<(String, String, String)> {
    let mut rows = Vec::new();
    for file in fs::read_dir(project.release("test").join("data")).unwrap() {
        let file = File::open(file.unwrap().path()).unwrap();
        for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
            let batch = batch.unwrap();
            let text =
                |name: &str, row: usize| array_value_to_string(batch.column_by_name(name).unwrap(), row).unwrap();
            for row in 0..batch.num_rows() {
                let class = format!("{}|{}", text("age", row), text("city", row));
                rows.push((class, text("id", row), text(column, row)));
            }
        }
    }
    rows
}

/// Distinct subjects by value.
fn counts<'a>(rows: impl Iterator<Item = &'a (String, String, String)>) -> Counts {
    let mut subjects: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (_, subject, value) in rows {
        subjects.entry(value).or_default().insert(subject);
    }
    subjects.into_iter().map(|(value, subjects)| (value.to_owned(), subjects.len() as f64)).collect()
}

#[test]
fn every_class_on_the_written_rows_keeps_every_model() {
    let mut released_by: HashMap<(&str, bool), usize> = HashMap::new();
    let mut refused = 0;
    for seed in 0..96 {
        let mut draws = ChaCha8Rng::seed_from_u64(seed);
        let (table, model) = (draw_table(&mut draws), draw_model(&mut draws));
        let (k, limit, local) =
            (draws.random_range(3..6), [0.0, 0.1, 0.3][draws.random_range(0..3)], draws.random_bool(0.5));
        let project = project(&table, k, limit, local, &model);
        let run = project.tuomin(&["run", "p.toml", "--quiet"]);
        assert!(run.code == 0 || run.code == 3, "seed {seed}: exit {} {}", run.code, run.err);
        if run.code == 3 {
            refused += 1;
            continue;
        }
        let rows = released(&project, model.column);
        let whole = counts(rows.iter());
        let classes: BTreeSet<&str> = rows.iter().map(|row| row.0.as_str()).collect();
        for class in classes {
            let of_class = || rows.iter().filter(|row| row.0 == class);
            let subjects: BTreeSet<&str> = of_class().map(|row| row.1.as_str()).collect();
            assert!(subjects.len() as u64 >= k, "seed {seed}: a class of {}", subjects.len());
            assert!((model.holds)(&counts(of_class()), &whole), "seed {seed}: {} in {class}", model.toml);
        }
        let all = table.lines().count() - 1;
        assert!((all - rows.len()) as f64 <= limit * all as f64, "seed {seed}: {} of {all}", rows.len());
        assert!(run.out.contains(&format!("ok  {} ", model.id)), "seed {seed}: {}", run.out);
        *released_by.entry((model.id, local)).or_default() += 1;
        let verified = project.tuomin(&["verify", project.release("test").to_str().unwrap()]);
        assert_eq!(verified.code, 0, "seed {seed}: {}", verified.err);
    }
    assert!(refused > 0, "some draws must be too strict");
    for id in [
        "distinct_l_diversity",
        "entropy_l_diversity",
        "recursive_cl_diversity",
        "t_closeness_equal",
        "t_closeness_ordered",
        "alpha_k",
        "enhanced_beta_likeness",
        "delta_disclosure",
    ] {
        for local in [false, true] {
            assert!(released_by.contains_key(&(id, local)), "no draw released {id}, local {local}: {released_by:?}");
        }
    }
}
