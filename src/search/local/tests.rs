mod every_model;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rand::rngs::ChaCha20Rng;
use rand::{RngExt, SeedableRng};

use super::*;
use crate::privacy::{AlphaK, AverageRisk, DistinctLDiversity, EntropyLDiversity, KMap, TCloseness, TableModel};
use crate::spec::{EntropyEstimator, HierarchySpec, Period, UnknownValues};
use crate::table::{Domain, Footprints, Sensitive};

/// One record: the subject, the quasi values and the sensitive one; 0 is null.
#[derive(Debug, Clone)]
struct Record {
    subject: u16,
    quasi: Vec<u8>,
    sensitive: u8,
}

/// A table tallied the plain way, its hierarchies, and the combination of each record.
struct Tally {
    table: EquivalenceTable,
    hierarchies: Vec<Hierarchy>,
    row_of: Vec<usize>,
}

/// Null, small numbers, or days.
fn value(kind: usize, code: u8) -> Option<String> {
    let day = |code: u8| format!("20{:02}-{:02}-01", 10 + code / 4, 1 + 3 * (code % 4));
    (code > 0).then(|| if kind == 2 { day(code) } else { (4 + 3 * i32::from(code)).to_string() })
}

fn specs() -> Vec<HierarchySpec> {
    let bands = |bottom, top| HierarchySpec::Interval { widths: vec![5.0, 20.0], origin: 0.0, bottom, top };
    let dates = HierarchySpec::Date { periods: vec![Period::Quarter, Period::Years(1), Period::Years(10)] };
    vec![bands(None, None), bands(Some(9.0), Some(25.0)), dates, HierarchySpec::Suppress]
}

fn tally(records: &[Record], kinds: &[usize]) -> Tally {
    let key = |record: &Record| (record.quasi.clone(), record.sensitive);
    let keys: BTreeSet<_> = records.iter().map(key).collect();
    let keys: Vec<_> = keys.into_iter().collect();
    let row_of: Vec<usize> = records.iter().map(|record| keys.binary_search(&key(record)).unwrap()).collect();
    let (mut counts, mut footprints) = (vec![0; keys.len()], BTreeMap::<u16, BTreeSet<u32>>::new());
    for (record, &row) in records.iter().zip(&row_of) {
        counts[row] += 1;
        footprints.entry(record.subject).or_default().insert(row as u32);
    }
    let (mut subjects, mut sets) = (vec![0; keys.len()], BTreeMap::<Vec<u32>, u64>::new());
    for footprint in footprints.into_values() {
        let members: Vec<u32> = footprint.into_iter().collect();
        match members[..] {
            [one] => subjects[one as usize] += 1,
            _ => *sets.entry(members).or_default() += 1,
        }
    }
    let mut spread = Footprints::default();
    for (members, number) in sets {
        spread.members.extend(members);
        spread.starts.push(spread.members.len());
        spread.subjects.push(number);
    }
    let (mut domains, mut codes) = (vec![], vec![]);
    for (column, &kind) in kinds.iter().enumerate() {
        let (domain, code) =
            Domain::sorted(format!("c{column}"), keys.iter().map(|k| value(kind, k.0[column])).collect());
        domains.push(domain);
        codes.push(code);
    }
    let (domain, code) = Domain::sorted("s", keys.iter().map(|k| value(3, k.1)).collect());
    let build = |(&kind, domain): (&usize, &Domain)| {
        Hierarchy::build(&specs()[kind], None, domain, UnknownValues::Error).unwrap()
    };
    let hierarchies = kinds.iter().zip(&domains).map(build).collect();
    let sensitive = vec![Sensitive { domain, codes: code }];
    let table = EquivalenceTable {
        domains,
        codes,
        sensitive,
        records: counts,
        subjects,
        spread,
        ..EquivalenceTable::default()
    };
    Tally { table, hierarchies, row_of }
}

/// Records of few or of many values, with subjects of one or of several records.
fn records(columns: usize) -> impl Strategy<Value = Vec<Record>> {
    let record = (0_u16..60, prop::collection::vec(0_u8..12, columns), 0_u8..5);
    (prop::collection::vec(record, 1..120), any::<bool>(), 2_u8..12).prop_map(|(records, alone, values)| {
        let record = |(at, (subject, quasi, sensitive)): (usize, (u16, Vec<u8>, u8))| Record {
            subject: if alone { at as u16 } else { subject },
            quasi: quasi.into_iter().map(|code| code % values).collect(),
            sensitive,
        };
        records.into_iter().enumerate().map(record).collect()
    })
}

/// The released classes by their texts, with their records.
fn classes<'a>(tally: &Tally, recoding: &LocalRecoding, records: &'a [Record]) -> Vec<Vec<&'a Record>> {
    let mut classes: BTreeMap<Vec<Option<String>>, Vec<&Record>> = BTreeMap::new();
    for (record, &row) in records.iter().zip(&tally.row_of).filter(|(_, row)| !recoding.suppressed[**row]) {
        let text = |column: &crate::table::LocalColumn| column.labels[column.label_of[row] as usize].clone();
        classes.entry(recoding.columns.iter().map(text).collect()).or_default().push(record);
    }
    classes.into_values().collect()
}

fn subjects(class: &[&Record]) -> usize {
    class.iter().map(|record| record.subject).collect::<BTreeSet<_>>().len()
}

/// Distinct subjects per sensitive value.
fn histogram(class: &[&Record]) -> BTreeMap<u8, f64> {
    let pairs: BTreeSet<(u8, u16)> = class.iter().map(|record| (record.sensitive, record.subject)).collect();
    let mut counts = BTreeMap::new();
    pairs.iter().for_each(|pair| *counts.entry(pair.0).or_default() += 1.0);
    counts
}

/// Labels are true and say how many values they stand for; equal quasi values have equal labels.
fn check_labels(tally: &Tally, recoding: &LocalRecoding, records: &[Record]) {
    let mut seen: BTreeMap<&[u8], (Vec<u32>, bool)> = BTreeMap::new();
    for (record, &row) in records.iter().zip(&tally.row_of) {
        let labels: Vec<u32> = recoding.columns.iter().map(|column| column.label_of[row]).collect();
        let known = seen.entry(&record.quasi).or_insert((labels.clone(), recoding.suppressed[row]));
        assert_eq!(*known, (labels, recoding.suppressed[row]), "one row by its quasi values alone");
    }
    for (at, (column, hierarchy)) in recoding.columns.iter().zip(&tally.hierarchies).enumerate() {
        let distinct: BTreeSet<_> = column.labels.iter().collect();
        assert_eq!(distinct.len(), column.labels.len(), "labels are distinct");
        for (row, &label) in column.label_of.iter().enumerate() {
            let (code, size) = (tally.table.codes[at][row], column.sizes[label as usize]);
            let text = column.labels[label as usize].as_deref();
            let values = tally.table.domains[at].values();
            let covered = match text.and_then(|text| text.strip_prefix('[')?.strip_suffix(']')) {
                Some(range) => {
                    let (low, high) = range.split_once(", ").unwrap();
                    let within = |value: &str| match (value.parse::<f64>(), low.parse::<f64>(), high.parse::<f64>()) {
                        (Ok(value), Ok(low), Ok(high)) => low <= value && value <= high,
                        _ => low <= value && value <= high,
                    };
                    assert!(within(values[code as usize].as_deref().unwrap()), "{text:?} of {code}");
                    values.iter().flatten().filter(|value| within(value)).count() as u64
                }
                None => {
                    let levels = (0..hierarchy.levels.len()).filter(|&level| hierarchy.label(level, code) == text);
                    let under =
                        |level| (0..values.len() as u32).filter(|&code| hierarchy.label(level, code) == text).count();
                    levels.map(under).max().expect("a label of the hierarchy") as u64
                }
            };
            assert_eq!(size, covered, "{text:?}");
        }
    }
}

/// The Loss, record by record.
fn naive_loss(tally: &Tally, recoding: &LocalRecoding) -> f64 {
    let mut sum = 0.0;
    for (column, hierarchy) in recoding.columns.iter().zip(&tally.hierarchies) {
        for &row in &tally.row_of {
            let (m, d) = (column.sizes[column.label_of[row] as usize] as f64, hierarchy.domain_size as f64);
            sum += if d <= 1.0 {
                0.0
            } else if recoding.suppressed[row] {
                1.0
            } else {
                (m - 1.0) / (d - 1.0)
            };
        }
    }
    sum / (tally.row_of.len() * recoding.columns.len()) as f64
}

/// Recodes, checks what every recoding must keep, and gives the classes; `None` if nothing was found.
fn check<'a>(tally: &Tally, records: &'a [Record], goal: &Goal, ranges: &[bool]) -> Option<Vec<Vec<&'a Record>>> {
    let LocalOutcome::Found(found) = recode(&tally.table, &tally.hierarchies, goal, ranges) else { return None };
    Some(check_found(tally, records, goal, &found))
}

fn check_found<'a>(tally: &Tally, records: &'a [Record], goal: &Goal, found: &LocalFound) -> Vec<Vec<&'a Record>> {
    check_labels(tally, &found.recoding, records);
    let classes = classes(tally, &found.recoding, records);
    assert_eq!(found.classes, classes.len() as u64);
    assert_eq!(found.smallest_class, classes.iter().map(|class| subjects(class) as u64).min());
    assert!(classes.iter().all(|class| subjects(class) as u64 >= goal.k));
    let released: usize = classes.iter().map(Vec::len).sum();
    assert_eq!(found.suppressed_records, (records.len() - released) as u64);
    assert!(found.suppressed_records <= suppressible(goal.suppression_limit, records.len() as u64));
    assert!((found.loss - naive_loss(tally, &found.recoding)).abs() < 1e-9);
    classes
}

proptest! {
    #[test]
    fn every_class_has_k_distinct_subjects(
        records in records(3), k in 1_u64..6, limit in prop::sample::select(vec![0.0, 0.1, 1.0]), ranges in any::<[bool; 3]>(),
    ) {
        let tally = tally(&records, &[0, 1, 2]);
        let all = records.iter().map(|record| record.subject).collect::<BTreeSet<_>>().len() as u64;
        let found = check(&tally, &records, &Goal::new(k, limit), &ranges);
        prop_assert_eq!(found.is_some(), all >= k || limit == 1.0);
    }

    #[test]
    fn every_class_has_l_distinct_values(records in records(2), k in 1_u64..4, l in 1_u64..5, kinds in any::<[bool; 2]>()) {
        let tally = tally(&records, &kinds.map(usize::from));
        let models: Vec<Box<dyn PrivacyModel>> = vec![Box::new(DistinctLDiversity { sensitive: 0, l })];
        let goal = Goal { models: &models, ..Goal::new(k, 0.0) };
        let all: Vec<&Record> = records.iter().collect();
        let found = check(&tally, &records, &goal, &[]);
        prop_assert_eq!(found.is_some(), subjects(&all) as u64 >= k && histogram(&all).len() as u64 >= l);
        for class in found.unwrap_or_default() {
            prop_assert!(histogram(&class).len() as u64 >= l);
        }
    }

    #[test]
    fn every_class_is_close_to_the_whole(
        records in records(2), k in 1_u64..5, t in prop::sample::select(vec![0.05, 0.2, 0.5]), limit in prop::sample::select(vec![0.0, 0.1]),
    ) {
        let tally = tally(&records, &[0, 3]);
        let whole = tally.table.distribution(0);
        let spread = !tally.table.spread.is_empty();
        let models: Vec<Box<dyn PrivacyModel>> = vec![Box::new(TCloseness::equal(0, t, &whole, spread))];
        let goal = Goal { models: &models, ..Goal::new(k, limit) };
        let all: Vec<&Record> = records.iter().collect();
        let found = check(&tally, &records, &goal, &[]);
        if subjects(&all) as u64 >= k {
            prop_assert!(found.is_some(), "all records together are the whole");
        }
        let whole = histogram(&all);
        let share = |counts: &BTreeMap<u8, f64>, value| counts.get(value).copied().unwrap_or(0.0) / counts.values().sum::<f64>();
        for class in found.unwrap_or_default() {
            let here = histogram(&class);
            let distance: f64 = whole.keys().map(|value| (share(&here, value) - share(&whole, value)).abs() / 2.0).sum();
            prop_assert!(distance <= t + 1e-9);
        }
    }

    #[test]
    fn every_class_keeps_several_models(records in records(2), limit in prop::sample::select(vec![0.0, 0.3])) {
        let tally = tally(&records, &[2, 0]);
        let spread = !tally.table.spread.is_empty();
        let (alpha, l) = (0.6, 1.5);
        let models: Vec<Box<dyn PrivacyModel>> = vec![
            Box::new(AlphaK::new(0, alpha, spread)),
            Box::new(EntropyLDiversity::new(0, l, EntropyEstimator::Shannon, spread)),
        ];
        let goal = Goal { models: &models, ..Goal::new(2, limit) };
        for class in check(&tally, &records, &goal, &[true, true]).unwrap_or_default() {
            let counts = histogram(&class);
            let all: f64 = counts.values().sum();
            let entropy: f64 = counts.values().map(|n| -(n / all) * (n / all).ln()).sum();
            prop_assert!(entropy.exp() >= l - 1e-9);
            prop_assert!(counts.values().all(|n| n / subjects(&class) as f64 <= alpha + 1e-9));
        }
    }

    #[test]
    fn classes_together_keep_a_model_of_the_table(records in records(2), limit in 0.05_f64..0.5) {
        let tally = tally(&records, &[0, 1]);
        let table_models: Vec<Box<dyn TableModel>> = vec![Box::new(AverageRisk::new(limit))];
        let goal = Goal { table_models: &table_models, ..Goal::new(2, 0.0) };
        if let Some(classes) = check(&tally, &records, &goal, &[]) {
            let members: usize = classes.iter().map(|class| subjects(class)).sum();
            prop_assert!(classes.len() as f64 / members as f64 <= limit + 1e-9);
        }
    }

    #[test]
    fn strict_models_hold_against_what_is_released(records in records(2), t in prop::sample::select(vec![0.1, 0.3])) {
        let tally = tally(&records, &[0, 3]);
        let spread = !tally.table.spread.is_empty();
        let models: Vec<Box<dyn PrivacyModel>> = vec![Box::new(TCloseness::equal(0, t, &tally.table.distribution(0), spread))];
        let goal = Goal { models: &models, strict: true, ..Goal::new(2, 0.2) };
        let classes = check(&tally, &records, &goal, &[]).unwrap_or_default();
        let released: Vec<&Record> = classes.iter().flatten().copied().collect();
        let whole = histogram(&released);
        let share = |counts: &BTreeMap<u8, f64>, value| counts.get(value).copied().unwrap_or(0.0) / counts.values().sum::<f64>();
        for class in classes {
            let here = histogram(&class);
            let distance: f64 = whole.keys().map(|value| (share(&here, value) - share(&whole, value)).abs() / 2.0).sum();
            prop_assert!(distance <= t + 1e-9);
        }
    }
}

/// Records as they are drawn, skewed to low values, each of a subject of its own.
fn made_up(records: usize, columns: usize) -> Vec<Record> {
    let mut random = ChaCha20Rng::seed_from_u64(7);
    let mut code = |most: f64| (random.random::<f64>().powi(2) * most) as u8;
    let record = |subject| Record { subject, quasi: (0..columns).map(|_| code(12.0)).collect(), sensitive: code(5.0) };
    (0..records as u16).map(record).collect()
}

#[test]
fn threads_change_nothing() {
    let records = made_up(20_000, 5);
    let tally = tally(&records, &[0, 1, 2, 3, 0]);
    assert!(tally.table.combinations() > 8_000);
    let whole = tally.table.distribution(0);
    let close: Vec<Box<dyn PrivacyModel>> = vec![Box::new(TCloseness::equal(0, 0.2, &whole, false))];
    let diverse: Vec<Box<dyn PrivacyModel>> = vec![Box::new(DistinctLDiversity { sensitive: 0, l: 2 })];
    for (models, limit) in [(&[][..], 0.0), (&close, 0.02), (&diverse, 0.0)] {
        let goal = Goal { models, ..Goal::new(5, limit) };
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| recode(&tally.table, &tally.hierarchies, &goal, &[true]))
        };
        let one = run(1);
        assert!(matches!(one, LocalOutcome::Found(_)));
        assert!(one == run(2), "one thread and two");
    }
}

#[test]
fn better_than_whole_columns() {
    let records = made_up(3_000, 4);
    let tally = tally(&records, &[0, 1, 2, 0]);
    let goal = Goal::new(5, 0.0);
    let LocalOutcome::Found(local) = recode(&tally.table, &tally.hierarchies, &goal, &[]) else { panic!("found") };
    let crate::search::Outcome::Found(global) = crate::search::optimal(&tally.table, &tally.hierarchies, &goal) else {
        panic!("found")
    };
    assert!(local.loss < 0.6 * global.loss, "{} against {}", local.loss, global.loss);
    let LocalOutcome::Found(ranges) = recode(&tally.table, &tally.hierarchies, &goal, &[true; 4]) else {
        panic!("found")
    };
    assert!(ranges.loss < local.loss, "{} against {}", ranges.loss, local.loss);
}

#[test]
fn levels_that_may_not_be_released_are_not() {
    let records = made_up(500, 2);
    let tally = tally(&records, &[0, 2]);
    let top = tally.hierarchies[1].top();
    let levels = vec![vec![1, 3], vec![0, top]];
    let goal = Goal { levels: &levels, ..Goal::new(3, 0.0) };
    let LocalOutcome::Found(found) = recode(&tally.table, &tally.hierarchies, &goal, &[true, true]) else {
        panic!("found")
    };
    for (row, _) in tally.table.records.iter().enumerate() {
        for (column, levels) in levels.iter().enumerate() {
            let text =
                found.recoding.columns[column].labels[found.recoding.columns[column].label_of[row] as usize].as_deref();
            let code = tally.table.codes[column][row];
            assert!(levels.iter().any(|&level| tally.hierarchies[column].label(level, code) == text));
        }
    }
    // Without `*`, values of two bands cannot be in one class.
    let levels = vec![vec![1], vec![top]];
    let goal = Goal { levels: &levels, ..Goal::new(400, 0.0) };
    let outcome = recode(&tally.table, &tally.hierarchies, &goal, &[]);
    assert_eq!(outcome, LocalOutcome::Unreachable(LocalUnreachable { unmet: vec![] }));
}

#[test]
fn what_no_class_takes_is_withheld_or_named() {
    let mut records = made_up(100, 2);
    records.iter_mut().for_each(|record| record.sensitive = 1);
    let tally = tally(&records, &[0, 1]);
    let models: Vec<Box<dyn PrivacyModel>> = vec![Box::new(DistinctLDiversity { sensitive: 0, l: 2 })];
    let goal = |limit| Goal { models: &models, ..Goal::new(5, limit) };
    let outcome = recode(&tally.table, &tally.hierarchies, &goal(0.99), &[]);
    let unmet = vec!["distinct_l_diversity"];
    assert_eq!(outcome, LocalOutcome::Unreachable(LocalUnreachable { unmet }));
    let LocalOutcome::Found(found) = recode(&tally.table, &tally.hierarchies, &goal(1.0), &[]) else { panic!("found") };
    assert_eq!((found.suppressed_records, found.classes, found.smallest_class), (100, 0, None));
}

#[test]
fn people_of_the_population_are_counted_where_a_model_asks() {
    let records = made_up(200, 2);
    let mut tally = tally(&records, &[0, 1]);
    tally.table.population = tally.table.records.iter().map(|n| n * 3).collect();
    let models: Vec<Box<dyn PrivacyModel>> = vec![Box::new(KMap::counted(30))];
    let goal = Goal { models: &models, ..Goal::new(1, 0.0) };
    let found = check(&tally, &records, &goal, &[]).unwrap();
    assert!(found.iter().all(|class| class.len() >= 10));
    assert!(found.len() > 3);
}

#[test]
fn an_empty_table_releases_nothing() {
    let tally = tally(&[], &[0, 1]);
    let LocalOutcome::Found(found) = recode(&tally.table, &tally.hierarchies, &Goal::new(5, 0.0), &[]) else {
        panic!("found")
    };
    assert_eq!((found.classes, found.loss), (0, 0.0));
}
