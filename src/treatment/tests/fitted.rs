//! Treatments that are fitted to the whole column: cuts, groups, categories and exchanges.

use std::collections::{BTreeMap, HashMap};

use super::super::numbers::tests::{between, tally};
use super::*;
use crate::spec::Centre;
use crate::table::{Domain, EquivalenceTable};

fn draws() -> Draws {
    Draws::ephemeral(&mut ChaCha20Rng::seed_from_u64(7))
}

fn ints(cells: &[Option<i64>]) -> ArrayRef {
    Arc::new(Int64Array::from(cells.to_vec()))
}

fn apply_ints(treatment: &Treatment, cells: &[Option<i64>]) -> Vec<Option<i64>> {
    treatment.apply(&ints(cells), &Beside::from_row(0)).unwrap().as_primitive::<Int64Type>().iter().collect()
}

/// One record for each subject.
fn of_each(numbers: impl IntoIterator<Item = i64>) -> Vec<(u32, Option<i64>)> {
    numbers.into_iter().enumerate().map(|(subject, number)| (subject as u32, Some(number))).collect()
}

fn numbers(records: &[(u32, Option<i64>)]) -> Numbers {
    Numbers::of(&tally(records)).unwrap()
}

#[test]
fn extremes_become_the_number_at_the_cut() {
    let hundred = numbers(&of_each(1..=100));
    let both = Treatment::TopBottom(TopBottom::fit(&hundred, Some(0.05), Some(0.9), 3).unwrap());
    assert_eq!(both.to_string(), "bottom coded at 5, top coded at 90");
    let cells = [Some(1), None, Some(5), Some(50), Some(91), Some(1000)];
    assert_eq!(apply_ints(&both, &cells), [Some(5), None, Some(5), Some(50), Some(90), Some(90)]);
    // one at or beyond 0.99: the cut moves inwards
    let top = TopBottom::fit(&hundred, None, Some(0.995), 8).unwrap();
    assert_eq!(top.to_string(), "top coded at 93");
    assert_eq!(top.facts()["top"]["subjects_at_or_beyond"], 8);
    // one subject with all large numbers counts once
    let mut records = of_each(1..=20);
    records.extend((100..120).map(|number| (999, Some(number))));
    let top = TopBottom::fit(&numbers(&records), None, Some(0.9), 3).unwrap();
    assert_eq!(top.to_string(), "top coded at 19");
    let floats: ArrayRef = Arc::new(Float64Array::from(vec![Some(0.5), None, Some(95.25)]));
    let cut = both.apply(&floats, &Beside::default()).unwrap();
    assert_eq!(cut.as_ref(), &Float64Array::from(vec![Some(5.0), None, Some(90.0)]) as &dyn Array);
}

#[test]
fn cuts_that_cannot_be_are_refused() {
    let ten = numbers(&of_each(1..=10));
    for (bottom, top) in
        [(None, None), (Some(0.0), None), (None, Some(1.0)), (Some(0.6), Some(0.5)), (None, Some(f64::NAN))]
    {
        assert!(matches!(TopBottom::fit(&ten, bottom, top, 2), Err(Error::Usage { .. })), "{bottom:?} {top:?}");
    }
    assert!(matches!(TopBottom::fit(&ten, None, Some(0.9), 11), Err(Error::Input { .. })));
    assert!(matches!(TopBottom::fit(&ten, Some(0.1), Some(0.9), 7), Err(Error::Input { .. })), "they would meet");
    let empty = TopBottom::fit(&numbers(&[(1, None)]), None, Some(0.9), 2).unwrap();
    assert_eq!(apply_ints(&Treatment::TopBottom(empty), &[None]), [None]);
}

/// The least sum of squares of all cuts into groups of at least `k` subjects, by trying every one.
fn least_by_trying(records: &[(u32, Option<i64>)], k: u64) -> Option<f64> {
    let mut values: Vec<i64> = records.iter().filter_map(|&(_, number)| number).collect();
    values.sort_unstable();
    let mut distinct = values.clone();
    distinct.dedup();
    let squares = |low: i64, high: i64| {
        let group: Vec<f64> = values.iter().filter(|v| (low..=high).contains(*v)).map(|&v| v as f64).collect();
        let mean = group.iter().sum::<f64>() / group.len() as f64;
        group.iter().map(|value| (value - mean).powi(2)).sum::<f64>()
    };
    let bars = distinct.len().checked_sub(1)?;
    (0..1u32 << bars)
        .filter_map(|cuts| {
            let mut start = 0;
            let mut sum = 0.0;
            for end in 0..distinct.len() {
                if end == bars || cuts >> end & 1 == 1 {
                    if between(records, distinct[start] as f64, distinct[end] as f64) < k {
                        return None;
                    }
                    sum += squares(distinct[start], distinct[end]);
                    start = end + 1;
                }
            }
            Some(sum)
        })
        .min_by(f64::total_cmp)
}

proptest! {
    #[test]
    fn groups_are_the_best_of_all_and_large_enough(
        records in prop::collection::vec((0u32..14, prop::option::weighted(0.9, 0i64..11)), 1..30), k in 2u64..5,
    ) {
        let table = numbers(&records);
        let fitted = Microaggregate::fit(&table, k, Centre::Mean);
        let Some(least) = least_by_trying(&records, k) else {
            prop_assert!(table.is_empty() || fitted.is_err());
            return Ok(());
        };
        let treatment = Treatment::Microaggregate(fitted.unwrap());
        let cells: ArrayRef = Arc::new(Float64Array::from(records.iter().map(|r| r.1.map(|n| n as f64)).collect::<Vec<_>>()));
        let treated = treatment.apply(&cells, &Beside::default()).unwrap();
        let treated = treated.as_primitive::<Float64Type>();
        let mut sum = 0.0;
        let mut subjects: BTreeMap<u64, std::collections::HashSet<u32>> = BTreeMap::new();
        for (&(subject, number), centre) in records.iter().zip(treated) {
            prop_assert_eq!(number.is_some(), centre.is_some());
            if let (Some(number), Some(centre)) = (number, centre) {
                sum += (number as f64 - centre).powi(2);
                subjects.entry(centre.to_bits()).or_default().insert(subject);
            }
        }
        prop_assert!((sum - least).abs() < 1e-6, "{sum} {least}");
        prop_assert!(subjects.values().all(|subjects| subjects.len() as u64 >= k));
    }

    #[test]
    fn cuts_have_k_subjects_at_or_beyond(
        records in prop::collection::vec((0u32..14, prop::option::weighted(0.9, -9i64..9)), 1..40),
        k in 1u64..5, top in 0.5f64..0.999, bottom in 0.001f64..0.5,
    ) {
        if let Ok(cut) = TopBottom::fit(&numbers(&records), Some(bottom), Some(top), k) {
            let cells: Vec<Option<i64>> = records.iter().map(|record| record.1).collect();
            let treated = apply_ints(&Treatment::TopBottom(cut), &cells);
            let all: Vec<(u32, Option<i64>)> = records.iter().zip(&treated).map(|(record, cell)| (record.0, *cell)).collect();
            let present = treated.iter().flatten();
            if let (Some(&least), Some(&most)) = (present.clone().min(), present.max()) {
                prop_assert!(between(&all, least as f64, least as f64) >= k.min(between(&all, f64::MIN, f64::MAX)));
                prop_assert!(between(&all, most as f64, most as f64) >= k);
            }
        }
    }
}

#[test]
fn groups_keep_the_type_and_are_told() {
    let records = of_each([1, 2, 3, 10, 11, 12, 100, 101, 105]);
    let mean = Treatment::Microaggregate(Microaggregate::fit(&numbers(&records), 3, Centre::Mean).unwrap());
    let cells = [Some(1), Some(3), None, Some(12), Some(101), Some(4), Some(1000)];
    assert_eq!(apply_ints(&mean, &cells), [Some(2), Some(2), None, Some(11), Some(102), Some(11), Some(102)]);
    assert_eq!(mean.to_string(), "microaggregated: mean of groups of at least 3 subjects");
    let facts = mean.facts().unwrap();
    assert_eq!((&facts["groups"], &facts["least_subjects"]), (&3.into(), &3.into()));
    let median = Treatment::Microaggregate(Microaggregate::fit(&numbers(&records), 3, Centre::Median).unwrap());
    assert_eq!(apply_ints(&median, &[Some(105)]), [Some(101)]);
    assert!(matches!(Microaggregate::fit(&numbers(&records), 10, Centre::Mean), Err(Error::Input { .. })));
    assert!(matches!(Microaggregate::fit(&numbers(&records), 1, Centre::Mean), Err(Error::Usage { .. })));
    let large = tally(&[(1, Some(i64::MAX)), (2, Some(1))]);
    assert!(matches!(Numbers::of(&large), Err(Error::Input { .. })));
}

/// A tally of one subject for each text.
fn texts_tally(cells: &[Option<String>]) -> EquivalenceTable {
    let (domain, codes) = Domain::sorted("c", cells.to_vec());
    let mut table = EquivalenceTable {
        codes: vec![(0..domain.len() as u32).collect()],
        records: vec![0; domain.len()],
        subjects: vec![0; domain.len()],
        domains: vec![domain],
        ..EquivalenceTable::default()
    };
    for code in codes {
        table.records[code as usize] += 1;
        table.subjects[code as usize] += 1;
    }
    table
}

/// 6000 `a`, 3000 `b`, 999 `c`, one `rare`, and a null.
fn categories() -> Vec<Option<String>> {
    let mut cells = Vec::new();
    for (name, count) in [("a", 6000), ("b", 3000), ("c", 999), ("rare", 1)] {
        cells.extend(std::iter::repeat_n(Some(name.to_owned()), count));
    }
    cells.push(None);
    cells
}

#[test]
fn pram_moves_categories_by_its_matrix() {
    let cells = categories();
    for invariant in [true, false] {
        let pram = Treatment::Pram(Pram::fit(&texts_tally(&cells), 0.8, invariant, 5, draws()).unwrap());
        let column: ArrayRef = Arc::new(StringArray::from(cells.clone()));
        let treated = as_texts(&pram.apply(&column, &Beside::from_row(0)).unwrap());
        assert_eq!(treated.last(), Some(&None));
        let facts = pram.facts().unwrap();
        assert_eq!(facts["names"], serde_json::json!(["a", "b", "c"]), "the rare one is not told");
        assert_eq!(facts["categories_of_fewer_than_k_subjects"], 1);
        let mut counts: HashMap<(&str, &str), f64> = HashMap::new();
        for (before, after) in cells.iter().flatten().zip(treated.iter().flatten()) {
            *counts.entry((before, after)).or_default() += 1.0;
        }
        for (from, name) in ["a", "b", "c"].into_iter().enumerate() {
            let total = cells.iter().flatten().filter(|cell| *cell == name).count() as f64;
            for (to, other) in ["a", "b", "c"].into_iter().enumerate() {
                let expected = facts["matrix"][from][to].as_f64().unwrap();
                let seen = counts.get(&(name, other)).copied().unwrap_or(0.0) / total;
                // five standard deviations: one failure in a million runs, and the seed is fixed
                assert!(
                    (seen - expected).abs() < 5.0 * (expected * (1.0 - expected) / total).sqrt() + 1e-9,
                    "{name} {other} {seen} {expected}"
                );
            }
        }
        let shares = |cells: &[Option<String>]| cells.iter().flatten().filter(|cell| *cell == "a").count() as f64 / 1e4;
        assert_eq!((shares(&treated) - shares(&cells)).abs() < 0.02, invariant, "expected shares stay");
    }
    let one = texts_tally(&[Some("a".into()), None]);
    assert!(matches!(Pram::fit(&one, 0.8, true, 2, draws()), Err(Error::Input { .. })));
    for keep in [0.0, 1.0, f64::NAN] {
        assert!(matches!(Pram::fit(&texts_tally(&categories()), keep, true, 2, draws()), Err(Error::Usage { .. })));
    }
    let pram = Treatment::Pram(Pram::fit(&texts_tally(&categories()), 0.5, true, 2, draws()).unwrap());
    assert!(matches!(pram.apply(&texts(&[Some("new")]), &Beside::from_row(0)), Err(Error::Input { .. })));
    assert!(matches!(pram.apply(&texts(&[Some("a")]), &Beside::default()), Err(Error::Internal(_))), "without rows");
}

#[test]
fn swapping_keeps_what_each_class_has() {
    let value_of = |row: u64| (row / 10 * 7 % 5) as u32;
    // records 0 to 99 in classes of ten by the last digit; those divisible by 9 are withheld
    let members: Vec<Member> = (0..100)
        .filter(|row| row % 9 != 0)
        .map(|row| Member { row, class: (row % 10) as u32, value: value_of(row) })
        .collect();
    let values = owned(&[Some("a"), Some("b"), Some("c"), Some("d"), None]);
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let swap = Treatment::Swap(Swap::exchange(swap::texts(&values), members.clone(), &mut rng).unwrap());
    let mut turned = members.clone();
    turned.reverse();
    let again = Swap::exchange(swap::texts(&values), turned, &mut ChaCha20Rng::seed_from_u64(3)).unwrap();
    let kept: Vec<u32> = members.iter().map(|member| member.row as u32).collect();
    let cells = swap::texts(&members.iter().map(|member| values[member.value as usize].clone()).collect::<Vec<_>>());
    let beside = Beside { rows: Some(Rows { first: 0, kept: Some(&kept) }), ..Beside::default() };
    let treated = as_texts(&swap.apply(&cells, &beside).unwrap());
    assert_eq!(treated, as_texts(&Treatment::Swap(again).apply(&cells, &beside).unwrap()), "the order changes nothing");
    let before = as_texts(&cells);
    let of_class = |cells: &[Option<String>], class: u32| {
        let mut of: Vec<_> =
            members.iter().zip(cells).filter(|(m, _)| m.class == class).map(|(_, c)| c.clone()).collect();
        of.sort();
        of
    };
    for class in 0..10 {
        assert_eq!(of_class(&before, class), of_class(&treated, class));
    }
    let moved = before.iter().zip(&treated).filter(|(a, b)| a != b).count();
    let facts = swap.facts().unwrap();
    assert_eq!((&facts["records"], &facts["records_with_another_value"]), (&members.len().into(), &moved.into()));
    assert!(moved > 0);
    let withheld = [9u32];
    let beside = Beside { rows: Some(Rows { first: 0, kept: Some(&withheld) }), ..Beside::default() };
    assert!(matches!(swap.apply(&texts(&[Some("a")]), &beside), Err(Error::Internal(_))));
    let before = Treatment::Swap(Swap::default());
    assert_eq!(as_texts(&before.apply(&texts(&[Some("a")]), &Beside::default()).unwrap()), owned(&[Some("a")]));
    assert!(Swap::exchange(swap::texts(&values), vec![members[0], members[0]], &mut rng).is_err(), "twice");
}
