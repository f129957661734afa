//! Records on their way through the steps.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, StringViewArray};
use arrow::datatypes::DataType;

use super::{each, internal};
use crate::error::{Place, Result};

/// Consecutive records with the places that they come from.
#[derive(Debug, Clone)]
pub(super) struct Records {
    pub(super) cells: RecordBatch,
    /// Of each record its number in its file, from 1.
    pub(super) rows: Vec<u64>,
    pub(super) origin: Option<Arc<PathBuf>>,
}

impl Records {
    /// Where a cell comes from.
    pub(super) fn place(&self, index: usize, column: &str) -> Place {
        let path = self.origin.as_ref().map(|path| path.as_ref().clone());
        Place { path, row: self.rows.get(index).copied(), line: None, column: Some(column.to_owned()) }
    }

    /// The same records with other cells.
    pub(super) fn with(&self, cells: RecordBatch) -> Self {
        Self { cells, rows: self.rows.clone(), origin: self.origin.clone() }
    }

    /// The records at these places, in this order.
    pub(super) fn take(&self, places: &[u32]) -> Result<Self> {
        let indices = arrow::array::UInt32Array::from(places.to_vec());
        let cells = arrow::compute::take_record_batch(&self.cells, &indices).map_err(internal)?;
        let rows = places.iter().map(|&place| self.rows[place as usize]).collect();
        Ok(Self { cells, rows, origin: self.origin.clone() })
    }
}

/// A batch in which the texts that mean null are null.
pub(super) fn without_nulls(batch: RecordBatch, nulls: &[String]) -> Result<RecordBatch> {
    if nulls.is_empty() {
        return Ok(batch);
    }
    let clean = |cells: &ArrayRef| match each::texts(cells) {
        Some(texts) => {
            let kept = texts.map(|text| text.filter(|text| nulls.iter().all(|null| null != text)));
            match cells.data_type() {
                DataType::Utf8 => Arc::new(kept.collect::<StringArray>()) as ArrayRef,
                _ => Arc::new(kept.collect::<StringViewArray>()),
            }
        }
        None => cells.clone(),
    };
    RecordBatch::try_new(batch.schema(), batch.columns().iter().map(clean).collect()).map_err(internal)
}
