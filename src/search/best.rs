//! The best solutions so far.

/// A node that keeps the conditions, or a bound on one. Less is better: metric, then records withheld, then
/// levels.
///
/// Metrics are compared to some 12 digits, coarser than what summing in another order changes: ties are ties.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Candidate<N> {
    pub value: f64,
    pub suppressed: u64,
    pub node: N,
}

impl<N: Ord> Candidate<N> {
    fn rank(&self) -> (u64, u64, &N) {
        (grade(self.value), self.suppressed, &self.node)
    }

    pub fn is_better(&self, than: &Self) -> bool {
        self.rank() < than.rank()
    }
}

/// The same for values that differ only in rounding: 41 bits of the float, which keep its order.
pub(super) fn grade(value: f64) -> u64 {
    (value.max(0.0).to_bits() + (1 << 11)) >> 12
}

/// The best candidates, at most so many as are asked for, best first.
#[derive(Debug)]
pub(super) struct Best<N> {
    list: Vec<Candidate<N>>,
    number: usize,
}

impl<N: Ord> Best<N> {
    pub fn new(number: usize) -> Self {
        Self { list: Vec::new(), number: number.max(1) }
    }

    pub fn first(&self) -> Option<&Candidate<N>> {
        self.list.first()
    }

    /// Whether a candidate would be among the best.
    pub fn admits(&self, candidate: &Candidate<N>) -> bool {
        self.list.len() < self.number || self.list.last().is_some_and(|last| candidate.is_better(last))
    }

    pub fn offer(&mut self, candidate: Candidate<N>) {
        if self.admits(&candidate) {
            let at = self.list.partition_point(|known| known.is_better(&candidate));
            self.list.insert(at, candidate);
            self.list.truncate(self.number);
        }
    }

    pub fn into_list(self) -> Vec<Candidate<N>> {
        self.list
    }
}
