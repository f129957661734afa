mod alternatives;
mod made_up;
mod mixtures;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::privacy::{loss, suppressible};
use crate::spec::{HierarchySpec, UnknownValues};
use crate::table::Domain;
use made_up::{Record, specs, tally};

/// Every choice of levels.
fn nodes(hierarchies: &[Hierarchy]) -> Vec<Vec<usize>> {
    hierarchies.iter().fold(vec![vec![]], |nodes, h| {
        let longer = |node: Vec<usize>| (0..h.levels.len()).map(move |l| [&node[..], &[l]].concat());
        nodes.into_iter().flat_map(longer).collect()
    })
}

/// The released labels of a record.
type Labels = Vec<Option<String>>;

/// What the reference finds: loss, records withheld, levels.
type Best = (f64, u64, Vec<usize>);

/// Looks at every node and every record, in labels and floats, by nothing that the search uses.
fn brute_force(
    records: &[Record],
    hierarchies: &[Hierarchy],
    table: &EquivalenceTable,
    k: usize,
    limit: u64,
) -> Option<Best> {
    let mut best: Option<Best> = None;
    for levels in nodes(hierarchies) {
        let released = |row: &[u8]| -> Vec<(Option<String>, f64)> {
            (0..row.len())
                .map(|c| {
                    let text = (row[c] > 0).then(|| (9 + row[c]).to_string());
                    let code = table.domains[c].values().iter().position(|v| *v == text).unwrap();
                    let (h, level) = (&hierarchies[c], &hierarchies[c].levels[levels[c]]);
                    let label = h.label(levels[c], code as u32);
                    let shared = (0..table.domains[c].len()).filter(|&v| h.label(levels[c], v as u32) == label).count();
                    assert_eq!(level.sizes[level.label_of[code] as usize], shared as u64);
                    let most = table.domains[c].len() - 1;
                    (label.map(str::to_string), if most == 0 { 0.0 } else { (shared - 1) as f64 / most as f64 })
                })
                .collect()
        };
        let mut classes: BTreeMap<Labels, (BTreeSet<u8>, Vec<f64>)> = BTreeMap::new();
        for Record { subject, quasi: row, .. } in records {
            let (labels, losses): (Vec<_>, Vec<_>) = released(row).into_iter().unzip();
            let class = classes.entry(labels).or_default();
            class.0.insert(*subject);
            class.1.push(losses.iter().sum());
        }
        let whole: f64 = table.domains.iter().map(|d| if d.len() > 1 { 1.0 } else { 0.0 }).sum();
        let (mut loss, mut withheld) = (0.0, 0);
        for (subjects, losses) in classes.values() {
            let small = subjects.len() < k;
            withheld += if small { losses.len() as u64 } else { 0 };
            loss += if small { whole * losses.len() as f64 } else { losses.iter().sum() };
        }
        loss /= (records.len() * hierarchies.len()) as f64;
        if withheld > limit {
            continue;
        }
        let better = best.as_ref().is_none_or(|(l, w, _)| loss < l - 1e-9 || (loss < l + 1e-9 && withheld < *w));
        if better {
            best = Some((loss, withheld, levels));
        }
    }
    best
}

fn records(subjects: u8) -> impl Strategy<Value = Vec<Record>> {
    let row = (0_u8..10, 0_u8..6, 0_u8..3, 0_u8..4).prop_map(|(a, b, c, d)| vec![a, b, c, d]);
    let record = (0..subjects, row).prop_map(|(subject, quasi)| Record::new(subject, quasi));
    prop::collection::vec(record, 1..60)
}

fn check(records: &[Record], k: u64, share: f64) -> Result<(), TestCaseError> {
    let (table, hierarchies) = tally(records, &[], &specs());
    let limit = suppressible(share, records.len() as u64);
    let reference = brute_force(records, &hierarchies, &table, k as usize, limit);
    let goal = Goal::new(k, share);
    match (optimal(&table, &hierarchies, &goal), reference) {
        (Outcome::Found(found), Some((loss, withheld, _))) => {
            prop_assert!((found.loss - loss).abs() < 1e-9, "{} against {loss}", found.loss);
            prop_assert_eq!(found.suppressed_records, withheld);
            prop_assert!(found.smallest_class.is_none_or(|smallest| smallest >= k));
            prop_assert!(found.nodes_checked as u128 <= found.lattice_size);
            let mean = found.column_loss.iter().sum::<f64>() / 4.0;
            prop_assert_eq!(mean, found.loss);
        }
        (Outcome::Unreachable(stuck), None) => {
            let subjects: BTreeSet<u8> = records.iter().map(|r| r.subject).collect();
            prop_assert_eq!(stuck.best_k, subjects.len() as u64);
            let at_best = brute_force(records, &hierarchies, &table, stuck.best_k as usize, limit);
            prop_assert!(at_best.is_some(), "the best k is reached");
        }
        (outcome, reference) => prop_assert!(false, "{outcome:?} against {reference:?}"),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn equals_brute_force_with_spread_subjects_and_nulls(
        records in records(25), k in 1_u64..8, share in prop::sample::select(vec![0.0, 0.04, 0.1, 0.29, 0.5, 1.0]),
    ) {
        check(&records, k, share)?;
    }

    #[test]
    fn equals_brute_force_with_one_record_per_subject(
        records in records(1), k in 1_u64..8, share in prop::sample::select(vec![0.0, 0.04, 0.1, 0.29, 0.5, 1.0]),
    ) {
        let records: Vec<Record> = records.into_iter().enumerate().map(|(i, r)| Record { subject: i as u8, ..r }).collect();
        check(&records, k, share)?;
    }

    #[test]
    fn thread_counts_and_copies_change_nothing(records in records(40), k in 1_u64..6) {
        let (table, hierarchies) = tally(&records, &[], &specs());
        let goal = Goal::new(k, 0.1);
        let here = optimal(&table, &hierarchies, &goal);
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            prop_assert_eq!(&pool.install(|| optimal(&table, &hierarchies, &goal)), &here);
        }
        // Records a million times as many past 2^32, by weights; a limit of 1 makes the floor exact.
        let goal = Goal::new(k, 1.0);
        let mut copies = table.clone();
        copies.records.iter_mut().for_each(|n| *n *= 1 << 40);
        let (Outcome::Found(once), Outcome::Found(often)) =
            (optimal(&table, &hierarchies, &goal), optimal(&copies, &hierarchies, &goal))
        else { panic!("a limit of 1 is always reached") };
        prop_assert!((once.loss - often.loss).abs() < 1e-12);
        prop_assert_eq!(once.suppressed_records << 40, often.suppressed_records);
    }
}

#[test]
fn ends() {
    let (empty, _) = tally(&[], &[], &[]);
    let goal = Goal::new(5, 0.0);
    let Outcome::Found(found) = optimal(&empty, &[], &goal) else { panic!() };
    assert_eq!((found.loss, found.classes, found.lattice_size), (0.0, 0, 1));

    let records: Vec<Record> = (0..4).map(|i| Record::new(i, vec![1, i + 1])).collect();
    let two = [HierarchySpec::Suppress, HierarchySpec::Suppress];
    let (table, hierarchies) = tally(&records, &[], &two);
    let Outcome::Unreachable(stuck) = optimal(&table, &hierarchies, &goal) else { panic!() };
    assert_eq!((stuck.best_k, stuck.best_levels, stuck.costliest_column), (4, vec![0, 1], 1));
    // the first column may not grow coarser: it is the one in the way, and its smallest value has two subjects
    let records: Vec<Record> = (0..8).map(|i| Record::new(i, vec![u8::from(i > 1), i + 1])).collect();
    let (table, mut hierarchies) = tally(&records, &[], &two);
    hierarchies[0].levels.truncate(1);
    let Outcome::Unreachable(stuck) = optimal(&table, &hierarchies, &goal) else { panic!() };
    assert_eq!((stuck.best_k, stuck.best_levels, stuck.costliest_column), (2, vec![0, 1], 0));
    let records: Vec<Record> = (0..4).map(|i| Record::new(i, vec![1, i + 1])).collect();
    let (table, hierarchies) = tally(&records, &[], &two);
    let all = Goal::new(5, 1.0);
    let Outcome::Found(nothing) = optimal(&table, &hierarchies, &all) else { panic!() };
    assert_eq!((nothing.suppressed_records, nothing.smallest_class, nothing.classes), (4, None, 0));
    assert_eq!(nothing.loss, 0.5, "the column with one value has nothing to lose");

    let many = vec![HierarchySpec::Suppress; 25];
    let wide: Vec<Record> = (0..3).map(|i| Record::new(i, vec![i + 1; 25])).collect();
    let (table, hierarchies) = tally(&wide, &[], &many);
    let Outcome::Unreachable(stuck) = optimal(&table, &hierarchies, &goal) else { panic!() };
    assert_eq!((stuck.best_k, stuck.lattice_size), (3, 1 << 25));
    let Outcome::Found(all) = optimal(&table, &hierarchies, &Goal::new(3, 0.0)) else { panic!() };
    assert_eq!((all.loss, all.proven_optimal, all.nodes_checked), (1.0, true, 26));
}

#[test]
fn wide_keys_change_nothing() {
    // Labels that need 17 bits: five such columns do not fit one word.
    let values = 70_000_u32;
    let (domain, _) = Domain::sorted("c", (0..values).map(|v| Some(format!("{v:05}"))).collect());
    let hierarchy =
        Hierarchy::build(&HierarchySpec::Prefix { lengths: vec![2] }, None, &domain, UnknownValues::Error).unwrap();
    for columns in [3, 5, 8] {
        let codes = (0..columns).map(|c| (0..2_000).map(|row| (row * (c + 7) % values) / 3).collect()).collect();
        let table = EquivalenceTable {
            domains: vec![domain.clone(); columns as usize],
            codes,
            records: vec![1; 2_000],
            subjects: vec![1; 2_000],
            ..EquivalenceTable::default()
        };
        let hierarchies = vec![hierarchy.clone(); columns as usize];
        let goal = Goal::new(3, 0.2);
        let Outcome::Found(found) = optimal(&table, &hierarchies, &goal) else { panic!() };
        let best = nodes(&hierarchies).into_iter().filter_map(|levels| {
            let classes = table.classes(&hierarchies, &levels);
            let suppressed: Vec<bool> = classes.class_of.iter().map(|&c| classes.subjects[c as usize] < 3).collect();
            let withheld = suppressed.iter().filter(|s| **s).count();
            (withheld <= 400).then(|| loss(&table, &hierarchies, &Recoding { levels, suppressed }).total)
        });
        assert_eq!(found.loss, best.min_by(f64::total_cmp).unwrap());
    }
}
