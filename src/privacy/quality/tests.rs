//! Every metric against its definition over single records.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::spec::{HierarchySpec, UnknownValues};
use crate::table::{Domain, Sensitive};

/// What the second column's hierarchy knows; the data may have `z` too, and need not have all of these.
const KNOWN: [&str; 5] = ["a", "b", "c", "d", "e"];
const TABLE: &str = "a;x\nb;x\nc;y\nd;y\ne;y\n";

/// One record: a number, a letter, a sensitive value, and whether its combination may be withheld.
type Record = (u32, &'static str, u32);

fn records() -> impl Strategy<Value = Vec<Record>> {
    let letters = prop::sample::select(vec!["a", "b", "c", "d", "z"]);
    prop::collection::vec((0_u32..9, letters, 0_u32..3), 1..40)
}

/// The table of some records, each counted `n` times.
fn table(records: &[Record], n: u64) -> (EquivalenceTable, Vec<Hierarchy>) {
    let keys: BTreeSet<Record> = records.iter().copied().collect();
    let numbers = Domain::sorted("number", keys.iter().map(|key| Some(key.0.to_string())).collect());
    let letters = Domain::sorted("letter", keys.iter().map(|key| Some(key.1.to_string())).collect());
    let (domain, codes) = Domain::sorted("sensitive", keys.iter().map(|key| Some(key.2.to_string())).collect());
    let count = |key: &Record| records.iter().filter(|record| *record == key).count() as u64 * n;
    let counts: Vec<u64> = keys.iter().map(count).collect();
    let thirds = HierarchySpec::Interval { widths: vec![3.0], origin: 0.0, bottom: None, top: None };
    let known = HierarchySpec::Table { path: PathBuf::new() };
    let hierarchies = vec![
        Hierarchy::build(&thirds, None, &numbers.0, UnknownValues::Error).unwrap(),
        Hierarchy::build(&known, Some(TABLE), &letters.0, UnknownValues::Suppress).unwrap(),
    ];
    let table = EquivalenceTable {
        domains: vec![numbers.0, letters.0],
        codes: vec![numbers.1, letters.1],
        sensitive: vec![Sensitive { domain, codes }],
        records: counts.clone(),
        subjects: counts,
        ..EquivalenceTable::default()
    };
    (table, hierarchies)
}

/// Withholds classes with fewer than `k` records.
fn recoding(table: &EquivalenceTable, hierarchies: &[Hierarchy], levels: [usize; 2], k: u64) -> Recoding {
    let classes = table.classes(hierarchies, &levels);
    let small = |&class: &u32| classes.records[class as usize] < k;
    Recoding { levels: levels.to_vec(), suppressed: classes.class_of.iter().map(small).collect() }
}

/// The values that a record's label stands for, before anything is withheld.
fn stands_for(records: &[Record], record: &Record, column: usize, level: usize) -> BTreeSet<String> {
    let numbers = || records.iter().map(|record| record.0);
    let text = |values: &mut dyn Iterator<Item = u32>| values.map(|n| n.to_string()).collect();
    let known = |letters: &[&str]| letters.iter().map(|letter| letter.to_string()).collect();
    match (column, level, record.1) {
        (0, 0, _) => text(&mut [record.0].into_iter()),
        (0, 1, _) => text(&mut numbers().filter(|n| n / 3 == record.0 / 3)),
        (0, ..) => text(&mut numbers()),
        (_, 2, _) | (.., "z") => known(&KNOWN),
        (_, 0, letter) => known(&[letter]),
        (.., "a" | "b") => known(&["a", "b"]),
        _ => known(&["c", "d", "e"]),
    }
}

fn value(record: &Record, column: usize) -> String {
    if column == 0 { record.0.to_string() } else { record.1.to_string() }
}

/// What is counted of one column, by the definitions.
fn column_by_records(records: &[Record], withheld: &[bool], column: usize, level: usize) -> [f64; 6] {
    let n = records.len() as f64;
    let whole = stands_for(records, &records[0], column, 2);
    let d = whole.len() as f64;
    let label = |at: usize| stands_for(records, &records[at], column, level);
    let shown = |at: usize| if withheld[at] { whole.clone() } else { label(at) };
    let all = || 0..records.len();
    let loss = |at| if d > 1.0 { (shown(at).len() as f64 - 1.0) / (d - 1.0) } else { 0.0 };
    let climbed = |at: usize| if withheld[at] { 1.0 } else { level as f64 / 2.0 };

    // A stranger is `*` on every level, and `*` at level 2 is all.
    let same_label = |a: usize, b: usize| {
        let stranger = |at: usize| column == 1 && level < 2 && records[at].1 == "z";
        label(a) == label(b) && stranger(a) == stranger(b)
    };
    let same_value = |a: usize, b: usize| value(&records[a], column) == value(&records[b], column);
    let count = |of: &dyn Fn(usize) -> bool| all().filter(|&at| of(at)).count() as f64;
    let generalizing = |at| -(count(&|b| same_value(at, b)) / count(&|b| same_label(at, b))).log2();
    let taken = count(&|at| withheld[at]);
    let withholding = |at| -(count(&|b| withheld[b] && same_label(at, b)) / taken).log2();
    let lost = all().map(generalizing).sum::<f64>() + all().filter(|&at| withheld[at]).map(withholding).sum::<f64>();
    let has: f64 = all().map(|at| -(count(&|b| same_value(at, b)) / n).log2()).sum();

    let mut moved: BTreeMap<String, f64> = BTreeMap::new();
    for at in all() {
        *moved.entry(value(&records[at], column)).or_default() += 1.0 / n;
        if !withheld[at] {
            for value in label(at) {
                *moved.entry(value).or_default() -= 1.0 / (n - taken) / label(at).len() as f64;
            }
        }
    }
    let distance = if taken == n { 1.0 } else { moved.values().map(|x| x.abs()).sum::<f64>() / 2.0 };
    let mean = |of: &dyn Fn(usize) -> f64| all().map(of).sum::<f64>() / n;
    [
        mean(&loss),
        mean(&climbed),
        lost,
        if has > 1e-9 { lost / has } else { 0.0 },
        mean(&|at| shown(at).len() as f64 / d),
        distance,
    ]
}

fn near(found: f64, expected: f64) -> bool {
    (found - expected).abs() < 1e-9 * expected.abs().max(1.0)
}

proptest! {
    #[test]
    fn metrics_are_their_definitions(
        records in records(), first in 0_usize..3, second in 0_usize..3, k in 1_u64..8, weight in 1_u32..5,
    ) {
        let (table, hierarchies) = table(&records, 1);
        let recoding = recoding(&table, &hierarchies, [first, second], k);
        let levels = [first, second];
        let weights = [f64::from(weight), 2.0];
        let found = quality(&table, &hierarchies, &recoding, &weights);
        let n = records.len() as f64;

        let labels = |at: usize| {
            let stranger = second < 2 && records[at].1 == "z";
            (stands_for(&records, &records[at], 0, first), stands_for(&records, &records[at], 1, second), stranger)
        };
        let alike = |at: usize| (0..records.len()).filter(|&b| labels(b) == labels(at)).collect::<Vec<_>>();
        let withheld: Vec<bool> = (0..records.len()).map(|at| (alike(at).len() as u64) < k).collect();
        let columns: Vec<[f64; 6]> = (0..2).map(|c| column_by_records(&records, &withheld, c, levels[c])).collect();
        for (column, expected) in found.columns.iter().zip(&columns) {
            let found = [column.loss, column.precision_loss, column.entropy_bits, column.entropy_share,
                column.shown_share, column.distance];
            for (found, expected) in found.iter().zip(expected) {
                prop_assert!(near(*found, *expected), "{}: {found:?}, by records {expected:?}", column.column);
            }
        }
        let mean = |of: usize| {
            (weights[0] * columns[0][of] + weights[1] * columns[1][of]) / (weights[0] + weights[1])
        };
        prop_assert!(near(found.loss, mean(0)));
        prop_assert!(near(found.precision_loss, mean(1)));
        prop_assert!(near(found.entropy_bits, columns[0][2] + columns[1][2]));
        prop_assert!(near(found.entropy_share, mean(3)));
        let product = (1.0 + columns[0][0]).powf(weights[0]) * (1.0 + columns[1][0]).powf(weights[1]);
        prop_assert!(near(found.loss_geometric, product.powf(1.0 / (weights[0] + weights[1])) - 1.0));
        let sizes: Vec<f64> = hierarchies.iter().map(|hierarchy| hierarchy.domain_size as f64).collect();
        let least = (weights[0] / sizes[0] + weights[1] / sizes[1]) / (weights[0] + weights[1]);
        prop_assert!(near(found.granularity, 1.0 - (mean(4) - least) / (1.0 - least)));

        let all = || 0..records.len();
        let dm: f64 = all().map(|at| if withheld[at] { n } else { alike(at).len() as f64 }).sum();
        prop_assert_eq!(found.discernibility, dm);
        prop_assert_eq!(found.discernibility_of_classes, all().map(|at| alike(at).len() as f64).sum::<f64>());
        let kept: BTreeSet<_> = all().filter(|&at| !withheld[at]).map(labels).collect();
        let classes = kept.len() + usize::from(withheld.contains(&true));
        prop_assert!(near(found.average_class_size, n / classes as f64));
        let cells = |at: usize| match withheld[at] {
            true => sizes[0] * sizes[1],
            false => labels(at).0.len() as f64 * labels(at).1.len() as f64,
        };
        prop_assert!(near(found.ambiguity, all().map(cells).sum()));
        let same = |at: usize| all().filter(|&b| (records[b].0, records[b].1) == (records[at].0, records[at].1)).count() as f64;
        let taken = withheld.iter().filter(|withheld| **withheld).count() as f64;
        let term = |at: usize| {
            let class = if withheld[at] { taken } else { alike(at).len() as f64 };
            (same(at) / n / (class / n / cells(at))).log2() / n
        };
        prop_assert!(near(found.divergence_bits, all().map(term).sum()), "{}", found.divergence_bits);
        let value = |at: usize, of: u32| alike(at).iter().filter(|&&b| records[b].2 == of).count();
        let wrong = |at: usize| match withheld[at] {
            true => 1.0,
            false => 1.0 - (0..3).map(|of| value(at, of)).max().unwrap() as f64 / alike(at).len() as f64,
        };
        prop_assert!(near(found.classification[0].penalty, all().map(wrong).sum::<f64>() / n));

        let equal = quality(&table, &hierarchies, &recoding, &[]);
        let plain = loss(&table, &hierarchies, &recoding);
        prop_assert_eq!(equal.loss, plain.total, "to the last bit");
        prop_assert_eq!(equal.columns.iter().map(|column| column.loss).collect::<Vec<_>>(), plain.columns);
    }

    /// N copies of every record, and what adds up over records.
    #[test]
    fn copies_cost_the_same_share(
        records in records(), first in 0_usize..3, second in 0_usize..3, k in 1_u64..8, n in 1_u64..=1_000_000,
    ) {
        let ((one, hierarchies), (many, _)) = (table(&records, 1), table(&records, n));
        let recoding = recoding(&one, &hierarchies, [first, second], k);
        let (once, copied) =
            (quality(&one, &hierarchies, &recoding, &[]), quality(&many, &hierarchies, &recoding, &[]));
        let n = n as f64;
        prop_assert_eq!((once.loss, once.loss_geometric), (copied.loss, copied.loss_geometric));
        prop_assert_eq!((once.precision_loss, once.granularity), (copied.precision_loss, copied.granularity));
        prop_assert_eq!((once.divergence_bits, &once.classification), (copied.divergence_bits, &copied.classification));
        prop_assert!(near(once.entropy_share, copied.entropy_share) && near(once.entropy_bits * n, copied.entropy_bits));
        prop_assert!(near(once.ambiguity * n, copied.ambiguity));
        prop_assert!(near(once.average_class_size * n, copied.average_class_size));
        prop_assert!(near(once.discernibility * n * n, copied.discernibility));
        prop_assert!(near(once.discernibility_of_classes * n * n, copied.discernibility_of_classes));
    }

    #[test]
    fn nothing_is_lost_at_first_and_all_at_last(records in records()) {
        let records: Vec<Record> = records.into_iter().filter(|record| record.1 != "z").collect();
        prop_assume!(!records.is_empty());
        let (table, hierarchies) = table(&records, 1);
        let n = records.len() as f64;
        let finest = quality(&table, &hierarchies, &recoding(&table, &hierarchies, [0, 0], 0), &[]);
        prop_assert_eq!((finest.loss, finest.loss_geometric, finest.precision_loss), (0.0, 0.0, 0.0));
        prop_assert_eq!((finest.entropy_bits, finest.entropy_share, finest.granularity), (0.0, 0.0, 1.0));
        prop_assert_eq!((finest.ambiguity, finest.divergence_bits), (n, 0.0));
        prop_assert!(finest.columns.iter().all(|column| column.distance < 1e-12));
        for withheld in [false, true] {
            let levels = if withheld { [0, 0] } else { [2, 2] };
            let k = if withheld { u64::MAX } else { 0 };
            let coarsest = quality(&table, &hierarchies, &recoding(&table, &hierarchies, levels, k), &[]);
            let one = |column: usize| f64::from(u8::from(table.domains[column].len() > 1));
            // A letter could have been another one even where all are alike; a number not.
            prop_assert_eq!(coarsest.columns.iter().map(|c| c.loss).collect::<Vec<_>>(), [one(0), 1.0]);
            prop_assert!(near(coarsest.columns[0].entropy_share, one(0)));
            prop_assert!(near(coarsest.columns[1].entropy_share, one(1)));
            prop_assert_eq!((coarsest.precision_loss, coarsest.average_class_size), (1.0, n));
            prop_assert!(coarsest.granularity.abs() < 1e-12);
            prop_assert_eq!(coarsest.discernibility, n * n);
        }
    }
}

#[test]
fn a_table_without_records_loses_nothing() {
    let (table, hierarchies) = table(&[(1, "a", 0), (2, "b", 0)], 0);
    for k in [0, 5] {
        let recoding = recoding(&table, &hierarchies, [1, 1], k);
        let found = quality(&table, &hierarchies, &recoding, &[]);
        assert_eq!((found.loss, found.loss_geometric, found.precision_loss, found.granularity), (0.0, 0.0, 0.0, 1.0));
        assert_eq!((found.entropy_bits, found.entropy_share, found.divergence_bits), (0.0, 0.0, 0.0));
        assert_eq!((found.average_class_size, found.ambiguity, found.discernibility), (0.0, 0.0, 0.0));
        assert!(found.columns.iter().all(|column| column.distance == 0.0));
    }
}

#[test]
fn a_report_can_carry_it() {
    let (table, hierarchies) = table(&[(1, "a", 0), (2, "b", 1), (5, "c", 1)], 7);
    let found = quality(&table, &hierarchies, &recoding(&table, &hierarchies, [1, 1], 8), &[]);
    let text = serde_json::to_string(&found).unwrap();
    let read: Quality = serde_json::from_str(&text).unwrap();
    // Numbers are read to the last bit but one.
    assert!(near(read.divergence_bits, found.divergence_bits) && near(read.columns[1].loss, found.columns[1].loss));
    assert_eq!(read.classification[0].column, "sensitive");
    let schema = schemars::schema_for!(Quality);
    assert!(schema.to_value()["properties"]["divergence_bits"]["description"].is_string());
}
