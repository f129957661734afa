//! β-likeness, basic and enhanced.

use std::cmp::Ordering;

use super::decimal::ratio;
use super::distribution::{Whole, log_ratio, total};
use super::{Bound, Class, Decimal, PrivacyModel, Union};
use crate::spec::BetaKind;

/// How far a gain stays below the cap `−ln p` at least, relative to it: more than its rounding errors.
const TOLERANCE: f64 = 1e-12;

/// No sensitive value becomes much more frequent in a released class than it is in the whole: for every value
/// with `q > p`, basic `(q − p)/p ≤ β`, enhanced `(q − p)/p ≤ min(β, −ln p)`.
///
/// `q = n_s / n` is the value's share of the class and `p` its share of the whole; `n_s` are the distinct
/// subjects with value `s` and `n` their sum. Null is a value. The measure is the largest `(q − p)/p`, thus the
/// smallest `β` that holds; where a value exceeds the cap `−ln p` no `β` does, and it is infinite.
///
/// Decided in whole numbers against `β` as written; copies of a table have the same measure. The cap is
/// compared in floats: a logarithm of a ratio other than 1 equals no ratio, so nothing lies exactly at it, and
/// what comes within 10^-12 of it counts as above.
///
/// It lets values become rarer, and says nothing about values that mean nearly the same.
///
/// # References
/// Cao and Karras, *Publishing microdata with a robust privacy guarantee*, PVLDB 5(11), 2012. ARX agrees.
/// pycanon's enhanced number is `min(max β, −ln p)` over values, not a test of each class.
#[derive(Debug, Clone, PartialEq)]
pub struct BetaLikeness {
    sensitive: usize,
    kind: BetaKind,
    beta: Decimal,
    whole: Whole,
    /// Per code `−ln p`; empty for the basic kind.
    caps: Vec<f64>,
    /// Whether some subject is in several combinations.
    spread: bool,
}

impl BetaLikeness {
    /// `sensitive` is the place of the column in the table, `whole` the distinct subjects per code of it;
    /// `spread` tells whether some subject is in several combinations.
    pub fn new(sensitive: usize, kind: BetaKind, beta: f64, whole: &[u64], spread: bool) -> Self {
        let whole = Whole::new(whole);
        let cap = |&count: &u64| log_ratio(u128::from(count), whole.total());
        let caps = match kind {
            BetaKind::Basic => Vec::new(),
            BetaKind::Enhanced => whole.counts().iter().map(cap).collect(),
        };
        Self { sensitive, kind, beta: Decimal::new(beta), whole, caps, spread }
    }

    /// How many values of a class exceed their cap `−ln p`, whatever `β` is; none for the basic kind.
    pub fn above_cap(&self, class: &Class) -> usize {
        self.gains(class).filter(|&(code, gain)| self.exceeds_cap(code, gain)).count()
    }

    /// The values that are more frequent in the class than in the whole, each with numerator and denominator
    /// of `(q − p)/p`.
    fn gains(&self, class: &Class) -> impl Iterator<Item = (u32, (u128, u128))> {
        let values = class.values(self.sensitive);
        let n = total(values);
        values.iter().filter_map(move |&(code, count)| {
            let (here, there) = (u128::from(count) * self.whole.total(), u128::from(self.whole.count(code)) * n);
            (here > there).then(|| (code, (here - there, there)))
        })
    }

    fn exceeds_cap(&self, code: u32, gain: (u128, u128)) -> bool {
        let cap = self.caps.get(code as usize).copied().unwrap_or(f64::INFINITY);
        ratio(gain.0, gain.1) > cap * (1.0 - TOLERANCE)
    }
}

impl PrivacyModel for BetaLikeness {
    fn id(&self) -> &'static str {
        match self.kind {
            BetaKind::Basic => "basic_beta_likeness",
            BetaKind::Enhanced => "enhanced_beta_likeness",
        }
    }

    /// With disjoint parts, a value's share of a union is a weighted mean of its shares of the parts, and what
    /// it is held against is the same for all. A subject of several parts is counted once in the union, where
    /// that need not hold.
    fn union(&self) -> Union {
        if self.spread { Union::Never } else { Union::OfAll }
    }

    fn measure(&self, class: &Class) -> f64 {
        let gain = |(code, gain): (u32, (u128, u128))| match self.exceeds_cap(code, gain) {
            true => f64::INFINITY,
            false => ratio(gain.0, gain.1),
        };
        let most = self.gains(class).map(gain).fold(0.0, f64::max);
        self.bound().settle(most, self.holds(class))
    }

    fn bound(&self) -> Bound {
        Bound::AtMost(self.beta.value())
    }

    fn holds(&self, class: &Class) -> bool {
        let small = |gain: (u128, u128)| self.beta.compare(gain.0, gain.1) != Ordering::Greater;
        self.gains(class).all(|(code, gain)| small(gain) && !self.exceeds_cap(code, gain))
    }

    fn sensitive(&self) -> Option<usize> {
        Some(self.sensitive)
    }

    fn over(&self, whole: &[u64]) -> Option<Box<dyn PrivacyModel>> {
        Some(Box::new(Self::new(self.sensitive, self.kind, self.beta.value(), whole, self.spread)))
    }
}
