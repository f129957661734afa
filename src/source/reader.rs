//! What every source that is not read where it lies looks like: records, once, in order.

use std::path::PathBuf;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use crate::error::Result;

/// Records of a source in its own order. A sheet, a database, a compressed file or a preparation is read through
/// this once; what the passes of a run then see is what was taken in.
pub trait Reader: Send {
    /// The columns, names in the source's order. Cells are Utf8 or Utf8View, Int64, Float64, Boolean, Date32 or
    /// Timestamp(Microsecond, None); what has no such type comes as text that loses nothing.
    fn schema(&self) -> SchemaRef;

    /// The next records, at most some tens of thousands; `None` after the last.
    ///
    /// # Errors
    /// Those of the data, each with its place, and those of the system. No message holds a cell or a secret.
    fn next(&mut self) -> Result<Option<RecordBatch>>;

    /// The file that the records of the last batch come from, for the places of errors; `None` where there is none.
    fn origin(&self) -> Option<PathBuf> {
        None
    }
}
