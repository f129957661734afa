use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{DictionaryArray, Int64Array, StringArray, StringViewArray};
use arrow::datatypes::UInt32Type;
use proptest::prelude::*;

use super::*;

/// Keeps what is spilled in memory and counts the appends.
#[derive(Default)]
struct Memory {
    bytes: Vec<Vec<u8>>,
    appends: Arc<std::sync::atomic::AtomicUsize>,
}

impl Spill for Memory {
    fn append(&mut self, partition: usize, bytes: &[u8]) -> Result<()> {
        self.bytes.resize(PARTITIONS, Vec::new());
        self.bytes[partition].extend_from_slice(bytes);
        self.appends.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok(())
    }

    fn read(&mut self, partition: usize) -> Result<Vec<u8>> {
        Ok(self.bytes.get_mut(partition).map(std::mem::take).unwrap_or_default())
    }
}

/// A record: its subject, a text and a number.
type Row = (u8, Option<u8>, Option<i64>);

fn key() -> Secret<[u8; 32]> {
    Secret::new([7; 32])
}

fn text(cell: Option<u8>) -> Option<String> {
    cell.map(|n| ["", "南开", "a", "b", "ab"][n as usize].to_owned())
}

/// The columns of a batch; `form` chooses among the physical forms of text.
fn columns(rows: &[Row], form: usize) -> (Vec<ArrayRef>, ArrayRef) {
    let texts: Vec<Option<String>> = rows.iter().map(|row| text(row.1)).collect();
    let texts = texts.iter().map(Option::as_deref);
    let texts: ArrayRef = match form % 3 {
        0 => Arc::new(texts.collect::<StringArray>()),
        1 => Arc::new(texts.collect::<StringViewArray>()),
        _ => Arc::new(texts.collect::<DictionaryArray<UInt32Type>>()),
    };
    let subjects = rows.iter().map(|row| Some(i64::from(row.0)));
    let subjects: ArrayRef = match form % 2 {
        0 => Arc::new(subjects.collect::<Int64Array>()),
        _ => Arc::new(subjects.map(|id| id.map(|id| id.to_string())).collect::<StringArray>()),
    };
    (vec![texts, Arc::new(rows.iter().map(|row| row.2).collect::<Int64Array>())], subjects)
}

/// A part that has counted these batches. With `every`, each subject goes to the spill at once.
fn part(batches: &[&[Row]], form: usize, subjects: bool, every: bool) -> TallyPart {
    let spill = Memory::default();
    let appends = spill.appends.clone();
    let mut part = TallyPart::new(2, subjects.then(|| (key(), Box::new(spill) as Box<dyn Spill>)));
    if let Some(log) = part.subjects.as_mut().filter(|_| every) {
        log.buffer = ENTRY;
    }
    for (i, rows) in batches.iter().enumerate() {
        let (quasi, ids) = columns(rows, form + i);
        part.add(&quasi, subjects.then_some(&ids), rows.len()).unwrap();
    }
    part.settle().unwrap();
    let rows: usize = batches.iter().map(|rows| rows.len()).sum();
    assert_eq!(appends.load(std::sync::atomic::Ordering::Relaxed), if subjects && every { rows } else { 0 });
    part
}

/// Counts the naive way.
fn naive(rows: &[Row], subjects: bool) -> EquivalenceTable {
    let tuple = |row: &Row| (text(row.1), row.2.map(|n| n.to_string()));
    let mut records: BTreeMap<_, u64> = BTreeMap::new();
    let mut touched: BTreeMap<u8, BTreeSet<_>> = BTreeMap::new();
    for row in rows {
        *records.entry(tuple(row)).or_default() += 1;
        touched.entry(row.0).or_default().insert(tuple(row));
    }
    let tuples: Vec<_> = records.keys().cloned().collect();
    let mut alone = vec![0; tuples.len()];
    let mut sets: BTreeMap<Vec<u32>, u64> = BTreeMap::new();
    for set in touched.values() {
        let set: Vec<u32> = set.iter().map(|tuple| tuples.binary_search(tuple).unwrap() as u32).collect();
        match set[..] {
            [only] => alone[only as usize] += 1,
            _ => *sets.entry(set).or_default() += 1,
        }
    }
    let mut spread = Footprints::default();
    for (set, count) in sets {
        spread.members.extend(set);
        spread.starts.push(spread.members.len());
        spread.subjects.push(count);
    }
    let records: Vec<u64> = records.into_values().collect();
    if !subjects {
        (alone, spread) = (records.clone(), Footprints::default());
    }
    let (texts, text_codes) = Domain::sorted("text", tuples.iter().map(|tuple| tuple.0.clone()).collect());
    let (numbers, number_codes) = Domain::sorted("number", tuples.iter().map(|tuple| tuple.1.clone()).collect());
    EquivalenceTable {
        domains: vec![texts, numbers],
        codes: vec![text_codes, number_codes],
        records,
        subjects: alone,
        spread,
        ..EquivalenceTable::default()
    }
}

fn names() -> [String; 2] {
    ["text".into(), "number".into()]
}

/// Cuts rows before those that are marked.
fn cut<'a>(rows: &'a [Row], marks: &[bool]) -> Vec<&'a [Row]> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for at in (1..rows.len()).filter(|&at| marks[at]) {
        pieces.push(&rows[start..at]);
        start = at;
    }
    pieces.push(&rows[start..]);
    pieces
}

prop_compose! {
    /// Rows, where to cut batches, and the part of each batch.
    fn cuts()(rows in prop::collection::vec(
        (0_u8..12, prop::option::weighted(0.8, 0_u8..5), prop::option::weighted(0.8, -2_i64..12)), 0..60,
    ))(
        marks in prop::collection::vec(prop::bool::weighted(0.2), rows.len()),
        part_of in prop::collection::vec(0_usize..4, rows.len() + 1),
        rows in Just(rows),
    ) -> (Vec<Row>, Vec<bool>, Vec<usize>) {
        (rows, marks, part_of)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cut_into_parts_and_batches_counts_the_same(
        (rows, marks, part_of) in cuts(), form in 0_usize..6, subjects in any::<bool>(), every in any::<bool>(),
    ) {
        let expected = naive(&rows, subjects);
        let whole = finish(&names(), vec![part(&[&rows], form, subjects, every)]).unwrap();
        prop_assert_eq!(&whole, &expected);

        let batches = cut(&rows, &marks);
        let of = |n: usize| -> Vec<&[Row]> {
            batches.iter().zip(&part_of).filter(|(_, part)| **part == n).map(|(rows, _)| *rows).collect()
        };
        // the parts need not spill alike, and one of them may have nothing to count
        let parts = (0..4).map(|n| part(&of(n), form + n, subjects, every ^ (n == 1))).collect();
        prop_assert_eq!(finish(&names(), parts).unwrap(), expected);
    }

    #[test]
    fn values_that_stand_for_others_are_counted_as_these(
        (rows, marks, part_of) in cuts(), form in 0_usize..6, every in any::<bool>(),
    ) {
        let domains = naive(&rows, true).domains;
        // every number stands as the first that is as long
        let length = |value: &Option<String>| value.as_ref().map(String::len);
        let numbers = domains[1].values();
        let first = |value| numbers.iter().position(|other| length(other) == length(value)).unwrap() as u32;
        let standing: Vec<u32> = numbers.iter().map(first).collect();
        let stands = |n: i64| {
            let code = numbers.iter().position(|value| *value == Some(n.to_string())).unwrap();
            numbers[standing[code] as usize].as_ref().map(|text| text.parse().unwrap())
        };
        let coarse: Vec<Row> = rows.iter().map(|row| (row.0, row.1, row.2.and_then(stands))).collect();
        let expected = naive(&coarse, true);

        let mut parts = Vec::new();
        for n in 0..4 {
            let label: Labeller = Arc::new(|value| value.as_ref().map(|text| text.len().to_string()));
            let mut counting = part(&[], 0, true, every).coarse(1, label);
            for (rows, _) in cut(&rows, &marks).into_iter().zip(&part_of).filter(|(_, part)| **part == n) {
                let (quasi, ids) = columns(rows, form + n);
                counting.add(&quasi, Some(&ids), rows.len()).unwrap();
            }
            parts.push(counting);
        }
        let table = finish(&names(), parts).unwrap();
        prop_assert_eq!(&table.domains, &domains, "the domain has all values");
        let values = |table: &EquivalenceTable, column: usize| -> Vec<Option<String>> {
            table.codes[column].iter().map(|&code| table.domains[column].values()[code as usize].clone()).collect()
        };
        prop_assert_eq!([0, 1].map(|column| values(&table, column)), [0, 1].map(|column| values(&expected, column)));
        prop_assert_eq!(
            (table.records, table.subjects, table.spread), (expected.records, expected.subjects, expected.spread)
        );
    }
}

#[test]
fn nobodys_record_stops_the_count() {
    let ids: ArrayRef = Arc::new(StringArray::from(vec![Some("1"), Some(""), None]));
    let (quasi, _) = columns(&[(1, None, None); 3], 0);
    let mut counting = part(&[], 0, true, false);
    assert!(matches!(counting.add(&quasi, Some(&ids), 3), Err(NullOr::Null(2))));
}
