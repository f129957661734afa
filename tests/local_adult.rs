//! Local recoding of the Adult census data, against what ARX reaches.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test may stop, and tells what it found")]

mod common;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use common::shared;
use tuomin::privacy::{DistinctLDiversity, PrivacyModel, TCloseness, loss};
use tuomin::search::Goal;
use tuomin::search::local::{LocalFound, LocalOutcome, recode};
use tuomin::spec::{HierarchySpec, UnknownValues};
use tuomin::table::{Domain, EquivalenceTable, Hierarchy, LocalRecoding, Sensitive};

const COLUMNS: [&str; 9] =
    ["sex", "age", "race", "marital-status", "education", "native-country", "workclass", "occupation", "salary-class"];
const K: u64 = 5;

/// The table, its hierarchies, and the rows as places of combinations.
struct Adult {
    table: EquivalenceTable,
    hierarchies: Vec<Hierarchy>,
    /// Of the sensitive column.
    tree: Option<Hierarchy>,
}

fn load(shared: &Path, sensitive: Option<&str>) -> Adult {
    let folder = shared.join("data/adult");
    let text = std::fs::read_to_string(folder.join("adult.csv")).unwrap();
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(';').collect();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(';').collect()).collect();
    let quasi = COLUMNS.iter().copied().filter(|name| Some(*name) != sensitive);
    let names: Vec<&str> = quasi.chain(sensitive).collect();
    let sorted = |name: &&str| {
        let place = header.iter().position(|h| h == name).unwrap();
        Domain::sorted(*name, rows.iter().map(|row| Some(row[place].to_string())).collect())
    };
    let (mut domains, codes): (Vec<Domain>, Vec<Vec<u32>>) = names.iter().map(sorted).unzip();
    let mut combinations: BTreeMap<Vec<u32>, u64> = BTreeMap::new();
    for row in 0..rows.len() {
        *combinations.entry(codes.iter().map(|code| code[row]).collect()).or_default() += 1;
    }
    let hierarchy = |domain: &Domain| {
        let text = std::fs::read_to_string(folder.join(format!("adult_hierarchy_{}.csv", domain.column))).unwrap();
        let spec = HierarchySpec::Table { path: PathBuf::new() };
        Hierarchy::build(&spec, Some(&text), domain, UnknownValues::Error).unwrap()
    };
    let mut codes: Vec<Vec<u32>> =
        (0..names.len()).map(|column| combinations.keys().map(|row| row[column]).collect()).collect();
    let mut hierarchies: Vec<Hierarchy> = domains.iter().map(hierarchy).collect();
    let tree = sensitive.and_then(|_| hierarchies.pop());
    let sensitive = sensitive.map(|_| Sensitive { domain: domains.pop().unwrap(), codes: codes.pop().unwrap() });
    let records: Vec<u64> = combinations.into_values().collect();
    let sensitive: Vec<Sensitive> = sensitive.into_iter().collect();
    let table = EquivalenceTable {
        domains,
        codes,
        sensitive,
        subjects: records.clone(),
        records,
        ..EquivalenceTable::default()
    };
    assert_eq!(table.total_records(), 30_162);
    Adult { table, hierarchies, tree }
}

/// `1 − (S − D)/(1 − D)` by its definition, record by record in floats.
fn granularity(adult: &Adult, recoding: &LocalRecoding) -> f64 {
    let (mut shown, mut least) = (0.0, 0.0);
    for (column, hierarchy) in recoding.columns.iter().zip(&adult.hierarchies) {
        let d = hierarchy.domain_size as f64;
        least += 1.0 / d;
        for (row, &records) in adult.table.records.iter().enumerate() {
            let m = if recoding.suppressed[row] { d } else { column.sizes[column.label_of[row] as usize] as f64 };
            shown += m / d * records as f64 / adult.table.total_records() as f64;
        }
    }
    let columns = adult.hierarchies.len() as f64;
    (shown, least) = (shown / columns, least / columns);
    1.0 - (shown - least) / (1.0 - least)
}

/// Every label is one that a hierarchy gives to the value, and stands for as many values as it says.
fn check_labels(adult: &Adult, recoding: &LocalRecoding) {
    for (at, (column, hierarchy)) in recoding.columns.iter().zip(&adult.hierarchies).enumerate() {
        for (row, &label) in column.label_of.iter().enumerate() {
            let code = adult.table.codes[at][row];
            let text = column.labels[label as usize].as_deref();
            let level = (0..hierarchy.levels.len()).find(|&level| hierarchy.label(level, code) == text).unwrap();
            let of = hierarchy.levels[level].label_of[code as usize] as usize;
            assert_eq!(hierarchy.levels[level].sizes[of], column.sizes[label as usize]);
        }
    }
}

/// Records and sensitive values of a class.
type Counts = (u64, BTreeMap<u32, u64>);

/// The released classes, counted from the released texts: records, and records per sensitive value.
fn count(adult: &Adult, recoding: &LocalRecoding) -> Vec<(u64, BTreeMap<u32, u64>)> {
    let mut classes: HashMap<Vec<Option<&str>>, Counts> = HashMap::new();
    for (row, &records) in adult.table.records.iter().enumerate().filter(|(row, _)| !recoding.suppressed[*row]) {
        let text = |column: &tuomin::table::LocalColumn| column.labels[column.label_of[row] as usize].clone();
        let texts: Vec<Option<String>> = recoding.columns.iter().map(text).collect();
        let texts = texts.into_iter().map(|text| text.map(|text| &*text.leak())).collect();
        let class = classes.entry(texts).or_default();
        class.0 += records;
        if let Some(sensitive) = adult.table.sensitive.first() {
            *class.1.entry(sensitive.codes[row]).or_default() += records;
        }
    }
    classes.into_values().collect()
}

/// Recodes with the goal on granularity, and once for the Loss.
fn run(name: &str, adult: &Adult, models: &[Box<dyn PrivacyModel>], arx: f64) -> LocalFound {
    let weights: Vec<f64> = adult.hierarchies.iter().map(|h| 1.0 - 1.0 / h.domain_size as f64).collect();
    let mut last = None;
    for weights in [&[][..], &weights[..]] {
        let goal = Goal { models, weights, ..Goal::new(K, 0.0) };
        let start = std::time::Instant::now();
        let outcome = recode(&adult.table, &adult.hierarchies, &goal, &[]);
        let time = start.elapsed();
        let LocalOutcome::Found(found) = outcome else { panic!("{name}: nothing was found") };
        let reached = granularity(adult, &found.recoding);
        println!(
            "{name}: granularity {reached:.5} (ARX {arx}), loss {:.5}, {} classes, smallest {:?}, {time:.2?}",
            found.loss, found.classes, found.smallest_class
        );
        assert!(reached > arx, "{name}: {reached}");
        assert_eq!(found.suppressed_records, 0);
        check_labels(adult, &found.recoding);
        let loss = loss::local(&adult.table, &adult.hierarchies, &found.recoding);
        assert_eq!(loss.columns, found.column_loss);
        last = Some(found);
    }
    last.unwrap()
}

#[test]
fn k_anonymity_of_nine_columns() {
    let Some(shared) = shared() else { return };
    let adult = load(&shared, None);
    let found = run("k = 5", &adult, &[], 0.93226);
    let classes = count(&adult, &found.recoding);
    assert_eq!(classes.len() as u64, found.classes);
    assert!(classes.iter().all(|class| class.0 >= K));
}

#[test]
fn distinct_diversity_of_occupation() {
    let Some(shared) = shared() else { return };
    let adult = load(&shared, Some("occupation"));
    let models: Vec<Box<dyn PrivacyModel>> = vec![Box::new(DistinctLDiversity { sensitive: 0, l: 3 })];
    let found = run("distinct 3-diversity", &adult, &models, 0.95729);
    let classes = count(&adult, &found.recoding);
    assert_eq!(classes.len() as u64, found.classes);
    assert!(classes.iter().all(|class| class.0 >= K && class.1.len() >= 3));
}

#[test]
fn hierarchical_closeness_of_occupation() {
    let Some(shared) = shared() else { return };
    let adult = load(&shared, Some("occupation"));
    let tree = adult.tree.as_ref().unwrap();
    let whole = adult.table.distribution(0);
    let models: Vec<Box<dyn PrivacyModel>> = vec![Box::new(TCloseness::hierarchical(0, 0.2, &whole, false, tree))];
    let found = run("hierarchical t = 0.2", &adult, &models, 0.68070);
    let classes = count(&adult, &found.recoding);
    assert_eq!(classes.len() as u64, found.classes);
    let all: u64 = whole.iter().sum();
    for (records, values) in classes {
        assert!(records >= K);
        // Earth mover's distance in a tree: at each label, half of the height of what must leave it.
        let excess = |code: usize| {
            let here = values.get(&(code as u32)).copied().unwrap_or(0) as f64 / records as f64;
            here - whole[code] as f64 / all as f64
        };
        let height = tree.top();
        let mut distance = 0.0;
        for level in 0..height {
            let mut of_label = vec![0.0_f64; tree.levels[level].labels.len()];
            (0..whole.len()).for_each(|code| of_label[tree.levels[level].label_of[code] as usize] += excess(code));
            distance += of_label.iter().map(|excess| excess.abs()).sum::<f64>() / 2.0 / height as f64;
        }
        assert!(distance <= 0.2 + 1e-9, "{distance}");
    }
}
