//! The risk of each record of a survey, from sampling weights.
//!
//! A record's weight says how many people of the population it stands for. The weights of a class add up to an
//! estimate of how many people have its values.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rows::Rows;
use crate::table::EquivalenceTable;

/// How the risk of a class of three or more records is computed; one or two are always exact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// `p / (f − (1 − p))` for `f` records, which is what sdcMicro does unless told otherwise. A little too high.
    #[default]
    Approximate,
    /// The expectation itself, by a recurrence or a series.
    Exact,
}

/// The risk of each combination of a table; all records of a combination have the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Individual {
    /// Records in the sample with the same quasi values: fk.
    pub sample: Vec<u64>,
    /// Estimated people of the population with the same quasi values: Fk, the sum of weights.
    pub population: Vec<f64>,
    /// See [`individual_risk`].
    pub risk: Vec<f64>,
}

/// What the risks of all records add up to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Global {
    /// Expected number of records that are re-identified: the sum of their risks.
    pub expected: f64,
    /// The same per record, 0 to 1; 1 without records.
    pub rate: f64,
}

/// Returns the risk of each combination from the sum of its records' sampling weights.
///
/// Counts records: weights belong to records. A null is a value like any other, where sdcMicro counts it as
/// equal to all. Without a survey, when the table holds everybody, the risk is that of the prosecutor.
pub fn individual_risks(table: &EquivalenceTable, weights: &[f64], method: Method) -> Individual {
    individual_risks_of(&Rows::of(table), weights, method)
}

/// As [`individual_risks`], from rows that were gathered.
pub(super) fn individual_risks_of(rows: &Rows, weights: &[f64], method: Method) -> Individual {
    let mut population = vec![0.0; rows.len()];
    rows.row_of.iter().zip(weights).for_each(|(&row, weight)| population[row as usize] += weight);
    let risk: Vec<f64> =
        rows.records.iter().zip(&population).map(|(&n, &people)| individual_risk(n, people, method)).collect();
    Individual {
        sample: rows.row_of.iter().map(|&row| rows.records[row as usize]).collect(),
        population: rows.row_of.iter().map(|&row| population[row as usize]).collect(),
        risk: rows.row_of.iter().map(|&row| risk[row as usize]).collect(),
    }
}

/// Returns the probability that a record of a class of `sample` records, from a population in which an
/// estimated `population` people have its values, is matched to the right person.
///
/// The mean of `1/F` where the number `F` of people is negative binomial with `sample` successes of probability
/// `p = sample / population`. With `q = 1 − p` it is `p/f · ₂F₁(1, 1; f + 1; q)` for `f` records: `−(p/q) ln p` for
/// one, `(p/q)(1 − r)` for two with `r` the risk of one. `1 / sample` where the population is no larger than
/// the sample or not a number. An empty class has risk 1.
///
/// # References
/// Benedetti, Capobianchi and Franconi, *Individual risk of disclosure using sampling design information*,
/// ISTAT 1998; Franconi and Polettini, *Individual risk estimation in μ-Argus: a review*, PSD 2004; Templ, Kowarik
/// and Meindl, *Statistical disclosure control for micro-data using the R package sdcMicro*, JSS 67(4), 2015.
pub fn individual_risk(sample: u64, population: f64, method: Method) -> f64 {
    if sample == 0 {
        return 1.0;
    }
    let f = sample as f64;
    let p = f / population;
    if p.is_nan() || p <= 0.0 || p >= 1.0 {
        return 1.0 / f;
    }
    match (method, sample) {
        (Method::Approximate, 3..) => p / (f - (1.0 - p)),
        _ => mean_of_inverse(sample, p),
    }
}

/// Classes up to this size are computed by the recurrence from that of one record.
const BY_RECURRENCE: u64 = 40;

/// `p/f · ₂F₁(1, 1; f + 1; q)` for 0 < p < 1.
fn mean_of_inverse(f: u64, p: f64) -> f64 {
    let q = 1.0 - p;
    // errors grow by p/q with every step of the recurrence, and terms of the series shrink at least as q
    // and, for large f, as 1/f
    if p <= 0.5 && f <= BY_RECURRENCE {
        let one = -p / q * p.ln();
        return (1..f).fold(one, |risk, smaller| p / q * (1.0 / smaller as f64 - risk));
    }
    let (mut sum, mut term, mut n) = (1.0, 1.0, 1.0);
    while term > f64::EPSILON * sum * 0.25 {
        term *= n / (f as f64 + n) * q;
        sum += term;
        n += 1.0;
    }
    p / f as f64 * sum
}

/// Returns the probability that at least one member of a household is re-identified: `1 − ∏ (1 − r)`.
///
/// Takes members as independent. 0 without members.
pub fn household_risk(members: impl IntoIterator<Item = f64>) -> f64 {
    let unfound: f64 = members.into_iter().map(|risk| (-risk.clamp(0.0, 1.0)).ln_1p()).sum();
    0.0 - unfound.exp_m1()
}

/// Returns for each record the risk of its household, from each record's own risk and household number.
pub fn household_risks(risk: &[f64], household: &[u32]) -> Vec<f64> {
    let households = household.iter().map(|&number| number as usize + 1).max().unwrap_or(0);
    let mut members = vec![Vec::new(); households];
    household.iter().zip(risk).for_each(|(&number, &risk)| members[number as usize].push(risk));
    let together: Vec<f64> = members.into_iter().map(household_risk).collect();
    household.iter().map(|&number| together[number as usize]).collect()
}

/// Adds up risks over records; each risk comes with the number of records that have it.
pub fn global_risk(risks: impl IntoIterator<Item = (f64, u64)>) -> Global {
    let (mut expected, mut all) = (0.0, 0_u128);
    for (risk, records) in risks {
        expected += risk * records as f64;
        all += u128::from(records);
    }
    Global { expected, rate: if all == 0 { 1.0 } else { expected / all as f64 } }
}

#[cfg(test)]
mod tests;
