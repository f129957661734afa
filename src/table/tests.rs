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
            ..EquivalenceTable::default()
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

proptest! {
    /// Subjects have records of a class and a sensitive value; each cell counts every subject in it once.
    #[test]
    fn histograms_count_distinct_subjects_of_each_value(
        rows in prop::collection::vec((0_u8..12, 0_u32..3, 0_u32..4), 1..60),
    ) {
        let text = |n: u32| Some(n.to_string());
        let keys: Vec<(u32, u32)> = rows.iter().map(|row| (row.1, row.2)).collect::<BTreeSet<_>>().into_iter().collect();
        let (domain, codes) = Domain::sorted("q", keys.iter().map(|key| text(key.0)).collect());
        let (values, sensitive) = Domain::sorted("s", keys.iter().map(|key| text(key.1)).collect());
        let mut touched: BTreeMap<u8, BTreeSet<u32>> = BTreeMap::new();
        let mut records = vec![0; keys.len()];
        for &(subject, class, value) in &rows {
            let row = keys.binary_search(&(class, value)).unwrap();
            records[row] += 1;
            touched.entry(subject).or_default().insert(row as u32);
        }
        let (mut subjects, mut sets) = (vec![0; keys.len()], BTreeMap::<Vec<u32>, u64>::new());
        for set in touched.into_values() {
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
        let table = EquivalenceTable {
            domains: vec![domain], codes: vec![codes], records, subjects, spread,
            sensitive: vec![Sensitive { domain: values.clone(), codes: sensitive }],
            ..EquivalenceTable::default()
        };
        let classes = table.finest();
        let histogram = table.histogram(&classes, 0);
        for (row, key) in keys.iter().enumerate() {
            let class = classes.class_of[row] as usize;
            let of = |value: &u32| rows.iter().filter(|r| r.1 == key.0 && r.2 == *value).map(|r| r.0).collect::<BTreeSet<_>>();
            let expected: Vec<(u32, u64)> = (0..4).map(|value| (value, of(&value).len() as u64)).filter(|cell| cell.1 > 0).collect();
            let found: Vec<(u32, u64)> = histogram.class(class).iter().map(|&(code, count)| {
                (values.values()[code as usize].as_ref().unwrap().parse().unwrap(), count)
            }).collect();
            prop_assert_eq!(found, expected);
        }
        let whole: BTreeMap<u32, BTreeSet<u8>> = rows.iter().fold(BTreeMap::new(), |mut all, row| {
            all.entry(row.2).or_insert_with(BTreeSet::new).insert(row.0);
            all
        });
        let whole: Vec<u64> = whole.into_values().map(|set| set.len() as u64).collect();
        prop_assert_eq!(table.distribution(0), whole);
    }
}

proptest! {
    /// People stand beside the data whatever values and combinations either side lacks.
    #[test]
    fn a_population_stands_beside_the_data(
        rows in prop::collection::btree_map((0_u32..4, 0_u32..3, 0_u32..2), 1_u64..5, 1..12),
        people in prop::collection::btree_map((2_u32..7, 0_u32..4), 1_u64..50, 1..12),
    ) {
        let column = |name, cells: Vec<u32>| Domain::sorted(name, cells.into_iter().map(|n| Some(n.to_string())).collect());
        let table = |a: (Domain, Vec<u32>), b: (Domain, Vec<u32>), counts: Vec<u64>| EquivalenceTable {
            domains: vec![a.0, b.0], codes: vec![a.1, b.1], subjects: counts.clone(), records: counts,
            ..EquivalenceTable::default()
        };
        let mut own = table(
            column("a", rows.keys().map(|row| row.0).collect()),
            column("b", rows.keys().map(|row| row.1).collect()),
            rows.values().copied().collect(),
        );
        let (domain, codes) = column("s", rows.keys().map(|row| row.2).collect());
        own.sensitive.push(Sensitive { domain, codes });
        let population = table(
            column("a", people.keys().map(|row| row.0).collect()),
            column("b", people.keys().map(|row| row.1).collect()),
            people.values().copied().collect(),
        );
        let both = own.clone().beside(&population, &[]);
        prop_assert_eq!(both.total_records(), own.total_records());
        prop_assert_eq!(both.population.iter().sum::<u64>(), people.values().sum::<u64>());
        let value = |column: usize, row: usize| -> u32 {
            both.domains[column].values()[both.codes[column][row] as usize].as_ref().unwrap().parse().unwrap()
        };
        let classes = both.finest();
        let mut seen = BTreeSet::new();
        for row in 0..both.combinations() {
            let key = (value(0, row), value(1, row));
            let class = classes.class_of[row] as usize;
            let records: u64 = rows.iter().filter(|(r, _)| (r.0, r.1) == key).map(|(_, n)| n).sum();
            prop_assert_eq!(classes.records[class], records);
            prop_assert_eq!(classes.population[class], people.get(&key).copied().unwrap_or(0));
            seen.insert(key);
        }
        let all: BTreeSet<(u32, u32)> = rows.keys().map(|r| (r.0, r.1)).chain(people.keys().copied()).collect();
        prop_assert_eq!(seen, all);
        let order = |row: usize| (both.codes[0][row], both.codes[1][row], both.sensitive[0].codes[row]);
        prop_assert!((1..both.combinations()).all(|row| order(row - 1) <= order(row)));
    }
}
