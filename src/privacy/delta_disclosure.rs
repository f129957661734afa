//! δ-disclosure privacy.

use super::distribution::{Whole, log_ratio, total};
use super::{Bound, Class, PrivacyModel, Union};

/// How far a ratio's logarithm stays below `δ` at least, relative to it: more than its rounding errors.
const TOLERANCE: f64 = 1e-12;

/// Every sensitive value is about as frequent in a released class as in the whole: `|ln(q/p)| < δ`.
///
/// `q = n_s / n` is the value's share of the class and `p` its share of the whole; `n_s` are the distinct
/// subjects with value `s` and `n` their sum. Null is a value. The measure is the largest `|ln(q/p)|`, in nats.
///
/// By the paper's definition a value of the whole that a class does not have makes it infinite. With rare
/// values that leaves hardly any class; [`Absent::Skipped`] looks only at values that the class has.
///
/// Logarithms are floats of the lowest terms, so that copies of a table have the same measure to the last
/// bit. What comes within 10^-12 of `δ`, relative to it, counts as reaching it.
///
/// It is the strictest of the models over sensitive values, and says nothing about values that mean nearly
/// the same.
///
/// # References
/// Brickell and Shmatikov, *The cost of privacy: destruction of data-mining utility in anonymized data
/// publishing*, KDD 2008, definition 2. pycanon skips absent values; ARX skips them too and takes logarithms to
/// base 2: its `δ` is ours times `1 / ln 2`.
#[derive(Debug, Clone, PartialEq)]
pub struct DeltaDisclosure {
    sensitive: usize,
    delta: f64,
    absent: Absent,
    whole: Whole,
    /// Whether some subject is in several combinations.
    spread: bool,
}

/// What becomes of values of the whole that a class does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// They are infinitely rarer: the definition.
    Counted,
    /// They are not looked at.
    Skipped,
}

impl DeltaDisclosure {
    /// `sensitive` is the place of the column in the table, `whole` the distinct subjects per code of it;
    /// `spread` tells whether some subject is in several combinations.
    pub fn new(sensitive: usize, delta: f64, absent: Absent, whole: &[u64], spread: bool) -> Self {
        Self { sensitive, delta, absent, whole: Whole::new(whole), spread }
    }

    fn largest(&self, class: &Class) -> f64 {
        let values = class.values(self.sensitive);
        if self.absent == Absent::Counted && values.len() < self.whole.values() {
            return f64::INFINITY;
        }
        let n = total(values);
        let log = |&(code, count): &(u32, u64)| {
            log_ratio(u128::from(count) * self.whole.total(), u128::from(self.whole.count(code)) * n)
        };
        values.iter().map(log).fold(0.0, f64::max)
    }
}

impl PrivacyModel for DeltaDisclosure {
    fn id(&self) -> &'static str {
        "delta_disclosure"
    }

    /// With disjoint parts, a value's share of a union is a weighted mean of its shares of the parts, so its
    /// ratio to the whole lies between theirs. Not so for a value that is skipped in one part, nor where a
    /// subject is in several parts and counted once in the union.
    fn union(&self) -> Union {
        match self.absent {
            Absent::Counted if !self.spread => Union::OfAll,
            _ => Union::Never,
        }
    }

    fn measure(&self, class: &Class) -> f64 {
        self.bound().settle(self.largest(class), self.holds(class))
    }

    fn bound(&self) -> Bound {
        Bound::Below(self.delta)
    }

    fn holds(&self, class: &Class) -> bool {
        self.largest(class) < self.delta * (1.0 - TOLERANCE)
    }

    fn sensitive(&self) -> Option<usize> {
        Some(self.sensitive)
    }

    fn over(&self, whole: &[u64]) -> Option<Box<dyn PrivacyModel>> {
        Some(Box::new(Self::new(self.sensitive, self.delta, self.absent, whole, self.spread)))
    }
}
