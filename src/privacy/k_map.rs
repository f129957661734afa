//! k-map: k-anonymity against the population.

use std::cmp::Ordering;

use super::{Bound, Class, Decimal, PrivacyModel, Union};

/// Every released class has at least `k` people in the population: `F_c ≥ k`.
///
/// Weaker than k-anonymity where the data are a sample, for an attacker who does not know who is in it. It
/// does not protect those of whom the attacker knows that they are in the data, and says nothing about what a
/// class reveals of its subjects.
///
/// Decided in whole numbers. Of classes without records it says nothing that matters: they are not released.
/// N copies of data and population have N times the measure.
///
/// # References
/// Sweeney, *Computational disclosure control*, MIT 2001, 5.3; El Emam and Dankar, *Protecting privacy using
/// k-anonymity*, JAMIA 15(5), 2008. ARX derives from a sampling fraction a `k` of the sample by a test with a
/// Poisson distribution; here it is the plain estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KMap {
    k: u64,
    people: People,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum People {
    Counted,
    Sampled {
        fraction: f64,
        /// The fewest subjects that stand for `k` people.
        least: u64,
    },
}

impl KMap {
    /// Against [`Class::population`], counted in a table of the population.
    pub fn counted(k: u64) -> Self {
        Self { k, people: People::Counted }
    }

    /// Against the estimate `subjects / fraction`, with the share of the population that the data hold.
    ///
    /// Assumes that every class was sampled alike: one that was sampled more densely has fewer people than
    /// that. With a fraction of 1 this is k-anonymity; what lies outside 0 to 1 counts as 1.
    pub fn sampled(k: u64, fraction: f64) -> Self {
        let fraction = if fraction > 0.0 && fraction <= 1.0 { fraction } else { 1.0 };
        let share = Decimal::new(fraction);
        let below = share.floor_of(k);
        let exact = share.compare(u128::from(below), u128::from(k)) != Ordering::Less;
        Self { k, people: People::Sampled { fraction, least: below + u64::from(!exact) } }
    }
}

impl PrivacyModel for KMap {
    fn id(&self) -> &'static str {
        "k_map"
    }

    /// The people of a union are those of its parts together, and its subjects include those of each part.
    fn union(&self) -> Union {
        Union::OfAny
    }

    fn measure(&self, class: &Class) -> f64 {
        let people = match self.people {
            People::Counted => class.population as f64,
            People::Sampled { fraction, .. } => class.subjects as f64 / fraction,
        };
        self.bound().settle(people, self.holds(class))
    }

    fn bound(&self) -> Bound {
        Bound::AtLeast(self.k as f64)
    }

    fn holds(&self, class: &Class) -> bool {
        match self.people {
            People::Counted => class.population >= self.k,
            People::Sampled { least, .. } => class.subjects >= least,
        }
    }
}
