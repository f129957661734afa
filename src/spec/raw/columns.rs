//! `[columns]` as written: what a column is and how it may be released.

use schemars::JsonSchema;
use serde::Deserialize;

use super::hierarchy::RawHierarchy;
use super::treatment::RawTreatment;
use crate::spec::pipeline::{Role, UnknownValues};
use crate::spec::quality::CellRules;

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
