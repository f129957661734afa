//! `treatment` of a column as written.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::detect::Kind;
use crate::spec::pipeline::{Centre, NoiseKind, TokenAlgorithm};

/// A treatment without further settings, or a table that names one.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RawTreatment {
    Word(RawWord),
    Table(RawTreatmentTable),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RawWord {
    Drop,
    Keep,
    Generalize,
    Redact,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum RawTreatmentTable {
    /// The step, above 0, to whose multiples numbers are rounded
    Round(#[schemars(extend("exclusiveMinimum" = 0))] f64),
    /// All but the first and last characters are covered
    Mask(RawMask),
    /// A fixed level of the hierarchy
    Generalize(RawGeneralize),
    /// A keyed token in place of the value
    Token(RawToken),
    /// Numbers beyond a quantile become the number there, with at least `k` subjects at or beyond
    #[serde(rename = "top_bottom_coding")]
    TopBottom(RawTopBottom),
    /// Numbers of near records become one, in groups of at least `k` subjects
    Microaggregate(RawMicroaggregate),
    /// Random noise added to numbers
    Noise(RawNoise),
    /// All dates of a subject move by the same random number of days
    Shift(RawShift),
    /// Post-randomization: categories become others with a known probability
    Pram(RawPram),
    /// Cells change places among the records of a `class`
    Swap(RawSwap),
    /// The cell of the geohash grid that a place is in
    Grid(RawGrid),
    /// Format-preserving encryption (FF1); never `anonymized`
    Fpe(RawFpe),
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawTopBottom {
    /// The quantile of the bottom cut, above 0 and below 1, such as 0.01
    #[schemars(range(max = 1), extend("exclusiveMinimum" = 0))]
    pub bottom: Option<f64>,
    /// The quantile of the top cut, above 0 and below 1, such as 0.99
    #[schemars(range(max = 1), extend("exclusiveMinimum" = 0))]
    pub top: Option<f64>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawMicroaggregate {
    /// The least number of distinct subjects in a group; that of `[privacy]` unless it is given
    #[schemars(range(min = 2))]
    pub k: Option<u64>,
    /// What a group is released as; `mean` unless it is given
    #[serde(default)]
    pub statistic: Centre,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawNoise {
    /// `laplace` for numbers, `discrete_laplace` for integers, which stay integers
    pub kind: NoiseKind,
    /// How far the noise reaches, above 0, in the unit of the column: half of it is within 0.69 of the scale
    #[schemars(range(max = 1_000_000_000), extend("exclusiveMinimum" = 0))]
    pub scale: f64,
    /// The step, above 0, to whose multiples the sum is rounded
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub step: Option<f64>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawShift {
    /// The most days that a date may move, 1 to 36525, in either direction
    #[schemars(range(min = 1, max = 36525))]
    pub days: u32,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawPram {
    /// The least probability that a category stays, above 0 and below 1
    #[schemars(range(max = 1), extend("exclusiveMinimum" = 0))]
    pub keep: f64,
    /// Whether the expected shares of the categories stay as they are; they do unless it is given
    #[serde(default = "yes")]
    pub invariant: bool,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RawSwap {
    Class,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawGrid {
    /// The column of latitudes beside a column of longitudes; without it cells are texts `longitude,latitude`
    pub latitude: Option<String>,
    /// The level, 1 to 12: the characters of a geohash; 4 is 39 by 20 km, 5 is 4.9 km, 6 is 1.2 by 0.6 km
    #[schemars(range(min = 1, max = 12))]
    pub level: usize,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawFpe {
    /// The characters that values are made of, each once, from the least to the greatest, such as `0123456789`
    pub alphabet: String,
    /// `ephemeral` (random, dies with the release), `env:NAME` or `file:PATH`
    pub key: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawMask {
    /// How many characters stay at the start
    #[serde(default)]
    pub keep_first: usize,
    /// How many characters stay at the end
    #[serde(default)]
    pub keep_last: usize,
    /// The character that covers the others
    #[serde(default = "star")]
    pub with: char,
}

fn star() -> char {
    '*'
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawGeneralize {
    /// The level of the hierarchy, counted from 1, the first that is coarser than the value
    #[schemars(range(min = 1))]
    pub level: usize,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawToken {
    /// The keyed hash function
    pub algorithm: TokenAlgorithm,
    /// `ephemeral` (random, dies with the release), `env:NAME` or `file:PATH`
    pub key: String,
    /// How many hex digits a token has, 16 to 64, even
    #[serde(default = "half_digest")]
    #[schemars(range(min = 16, max = 64))]
    pub length: usize,
    /// The kind of identifier, such as `mobile`: `+86 138-0013-8000` and `13800138000` get one token
    pub canonical: Option<Kind>,
}

fn half_digest() -> usize {
    32
}
