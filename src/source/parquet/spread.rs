//! Records of Parquet from all over its files, where the whole is too much to read.

use std::fs::File;
use std::path::PathBuf;

use ::parquet::file::reader::{FileReader, SerializedFileReader};
use polars::prelude::*;

use super::{selected, stored, typed_batch, unreadable};
use crate::error::Result;
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
                spread.add(typed_batch(files, keys, file, start, batch, wanted, nulls)?);
            }
            spread.blocks += 1;
        }
    }
    spread.share = spread.records as f64 / total as f64;
    Ok(Some(spread))
}
