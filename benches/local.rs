//! Local recoding: the three cases of the Adult census that ARX was measured on, and made-up tables.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use divan::{Bencher, black_box};
use rand::rngs::ChaCha20Rng;
use rand::{RngExt, SeedableRng};
use tuomin::privacy::{DistinctLDiversity, PrivacyModel, TCloseness};
use tuomin::search::Goal;
use tuomin::search::local::{LocalFound, LocalOutcome, recode};
use tuomin::spec::{HierarchySpec, UnknownValues};
use tuomin::table::{Domain, EquivalenceTable, Hierarchy, Sensitive};

const COLUMNS: [&str; 9] =
    ["sex", "age", "race", "marital-status", "education", "native-country", "workclass", "occupation", "salary-class"];

/// What ARX reaches, and the seconds of CPU that it takes, where they were measured.
const CASES: [(&str, f64, Option<f64>); 3] = [
    ("k = 5, 9 columns", 0.93226, Some(3.5)),
    ("k = 5 and distinct 3-diversity of occupation, 8 columns", 0.95729, None),
    ("k = 5 and hierarchical t = 0.2 of occupation, 8 columns", 0.68070, Some(44.6)),
];

struct Case {
    table: EquivalenceTable,
    hierarchies: Vec<Hierarchy>,
    models: Vec<Box<dyn PrivacyModel>>,
}

fn main() {
    for (number, (name, arx, seconds)) in CASES.into_iter().enumerate() {
        let Some(case) = adult(number) else { break };
        let start = std::time::Instant::now();
        let found = case.run();
        let seconds = seconds.map_or(String::new(), |seconds| format!(" in {seconds} s of CPU"));
        eprintln!(
            "{name}: granularity {:.5}, Loss {:.5}, {} classes, {:.2?}; ARX {arx}{seconds}",
            case.granularity(&found),
            found.loss,
            found.classes,
            start.elapsed()
        );
    }
    divan::main();
}

impl Case {
    fn run(&self) -> LocalFound {
        let goal = Goal { models: &self.models, ..Goal::new(5, 0.0) };
        match recode(black_box(&self.table), &self.hierarchies, &goal, &[]) {
            LocalOutcome::Found(found) => found,
            LocalOutcome::Unreachable(unreachable) => panic!("{unreachable:?}"),
        }
    }

    fn granularity(&self, found: &LocalFound) -> f64 {
        let sizes = || self.hierarchies.iter().map(|h| h.domain_size as f64);
        let lost: f64 = sizes().zip(&found.column_loss).map(|(d, loss)| loss * (1.0 - 1.0 / d)).sum();
        1.0 - lost / sizes().map(|d| 1.0 - 1.0 / d).sum::<f64>()
    }
}

/// One of [`CASES`], if the census data are beside the project.
fn adult(number: usize) -> Option<&'static Case> {
    static KEPT: [OnceLock<Option<Case>>; 3] = [const { OnceLock::new() }; 3];
    let sensitive = (number > 0).then_some("occupation");
    KEPT[number].get_or_init(|| load(sensitive, number == 2)).as_ref()
}

fn load(sensitive: Option<&str>, close: bool) -> Option<Case> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let folder = std::env::var_os("TUOMIN_SHARED").map_or(beside, PathBuf::from).join("data/adult");
    let text = std::fs::read_to_string(folder.join("adult.csv")).ok()?;
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next()?.split(';').collect();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(';').collect()).collect();
    let names = COLUMNS.into_iter().filter(|name| Some(*name) != sensitive).chain(sensitive);
    let sorted = |name: &str| {
        let place = header.iter().position(|h| *h == name)?;
        Some(Domain::sorted(name, rows.iter().map(|row| Some(row[place].to_string())).collect()))
    };
    let (mut domains, codes): (Vec<Domain>, Vec<Vec<u32>>) = names.filter_map(sorted).unzip();
    let rows = (0..rows.len()).map(|row| codes.iter().map(|code| code[row]).collect());
    let (records, mut codes) = tally(rows);
    let hierarchy = |domain: &Domain| {
        let text = std::fs::read_to_string(folder.join(format!("adult_hierarchy_{}.csv", domain.column))).ok()?;
        let spec = HierarchySpec::Table { path: PathBuf::new() };
        Hierarchy::build(&spec, Some(&text), domain, UnknownValues::Error).ok()
    };
    let mut hierarchies: Vec<Hierarchy> = domains.iter().filter_map(hierarchy).collect();
    let tree = sensitive.and_then(|_| hierarchies.pop());
    let sensitive = sensitive.and_then(|_| Some(Sensitive { domain: domains.pop()?, codes: codes.pop()? }));
    let sensitive = sensitive.into_iter().collect();
    let table = EquivalenceTable {
        domains,
        codes,
        sensitive,
        subjects: records.clone(),
        records,
        ..EquivalenceTable::default()
    };
    let models: Vec<Box<dyn PrivacyModel>> = match &tree {
        None => vec![],
        Some(_) if !close => vec![Box::new(DistinctLDiversity { sensitive: 0, l: 3 })],
        Some(tree) => vec![Box::new(TCloseness::hierarchical(0, 0.2, &table.distribution(0), false, tree))],
    };
    Some(Case { table, hierarchies, models })
}

/// The distinct rows, ascending: how often each is there, and their codes by column.
fn tally(rows: impl Iterator<Item = Vec<u32>>) -> (Vec<u64>, Vec<Vec<u32>>) {
    let mut combinations: BTreeMap<Vec<u32>, u64> = BTreeMap::new();
    rows.for_each(|row| *combinations.entry(row).or_default() += 1);
    let width = combinations.keys().next().map_or(0, Vec::len);
    let codes = (0..width).map(|column| combinations.keys().map(|row| row[column]).collect()).collect();
    (combinations.into_values().collect(), codes)
}

/// Records of six columns with values skewed to the low ones, and one sensitive value.
fn made_up(records: usize) -> (EquivalenceTable, Vec<Hierarchy>) {
    const COLUMNS: [(u32, &[f64]); 6] =
        [(2, &[]), (90, &[5.0, 10.0, 20.0]), (16, &[4.0]), (300, &[10.0, 50.0]), (12, &[3.0]), (40, &[8.0])];
    let mut random = ChaCha20Rng::seed_from_u64(42);
    let mut code = |most: u32| (random.random::<f64>().powi(2) * f64::from(most)) as u32;
    let rows = (0..records).map(|_| COLUMNS.iter().map(|column| code(column.0)).collect());
    let (records, columns) = tally(rows);
    let (mut domains, mut codes, mut hierarchies) = (vec![], vec![], vec![]);
    for (column, (values, (_, widths))) in columns.iter().zip(COLUMNS).enumerate() {
        let cells = values.iter().map(|value| Some(format!("{value:03}"))).collect();
        let (domain, code) = Domain::sorted(format!("c{column}"), cells);
        let spec = HierarchySpec::Interval { widths: widths.to_vec(), origin: 0.0, bottom: None, top: None };
        hierarchies.push(Hierarchy::build(&spec, None, &domain, UnknownValues::Error).expect("valid by construction"));
        domains.push(domain);
        codes.push(code);
    }
    // The sensitive value goes with the place in the table, so that neighbours differ.
    let cells = (0..records.len()).map(|row| Some((row * 7 % 11 / 2).to_string())).collect();
    let (domain, code) = Domain::sorted("s", cells);
    let sensitive = vec![Sensitive { domain, codes: code }];
    let table = EquivalenceTable {
        domains,
        codes,
        sensitive,
        subjects: records.clone(),
        records,
        ..EquivalenceTable::default()
    };
    (table, hierarchies)
}

#[divan::bench(args = [0, 1, 2], sample_count = 5)]
fn adult_30162_records_case(bencher: Bencher, number: usize) {
    let Some(case) = adult(number) else { return };
    bencher.bench(|| case.run());
}

#[divan::bench(args = [10_000, 100_000, 1_000_000], sample_count = 1, sample_size = 1)]
fn six_columns_k5_records(bencher: Bencher, records: usize) {
    let (table, hierarchies) = made_up(records);
    bencher
        .counter(divan::counter::ItemsCount::new(table.combinations()))
        .bench(|| recode(black_box(&table), &hierarchies, &Goal::new(5, 0.0), &[]));
}

#[divan::bench(args = [10_000, 100_000, 1_000_000], sample_count = 1, sample_size = 1)]
fn six_columns_k5_equal_t_records(bencher: Bencher, records: usize) {
    let (table, hierarchies) = made_up(records);
    let models: Vec<Box<dyn PrivacyModel>> = vec![Box::new(TCloseness::equal(0, 0.3, &table.distribution(0), false))];
    let goal = Goal { models: &models, ..Goal::new(5, 0.0) };
    bencher
        .counter(divan::counter::ItemsCount::new(table.combinations()))
        .bench(|| recode(black_box(&table), &hierarchies, &goal, &[]));
}

/// So many distinct combinations; with `pairs` everybody has records of two of them.
fn distinct(combinations: usize, pairs: bool) -> (EquivalenceTable, Vec<Hierarchy>) {
    let (mut table, hierarchies) = made_up(combinations * 2);
    table.codes.iter_mut().for_each(|codes| codes.truncate(combinations));
    table.sensitive[0].codes.truncate(combinations);
    table.records.truncate(combinations);
    table.subjects.truncate(combinations);
    assert_eq!(table.combinations(), combinations);
    if pairs {
        let half = combinations / 2;
        table.subjects.iter_mut().for_each(|subjects| *subjects -= 1);
        for row in 0..half {
            table.spread.members.extend([row as u32, (half + row * 7919 % half) as u32]);
            table.spread.starts.push(table.spread.members.len());
            table.spread.subjects.push(1);
        }
    }
    (table, hierarchies)
}

/// Only classes of much of the table come so close to it.
#[divan::bench(args = [2_000, 4_000, 8_000, 16_000], consts = [false, true], sample_count = 3, sample_size = 1)]
fn large_classes_combinations<const PAIRS: bool>(bencher: Bencher, combinations: usize) {
    let (table, hierarchies) = distinct(combinations, PAIRS);
    let whole = table.distribution(0);
    let models: Vec<Box<dyn PrivacyModel>> = vec![Box::new(TCloseness::equal(0, 0.002, &whole, PAIRS))];
    let goal = Goal { models: &models, ..Goal::new(5, 0.0) };
    bencher
        .counter(divan::counter::ItemsCount::new(combinations))
        .bench(|| recode(black_box(&table), &hierarchies, &goal, &[]));
}
