use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::privacy::{DistinctLDiversity, TCloseness};
use crate::search::made::{Record, distinct_values, release, subjects, tally, variation};
use crate::table::STAR;

const ALL: [Statistic; 3] = [Statistic::Mean, Statistic::Median, Statistic::Interval];

fn records() -> impl Strategy<Value = Vec<Record>> {
    (1_usize..4).prop_flat_map(|width| {
        let cell =
            prop_oneof![1 => Just(None), 12 => (-20_i32..60).prop_map(|n| Some((f64::from(n) / 4.0).to_string()))];
        let record = (0_u8..60, prop::collection::vec(cell, width), 0_u8..4);
        prop::collection::vec(record, 1..60).prop_map(|rows| {
            let record = |(subject, quasi, sensitive)| Record { subject, quasi, sensitive };
            rows.into_iter().map(record).collect()
        })
    })
}

fn in_threads(
    count: usize,
    run: impl FnOnce() -> Result<Microaggregated, MicroaggregateError> + Send,
) -> Result<Microaggregated, MicroaggregateError> {
    rayon::ThreadPoolBuilder::new().num_threads(count).build().unwrap().install(run)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_group_keeps_every_condition_and_its_label_is_true(
        records in records(),
        k in 1_u64..6,
        which in 0..4,
        share in prop::sample::select(vec![0.0, 0.2, 1.0]),
    ) {
        let (table, combination_of) = tally(&records);
        let mut models: Vec<Box<dyn PrivacyModel>> = vec![];
        if which & 1 == 1 {
            models.push(Box::new(DistinctLDiversity { sensitive: 0, l: 2 }));
        }
        if which & 2 == 2 {
            models.push(Box::new(TCloseness::equal(0, 0.3, &table.distribution(0), !table.spread.is_empty())));
        }
        let whole: Vec<(u8, u8)> = records.iter().map(|r| (r.subject, r.sensitive)).collect();
        let keeps = |class: &[(u8, u8)]| {
            subjects(class) >= k
                && (which & 1 == 0 || distinct_values(class) >= 2)
                && (which & 2 == 0 || variation(class, &whole) <= 0.3 + 1e-9)
        };
        for statistic in ALL {
            let found = microaggregate(&table, k, &models, share, statistic);
            let Ok(found) = found else {
                prop_assert!(share < 1.0);
                let nulls = records.iter().any(|r| r.quasi.iter().any(Option::is_none));
                prop_assert!(nulls || !keeps(&whole), "one group would do");
                continue;
            };
            let released = release(&records, &combination_of, &found.recoding);
            prop_assert_eq!(released.withheld, found.withheld_records);
            prop_assert!(released.withheld <= suppressible(share, records.len() as u64));
            prop_assert_eq!(released.classes.len() as u64, found.groups);
            prop_assert!(released.classes.values().all(|class| keeps(class)));
            prop_assert!(found.sse >= 0.0 && found.sse <= found.sst * (1.0 + 1e-9) + 1e-9);
            check_labels(&records, &combination_of, &found.recoding, statistic)?;
        }
    }
}

/// Every label against the plain statistic of the records that have all labels alike; sizes against the domain.
fn check_labels(
    records: &[Record],
    combination_of: &[usize],
    recoding: &LocalRecoding,
    statistic: Statistic,
) -> Result<(), TestCaseError> {
    let labels = |row: usize| -> Vec<Option<String>> {
        recoding.columns.iter().map(|c| c.labels[c.label_of[combination_of[row]] as usize].clone()).collect()
    };
    for (row, &combination) in combination_of.iter().enumerate() {
        let own = labels(row);
        let withheld = recoding.suppressed[combination];
        let group: Vec<usize> = (0..records.len()).filter(|&other| labels(other) == own).collect();
        for (column, label) in own.iter().enumerate() {
            let size = recoding.columns[column].sizes[recoding.columns[column].label_of[combination] as usize];
            let domain: BTreeSet<&Option<String>> = records.iter().map(|r| &r.quasi[column]).collect();
            if withheld {
                prop_assert_eq!(label.as_deref(), Some(STAR));
                prop_assert_eq!(size, domain.len() as u64);
                continue;
            }
            let number = |value: &Option<String>| value.as_ref().map(|text| text.parse::<f64>().unwrap());
            let mut numbers: Vec<Option<f64>> = group.iter().map(|&row| number(&records[row].quasi[column])).collect();
            if numbers.iter().any(Option::is_none) {
                prop_assert!(label.is_none() && numbers.iter().all(Option::is_none) && size == 1);
                continue;
            }
            numbers.sort_by(|a, b| a.partial_cmp(b).unwrap());
            let numbers: Vec<f64> = numbers.into_iter().flatten().collect();
            let (low, high) = (numbers[0], numbers[numbers.len() - 1]);
            let text = label.clone().unwrap();
            match statistic {
                Statistic::Interval if low < high => {
                    prop_assert_eq!(text, format!("[{low}, {high}]"));
                    let inside = domain.iter().filter_map(|v| number(v)).filter(|v| (low..=high).contains(v)).count();
                    // Another group with the same bounds has the same label.
                    prop_assert_eq!(size, inside as u64);
                }
                Statistic::Interval => prop_assert_eq!(text.parse::<f64>().unwrap(), low),
                Statistic::Mean => {
                    let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
                    prop_assert!((text.parse::<f64>().unwrap() - mean).abs() < 1e-9);
                }
                Statistic::Median => {
                    let median = (numbers[(numbers.len() - 1) / 2] + numbers[numbers.len() / 2]) / 2.0;
                    prop_assert_eq!(text.parse::<f64>().unwrap(), median);
                }
            }
        }
    }
    Ok(())
}

fn rows(values: &[&[&str]]) -> Vec<Record> {
    let cell = |text: &&str| (!text.is_empty()).then(|| text.to_string());
    let record = |(subject, row): (usize, &&[&str])| Record {
        subject: subject as u8,
        quasi: row.iter().map(cell).collect(),
        sensitive: 0,
    };
    values.iter().enumerate().map(record).collect()
}

fn shown(records: &[Record], k: u64, limit: f64, statistic: Statistic) -> Vec<String> {
    let (table, combination_of) = tally(records);
    let found = microaggregate(&table, k, &[], limit, statistic).unwrap();
    let column = &found.recoding.columns[0];
    let label = |&row: &usize| column.labels[column.label_of[row] as usize].clone().unwrap_or("null".into());
    combination_of.iter().map(label).collect()
}

#[test]
fn three_clusters_are_found() {
    let ages: Vec<[&str; 1]> = ["1", "2", "6", "50", "51", "52", "90", "91", "95"].map(|age| [age]).to_vec();
    let records = rows(&ages.iter().map(|row| &row[..]).collect::<Vec<_>>());
    assert_eq!(shown(&records, 3, 0.0, Statistic::Mean), ["3", "3", "3", "51", "51", "51", "92", "92", "92"]);
    assert_eq!(shown(&records, 3, 0.0, Statistic::Median)[6..], ["91", "91", "91"]);
    assert_eq!(shown(&records, 3, 0.0, Statistic::Interval)[..3], ["[1, 6]", "[1, 6]", "[1, 6]"]);
    let (table, _) = tally(&records);
    let found = microaggregate(&table, 3, &[], 0.0, Statistic::Mean).unwrap();
    let ages = [1.0, 2.0, 6.0, 50.0, 51.0, 52.0, 90.0, 91.0, 95.0];
    let mean = ages.iter().sum::<f64>() / 9.0;
    let variance = ages.iter().map(|age| (age - mean).powi(2)).sum::<f64>() / 9.0;
    assert!((found.sst - 9.0).abs() < 1e-12 && (found.sse * variance - (14.0 + 2.0 + 14.0)).abs() < 1e-9);
}

#[test]
fn equal_values_stay_together_and_need_no_other() {
    let records = rows(&[&["7"], &["7"], &["7"], &["8"], &["8"], &["9"]]);
    assert_eq!(shown(&records, 3, 0.0, Statistic::Interval), ["7", "7", "7", "[8, 9]", "[8, 9]", "[8, 9]"]);
}

#[test]
fn nulls_stay_among_themselves_or_are_withheld() {
    let records = rows(&[&[""], &[""], &["1"], &["2"]]);
    assert_eq!(shown(&records, 2, 0.0, Statistic::Interval), ["null", "null", "[1, 2]", "[1, 2]"]);
    let records = rows(&[&[""], &["1"], &["2"], &["3"]]);
    assert_eq!(shown(&records, 2, 0.25, Statistic::Interval), ["*", "[1, 3]", "[1, 3]", "[1, 3]"]);
    let (table, _) = tally(&records);
    let found = microaggregate(&table, 2, &[], 0.2, Statistic::Mean);
    assert_eq!(found, Err(MicroaggregateError::Unreachable { withheld: 1, limit: 0 }));
}

#[test]
fn words_are_not_numbers() {
    let (table, _) = tally(&rows(&[&["1", "1"], &["2", "x"], &["3", "y"]]));
    let found = microaggregate(&table, 2, &[], 0.0, Statistic::Mean);
    assert_eq!(found, Err(MicroaggregateError::NotNumeric { column: "c1".into(), values: 2 }));
}

#[test]
fn blocks_give_the_same_on_one_and_two_threads() {
    // More combinations than are grouped at once, from a fixed walk.
    let mut state = 12_345_u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % 2_000
    };
    let pairs: BTreeSet<(u32, u32)> = (0..10_000).map(|_| (draw() as u32, draw() as u32)).collect();
    let texts = |max: u32| (0..max).map(|n| Some(n.to_string())).collect::<Vec<_>>();
    let (domain, code) = crate::table::Domain::sorted("x", texts(2_000));
    let table = EquivalenceTable {
        domains: vec![domain.clone(), crate::table::Domain::sorted("y", texts(2_000)).0],
        codes: vec![
            pairs.iter().map(|pair| code[pair.0 as usize]).collect(),
            pairs.iter().map(|pair| code[pair.1 as usize]).collect(),
        ],
        records: vec![1; pairs.len()],
        subjects: vec![1; pairs.len()],
        ..EquivalenceTable::default()
    };
    let run = || microaggregate(&table, 5, &[], 0.0, Statistic::Interval);
    let (one, two) = (in_threads(1, run).unwrap(), in_threads(2, run).unwrap());
    assert_eq!(one, two);
    assert!(one.sse / one.sst < 0.01, "groups of five of ten thousand are small: {}", one.sse / one.sst);
    let classes = one.recoding.classes(&table);
    assert!(classes.subjects.iter().all(|&subjects| (5..15).contains(&subjects)), "no group is larger than it need be");
}
