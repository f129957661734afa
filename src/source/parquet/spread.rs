//! Records of Parquet from all over its files, where the whole is too much to read.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use ::parquet::file::reader::{FileReader, SerializedFileReader};
use arrow::array::{ArrayRef, AsArray, RecordBatch, RecordBatchOptions, UInt64Array};
use arrow::compute::take;
use polars::prelude::*;

use super::{declared, selected, stored, unreadable};
use crate::error::{Error, Result};
use crate::source::hive::Keys;
use crate::source::{Batch, Spread, Wanted, exchange};

/// Places that the records are taken from.
const BLOCKS: u64 = 32;

/// About `rows` records in blocks spread evenly over the files; `None` if there are no more.
pub(in crate::source) fn spread(
    files: &[PathBuf],
    keys: &Keys,
    nulls: &[String],
    wanted: &[Wanted],
    rows: u64,
) -> Result<Option<Spread>> {
    let counts = files.iter().map(|path| {
        let file = File::open(path).map_err(|source| crate::source::unreadable(path, source))?;
        let reader = SerializedFileReader::new(file).map_err(|_| unreadable(path))?;
        Ok(u64::try_from(reader.metadata().file_metadata().num_rows()).unwrap_or(0))
    });
    let counts: Vec<u64> = counts.collect::<Result<_>>()?;
    let total: u64 = counts.iter().sum();
    if total <= rows {
        return Ok(None);
    }
    let mut spread = Spread { whole: false, ..Spread::default() };
    let blocks = BLOCKS.max(files.len() as u64);
    let size = rows.div_ceil(blocks).max(1);
    for ((file, path), &here) in files.iter().enumerate().zip(&counts) {
        let count = (blocks as f64 * here as f64 / total as f64).ceil() as u64;
        let count = count.min(here.div_ceil(size));
        for number in 0..count {
            let start = here.saturating_sub(size) / (count - 1).max(1) * number;
            let frame = selected(path, &stored(keys, wanted))?.slice(start as i64, size as IdxSize);
            let mut frame = frame.collect().map_err(|_| unreadable(path))?;
            for cells in exchange::to_batches(&mut frame)? {
                let batch = Batch { first_row: spread.records, rows: None, cells };
                spread.add(alone(declared(files, keys, file, start, batch, wanted, nulls)?)?);
            }
            spread.blocks += 1;
        }
    }
    spread.share = spread.records as f64 / total as f64;
    Ok(Some(spread))
}

/// The same cells in memory of their own: those that were read are a part of their row group, which would stay with them.
fn alone(batch: Batch) -> Result<Batch> {
    let all = UInt64Array::from_iter_values(0..batch.cells.num_rows() as u64);
    let copied = batch.cells.columns().iter().map(|cells| match cells.as_string_view_opt() {
        Some(views) => Ok(Arc::new(views.gc()) as ArrayRef),
        None => take(cells, &all, None),
    });
    let copied = copied.collect::<std::result::Result<Vec<_>, _>>();
    let options = RecordBatchOptions::new().with_row_count(Some(batch.cells.num_rows()));
    let cells = copied.and_then(|copied| RecordBatch::try_new_with_options(batch.cells.schema(), copied, &options));
    Ok(Batch { cells: cells.map_err(|error| Error::Internal(error.to_string()))?, ..batch })
}

#[cfg(test)]
mod tests {
    use arrow::array::{Int64Array, StringViewArray};

    use super::*;

    #[test]
    fn a_part_keeps_nothing_of_the_whole() {
        let text = |n: i64| (n != 7).then(|| format!("a text that is longer than twelve bytes {n}"));
        let texts: StringViewArray = (0..10_000).map(text).collect();
        let numbers: Int64Array = (0..10_000).map(Some).collect();
        let whole: Vec<(&str, ArrayRef)> = vec![("t", Arc::new(texts)), ("n", Arc::new(numbers))];
        let part = RecordBatch::try_from_iter_with_nullable(whole.into_iter().map(|(name, cells)| (name, cells, true)));
        let part = Batch { first_row: 5, rows: None, cells: part.unwrap().slice(5, 10) };
        let own = alone(part.clone()).unwrap();
        assert_eq!((&own.cells, own.first_row), (&part.cells, 5));
        let held = |batch: &Batch| batch.cells.get_array_memory_size();
        assert!(held(&own) < 4096 && held(&part) > 400_000, "{} of {}", held(&own), held(&part));
    }
}
