//! k-anonymity over subjects.

use super::{Bound, Class, PrivacyModel, Union};
use crate::table::Classes;

/// Every released class has at least `k` distinct subjects.
///
/// Counts subjects, not records: twelve monthly bills of one household are one. Says nothing about what
/// a class reveals of its subjects.
///
/// # References
/// Sweeney, *k-anonymity: a model for protecting privacy*, IJUFKS 10(5), 2002.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KAnonymity {
    pub k: u64,
}

impl PrivacyModel for KAnonymity {
    fn id(&self) -> &'static str {
        "k_anonymity"
    }

    /// A union has at least the distinct subjects of each part, even where subjects are in several parts.
    fn union(&self) -> Union {
        Union::OfAny
    }

    fn measure(&self, class: &Class) -> f64 {
        class.subjects as f64
    }

    fn bound(&self) -> Bound {
        Bound::AtLeast(self.k as f64)
    }

    fn holds(&self, class: &Class) -> bool {
        class.subjects >= self.k
    }
}

/// Returns the smallest number of distinct subjects in a class that is not withheld; `None` without one.
///
/// `suppressed` tells for each combination whether it is withheld.
pub fn smallest_class(classes: &Classes, suppressed: &[bool]) -> Option<u64> {
    let released = classes.class_of.iter().zip(suppressed).filter(|(_, withheld)| !**withheld);
    released.map(|(&class, _)| classes.subjects[class as usize]).min()
}
