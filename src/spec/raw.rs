//! The pipeline file as written. These types are the only description of its keys: the JSON Schema comes
//! from them, every file is held against that schema, and serde reads the parts into them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::catalog::Catalog;
use super::metric::Metric;
use super::models::{BetaKind, EntropyEstimator, GroundDistance, UniquesEstimator};
use super::pipeline::{
    Attacker, Centre, Claim, Context, Declaration, Encoding, NoiseKind, Purpose, RecodingKind, Role, Statistic,
    TokenAlgorithm, UnknownValues,
};
use super::prepare::Step;
use super::quality::{CellRules, RawQuality};
use super::remote::{RawDatabase, RawStore};
use crate::detect::Kind;

/// A pipeline of tuomin: how one dataset becomes one certified release.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "tuomin pipeline")]
#[expect(dead_code, reason = "read part by part, so that one wrong part does not hide findings in the others")]
pub struct RawPipeline {
    /// The name of the releases and of their folder: letters, digits, `-`, `_` and `.`
    pub name: String,
    /// 用途: what the release is for
    pub purpose: Purpose,
    /// 结论: what the certificate is to state
    pub claim: Claim,
    /// The rule pack with the thresholds: the name of a built-in one, or the path of a `.toml` file
    pub rules: String,
    /// 场景: who will hold the release
    pub context: Context,
    /// What articles 7 and 10 ask to be declared; without it there is no run
    pub declaration: Declaration,
    /// The dataset's entry in the data catalogue (article 10); needed to share and to open data
    pub catalog: Option<Catalog>,
    /// The data to be de-identified
    pub source: RawSource,
    /// What happens to the source's columns before anything counts them, in this order; all other parts of the file see
    /// the columns as they are then
    pub prepare: Option<Vec<Step>>,
    /// What is asked of the quality of the source's cells (GB/T 36344)
    pub quality: Option<RawQuality>,
    /// What the released classes must reach
    pub privacy: RawPrivacy,
    /// How the search chooses among what reaches the conditions
    pub search: Option<RawSearch>,
    /// What is known of the attacker; without it every release counts as attacked
    pub attacker: Option<Attacker>,
    /// How the release is made
    pub release: Option<RawRelease>,
    /// The columns by name, in the order of the release; columns that are not named here are dropped
    pub columns: BTreeMap<String, RawColumn>,
}

/// The data to be de-identified.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawSource {
    /// A file, a folder, or a pattern with `*`, seen from the pipeline file's folder; or `s3://bucket/…`. CSV and NDJSON
    /// may be packed: `.csv.gz`, `.csv.zst`
    pub path: Option<String>,
    /// A table or a query of a database, in place of `path`
    pub database: Option<RawDatabase>,
    /// How the store of an `s3://` path is reached
    pub store: Option<RawStore>,
    /// The file format; follows from the path's extension unless it is given
    pub format: Option<RawFormat>,
    /// The encoding of CSV text; utf-8 unless it is given
    pub encoding: Option<Encoding>,
    /// The one character between CSV cells; a comma unless it is given
    pub delimiter: Option<char>,
    /// Texts that mean 'no value'; in CSV the empty cell is always one. In a workbook also errors of formulas: `#N/A`
    #[serde(default)]
    pub nulls: Vec<String>,
    /// The sheet of a workbook, by its name or its number from 1; the first one unless it is given
    pub sheet: Option<RawSheet>,
    /// The row of a sheet that names the columns, from 1; the first one that is not empty unless it is given
    #[schemars(range(min = 1, max = 1_048_576))]
    pub header_row: Option<u32>,
    /// How many rows of a sheet name the columns, 1 or 2; two names above each other are joined with `_`
    #[schemars(range(min = 1, max = 2))]
    pub header_rows: Option<u32>,
    /// Says that a folder of Parquet has to have folders named `key=value`; without it they are read where they are
    pub hive: Option<bool>,
    /// 数据提供者: the column whose distinct values are the subjects
    pub subject: Option<String>,
    /// Declares that every record is a subject of its own, in place of `subject`
    pub subject_is_row: Option<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RawFormat {
    Csv,
    Parquet,
    Xlsx,
    Xlsb,
    Xls,
    Ods,
    /// An object on each line
    Ndjson,
    /// Arrow IPC, as a file or as a stream
    Ipc,
}

/// The name of a sheet, or its number from 1.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RawSheet {
    Number(u32),
    Name(String),
}

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

/// How the search chooses among what reaches the conditions.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawSearch {
    /// What is made as small as possible; `loss` unless it is given
    #[serde(default)]
    pub metric: Metric,
    /// After how many counted nodes the best so far is taken, though it is not proven to be the best
    #[schemars(range(min = 1))]
    pub nodes: Option<u64>,
    /// After how many seconds; then another machine may find another recoding
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub seconds: Option<f64>,
    /// Of microaggregation: what a group is released as; `interval` unless it is given
    pub statistic: Option<Statistic>,
}

/// How the release is made.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawRelease {
    /// The key that signs the certificate: `env:NAME`, `file:PATH` or, in a device, `pkcs11:…`; a local key unless it
    /// is given
    pub signing_key: Option<String>,
    /// Encrypt the data files for the recipient
    pub encryption: Option<RawEncryption>,
    /// Where releases are put beside the output folder: `s3://bucket/` or `s3://bucket/prefix/`
    pub path: Option<String>,
    /// How the store of `path` is reached
    pub store: Option<RawStore>,
    /// What is kept of releases that later ones have superseded; everything unless it is given
    pub keep: Option<RawKeep>,
}

/// How many superseded releases keep their data; of the others certificate, report and ledger entry stay.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawKeep {
    /// The number of superseded releases of this name that keep their data, from the newest
    pub releases: usize,
}

/// Parquet modular encryption: the data files can be read with the recipient's key only.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawEncryption {
    /// The recipient's key, 64 hex digits: `env:NAME` or `file:PATH`
    pub key: String,
    /// The name of the key, by which the recipient finds it; it is no secret
    pub id: String,
}

/// One column of the source.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawColumn {
    /// What the column tells about a subject
    pub role: Role,
    /// The type of its values; unless it is given, what the hierarchy or treatment is for, otherwise `text`
    #[serde(rename = "type")]
    pub kind: Option<RawType>,
    /// The form of dates, in `strftime` letters; `%Y-%m-%d` unless it is given
    pub format: Option<String>,
    /// What becomes of the column; identifiers are dropped and quasi-identifiers generalized unless it is given
    pub treatment: Option<RawTreatment>,
    /// How the values grow coarser
    pub hierarchy: Option<RawHierarchy>,
    /// What becomes of values that a hierarchy table does not know: `error` unless it is given
    pub unknown: Option<UnknownValues>,
    /// Which levels of the hierarchy the search may choose from; all unless it is given
    pub levels: Option<RawLevels>,
    /// How much the loss of a quasi column counts beside that of others; 1 unless it is given
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub weight: Option<f64>,
    /// Of local recoding: releases ranges such as `[20, 27]` between two values instead of the hierarchy's labels
    pub ranges: Option<bool>,
    /// For places: the path of a CSV table `place;people`, which a rule pack's `least_population` is held against
    pub inhabitants: Option<String>,
    /// What the cells have to be, as the source gives them; columns that are dropped can be tested too
    #[expect(dead_code, reason = "read by itself, so that a finding in it hides none in the column")]
    pub quality: Option<CellRules>,
}

/// Levels that a quasi-identifier may be released at; level 0 is the value as it is.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawLevels {
    /// The finest level; finer ones are not even counted, which saves memory
    #[serde(default)]
    pub finest: usize,
    /// The coarsest level; `*` unless it is given
    pub coarsest: Option<usize>,
    /// Levels between these that may not be used
    #[serde(default)]
    pub forbidden: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RawType {
    Text,
    Integer,
    Number,
    Date,
}

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
