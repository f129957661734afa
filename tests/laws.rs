//! Laws of a release, held against the files that the binary wrote by a reference that shares no code with it.
#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};

use arrow::array::{Array, AsArray};
use base64::Engine;
use common::Project;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

type Label = Option<String>;
/// Records and distinct subjects of each combination of labels.
type Classes = HashMap<(Label, Label), (usize, HashSet<String>)>;

#[derive(Clone, Copy)]
struct Row {
    subject: usize,
    age: Option<i64>,
    city: Option<&'static str>,
}

/// A random table and what is asked of it.
#[derive(Clone)]
struct Case {
    rows: Vec<Row>,
    k: usize,
    /// Records that may be withheld, in percent.
    percent: usize,
    /// The coarsest level of age, of `value`, bands of 5, bands of 20 and `*`, and of city, of `value` and `*`.
    coarsest: (usize, usize),
}

impl Case {
    fn draw(seed: u64) -> Self {
        let mut draws = ChaCha8Rng::seed_from_u64(seed);
        let subjects = draws.random_range(1..60);
        let (ages, cities) = (draws.random_range(1..40), draws.random_range(1..5));
        let nulls = draws.random_range(0.0..0.3);
        let same = draws.random::<f64>();
        let mut rows = Vec::new();
        for subject in 0..subjects {
            let mut draw = || Row {
                subject,
                age: (draws.random::<f64>() >= nulls).then(|| draws.random_range(-3..ages)),
                city: (draws.random::<f64>() >= nulls).then(|| ["A", "B", "C", "D"][draws.random_range(0..cities)]),
            };
            let mut row = draw();
            rows.push(row);
            for _ in 0..draws.random_range(0..4) {
                if draws.random::<f64>() >= same {
                    row.age = (draws.random::<f64>() >= nulls).then(|| draws.random_range(-3..ages));
                }
                rows.push(row);
            }
        }
        for i in (1..rows.len()).rev() {
            rows.swap(i, draws.random_range(0..=i));
        }
        let coarsest = match draws.random_bool(0.3) {
            true => (draws.random_range(0..4), draws.random_range(0..2)),
            false => (3, 1),
        };
        let percent = if draws.random_bool(0.3) { 0 } else { draws.random_range(0..=50) };
        Self { rows, k: draws.random_range(2..=6), percent, coarsest }
    }

    fn subjects(&self) -> usize {
        self.rows.iter().map(|row| row.subject).collect::<HashSet<_>>().len()
    }

    fn project(&self) -> Project {
        let cell = |row: &Row| {
            let age = row.age.map_or(String::new(), |age| age.to_string());
            format!("s{},{age},{}\n", row.subject, row.city.unwrap_or(""))
        };
        let project = Project::new(&("id,age,city\n".to_owned() + &self.rows.iter().map(cell).collect::<String>()));
        let pipeline = format!(
            "{}[source]\npath = \"d.csv\"\nsubject = \"id\"\n[privacy]\nk = {}\nsuppression_limit = {}\n\
             [columns.id]\nrole = \"identifier\"\n\
             treatment = {{ token = {{ algorithm = \"hmac-sm3\", key = \"ephemeral\", length = 32 }} }}\n\
             [columns.age]\nrole = \"quasi\"\ntype = \"integer\"\nhierarchy = {{ interval = {{ widths = [5, 20] }} }}\n\
             levels = {{ coarsest = {} }}\n[columns.city]\nrole = \"quasi\"\nlevels = {{ coarsest = {} }}\n",
            Project::HEAD,
            self.k,
            self.percent as f64 / 100.0,
            self.coarsest.0,
            self.coarsest.1
        );
        fs::write(project.path("p.toml"), pipeline).unwrap();
        project
    }

    /// The classes at these levels, too small ones among them.
    fn classes(&self, levels: (usize, usize)) -> Classes {
        let band = |age: i64, width: i64| {
            let low = age.div_euclid(width) * width;
            format!("[{low}, {})", low + width)
        };
        let mut classes = Classes::new();
        for row in &self.rows {
            let age = match levels.0 {
                0 => row.age.map(|age| age.to_string()),
                1 => row.age.map(|age| band(age, 5)),
                2 => row.age.map(|age| band(age, 20)),
                _ => Some("*".into()),
            };
            let city = if levels.1 == 0 { row.city.map(str::to_owned) } else { Some("*".into()) };
            let class = classes.entry((age, city)).or_default();
            class.0 += 1;
            class.1.insert(row.subject.to_string());
        }
        classes
    }

    /// The records that are withheld at these levels.
    fn withheld(&self, levels: (usize, usize)) -> usize {
        self.classes(levels).values().filter(|class| class.1.len() < self.k).map(|class| class.0).sum()
    }

    fn limit(&self) -> usize {
        self.percent * self.rows.len() / 100
    }

    /// The largest k that any levels reach within the limit.
    fn best_k(&self) -> usize {
        let reached = |k: &usize| !Self { k: *k, ..self.clone() }.reaching().is_empty();
        (1..=self.rows.len()).take_while(reached).last().unwrap()
    }

    /// All levels that reach k within the limit.
    fn reaching(&self) -> Vec<(usize, usize)> {
        let nodes = (0..=self.coarsest.0).flat_map(|age| (0..=self.coarsest.1).map(move |city| (age, city)));
        nodes.filter(|&levels| self.withheld(levels) <= self.limit()).collect()
    }
}

/// What was published: the levels, and the classes as the files tell them.
struct Released {
    levels: (usize, usize),
    classes: Classes,
    told: String,
}

/// Runs a case; the unmet conditions where there is no release.
fn run(case: &Case) -> (i32, Result<Released, Vec<String>>) {
    let project = case.project();
    let run = project.tuomin(&["run", "p.toml"]);
    match run.code {
        0 => {}
        3 => {
            let text = fs::read(project.release("test").join("refusal.json")).unwrap();
            let refusal: serde_json::Value = serde_json::from_slice(&text).unwrap();
            let reasons = refusal["reasons"].as_array().unwrap();
            let text = |reason: &serde_json::Value, key| reason[key].as_str().unwrap().to_owned();
            let told = reasons.iter().map(|reason| text(reason, "condition") + ": " + &text(reason, "message"));
            return (3, Err(told.collect()));
        }
        code => return (code, Err(vec![run.err])),
    }
    let folder = project.release("test");
    let envelope: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.join("certificate.json")).unwrap()).unwrap();
    let payload = base64::prelude::BASE64_STANDARD.decode(envelope["payload"].as_str().unwrap()).unwrap();
    let statement: serde_json::Value = serde_json::from_slice(&payload).unwrap();
    let level = |i: usize| statement["predicate"]["recoding"][i]["level"].as_u64().unwrap() as usize;
    let mut classes = Classes::new();
    for file in fs::read_dir(folder.join("data")).unwrap() {
        let file = File::open(file.unwrap().path()).unwrap();
        for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
            let batch = batch.unwrap();
            let cell = |name: &str, row: usize| {
                let cells = batch.column_by_name(name).unwrap().as_string::<i32>();
                cells.is_valid(row).then(|| cells.value(row).to_owned())
            };
            for row in 0..batch.num_rows() {
                let class = classes.entry((cell("age", row), cell("city", row))).or_default();
                class.0 += 1;
                class.1.insert(cell("id", row).unwrap());
            }
        }
    }
    (0, Ok(Released { levels: (level(0), level(1)), classes, told: run.out }))
}

/// Records and subjects of each class, without the names of the subjects.
fn sizes(classes: &Classes) -> HashMap<(Label, Label), (usize, usize)> {
    classes.iter().map(|(labels, class)| (labels.clone(), (class.0, class.1.len()))).collect()
}

#[test]
fn every_release_keeps_its_promise_and_every_refusal_is_due() {
    let mut ends: HashMap<String, usize> = HashMap::new();
    for seed in 0..60 {
        let case = Case::draw(seed);
        let reaching = case.reaching();
        let (code, end) = run(&case);
        assert_eq!(code == 4, case.subjects() < case.k, "seed {seed}: {:?}", end.err());
        *ends.entry(format!("exit {code}")).or_default() += 1;
        match (code, end) {
            (4, _) => {}
            (3, Err(told)) if told[0].starts_with("k_anonymity") => {
                let best = format!("the best reachable is k = {}", case.best_k());
                assert!(told.len() == 1 && told[0].ends_with(&best), "seed {seed}: {told:?}, but {best}");
                assert!(reaching.is_empty(), "seed {seed}: {reaching:?} reach k");
                *ends.entry("unreachable".into()).or_default() += 1;
            }
            (3, Err(conditions)) => {
                assert!(!reaching.is_empty(), "seed {seed}: {conditions:?}, but nothing reaches k");
                for condition in conditions {
                    // two subjects in a class are more risk than an enclave tolerates
                    let due = match condition.split(':').next().unwrap() {
                        "classes_above_tau" => case.k == 2,
                        "one_to_one_columns" => reaching.iter().any(|levels| *levels != (0, 0)),
                        _ => false,
                    };
                    assert!(due, "seed {seed}: {condition}");
                }
            }
            (0, Ok(released)) => {
                let smallest = released.classes.values().map(|class| class.1.len()).min().unwrap();
                assert!(smallest >= case.k, "seed {seed}: a class of {smallest} subjects");
                assert!(released.told.contains(&format!("k_anonymity {smallest} ")), "seed {seed}: {}", released.told);
                let records: usize = released.classes.values().map(|class| class.0).sum();
                let withheld = case.rows.len() - records;
                assert!(withheld <= case.limit(), "seed {seed}: {withheld} withheld");
                assert_eq!(withheld, case.withheld(released.levels), "seed {seed}");
                assert!(reaching.contains(&released.levels), "seed {seed}");
                let mut expected = sizes(&case.classes(released.levels));
                expected.retain(|_, class| class.1 >= case.k);
                assert_eq!(sizes(&released.classes), expected, "seed {seed}");
                *ends.entry(format!("withheld {}", withheld > 0)).or_default() += 1;
            }
            (code, end) => panic!("seed {seed}: exit {code} {:?}", end.err()),
        }
    }
    for end in ["exit 0", "exit 4", "unreachable", "withheld true", "withheld false"] {
        assert!(ends.get(end).is_some_and(|&n| n >= 2), "the draws must reach `{end}`: {ends:?}");
    }
}

#[test]
fn copies_of_the_records_of_every_subject_change_nothing() {
    let mut released = 0;
    for seed in 100..112 {
        let case = Case::draw(seed);
        let (code, once) = run(&case);
        for times in [2, 5] {
            let copied = Case { rows: case.rows.repeat(times), ..case.clone() };
            let (again, many) = run(&copied);
            assert_eq!(code, again, "seed {seed} × {times}");
            match (&once, many) {
                (Ok(once), Ok(many)) => {
                    released += 1;
                    assert_eq!(once.levels, many.levels, "seed {seed} × {times}");
                    let mut expected = sizes(&once.classes);
                    expected.values_mut().for_each(|class| class.0 *= times);
                    assert_eq!(sizes(&many.classes), expected, "seed {seed} × {times}");
                }
                (Err(once), Err(many)) => assert_eq!(once, &many, "seed {seed} × {times}"),
                _ => unreachable!("the codes are equal"),
            }
        }
    }
    assert!(released >= 8, "{released} releases were compared");
}
