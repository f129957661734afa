//! `hierarchy` of a column as written.

use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum RawHierarchy {
    /// The path of a CSV table with one column per level
    Table(String),
    /// Bands of numbers
    Interval(RawInterval),
    /// How many first characters of a code stay, fewer from level to level
    Prefix(#[schemars(length(min = 1), inner(range(min = 1)))] Vec<usize>),
    /// Periods, each made of whole ones before it: month, quarter, half, year, decade, 5-year
    Date(#[schemars(length(min = 1))] Vec<String>),
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawInterval {
    /// The widths of the bands, above 0, each a multiple of the one before
    #[schemars(length(min = 1))]
    pub widths: Vec<f64>,
    /// Where one band starts
    #[serde(default)]
    pub origin: f64,
    /// All values below it are one
    pub bottom: Option<f64>,
    /// All values from it on are one
    pub top: Option<f64>,
}
