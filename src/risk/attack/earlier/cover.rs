//! What labels of two releases stand for, and which classes may share a subject.

use std::collections::BTreeMap;

use super::Labels;

/// Which values of the source each label of a column stands for.
#[derive(Debug, Clone)]
pub enum Cover {
    /// Both releases are labelled alike: two labels overlap if they are equal.
    Equal,
    /// The values, by any number of their own; ascending.
    Values(BTreeMap<Option<String>, Vec<u32>>),
}

impl Cover {
    /// From pairs of a label, of either release and any level, and a value that it stands for.
    pub fn of(pairs: impl IntoIterator<Item = (Option<String>, u32)>) -> Self {
        let mut values: BTreeMap<Option<String>, Vec<u32>> = BTreeMap::new();
        for (label, value) in pairs {
            values.entry(label).or_default().push(value);
        }
        for under in values.values_mut() {
            under.sort_unstable();
            under.dedup();
        }
        Self::Values(values)
    }

    /// Whether it is known what a label stands for. One that is not known overlaps itself alone.
    pub fn knows(&self, label: &Option<String>) -> bool {
        match self {
            Self::Equal => true,
            Self::Values(values) => values.contains_key(label),
        }
    }

    fn overlap(&self, a: &Option<String>, b: &Option<String>) -> bool {
        let Self::Values(values) = self else { return a == b };
        if a == b {
            return true;
        }
        let (Some(a), Some(b)) = (values.get(a), values.get(b)) else { return false };
        let (small, large) = if a.len() <= b.len() { (a, b) } else { (b, a) };
        small.iter().any(|value| large.binary_search(value).is_ok())
    }
}

/// Which new classes overlap each old one: in every column their labels share a value.
pub struct Overlaps {
    columns: Vec<Column>,
    words: usize,
    new: usize,
}

struct Column {
    /// The label of each old class, by number.
    label_of: Vec<usize>,
    /// Per old label the new classes that it overlaps, as bits.
    overlapping: Vec<Vec<u64>>,
}

impl Overlaps {
    pub fn of(old: &[&Labels], new: &[&Labels], covers: &[Cover]) -> Self {
        let words = new.len().div_ceil(64);
        let column = |(at, cover): (usize, &Cover)| {
            let mut numbers: BTreeMap<&Option<String>, usize> = BTreeMap::new();
            let mut number = |label| {
                let next = numbers.len();
                *numbers.entry(label).or_insert(next)
            };
            let label_of: Vec<usize> = old.iter().map(|labels| number(&labels[at])).collect();
            let mut holders: BTreeMap<&Option<String>, Vec<usize>> = BTreeMap::new();
            for (class, labels) in new.iter().enumerate() {
                holders.entry(&labels[at]).or_default().push(class);
            }
            let mut overlapping = vec![vec![0_u64; words]; numbers.len()];
            for (label, number) in numbers {
                let bits = &mut overlapping[number];
                let mut set =
                    |classes: &[usize]| classes.iter().for_each(|&class| bits[class / 64] |= 1 << (class % 64));
                match cover {
                    Cover::Equal => {
                        if let Some(classes) = holders.get(label) {
                            set(classes);
                        }
                    }
                    Cover::Values(_) => {
                        holders
                            .iter()
                            .filter(|(other, _)| cover.overlap(label, other))
                            .for_each(|(_, classes)| set(classes));
                    }
                }
            }
            Column { label_of, overlapping }
        };
        Self { columns: covers.iter().enumerate().map(column).collect(), words, new: new.len() }
    }

    /// Calls `found` with each new class that overlaps an old one, ascending.
    pub fn each(&self, old: usize, mut found: impl FnMut(usize)) {
        let bits: Vec<&[u64]> = self.columns.iter().map(|c| &c.overlapping[c.label_of[old]][..]).collect();
        for word in 0..self.words {
            let mut left = u64::MAX;
            for column in &bits {
                left &= column[word];
                if left == 0 {
                    break;
                }
            }
            while left != 0 {
                let class = word * 64 + left.trailing_zeros() as usize;
                // without quasi columns all classes overlap, and there are no more than these
                if class < self.new {
                    found(class);
                }
                left &= left - 1;
            }
        }
    }
}
