//! Random tables for the laws, made from plain records that naive references count one by one.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::table::{Domain, EquivalenceTable, Footprints};

/// One record: whose it is, its quasi values, and another value that tells combinations apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub subject: u32,
    pub quasi: Vec<u32>,
    pub other: u32,
}

/// Records of at most `columns` quasi columns with few values each. Subjects have one record or several.
pub fn records(columns: usize, most: usize) -> impl Strategy<Value = Vec<Record>> {
    (1..=columns, 1..4_u32, prop::bool::ANY).prop_flat_map(move |(columns, values, several)| {
        let record = (0..24_u32, prop::collection::vec(0..=values, columns), 0..2_u32);
        prop::collection::vec(record, 0..most).prop_map(move |rows| {
            let whose = |(row, subject): (usize, u32)| if several { subject } else { row as u32 };
            let record = |(row, (subject, quasi, other))| Record { subject: whose((row, subject)), quasi, other };
            rows.into_iter().enumerate().map(record).collect()
        })
    })
}

/// The quasi columns of some records; one if there are none.
pub fn width(records: &[Record]) -> usize {
    records.first().map_or(1, |record| record.quasi.len())
}

/// Tallies records, each counted `weight` times.
pub fn table(records: &[Record], weight: u64) -> EquivalenceTable {
    let mut combinations: BTreeMap<(Vec<u32>, u32), u64> = BTreeMap::new();
    for record in records {
        *combinations.entry((record.quasi.clone(), record.other)).or_default() += weight;
    }
    let places: BTreeMap<&(Vec<u32>, u32), u32> = combinations.keys().zip(0..).collect();
    let mut footprints: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for record in records {
        let place = places[&(record.quasi.clone(), record.other)];
        footprints.entry(record.subject).or_default().insert(place);
    }
    let mut subjects = vec![0; combinations.len()];
    let mut sets: BTreeMap<Vec<u32>, u64> = BTreeMap::new();
    for set in footprints.into_values() {
        match set.len() {
            1 => subjects[*set.first().unwrap() as usize] += 1,
            _ => *sets.entry(set.into_iter().collect()).or_default() += 1,
        }
    }
    let mut spread = Footprints::default();
    for (set, count) in sets {
        spread.members.extend(set);
        spread.starts.push(spread.members.len());
        spread.subjects.push(count);
    }
    let text = |n: u32| Some(n.to_string());
    let domains = (0..width(records))
        .map(|column| Domain::sorted(format!("column {column}"), (0..5).map(text).collect()).0)
        .collect();
    let codes =
        (0..width(records)).map(|column| combinations.keys().map(|(quasi, _)| quasi[column]).collect()).collect();
    EquivalenceTable {
        domains,
        codes,
        records: combinations.into_values().collect(),
        subjects,
        spread,
        ..EquivalenceTable::default()
    }
}

/// The values of a record in some columns.
pub fn part(record: &Record, columns: &[usize]) -> Vec<u32> {
    columns.iter().map(|&column| record.quasi[column]).collect()
}

/// The subjects with these values in these columns.
pub fn sharing(records: &[Record], columns: &[usize], values: &[u32]) -> BTreeSet<u32> {
    records.iter().filter(|record| part(record, columns) == values).map(|record| record.subject).collect()
}

/// All sets of 1 to `largest` columns, small ones first, then in order.
pub fn subsets(columns: usize, largest: usize) -> Vec<Vec<usize>> {
    let mut sets: Vec<Vec<usize>> = (1_u32..1 << columns)
        .map(|mask| (0..columns).filter(|column| mask & (1 << column) != 0).collect())
        .filter(|set: &Vec<usize>| set.len() <= largest)
        .collect();
    sets.sort_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
    sets
}
