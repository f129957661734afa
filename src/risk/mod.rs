//! Evidence: what a release shows of the people in it, measured.

pub mod attack;
mod classes;
mod estimates;
mod figure;
pub mod gbt42460;
mod in_population;
pub mod individual;
pub mod linkage;
#[cfg(test)]
mod made_up;
mod measures;
pub mod order;
pub mod population;
pub mod preparation;
pub mod quality;
mod rows;
pub mod separation;
pub mod suda;
mod table_risk;
mod verdict;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use attack::AttackOutcome;
pub use estimates::{
    InPopulation, Risk, SampleRisk, exceeds, journalist, journalist_in, marketer, marketer_in, prosecutor,
    risk_distribution, sample_risk, sample_uniques,
};
pub use figure::figure;
pub use in_population::in_population;
pub use measures::{loss, measure, records_per_subject, sampling, suppressed_share};
pub use table_risk::{RiskQuestion, TableRisk, table_risk};
pub use verdict::{unmet, verdict};

use crate::spec::{Attacker, Claim, Confidence, Context, ModelSpec, RecodingKind, RulePack, SamplingSpec};

/// Everything measured about one release; what the verdict, the certificate and the report rest on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    pub measures: Vec<Measure>,
    /// What attackers achieved on the written files; absent before they were tried.
    #[serde(default)]
    pub attacks: Vec<AttackOutcome>,
    /// Classes of the source at level 0.
    pub before: ClassSizes,
    /// Classes of the written files.
    pub after: ClassSizes,
}

/// One measured number against its limit. A check is a measure of how often it failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measure {
    /// A fixed name such as `k_anonymity`; the report translates it.
    pub id: String,
    pub value: f64,
    /// Absent for what is told but not judged.
    pub limit: Option<Limit>,
    pub basis: Basis,
    /// Columns that the value speaks of; never values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
}

/// What a measure is held against, and where that comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Limit {
    pub comparison: Comparison,
    pub value: f64,
    /// A rule (`GB/T 42460-2023 D.1.5`) or `pipeline`.
    pub source: String,
    pub confidence: Option<Confidence>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    AtLeast,
    AtMost,
    Below,
}

/// Who can measure it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Anyone, from the released files: `verify` does.
    Release,
    /// Only whoever holds the source; the certificate vouches for it.
    Run,
}

impl Measure {
    /// Whether the limit is kept; `None` without a limit. A value that is not a number keeps none.
    pub fn met(&self) -> Option<bool> {
        self.limit.as_ref().map(|limit| limit.allows(self.value))
    }
}

impl Limit {
    /// Whether a value keeps the limit; one that is not a number keeps none.
    pub fn allows(&self, value: f64) -> bool {
        match self.comparison {
            Comparison::AtLeast => value >= self.value,
            Comparison::AtMost => value <= self.value,
            Comparison::Below => value < self.value,
        }
    }
}

/// How many classes have how many subjects: pairs of size and number of classes, ascending by size.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ClassSizes(pub Vec<(u64, u64)>);

/// What a release was asked to reach; stands in the certificate, so that `verify` measures the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Conditions {
    pub claim: Claim,
    pub context: Context,
    pub k: u64,
    pub suppression_limit: f64,
    pub sampling_fraction: f64,
    /// Which part of the subjects was drawn for the release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampling: Option<SamplingSpec>,
    pub attacker: Option<Attacker>,
    pub rules: RulePack,
    /// Released columns that make the classes, in the order of the files.
    pub quasi: Vec<String>,
    /// Names of the source's identifier columns: none may be released, except as the tokens below.
    pub identifiers: Vec<String>,
    /// Released columns that hold tokens.
    pub tokens: Vec<String>,
    /// The token column that stands for the subject, if one is released: classes then count its distinct
    /// values, otherwise records.
    pub subject_token: Option<String>,
    /// How the quasi columns were recoded. Where single cells became `*`, such a cell counts as a value of its own
    /// in every measure but `k_wildcard`.
    #[serde(default)]
    pub recoding: RecodingKind,
    /// The models asked for beside k-anonymity.
    #[serde(default)]
    pub models: Vec<ModelSpec>,
    /// Whether a table of the population was beside the data: only the run could measure against it.
    #[serde(default)]
    pub population: bool,
    /// The labels above the released values of columns whose distances are read from a hierarchy.
    #[serde(default)]
    pub trees: Vec<Tree>,
}

/// The hierarchy over a released column, for whoever measures distances again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tree {
    pub column: String,
    /// Per released value (null where the cell is empty) its label on each level, finest first, up to `*`.
    pub labels: Vec<(Option<String>, Vec<Option<String>>)>,
}

impl Conditions {
    /// The sensitive columns that the models speak of, each once, in their order.
    pub fn sensitive(&self) -> Vec<String> {
        ModelSpec::columns(&self.models)
    }
}

#[cfg(test)]
pub(crate) mod tests;
