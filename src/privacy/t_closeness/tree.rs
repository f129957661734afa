//! A hierarchy as a tree of labels, and the distance by it.

use super::{Whole, Wide};
use crate::table::Hierarchy;

/// Up to so many labels are counted in a table of their own; more are sorted.
const FEW: usize = 128;

/// The labels of a hierarchy below its top.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tree {
    /// `H`: levels below the top.
    height: usize,
    /// The labels of each code, one per level below the top; numbered through over all levels.
    labels_of: Vec<u32>,
    /// Subjects of the whole per label.
    whole: Vec<u128>,
    all: u128,
}

impl Tree {
    pub fn new(hierarchy: &Hierarchy, whole: &Whole) -> Self {
        let height = hierarchy.top();
        let values = hierarchy.levels[0].label_of.len();
        let mut labels_of = vec![0; values * height];
        let mut first = 0;
        for (at, level) in hierarchy.levels[..height].iter().enumerate() {
            for (code, &label) in level.label_of.iter().enumerate() {
                labels_of[code * height + at] = first + label;
            }
            first += level.labels.len() as u32;
        }
        Self { height, labels_of, whole: vec![0; first as usize], all: 0 }.over(whole)
    }

    /// The same labels with the counts of another whole.
    pub fn over(&self, whole: &Whole) -> Self {
        let mut tree = Self { whole: vec![0; self.whole.len()], all: whole.total(), ..self.clone() };
        for code in 0..(self.labels_of.len() / self.height.max(1)) as u32 {
            for label in self.labels(code) {
                tree.whole[*label as usize] += u128::from(whole.count(code));
            }
        }
        tree
    }

    /// `H`, at least 1.
    pub fn height(&self) -> usize {
        self.height.max(1)
    }

    fn labels(&self, code: u32) -> &[u32] {
        let start = code as usize * self.height;
        &self.labels_of[start..start + self.height]
    }

    /// Numerator and denominator of the distance.
    ///
    /// Li et al. let every label move `min(pos, neg)` of what its children have too much and too little of,
    /// at the cost `height/H`. As `min(pos, neg) = ½ (Σ |e_child| − |e_label|)` with the excess `e` of a label, and
    /// as heights grow by 1, all that adds up to `1/H Σ ½ |e|` over the labels below the top: the mean over
    /// levels of the total variation between the labels.
    pub fn distance<I: Wide>(&self, values: &[(u32, u64)], n: u128) -> (I, I) {
        let (n, all) = (I::from(n), I::from(self.all));
        let excess = |sum: I, label: usize, count: u128| {
            let (here, there) = (I::from(count) * all, I::from(self.whole[label]) * n);
            if here > there { sum + (here - there) } else { sum }
        };
        let zero = I::from(0_u64);
        let counted = values.iter().flat_map(|&(code, count)| self.labels(code).iter().map(move |&l| (l, count)));
        let distance = if self.whole.len() <= FEW {
            let mut counts = [0_u128; FEW];
            counted.for_each(|(label, count)| counts[label as usize] += u128::from(count));
            let counts = counts[..self.whole.len()].iter().enumerate();
            counts.filter(|(_, count)| **count > 0).fold(zero, |sum, (label, &count)| excess(sum, label, count))
        } else {
            let mut counts: Vec<(u32, u64)> = counted.collect();
            counts.sort_unstable();
            counts.chunk_by(|a, b| a.0 == b.0).fold(zero, |sum, same| {
                excess(sum, same[0].0 as usize, same.iter().map(|&(_, count)| u128::from(count)).sum())
            })
        };
        (distance, n * all * I::from(self.height() as u64))
    }
}
