//! `[privacy]` as written: what the released classes must reach.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::spec::models::{BetaKind, EntropyEstimator, GroundDistance, UniquesEstimator};
use crate::spec::pipeline::RecodingKind;

/// What the released classes must reach.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawPrivacy {
    /// The least number of distinct subjects in a class, at least 2
    #[schemars(range(min = 2))]
    pub k: u64,
    /// The share of records, 0 to 1, that may be withheld
    #[serde(default)]
    #[schemars(range(min = 0, max = 1))]
    pub suppression_limit: f64,
    /// The share of the population, above 0 and at most 1, that the source holds
    #[serde(default = "whole")]
    #[schemars(range(max = 1), extend("exclusiveMinimum" = 0))]
    pub sampling_fraction: f64,
    /// Release a random part of the subjects only
    pub sampling: Option<RawSampling>,
    /// The share of the subjects, above 0 and below 1, that is kept out of the release: what an attack achieves on
    /// them, it owes to no record of theirs
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))]
    pub control_share: Option<f64>,
    /// A table of the population with the same quasi columns: `.csv` or `.parquet`, read like the source
    pub population: Option<String>,
    /// k-map: the least number of people of the population in a class
    #[schemars(range(min = 2))]
    pub k_map: Option<u64>,
    /// δ-presence: between these shares of a class's population are in the data
    pub delta_presence: Option<RawPresence>,
    /// l-diversity of sensitive columns
    #[serde(default)]
    pub l_diversity: Vec<RawDiversity>,
    /// t-closeness of sensitive columns
    #[serde(default)]
    pub t_closeness: Vec<RawCloseness>,
    /// (α,k)-anonymity: the largest share of a class that one sensitive value may have
    #[serde(default)]
    pub alpha_k: Vec<RawAlpha>,
    /// β-likeness of sensitive columns
    #[serde(default)]
    pub beta_likeness: Vec<RawBeta>,
    /// δ-disclosure privacy of sensitive columns
    #[serde(default)]
    pub delta_disclosure: Vec<RawDisclosure>,
    /// The largest mean risk of re-identification of the released records, above 0 and at most 1
    #[schemars(range(max = 1), extend("exclusiveMinimum" = 0))]
    pub average_risk: Option<f64>,
    /// The largest share of released records that are alone in their class, 0 to 1
    #[schemars(range(min = 0, max = 1))]
    pub sample_uniques: Option<f64>,
    /// The largest estimated share of the population that is alone in it
    pub population_uniques: Option<RawPopulationUniques>,
    /// The largest share of released records with a risk above a threshold
    pub records_at_risk: Option<RawRecordsAtRisk>,
    /// How quasi columns are generalized: `global`, one level per column for all records; `local`, what each class
    /// needs; `cells`, single cells become `*`; `microaggregation`, numbers of near records become one
    #[serde(default)]
    pub recoding: RecodingKind,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawSampling {
    /// The probability, above 0 and below 1, of each subject to be in the release
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))]
    pub rate: f64,
    /// Tell the δ of (ε, δ)-differential privacy for this ε, at least −ln(1 − rate)
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub epsilon: Option<f64>,
    /// The largest δ, above 0 and at most 1
    #[schemars(range(max = 1), extend("exclusiveMinimum" = 0))]
    pub delta: Option<f64>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawPresence {
    /// The least share, 0 to 1
    #[schemars(range(min = 0, max = 1))]
    pub least: f64,
    /// The largest share, 0 to 1
    #[schemars(range(min = 0, max = 1))]
    pub most: f64,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawDiversity {
    /// The released sensitive column
    pub column: String,
    /// How diversity is counted
    pub kind: RawDiversityKind,
    /// How diverse a class must be, above 1; a whole number unless the kind is `entropy`
    #[schemars(extend("exclusiveMinimum" = 1))]
    pub l: f64,
    /// Of `recursive`: how often the most frequent value may outweigh the rarer ones
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub c: Option<f64>,
    /// Of `entropy`: how it is estimated; `shannon` unless it is given
    pub estimator: Option<EntropyEstimator>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RawDiversityKind {
    Distinct,
    Entropy,
    Recursive,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawCloseness {
    /// The released sensitive column
    pub column: String,
    /// How far apart two of its values are
    pub distance: GroundDistance,
    /// The largest distance between the values of a class and of the whole, 0 to 1
    #[schemars(range(min = 0, max = 1))]
    pub t: f64,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawAlpha {
    /// The released sensitive column
    pub column: String,
    /// The largest share, above 0 and at most 1
    #[schemars(range(max = 1), extend("exclusiveMinimum" = 0))]
    pub alpha: f64,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawBeta {
    /// The released sensitive column
    pub column: String,
    /// `basic`, or `enhanced`, which also bounds frequent values
    pub kind: BetaKind,
    /// The largest relative gain, above 0
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub beta: f64,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawDisclosure {
    /// The released sensitive column
    pub column: String,
    /// The bound of the log ratio, above 0
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub delta: f64,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawPopulationUniques {
    /// The largest share, 0 to 1
    #[schemars(range(min = 0, max = 1))]
    pub limit: f64,
    /// How they are estimated; by the rule of Dankar et al. unless it is given
    #[serde(default)]
    pub estimator: UniquesEstimator,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawRecordsAtRisk {
    /// The risk of one record, above 0 and at most 1
    #[schemars(range(max = 1), extend("exclusiveMinimum" = 0))]
    pub threshold: f64,
    /// The largest share of records with more, 0 to 1
    #[schemars(range(min = 0, max = 1))]
    pub limit: f64,
}

fn whole() -> f64 {
    1.0
}
