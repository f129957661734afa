//! Re-identification risk of prosecutor, journalist and marketer, from class sizes alone.
//!
//! Everything is integer arithmetic with one division at the end, so that two parties get equal bits.
//! Averages here weigh classes by their members (`|J| / N`); the mean over classes, each weighing the same,
//! is `R_c` in [`super::gbt42460`]. The two differ.
//!
//! # References
//! El Emam, *Guide to the De-Identification of Personal Health Information*, 2013, chapter 16;
//! ISO/IEC 20889:2018, 7.3.1.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ClassSizes;

/// The relative gap that still counts as equal where a risk is held against τ: a τ of one third, written with
/// nine digits or more, admits a class of three.
const EQUAL: f64 = 1e-9;

/// The risk of one kind of attacker.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
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

/// Risks in a sample whose members are all there is, and how many members have the highest and the lowest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampleRisk {
    /// Of the member who is easiest to find.
    pub highest: f64,
    /// Of the member who is hardest to find.
    pub lowest: f64,
    /// Mean over members: the share that a prosecutor finds who tries all, his success rate.
    pub average: f64,
    /// Members of the smallest classes.
    pub at_highest: u128,
    /// Members of the largest classes.
    pub at_lowest: u128,
}

/// Returns the range of the members' risks. Without members every risk is 1.
pub fn sample_risk(sizes: &ClassSizes) -> SampleRisk {
    let members_of = |size: Option<u64>| {
        let alike = sizes.occupied().filter(|&(other, _)| Some(other) == size);
        alike.map(|(size, count)| u128::from(size) * u128::from(count)).sum()
    };
    let Risk { highest, average, .. } = prosecutor(sizes, 1.0);
    SampleRisk {
        highest,
        lowest: 1.0 / sizes.max().unwrap_or(1).max(1) as f64,
        average,
        at_highest: members_of(sizes.min()),
        at_lowest: members_of(sizes.max()),
    }
}

/// The members that are alone in their class.
pub fn sample_uniques(sizes: &ClassSizes) -> u128 {
    sizes.occupied().filter(|&(size, _)| size == 1).map(|(_, count)| u128::from(count)).sum()
}

/// Returns for each of the ascending `bounds` the share of members whose risk is at most that and above the
/// bound before it.
///
/// At the boundary counts as below, as in [`exceeds`]. Shares add up to 1 if the last bound is 1. Without members
/// all shares are 0.
pub fn risk_distribution(sizes: &ClassSizes, fraction: f64, bounds: &[f64]) -> Vec<f64> {
    let fraction = share(fraction);
    let mut members = vec![0_u128; bounds.len()];
    for (size, count) in sizes.occupied().filter(|&(size, _)| size > 0) {
        let place = bounds.partition_point(|&bound| exceeds(fraction, size, bound));
        if let Some(members) = members.get_mut(place) {
            *members += u128::from(size) * u128::from(count);
        }
    }
    let all = sizes.members().max(1) as f64;
    members.into_iter().map(|part| part as f64 / all).collect()
}

/// A class of a sample beside the class of the population that has the same values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InPopulation {
    /// Members in the sample.
    pub sample: u64,
    /// Members in the population, the sample's among them. Fewer than in the sample count as so many.
    pub population: u64,
}

/// Journalist, where the classes of the population are known: a member is found with probability
/// `1 / population`.
///
/// The average is the larger one of `classes / Σ population` and of the mean over members, the two ways in which
/// El Emam lets an attacker match a sample with a population; the second alone is [`marketer_in`]. Classes without
/// members in the sample do not count. Without any class every risk is 1.
pub fn journalist_in(classes: impl IntoIterator<Item = InPopulation>, tau: f64) -> Risk {
    let (mut count, mut members, mut people, mut above) = (0_u64, 0_u128, 0_u128, 0_u128);
    let (mut least, mut found) = (u64::MAX, 0.0);
    for InPopulation { sample, population } in classes {
        let population = population.max(sample);
        if sample == 0 {
            continue;
        }
        count += 1;
        members += u128::from(sample);
        people += u128::from(population);
        least = least.min(population);
        found += sample as f64 / population as f64;
        if exceeds(1.0, population, tau) {
            above += u128::from(sample);
        }
    }
    if members == 0 {
        return Risk { highest: 1.0, average: 1.0, share_above: 1.0 };
    }
    Risk {
        highest: 1.0 / least as f64,
        average: (count as f64 / people as f64).max(found / members as f64),
        share_above: above as f64 / members as f64,
    }
}

/// Marketer, where the classes of the population are known: the mean of `1 / population` over members.
pub fn marketer_in(classes: impl IntoIterator<Item = InPopulation>) -> f64 {
    let (mut members, mut found) = (0_u128, 0.0);
    for InPopulation { sample, population } in classes {
        if sample > 0 {
            members += u128::from(sample);
            found += sample as f64 / population.max(sample) as f64;
        }
    }
    if members == 0 { 1.0 } else { found / members as f64 }
}

/// A sampling fraction; 1 for what is none, because 1 gives the highest risk.
fn share(fraction: f64) -> f64 {
    if fraction > 0.0 && fraction <= 1.0 { fraction } else { 1.0 }
}

#[cfg(test)]
mod tests;
