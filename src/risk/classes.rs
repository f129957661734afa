//! Counting over [`ClassSizes`].

use std::collections::BTreeMap;

use super::ClassSizes;

impl ClassSizes {
    /// Counts classes by their size; the order of the sizes does not matter.
    ///
    /// A size is the number of distinct subjects of a class, or of its records where no subject token is
    /// released. A class without any subject keeps its size 0: it has no `k`.
    pub fn from_classes(sizes: impl IntoIterator<Item = u64>) -> Self {
        let mut counts = BTreeMap::new();
        for size in sizes {
            *counts.entry(size).or_insert(0) += 1;
        }
        Self(counts.into_iter().collect())
    }

    /// Number of classes.
    pub fn classes(&self) -> u128 {
        self.0.iter().map(|&(_, count)| u128::from(count)).sum()
    }

    /// Sum of all sizes. A subject with records in several classes counts once in each.
    pub fn members(&self) -> u128 {
        self.0.iter().map(|&(size, count)| u128::from(size) * u128::from(count)).sum()
    }

    /// The smallest size; `None` without classes.
    pub fn min(&self) -> Option<u64> {
        self.occupied().map(|(size, _)| size).min()
    }

    /// The largest size; `None` without classes.
    pub fn max(&self) -> Option<u64> {
        self.occupied().map(|(size, _)| size).max()
    }

    /// Members per class; `None` without classes.
    pub fn mean(&self) -> Option<f64> {
        let classes = self.classes();
        (classes > 0).then(|| self.members() as f64 / classes as f64)
    }

    /// Sizes that a class has, with the number of such classes.
    pub(super) fn occupied(&self) -> impl Iterator<Item = (u64, u64)> {
        self.0.iter().copied().filter(|&(_, count)| count > 0)
    }
}
