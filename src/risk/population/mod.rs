//! How many people are unique in the population, estimated from the classes of a sample.
//!
//! Four estimators, none of which is right for all data: [`pitman()`], [`zayatz()`], [`snb()`], and the rule of
//! Dankar et al. that chooses among them, [`dankar`]. Each is `None` where it does not converge, never 0; without
//! any unique in the sample each says 0. All are deterministic and bounded in time by the number of different
//! class sizes.

mod pitman;
mod snb;
mod zayatz;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use pitman::pitman;
pub use snb::snb;
pub use zayatz::zayatz;

use super::ClassSizes;

/// The population that a table was sampled from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Population {
    /// So many people. Fewer than the sample has count as the sample itself.
    Size(u64),
    /// The share of the population that was sampled. One outside (0, 1] counts as 1.
    Fraction(f64),
}

/// A sample and its population, in numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Sampling {
    /// Members of the sample.
    sample: f64,
    population: f64,
    fraction: f64,
}

impl Population {
    fn of(self, sizes: &ClassSizes) -> Sampling {
        let sample = sizes.members() as f64;
        let population = match self {
            Self::Size(people) => people as f64,
            Self::Fraction(fraction) if fraction > 0.0 && fraction <= 1.0 => sample / fraction,
            Self::Fraction(_) => sample,
        };
        let population = if population.is_finite() { population.max(sample) } else { sample };
        let fraction = match self {
            Self::Fraction(fraction) if fraction > 0.0 && population > sample => fraction,
            _ => sample / population,
        };
        Sampling { sample, population, fraction }
    }

    /// The number of people.
    pub fn people(self, sizes: &ClassSizes) -> f64 {
        self.of(sizes).population
    }

    /// The share of them that is in the sample; 1 for an empty one.
    pub fn fraction(self, sizes: &ClassSizes) -> f64 {
        let fraction = self.of(sizes).fraction;
        if fraction > 0.0 { fraction } else { 1.0 }
    }
}

/// An estimator of population uniques.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Estimator {
    Pitman,
    Zayatz,
    Snb,
}

/// Population uniques by all estimators, in people; `None` for those that did not converge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PopulationUniques {
    /// People in the population.
    pub population: f64,
    pub sampling_fraction: f64,
    pub pitman: Option<f64>,
    pub zayatz: Option<f64>,
    pub snb: Option<f64>,
    /// By the rule of Dankar et al.
    pub dankar: Option<f64>,
    /// Which estimator that rule chose.
    pub chosen: Option<Estimator>,
}

/// Estimates the population's uniques by every model.
pub fn population_uniques(sizes: &ClassSizes, population: Population) -> PopulationUniques {
    let (pitman, zayatz, snb) = (pitman(sizes, population), zayatz(sizes, population), snb(sizes, population));
    let fraction = population.fraction(sizes);
    let chosen = dankar(fraction, pitman, zayatz, snb);
    PopulationUniques {
        population: population.people(sizes),
        sampling_fraction: fraction,
        pitman,
        zayatz,
        snb,
        dankar: chosen.map(|(_, people)| people),
        chosen: chosen.map(|(estimator, _)| estimator),
    }
}

/// The sampling fraction up to which Dankar's rule takes Pitman's estimate.
const SPARSE: f64 = 0.1;

/// Chooses among estimates as Dankar et al. found best: Pitman's if at most a tenth of the population was
/// sampled, otherwise the smaller one of Zayatz's and that of the slide negative binomial.
///
/// Where the one to take did not converge Zayatz's is taken, as ARX does. ARX's solver of the slide negative
/// binomial mostly fails (see [`snb()`]), and then its rule always ends with Zayatz's.
///
/// # References
/// Dankar, El Emam, Neisa and Roffey, *Estimating the re-identification risk of clinical data sets*, BMC Medical
/// Informatics and Decision Making 12:66, 2012.
pub fn dankar(fraction: f64, pitman: Option<f64>, zayatz: Option<f64>, snb: Option<f64>) -> Option<(Estimator, f64)> {
    let zayatz = zayatz.map(|people| (Estimator::Zayatz, people));
    if fraction <= SPARSE {
        return pitman.map(|people| (Estimator::Pitman, people)).or(zayatz);
    }
    match (snb, zayatz) {
        (Some(snb), Some((_, most))) if most < snb => zayatz,
        (Some(snb), _) => Some((Estimator::Snb, snb)),
        (None, _) => zayatz,
    }
}

/// What is counted of a sample, as the models need it.
struct Histogram {
    /// Class sizes above 0 with the number of such classes, ascending.
    sizes: Vec<(f64, f64)>,
    classes: f64,
    /// Classes of one and of two.
    one: f64,
    two: f64,
}

impl Histogram {
    fn of(sizes: &ClassSizes) -> Self {
        let occupied: Vec<(u64, u64)> = sizes.occupied().filter(|&(size, _)| size > 0).collect();
        let of_size = |size| occupied.iter().filter(|&&(s, _)| s == size).map(|&(_, n)| u128::from(n)).sum::<u128>();
        Self {
            classes: occupied.iter().map(|&(_, count)| u128::from(count)).sum::<u128>() as f64,
            one: of_size(1) as f64,
            two: of_size(2) as f64,
            sizes: occupied.iter().map(|&(size, count)| (size as f64, count as f64)).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
