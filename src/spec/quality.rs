//! What is asked of the source's cells before they are de-identified: GB/T 36344.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A characteristic of data quality of GB/T 36344-2018.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Dimension {
    /// 规范性: cells are written as a pattern or a code table says
    Conformity,
    /// 完整性: cells that must be there are
    Completeness,
    /// 准确性: cells lie in their range, and what must be unique is
    Accuracy,
    /// 一致性: cells of one record agree with one another
    Consistency,
    /// 时效性: records are of the declared period
    Timeliness,
    /// 可访问性: the share of records that could be read; a run reads all of them or ends
    Accessibility,
}

impl Dimension {
    pub const ALL: [Self; 6] = [
        Self::Conformity,
        Self::Completeness,
        Self::Accuracy,
        Self::Consistency,
        Self::Timeliness,
        Self::Accessibility,
    ];

    /// Its word in the pipeline file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Conformity => "conformity",
            Self::Completeness => "completeness",
            Self::Accuracy => "accuracy",
            Self::Consistency => "consistency",
            Self::Timeliness => "timeliness",
            Self::Accessibility => "accessibility",
        }
    }

    /// The measure that tells its score.
    pub fn measure(self) -> String {
        format!("quality_{}", self.word())
    }
}

/// What cells of a column have to be. A null breaks `required` only: other rules are for the cells that are there.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CellRules {
    /// 完整性: no cell is null
    #[serde(default)]
    pub required: bool,
    /// 规范性: a regular expression for the whole text
    pub pattern: Option<String>,
    /// 规范性: the values that there are
    #[serde(default)]
    pub codes: Vec<String>,
    /// 准确性: the least number or day
    pub least: Option<Bound>,
    /// 准确性: the largest number or day
    pub most: Option<Bound>,
    /// 准确性: no value stands twice; 16 bytes of memory for each distinct value
    #[serde(default)]
    pub unique: bool,
}

/// A number, or a day as `YYYY-MM-DD`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Bound {
    Number(f64),
    Day(String),
}

/// A rule for the cells of one record.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordRule {
    /// What the report calls it
    pub name: String,
    /// What a broken rule counts for; `consistency` unless it is given
    #[serde(default = "consistency")]
    pub dimension: Dimension,
    /// A SQL expression over the source's columns that is true for a good record, such as `峰电量 + 谷电量 <= 用电量`
    pub expression: String,
}

fn consistency() -> Dimension {
    Dimension::Consistency
}

/// `[quality]`: limits and rules for whole records; rules for cells stand with their columns.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QualitySpec {
    /// The least share, 0 to 1, of tests that are passed in each dimension: less refuses the release
    #[serde(default)]
    pub limits: Limits,
    /// Rules for the cells of one record
    #[serde(default)]
    pub rules: Vec<RecordRule>,
}

/// The least shares by dimension.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// 规范性
    #[schemars(range(min = 0, max = 1))]
    pub conformity: Option<f64>,
    /// 完整性
    #[schemars(range(min = 0, max = 1))]
    pub completeness: Option<f64>,
    /// 准确性
    #[schemars(range(min = 0, max = 1))]
    pub accuracy: Option<f64>,
    /// 一致性
    #[schemars(range(min = 0, max = 1))]
    pub consistency: Option<f64>,
    /// 时效性
    #[schemars(range(min = 0, max = 1))]
    pub timeliness: Option<f64>,
    /// 可访问性
    #[schemars(range(min = 0, max = 1))]
    pub accessibility: Option<f64>,
}

impl Limits {
    pub fn of(&self, dimension: Dimension) -> Option<f64> {
        match dimension {
            Dimension::Conformity => self.conformity,
            Dimension::Completeness => self.completeness,
            Dimension::Accuracy => self.accuracy,
            Dimension::Consistency => self.consistency,
            Dimension::Timeliness => self.timeliness,
            Dimension::Accessibility => self.accessibility,
        }
    }
}
