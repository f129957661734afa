//! The risk and level of GB/T 42460-2023: θ, `R_a`, `R_b`, `R_c`, pr(context), `R`.
//!
//! Scores identity attacks only: nothing here speaks of what a class reveals about its members.

use super::{ClassSizes, estimates::exceeds};
use crate::spec::{Attacker, ByGrade, Context, Grade, PerContext, RulePack, Threshold};

/// A risk this close to a threshold, relative to it, is taken as the threshold itself, so that rounding never
/// carries a release below it.
const AT_THRESHOLD: f64 = 1e-12;

/// The numbers of one release.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Assessment {
    /// `R_a`, D.1.5: share of classes whose θ is above τ.
    pub above_tau: f64,
    /// `R_b`, D.1.3: the highest θ.
    pub highest: f64,
    /// `R_c`, D.1.3: the mean of θ over classes, each weighing the same.
    pub mean: f64,
    /// pr(context), D.1.4.
    pub attack: f64,
    /// `R`, D.1.5.
    pub risk: f64,
}

/// Computes D.1.2 to D.1.5. Without classes, or with one that has no members, risks are 1.
pub fn assess(sizes: &ClassSizes, rules: &RulePack, context: Context, attacker: Option<&Attacker>) -> Assessment {
    let tau = threshold(&rules.class_risk, context).value;
    let classes = sizes.classes();
    let above: u128 =
        sizes.occupied().filter(|&(size, _)| exceeds(1.0, size, tau)).map(|(_, count)| u128::from(count)).sum();
    // ascending sizes give one order of addition, and so the same bits for everyone
    let sum: f64 = sizes.occupied().map(|(size, count)| count as f64 * theta(size)).sum();
    let (above_tau, highest, mean) = match sizes.min() {
        Some(least) => (above as f64 / classes as f64, theta(least), (sum / classes as f64).min(1.0)),
        None => (1.0, 1.0, 1.0),
    };
    let attack = attack(rules, context, attacker);
    let risk = match context {
        _ if above_tau > 0.0 => 1.0,
        Context::Public => highest * attack,
        Context::Controlled | Context::Enclave => mean * attack,
    };
    let limit = rules.overall_risk.value;
    let risk = if (risk - limit).abs() <= limit * AT_THRESHOLD { limit } else { risk };
    Assessment { above_tau, highest, mean, attack, risk }
}

/// θ, D.1.2: the risk of each member of a class; 1 for a class without members.
pub fn theta(size: u64) -> f64 {
    1.0 / size.max(1) as f64
}

/// pr(context), D.1.4: the probability that someone attempts, 0 to 1.
///
/// 1 for a public release and where nothing is known of the attacker; otherwise the highest of T1 (deliberate
/// insider), T2 (an acquaintance recognized by chance, `1 − (1 − p)^m`) and T3 (breach at the recipient).
/// What is not a probability counts as 1.
pub fn attack(rules: &RulePack, context: Context, attacker: Option<&Attacker>) -> f64 {
    let (Some(attacker), Context::Controlled | Context::Enclave) = (attacker, context) else { return 1.0 };
    let insider = *by(by(&rules.attack.insider, attacker.mitigation), attacker.motive);
    let acquaintance = 1.0 - power(1.0 - probability(attacker.prevalence), attacker.acquaintances);
    let breach = *by(&rules.attack.breach, attacker.recipient_control);
    probability(insider).max(probability(acquaintance)).max(probability(breach))
}

/// The level, 1 to 4.
///
/// 1 with a direct identifier; 4 with neither identifiers nor quasi-identifiers; 3 where the risk is below
/// the threshold; otherwise 2. At the threshold is not below it.
pub fn level(assessment: &Assessment, rules: &RulePack, identifiers: usize, quasi: usize) -> u8 {
    if identifiers > 0 {
        1
    } else if quasi == 0 {
        4
    } else if assessment.risk < rules.overall_risk.value {
        3
    } else {
        2
    }
}

/// The threshold of one context.
pub fn threshold(per: &PerContext, context: Context) -> &Threshold {
    match context {
        Context::Public => &per.public,
        Context::Controlled => &per.controlled,
        Context::Enclave => &per.enclave,
    }
}

fn by<T>(grades: &ByGrade<T>, grade: Grade) -> &T {
    match grade {
        Grade::Low => &grades.low,
        Grade::Medium => &grades.medium,
        Grade::High => &grades.high,
    }
}

fn probability(value: f64) -> f64 {
    if (0.0..=1.0).contains(&value) { value } else { 1.0 }
}

/// `base` to a whole power by squaring: unlike the library's it gives the same bits on every machine.
fn power(mut base: f64, mut exponent: u32) -> f64 {
    let mut result = 1.0;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result *= base;
        }
        base *= base;
        exponent >>= 1;
    }
    result
}
