//! Tables made from records for tests, and plain counts of what is released of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::table::{Domain, EquivalenceTable, Footprints, LocalRecoding};

/// One record: the subject, the quasi values and the sensitive value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Record {
    pub subject: u8,
    pub quasi: Vec<Option<String>>,
    pub sensitive: u8,
}

/// A table tallied the plain way, with one sensitive column, and the combination of each record.
pub(super) fn tally(records: &[Record]) -> (EquivalenceTable, Vec<usize>) {
    let width = records[0].quasi.len();
    let cells = |record: &Record| -> Vec<Option<String>> {
        record.quasi.iter().cloned().chain([Some(record.sensitive.to_string())]).collect()
    };
    let rows: Vec<Vec<Option<String>>> = records.iter().map(cells).collect();
    let (mut domains, mut codes) = (vec![], vec![]);
    for column in 0..=width {
        let column_cells = rows.iter().map(|row| row[column].clone()).collect();
        let (domain, code) = Domain::sorted(format!("c{column}"), column_cells);
        domains.push(domain);
        codes.push(code);
    }
    let tuple = |row: usize| codes.iter().map(|code: &Vec<u32>| code[row]).collect::<Vec<u32>>();
    let mut combinations: BTreeMap<Vec<u32>, u64> = BTreeMap::new();
    (0..rows.len()).for_each(|row| *combinations.entry(tuple(row)).or_default() += 1);
    let places: BTreeMap<&Vec<u32>, usize> = combinations.keys().zip(0..).collect();
    let combination_of: Vec<usize> = (0..rows.len()).map(|row| places[&tuple(row)]).collect();
    let mut footprints: BTreeMap<u8, BTreeSet<u32>> = BTreeMap::new();
    for (record, &combination) in records.iter().zip(&combination_of) {
        footprints.entry(record.subject).or_default().insert(combination as u32);
    }
    let mut subjects = vec![0; combinations.len()];
    let mut sets: BTreeMap<Vec<u32>, u64> = BTreeMap::new();
    for footprint in footprints.into_values() {
        match footprint.into_iter().collect::<Vec<u32>>() {
            one if one.len() == 1 => subjects[one[0] as usize] += 1,
            members => *sets.entry(members).or_default() += 1,
        }
    }
    let mut spread = Footprints::default();
    for (members, count) in sets {
        spread.members.extend(members);
        spread.starts.push(spread.members.len());
        spread.subjects.push(count);
    }
    let codes = (0..=width).map(|column| combinations.keys().map(|row| row[column]).collect()).collect();
    let records = combinations.values().copied().collect();
    let table = EquivalenceTable { domains, codes, records, subjects, spread, ..EquivalenceTable::default() };
    (table.with_sensitive(1), combination_of)
}

/// The labels that a record is released with.
pub(super) type Labels = Vec<Option<String>>;

/// The released records by their labels, each with its subject and sensitive value.
pub(super) struct Released {
    pub classes: BTreeMap<Labels, Vec<(u8, u8)>>,
    pub withheld: u64,
}

/// Labels all records, and checks what holds for every local recoding.
pub(super) fn release(records: &[Record], combination_of: &[usize], recoding: &LocalRecoding) -> Released {
    let mut released = Released { classes: BTreeMap::new(), withheld: 0 };
    let mut seen: BTreeMap<&Vec<Option<String>>, (Labels, bool)> = BTreeMap::new();
    let mut apart: BTreeSet<Labels> = BTreeSet::new();
    for column in &recoding.columns {
        assert_eq!(column.labels.iter().collect::<BTreeSet<_>>().len(), column.labels.len(), "labels are distinct");
        assert_eq!(column.labels.len(), column.sizes.len());
    }
    for (record, &combination) in records.iter().zip(combination_of) {
        let label = |column: &crate::table::LocalColumn| column.labels[column.label_of[combination] as usize].clone();
        let labels: Labels = recoding.columns.iter().map(label).collect();
        let fate = (labels.clone(), recoding.suppressed[combination]);
        assert_eq!(*seen.entry(&record.quasi).or_insert(fate.clone()), fate, "quasi values alone decide");
        if fate.1 {
            released.withheld += 1;
            apart.insert(labels);
        } else {
            released.classes.entry(labels).or_default().push((record.subject, record.sensitive));
        }
    }
    assert!(apart.iter().all(|labels| !released.classes.contains_key(labels)), "withheld rows are no part of a class");
    released
}

pub(super) fn subjects<'a>(class: impl IntoIterator<Item = &'a (u8, u8)>) -> u64 {
    class.into_iter().map(|&(subject, _)| subject).collect::<BTreeSet<u8>>().len() as u64
}

pub(super) fn distinct_values(class: &[(u8, u8)]) -> usize {
    class.iter().map(|&(_, value)| value).collect::<BTreeSet<u8>>().len()
}

/// Half the sum of differences between the shares of a class and of the whole, counted in subjects per value.
pub(super) fn variation(class: &[(u8, u8)], whole: &[(u8, u8)]) -> f64 {
    let shares = |rows: &[(u8, u8)]| {
        let pairs: BTreeSet<(u8, u8)> = rows.iter().copied().collect();
        let mut shares: BTreeMap<u8, f64> = BTreeMap::new();
        pairs.iter().for_each(|&(_, value)| *shares.entry(value).or_default() += 1.0 / pairs.len() as f64);
        shares
    };
    let (p, q) = (shares(class), shares(whole));
    q.iter().map(|(value, q)| (p.get(value).copied().unwrap_or(0.0) - q).abs()).sum::<f64>() / 2.0
}
