//! What the preparation of the source did, counted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What one step did; no cell is in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The key of the step in the pipeline file.
    pub step: String,
    /// Columns that the step speaks of, as it names them.
    pub columns: Vec<String>,
    /// Records that came.
    pub rows_in: u64,
    /// Records that were left.
    pub rows_out: u64,
    /// Cells that are other ones now, in value or type; cells of new columns that are not null count too.
    pub changed: u64,
    /// Cells that could not be changed as they should; they became null, or stayed where the step says `keep`. Of `join`:
    /// records without a match.
    pub failed: u64,
    /// The day at which ages are told, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
}

/// What is published of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreparedStep {
    /// The key of the step in the pipeline file.
    pub step: String,
    /// Columns that the step speaks of, as it names them.
    pub columns: Vec<String>,
    /// Records that came.
    pub rows_in: u64,
    /// Records that were left.
    pub rows_out: u64,
    /// Cells that are other ones now, in value or type; cells of new columns that are not null count too. Absent where
    /// fewer than `k` subjects are withheld: the difference to the release would tell of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<u64>,
    /// Cells that could not be changed as they should, of a join records without a match; absent as above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<u64>,
    /// The day at which ages are told, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
}

impl PreparedStep {
    /// All steps in their order, with the counts of cells or without.
    pub fn all(told: &[Told], cells: bool) -> Vec<Self> {
        let step = |told: &Told| Self {
            step: told.step.clone(),
            columns: told.columns.clone(),
            rows_in: told.rows_in,
            rows_out: told.rows_out,
            changed: cells.then_some(told.changed),
            failed: cells.then_some(told.failed),
            as_of: told.as_of.clone(),
        };
        told.iter().map(step).collect()
    }
}
