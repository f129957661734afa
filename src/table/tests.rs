use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::spec::{HierarchySpec, UnknownValues};

proptest! {
    /// Subjects are given as sets of combinations; each class must count every subject in it once.
    #[test]
    fn classes_count_records_and_distinct_subjects(
        rows in prop::collection::btree_map((0_u32..9, 0_u32..4), 1_u64..5, 1..20),
        footprints in prop::collection::btree_set(prop::collection::btree_set(0_u32..20, 2..5), 0..6),
        levels in (0_usize..3, 0_usize..2),
    ) {
        let text = |n: u32| Some(n.to_string());
        let column = |name, cells: Vec<u32>| Domain::sorted(name, cells.into_iter().map(text).collect());
        let (first, a) = column("a", rows.keys().map(|row| row.0).collect());
        let (second, b) = column("b", rows.keys().map(|row| row.1).collect());
        let thirds = HierarchySpec::Interval { widths: vec![3.0], origin: 0.0, bottom: None, top: None };
        let hierarchies = [
            Hierarchy::build(&thirds, None, &first, UnknownValues::Error).unwrap(),
            Hierarchy::build(&HierarchySpec::Suppress, None, &second, UnknownValues::Error).unwrap(),
        ];
        let all = rows.len() as u32;
        let sets: BTreeSet<BTreeSet<u32>> = footprints.into_iter().map(|set| set.into_iter().map(|m| m % all).collect())
            .filter(|set: &BTreeSet<u32>| set.len() > 1).collect();
        let mut spread = Footprints::default();
        for set in &sets {
            spread.members.extend(set);
            spread.starts.push(spread.members.len());
            spread.subjects.push(2);
        }
        let records: Vec<u64> = rows.values().copied().collect();
        let table = EquivalenceTable {
            domains: vec![first, second], codes: vec![a, b], subjects: records.clone(), records, spread,
        };
        let classes = table.classes(&hierarchies, &[levels.0, levels.1]);

        let label = |row: &(u32, u32)| (
            match levels.0 { 0 => row.0, 1 => row.0 / 3, _ => 0 },
            if levels.1 == 0 { row.1 } else { 0 },
        );
        let mut expected: BTreeMap<(u32, u32), (u64, u64)> = BTreeMap::new();
        for (row, n) in &rows {
            let class = expected.entry(label(row)).or_default();
            *class = (class.0 + n, class.1 + n);
        }
        let keys: Vec<(u32, u32)> = rows.keys().map(label).collect();
        for set in &sets {
            let touched: BTreeSet<(u32, u32)> = set.iter().map(|&m| keys[m as usize]).collect();
            touched.iter().for_each(|key| expected.get_mut(key).unwrap().1 += 2);
        }
        prop_assert_eq!(classes.records.len(), expected.len());
        for (key, &class) in keys.iter().zip(&classes.class_of) {
            let counted = (classes.records[class as usize], classes.subjects[class as usize]);
            prop_assert_eq!(counted, expected[key]);
        }
    }
}
