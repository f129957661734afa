use proptest::prelude::*;

use super::super::{Domain, Hierarchy, Level};
use super::*;
use crate::spec::{HierarchySpec, UnknownValues};
use crate::written::written;

fn bytes(value: &impl Written) -> Vec<u8> {
    written(0, |to| value.write(to)).unwrap().expose().clone()
}

fn from_bytes<T: Written>(bytes: &[u8]) -> Result<T> {
    let mut reader = Reader::new(bytes);
    let value = T::read(&mut reader)?;
    reader.finish().map(|()| value)
}

/// Comes back as it was; cut at any place it is refused, and changed at any place it does not panic.
fn same<T: Written + PartialEq + std::fmt::Debug>(value: &T) {
    let whole = bytes(value);
    assert_eq!(&from_bytes::<T>(&whole).unwrap(), value);
    for end in 0..whole.len() {
        assert!(from_bytes::<T>(&whole[..end]).is_err(), "{end} of {}", whole.len());
        for flip in [1, 0xff] {
            let mut changed = whole.clone();
            changed[end] ^= flip;
            // what is read is as it would have been made
            if let Ok(other) = from_bytes::<T>(&changed) {
                assert_eq!(from_bytes::<T>(&bytes(&other)).unwrap(), other);
            }
        }
    }
}

fn texts(cells: &[u32]) -> Vec<Option<String>> {
    cells.iter().map(|&n| (n > 0).then(|| format!("值{n}"))).collect()
}

fn table(rows: &std::collections::BTreeMap<(u32, u32, u32), u64>, sets: &[Vec<u32>]) -> EquivalenceTable {
    let column =
        |name, of: fn(&(u32, u32, u32)) -> u32| Domain::sorted(name, texts(&rows.keys().map(of).collect::<Vec<_>>()));
    let ((a, first), (b, second), (c, third)) = (column("a", |r| r.0), column("乙", |r| r.1), column("c", |r| r.2));
    let all = rows.len() as u32;
    let sets = sets.iter().map(|set| set.iter().map(|m| m % all).collect::<std::collections::BTreeSet<u32>>());
    let sets: std::collections::BTreeSet<Vec<u32>> =
        sets.filter(|set| set.len() > 1).map(|set| set.into_iter().collect()).collect();
    let mut spread = Footprints::default();
    for set in sets {
        spread.members.extend(set);
        spread.starts.push(spread.members.len());
        spread.subjects.push(300);
    }
    let records: Vec<u64> = rows.values().copied().collect();
    let table = EquivalenceTable {
        domains: vec![a, b, c],
        codes: vec![first, second, third],
        sensitive: Vec::new(),
        subjects: records.clone(),
        population: if all.is_multiple_of(2) { records.clone() } else { Vec::new() },
        records,
        spread,
    };
    table.with_sensitive(1)
}

fn rows() -> impl Strategy<Value = std::collections::BTreeMap<(u32, u32, u32), u64>> {
    // at most nine values: their texts are in the order of their numbers
    prop::collection::btree_map((0u32..5, 0u32..3, 0u32..3), prop_oneof![1u64..9, 1u64..1 << 50], 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn tables_come_back(
        rows in rows(), sets in prop::collection::vec(prop::collection::vec(0u32..12, 2..5), 0..4),
    ) {
        let table = table(&rows, &sets);
        same(&table);
        same(&table.domains[0]);
        same(&table.spread);
    }

    #[test]
    fn recodings_come_back(rows in rows(), suppressed in prop::collection::vec(any::<bool>(), 12)) {
        let table = table(&rows, &[]);
        let suppressed = suppressed[..table.combinations()].to_vec();
        same(&Recoding { levels: vec![0, 300], suppressed: suppressed.clone() });
        let column = LocalColumn {
            labels: vec![Some("*".into()), None, Some("欧".into())],
            sizes: vec![5, 1, 2],
            label_of: (0..table.combinations() as u32).map(|row| row % 3).collect(),
        };
        same(&LocalRecoding { columns: vec![column.clone(), column], suppressed });
    }
}

#[test]
fn an_empty_table_comes_back() {
    same(&EquivalenceTable::default());
}

#[test]
fn hierarchies_of_every_kind_come_back() {
    let domain = |values: &[&str]| {
        let values = values.iter().map(|value| Some((*value).to_owned())).chain([None]).collect();
        Domain::sorted("列", values).0
    };
    let interval = HierarchySpec::Interval { widths: vec![5.0, 10.0], origin: 0.0, bottom: Some(1.0), top: None };
    let periods = vec![crate::spec::Period::Month, crate::spec::Period::Years(10)];
    for (spec, table, values) in [
        (HierarchySpec::Table { path: "t".into() }, Some("A;east;*\nB;west;*\n"), vec!["A", "B", "C"]),
        (interval, None, vec!["0", "3", "12.5"]),
        (HierarchySpec::Prefix { lengths: vec![2, 1] }, None, vec!["123", "129", "200"]),
        (HierarchySpec::Date { periods }, None, vec!["2025-01-02", "2031-12-31"]),
        (HierarchySpec::Suppress, None, vec!["x"]),
    ] {
        let mut built = Hierarchy::build(&spec, table, &domain(&values), UnknownValues::Suppress).unwrap();
        same(&built);
        // the levels of a range that may be released
        built.levels.drain(..1);
        same(&built);
    }
}

#[test]
fn what_is_out_of_order_or_range_is_refused() {
    let rows = std::collections::BTreeMap::from([((1, 1, 1), 3), ((1, 2, 1), 4), ((2, 1, 2), 5)]);
    let good = || table(&rows, &[vec![0, 1], vec![0, 2]]);
    same(&good());
    let refused = |what: &str, spoil: fn(&mut EquivalenceTable)| {
        let mut table = good();
        spoil(&mut table);
        let error = from_bytes::<EquivalenceTable>(&bytes(&table)).expect_err(what);
        assert_eq!(error.exit_code(), 5);
        assert!(!error.to_string().contains('值'), "{error}");
    };
    refused("a code beyond its domain", |table| table.codes[0][2] = 2);
    refused("combinations out of order", |table| table.codes[0].swap(0, 2));
    refused("a combination twice", |table| table.codes[1][1] = 0);
    refused("a short column", |table| table.codes[1].truncate(2));
    refused("a sensitive code beyond its domain", |table| table.sensitive[0].codes[0] = 9);
    refused("a short sensitive column", |table| table.sensitive[0].codes.truncate(1));
    refused("too few subjects", |table| table.subjects.truncate(2));
    refused("too few people", |table| table.population = vec![1]);
    refused("counts that cannot be added up", |table| table.records[0] = u64::MAX);
    refused("subjects that cannot be added up", |table| table.spread.subjects[0] = u64::MAX);
    refused("a member that is not there", |table| table.spread.members[3] = 3);
    refused("members out of order", |table| table.spread.members.swap(0, 1));
    refused("sets out of order", |table| table.spread.members[1] = 2);
    refused("a set of one", |table| table.spread.starts = vec![0, 1, 4]);
    refused("sets beyond their members", |table| table.spread.starts = vec![0, 2, 5]);
    refused("sets without a start", |table| table.spread.starts = Vec::new());

    let written_of = |values: &[Option<String>]| {
        written(0, |to| {
            "c".to_owned().write(to);
            to.labels(values);
        })
    };
    for values in [texts(&[2, 1]), texts(&[1, 1]), texts(&[1, 0])] {
        assert!(from_bytes::<Domain>(written_of(&values).unwrap().expose()).is_err());
    }
    let level = |label_of: &[u32], labels: usize| Level {
        name: "l".into(),
        label_of: label_of.to_vec(),
        labels: (0..labels).map(|label| Some(label.to_string())).collect(),
        sizes: vec![1; labels],
    };
    let hierarchy = |levels| Hierarchy { column: "c".into(), levels, domain_size: 3 };
    same(&hierarchy(vec![level(&[0, 1, 2], 3), level(&[0, 0, 1], 2)]));
    for wrong in [
        vec![],
        vec![level(&[0, 1, 2], 2)],
        vec![level(&[0, 1, 2], 3), level(&[0, 0], 1)],
        vec![level(&[0, 0, 1], 2), level(&[0, 1, 1], 2)],
        vec![Level { sizes: vec![1], ..level(&[0, 1], 2) }],
    ] {
        assert!(from_bytes::<Hierarchy>(&bytes(&hierarchy(wrong))).is_err());
    }
}
