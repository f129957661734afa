//! Parquet, scanned lazily by Polars' streaming engine; batches cross to arrow-rs without copying.

mod spread;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use polars::prelude::*;

use super::hive::Keys;
use super::typed::typed_batch;
use super::{Batch, Wanted, exchange, fan_out, input};
use crate::error::{Error, Place, Result};
use crate::spec::ColumnType;

pub(super) use spread::spread;

/// Records per batch.
const BATCH: usize = 64 * 1024;

/// Polars' messages may quote cells: only ours are shown.
pub(super) fn unreadable(path: &Path) -> Error {
    let help = "it was perhaps not copied to its end: fetch it again";
    input(path, "this is not Parquet that can be read, or it is damaged".into(), Some(help.into()))
}

fn lazy(path: &Path) -> Result<LazyFrame> {
    let text = path.to_str().ok_or_else(|| input(path, "the path is not UTF-8".into(), None))?;
    // a pattern character in a name that was already found is only a character; what folders tell is read by `hive`
    let hive_options = polars::io::HiveOptions::new_disabled();
    let arguments = ScanArgsParquet { glob: false, hive_options, ..Default::default() };
    LazyFrame::scan_parquet(PlRefPath::new(text), arguments).map_err(|_| unreadable(path))
}

/// The names of the columns.
pub(super) fn columns(path: &Path) -> Result<Vec<String>> {
    let schema = lazy(path)?.collect_schema().map_err(|_| unreadable(path))?;
    Ok(schema.iter_names().map(|name| name.to_string()).collect())
}

/// See [`super::Source::scan`].
pub(super) fn scan<W: Send>(
    files: &[PathBuf],
    keys: &Keys,
    nulls: &[String],
    wanted: &[Wanted],
    workers: Vec<W>,
    enough: &std::sync::atomic::AtomicBool,
    work: impl Fn(&mut W, &Batch) -> Result<()> + Sync,
) -> Result<(Vec<W>, u64)> {
    let mut rows = 0u64;
    let total = &mut rows;
    let handle = |worker: &mut W, (file, file_row, batch): (usize, u64, Batch)| {
        work(worker, &declared(files, keys, file, file_row, batch, wanted, nulls)?)
    };
    let workers = fan_out(workers, enough, handle, |push| {
        for (file, path) in files.iter().enumerate() {
            let start = *total;
            for frame in batches(path, &stored(keys, wanted))? {
                let mut frame = frame.map_err(|_| unreadable(path))?;
                for cells in exchange::to_batches(&mut frame)? {
                    let (first_row, here) = (*total, cells.num_rows() as u64);
                    *total += here;
                    push((file, first_row - start, Batch { first_row, rows: None, cells }))?;
                }
            }
        }
        Ok(())
    })?;
    Ok((workers, rows))
}

/// Reads part of the only file, so many records from one on, batch by batch; `first_row` counts from that one.
pub(super) fn scan_part(
    files: &[PathBuf],
    keys: &Keys,
    nulls: &[String],
    wanted: &[Wanted],
    (offset, rows): (u64, u64),
    work: &mut (dyn FnMut(&Batch) -> Result<()> + Send),
) -> Result<()> {
    let path = files.first().ok_or_else(|| Error::internal("a part of no file"))?;
    let length = IdxSize::try_from(rows).map_err(|_| Error::internal("a part has too many records"))?;
    let part = selected(path, &stored(keys, wanted))?.slice(offset as i64, length);
    let mut first_row = 0;
    for frame in collected(part, path)? {
        let mut frame = frame.map_err(|_| unreadable(path))?;
        for cells in exchange::to_batches(&mut frame)? {
            super::interrupted()?;
            let here = cells.num_rows() as u64;
            let batch = Batch { first_row, rows: None, cells };
            work(&declared(files, keys, 0, offset + first_row, batch, wanted, nulls)?)?;
            first_row += here;
        }
    }
    Ok(())
}

/// The records of each row group.
pub(super) fn groups(path: &Path) -> Result<Vec<u64>> {
    let file = std::fs::File::open(path).map_err(|source| super::unreadable(path, source))?;
    let reader = ::parquet::file::reader::SerializedFileReader::new(file).map_err(|_| unreadable(path))?;
    let groups = ::parquet::file::reader::FileReader::metadata(&reader).row_groups();
    groups.iter().map(|group| u64::try_from(group.num_rows()).map_err(|_| unreadable(path))).collect()
}

/// The wanted columns that the files hold.
fn stored(keys: &Keys, wanted: &[Wanted]) -> Vec<Wanted> {
    wanted.iter().filter(|column| !keys.names.contains(&column.name)).cloned().collect()
}

/// The cells of a batch as they are wanted, with those that the names of the folders tell.
fn declared(
    files: &[PathBuf],
    keys: &Keys,
    file: usize,
    file_row: u64,
    mut batch: Batch,
    wanted: &[Wanted],
    nulls: &[String],
) -> Result<Batch> {
    let rows = batch.cells.num_rows();
    let mut held = batch.cells.columns().iter();
    let found = |column: &Wanted| -> Option<ArrayRef> {
        if let Some(key) = keys.names.iter().position(|name| *name == column.name) {
            return Some(Arc::new(StringArray::from(vec![keys.values[file][key].as_deref(); rows])));
        }
        held.next().cloned()
    };
    batch.cells = typed_batch(found, rows, wanted, nulls, |row, column| Place {
        path: Some(files[file].clone()),
        row: row.map(|row| file_row + row as u64 + 1),
        column: Some(column.to_owned()),
        line: None,
    })?;
    Ok(batch)
}

/// The wanted columns of one file, batch by batch, in order.
fn batches(path: &Path, wanted: &[Wanted]) -> Result<impl Iterator<Item = PolarsResult<DataFrame>>> {
    collected(selected(path, wanted)?, path)
}

fn collected(frame: LazyFrame, path: &Path) -> Result<impl Iterator<Item = PolarsResult<DataFrame>>> {
    let chunk = NonZeroUsize::new(BATCH);
    frame.collect_batches(Engine::Streaming, true, chunk, true).map_err(|_| unreadable(path))
}

/// The wanted columns of one file. Without any, one column that counts rows.
fn selected(path: &Path, wanted: &[Wanted]) -> Result<LazyFrame> {
    let mut frame = lazy(path)?;
    let schema = frame.collect_schema().map_err(|_| unreadable(path))?;
    let expressions: Vec<Expr> = match wanted {
        [] => schema.iter_names().take(1).map(|name| col(name.clone()).is_null()).collect(),
        _ => wanted
            .iter()
            .enumerate()
            .map(|(place, column)| {
                // named by place: a column may be wanted twice
                let name: PlSmallStr = column.name.as_str().into();
                match schema.get(&name) {
                    Some(kind) => widened(path, column, kind).map(|to| match to {
                        Some(to) => col(name).strict_cast(to).alias(place.to_string()),
                        None => col(name).alias(place.to_string()),
                    }),
                    None => Err(input(path, format!("column `{}` is not in the input", column.name), None)),
                }
            })
            .collect::<Result<_>>()?,
    };
    Ok(frame.select(expressions))
}

/// The type that the rest of the program knows, if it is not the file's own.
fn widened(path: &Path, column: &Wanted, kind: &DataType) -> Result<Option<DataType>> {
    Ok(match kind {
        DataType::String | DataType::Int64 | DataType::Float64 | DataType::Date => None,
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32
        | DataType::UInt64 => Some(DataType::Int64),
        // as many digits as the file has, where floats would have 15
        DataType::Decimal(..) if column.kind == ColumnType::Text => Some(DataType::String),
        DataType::Decimal(_, 0) if column.kind == ColumnType::Integer => Some(DataType::Int64),
        DataType::Float32 | DataType::Decimal(..) => Some(DataType::Float64),
        DataType::Boolean | DataType::Categorical(..) | DataType::Enum(..) | DataType::Null => Some(DataType::String),
        DataType::Datetime(..) => Some(DataType::Date),
        _ => {
            return Err(Error::Input {
                message: "columns of this nested or binary type are not read".into(),
                place: Some(Place { path: Some(path.into()), column: Some(column.name.clone()), ..Place::default() }),
                help: Some("leave the column out of the pipeline: undeclared columns are dropped".into()),
            });
        }
    })
}
