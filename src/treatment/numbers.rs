//! [`Numbers`]: the distinct numbers of a column with the subjects that have them, from which cuts and groups are
//! fitted.

use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::table::EquivalenceTable;

/// Whole numbers beyond are not exact in a 64-bit float.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Distinct numbers in ascending order, nulls left out.
#[derive(Debug, Clone)]
pub struct Numbers {
    pub values: Vec<f64>,
    /// Records with each number.
    pub records: Vec<u64>,
    /// Subjects that have this number and no other.
    alone: Vec<u64>,
    /// Subjects with several numbers: indexes in `values`, ascending, and how many subjects have these.
    several: Vec<(Vec<usize>, u64)>,
}

impl Numbers {
    /// Takes a tally of one column of numbers and its subjects.
    ///
    /// # Errors
    /// [`Error::Internal`] for a table of other columns or values, [`Error::Input`] for numbers beyond 2^53.
    pub fn of(table: &EquivalenceTable) -> Result<Self> {
        let odd = || Error::Internal("numbers are fitted to a tally of one column of numbers".into());
        let ([domain], [codes]) = (&table.domains[..], &table.codes[..]) else { return Err(odd()) };
        let mut order: Vec<(f64, usize)> = Vec::with_capacity(codes.len());
        for (row, &code) in codes.iter().enumerate() {
            if let Some(text) = &domain.values()[code as usize] {
                let value: f64 = text.parse().map_err(|_| odd())?;
                if value.abs() > EXACT {
                    return Err(Error::Input {
                        message: "a number is too large to be grouped with others".into(),
                        place: Some(crate::error::Place { column: Some(domain.column.clone()), ..Default::default() }),
                        help: Some("numbers up to 2^53 can be; give identifiers and codes as text".into()),
                    });
                }
                order.push((value, row));
            }
        }
        order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let place: HashMap<usize, usize> = order.iter().enumerate().map(|(place, &(_, row))| (row, place)).collect();
        let mut numbers = Self {
            values: order.iter().map(|&(value, _)| value).collect(),
            records: order.iter().map(|&(_, row)| table.records[row]).collect(),
            alone: order.iter().map(|&(_, row)| table.subjects[row]).collect(),
            several: Vec::new(),
        };
        for (members, subjects) in table.spread.iter() {
            let mut members: Vec<usize> = members.iter().filter_map(|&m| place.get(&(m as usize)).copied()).collect();
            members.sort_unstable();
            match members[..] {
                [] => {}
                // the other records of these subjects are null
                [only] => numbers.alone[only] += subjects,
                _ => numbers.several.push((members, subjects)),
            }
        }
        Ok(numbers)
    }

    pub fn len(&self) -> usize {
        self.values.len()
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Distinct subjects with a number at one of these places.
    pub fn subjects(&self, places: std::ops::Range<usize>) -> u64 {
        let several = self.several.iter().filter(|(members, _)| members.iter().any(|place| places.contains(place)));
        self.alone[places.clone()].iter().sum::<u64>() + several.map(|(_, subjects)| subjects).sum::<u64>()
    }

    /// For each place, the last one from which on, up to and with it, at least `k` distinct subjects have a number;
    /// `None` where all before are too few.
    pub(super) fn last_starts(&self, k: u64) -> Vec<Option<usize>> {
        let mut of_place: Vec<Vec<usize>> = vec![Vec::new(); self.len()];
        for (set, (members, _)) in self.several.iter().enumerate() {
            members.iter().for_each(|&member| of_place[member].push(set));
        }
        let mut inside = vec![0u32; self.several.len()];
        let (mut start, mut subjects) = (0, 0u64);
        let mut starts = Vec::with_capacity(self.len());
        for end in 0..self.len() {
            subjects += self.alone[end];
            for &set in &of_place[end] {
                inside[set] += 1;
                if inside[set] == 1 {
                    subjects += self.several[set].1;
                }
            }
            // leave out from the left what is not needed
            while start <= end {
                let mut without = subjects - self.alone[start];
                without -= of_place[start]
                    .iter()
                    .filter(|&&set| inside[set] == 1)
                    .map(|&set| self.several[set].1)
                    .sum::<u64>();
                if without < k {
                    break;
                }
                subjects = without;
                of_place[start].iter().for_each(|&set| inside[set] -= 1);
                start += 1;
            }
            starts.push((subjects >= k).then_some(start));
        }
        starts
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::table::{Domain, Footprints};

    /// The tally of records `(subject, number)`.
    pub fn tally(records: &[(u32, Option<i64>)]) -> EquivalenceTable {
        let texts = records.iter().map(|(_, number)| number.map(|number| number.to_string())).collect();
        let (domain, codes) = Domain::sorted("x", texts);
        let width = domain.len();
        let mut table = EquivalenceTable {
            codes: vec![(0..width as u32).collect()],
            records: vec![0; width],
            subjects: vec![0; width],
            domains: vec![domain],
            ..EquivalenceTable::default()
        };
        let mut of_subject: std::collections::BTreeMap<u32, std::collections::BTreeSet<u32>> = Default::default();
        for ((subject, _), code) in records.iter().zip(codes) {
            table.records[code as usize] += 1;
            of_subject.entry(*subject).or_default().insert(code);
        }
        let mut sets: std::collections::BTreeMap<Vec<u32>, u64> = Default::default();
        for codes in of_subject.into_values() {
            match codes.len() {
                1 => codes.iter().for_each(|&code| table.subjects[code as usize] += 1),
                _ => *sets.entry(codes.into_iter().collect()).or_default() += 1,
            }
        }
        let mut spread = Footprints::default();
        for (members, subjects) in sets {
            spread.members.extend(members);
            spread.starts.push(spread.members.len());
            spread.subjects.push(subjects);
        }
        table.spread = spread;
        table
    }

    /// Distinct subjects with a number between these, ends included.
    pub fn between(records: &[(u32, Option<i64>)], low: f64, high: f64) -> u64 {
        let inside = |number: i64| (low..=high).contains(&(number as f64));
        let subjects: std::collections::HashSet<u32> =
            records.iter().filter(|(_, number)| number.is_some_and(inside)).map(|&(subject, _)| subject).collect();
        subjects.len() as u64
    }

    proptest! {
        #[test]
        fn subjects_are_counted_once(
            records in prop::collection::vec((0u32..12, prop::option::of(-8i64..8)), 1..40), k in 1u64..6,
        ) {
            let numbers = Numbers::of(&tally(&records)).unwrap();
            for start in 0..numbers.len() {
                for end in start..numbers.len() {
                    let expected = between(&records, numbers.values[start], numbers.values[end]);
                    prop_assert_eq!(numbers.subjects(start..end + 1), expected);
                }
            }
            for (end, start) in numbers.last_starts(k).into_iter().enumerate() {
                let enough = |start: &usize| numbers.subjects(*start..end + 1) >= k;
                prop_assert_eq!(start, (0..=end).rev().find(enough));
            }
        }
    }
}
