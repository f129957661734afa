//! δ-presence: whether someone of the population is in the data stays uncertain.

use std::cmp::Ordering;

use super::decimal::ratio;
use super::{Bound, Class, Decimal, PrivacyModel, Union};

/// For everyone of the population the probability of being in the data, `f_c / F_c`, lies between `δ_min` and
/// `δ_max`; one value of this type keeps one of the two sides.
///
/// `f_c` are the distinct subjects of a class and `F_c` its people of the population. A class with subjects
/// but without people is in no population: its share is infinite. A class with people but without records has
/// the share 0; it cannot be withheld, so below a `δ_min` above 0 no release is possible at all, as in ARX:
/// see [`PrivacyModel::judges_absent`].
///
/// Decided in whole numbers against the bounds as written. N copies of data and population have the same
/// measure. It does not protect what a class reveals of its subjects, nor those of withheld classes from
/// whoever knows how much was withheld.
///
/// # References
/// Nergiz, Atzori and Clifton, *Hiding the presence of individuals from shared databases*, SIGMOD 2007.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DeltaPresence {
    side: Side,
    share: Decimal,
    /// Whether some subject is in several combinations.
    spread: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Least,
    Most,
}

impl DeltaPresence {
    /// `f_c / F_c ≥ least`. `spread` tells whether some subject is in several combinations of the table.
    pub fn least(least: f64, spread: bool) -> Self {
        Self { side: Side::Least, share: Decimal::new(least), spread }
    }

    /// `f_c / F_c ≤ most`.
    pub fn most(most: f64) -> Self {
        Self { side: Side::Most, share: Decimal::new(most), spread: false }
    }
}

impl PrivacyModel for DeltaPresence {
    fn id(&self) -> &'static str {
        match self.side {
            Side::Least => "delta_presence_least",
            Side::Most => "delta_presence_most",
        }
    }

    /// The share of a union lies between the least and the largest share of its parts. A subject of several
    /// parts makes it smaller: then `least` may be lost.
    fn union(&self) -> Union {
        if self.spread { Union::Never } else { Union::OfAll }
    }

    fn measure(&self, class: &Class) -> f64 {
        let share = ratio(u128::from(class.subjects), u128::from(class.population));
        self.bound().settle(share, self.holds(class))
    }

    fn bound(&self) -> Bound {
        match self.side {
            Side::Least => Bound::AtLeast(self.share.value()),
            Side::Most => Bound::AtMost(self.share.value()),
        }
    }

    fn holds(&self, class: &Class) -> bool {
        let share = self.share.compare(u128::from(class.subjects), u128::from(class.population));
        match self.side {
            Side::Least => share != Ordering::Less,
            Side::Most => share != Ordering::Greater,
        }
    }

    fn judges_absent(&self) -> bool {
        self.side == Side::Least
    }
}
