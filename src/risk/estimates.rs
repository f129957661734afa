//! Re-identification risk of prosecutor, journalist and marketer, from class sizes alone.
//!
//! Everything is integer arithmetic with one division at the end, so that two parties get equal bits.
//! Averages here weigh classes by their members (`|J| / N`); the mean over classes, each weighing the same,
//! is `R_c` in [`super::gbt42460`]. The two differ.
//!
//! # References
//! El Emam, *Guide to the De-Identification of Personal Health Information*, 2013, chapter 16;
//! ISO/IEC 20889:2018, 7.3.1.

use super::ClassSizes;

/// The relative gap that still counts as equal where a risk is held against τ: a τ of one third, written with
/// nine digits or more, admits a class of three.
const EQUAL: f64 = 1e-9;

/// The risk of one kind of attacker.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Risk {
    /// Of the member who is easiest to find.
    pub highest: f64,
    /// Mean over members.
    pub average: f64,
    /// Share of members whose risk is above τ.
    pub share_above: f64,
}

/// Returns whether the risk `fraction / size` lies above `tau`.
///
/// A class at the boundary is not above: size 5 at τ = 0.2, size 3 at τ = 0.333333333. A τ that is not a
/// number is exceeded by every class, and so is every τ below 1 by a class without members.
pub fn exceeds(fraction: f64, size: u64, tau: f64) -> bool {
    let tolerated = tau >= 1.0 || size as f64 * tau >= fraction * (1.0 - EQUAL);
    !tolerated
}

/// Prosecutor: knows that the target is in the data; a member of a class of `size` is found with
/// probability `1 / size`.
///
/// Without any class every risk is 1: what shows nothing proves nothing.
pub fn prosecutor(sizes: &ClassSizes, tau: f64) -> Risk {
    journalist(sizes, tau, 1.0)
}

/// Journalist: does not know whether the target is in the data, but knows the population.
///
/// Assumes that every class was sampled from the population alike, so that a class of `size` members comes
/// from `size / fraction` people and the risk of its members is `fraction / size`. Where some groups are
/// sampled more densely than others the true risk of theirs is higher. A fraction outside (0, 1] counts as 1.
pub fn journalist(sizes: &ClassSizes, tau: f64, fraction: f64) -> Risk {
    let fraction = share(fraction);
    let (classes, members) = (sizes.classes(), sizes.members());
    let (Some(least), true) = (sizes.min().filter(|&size| size > 0), members > 0) else {
        return Risk { highest: 1.0, average: 1.0, share_above: 1.0 };
    };
    let above: u128 = sizes
        .occupied()
        .filter(|&(size, _)| exceeds(fraction, size, tau))
        .map(|(size, count)| u128::from(size) * u128::from(count))
        .sum();
    Risk {
        highest: fraction / least as f64,
        average: classes as f64 / members as f64 * fraction,
        share_above: above as f64 / members as f64,
    }
}

/// Marketer: the expected share of members found by whoever links the whole table, `fraction × |J| / N`.
///
/// Under the uniform sampling of [`journalist`] this equals the journalist's average.
pub fn marketer(sizes: &ClassSizes, fraction: f64) -> f64 {
    journalist(sizes, 1.0, fraction).average
}

/// A sampling fraction; 1 for what is none, because 1 gives the highest risk.
fn share(fraction: f64) -> f64 {
    if fraction > 0.0 && fraction <= 1.0 { fraction } else { 1.0 }
}
