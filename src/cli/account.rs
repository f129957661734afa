//! What is told of a run to those who watch it: counts and names, never a value.

use std::path::Path;

use super::certify::Told;
use super::prepare::Prepared;
use crate::source::{Dataset, Source};
use crate::spec::ColumnType;
use crate::table::EquivalenceTable;

/// As far as it is known; a run that fails early knows little.
#[derive(Debug, Clone, Default)]
pub struct Account {
    /// The name in the pipeline file.
    pub name: Option<String>,
    /// Where the records come from.
    pub inputs: Vec<Dataset>,
    /// Declared columns: name, type as in the pipeline file.
    pub columns: Vec<(String, &'static str)>,
    /// Released columns.
    pub released: Vec<String>,
    /// Distinct values of the columns that were counted.
    pub distinct: Vec<(String, u64)>,
    pub rows_read: Option<u64>,
    pub subjects_read: Option<u64>,
    pub rows_released: Option<u64>,
    pub rows_suppressed: Option<u64>,
    /// What the pipeline asks for.
    pub k_asked: Option<u64>,
    /// Subjects in the smallest released class.
    pub k_reached: Option<u64>,
    /// What the data are called in the store that the release is in.
    pub delivered: Option<Dataset>,
    /// The release that was superseded.
    pub supersedes: Option<String>,
    /// Releases whose data were removed.
    pub pruned: Vec<String>,
    /// Why data of superseded releases that should be gone are still there.
    pub not_pruned: Option<String>,
}

impl Account {
    /// What the pipeline file says.
    pub fn asked(&mut self, prepared: &Prepared) {
        let pipeline = &prepared.pipeline;
        self.name = Some(pipeline.name.clone());
        self.k_asked = Some(pipeline.privacy.k);
        let kind = |kind: &ColumnType| match kind {
            ColumnType::Text => "text",
            ColumnType::Integer => "integer",
            ColumnType::Number => "number",
            ColumnType::Date { .. } => "date",
        };
        self.columns = pipeline.columns.iter().map(|column| (column.name.clone(), kind(&column.kind))).collect();
    }

    /// Where the source's records come from; relative paths count from `base`.
    pub fn opened(&mut self, source: &Source, base: &Path) {
        self.inputs = source.datasets(base);
    }

    /// What pass 1 has counted.
    pub fn counted(&mut self, table: &EquivalenceTable) {
        self.rows_read = Some(table.total_records());
        self.subjects_read = Some(table.total_subjects());
        self.distinct = table.domains.iter().map(|domain| (domain.column.clone(), domain.len() as u64)).collect();
    }

    /// What was measured on the written files.
    pub fn measured(&mut self, told: &Told) {
        self.rows_released = Some(told.measured.rows);
        self.rows_suppressed = Some(told.chosen.suppressed_records());
        self.k_reached = told.evidence.after.min();
        self.released = told.plan.outputs.iter().map(|output| output.name.clone()).collect();
        self.supersedes = told.standing.supersedes().map(str::to_owned);
    }
}
