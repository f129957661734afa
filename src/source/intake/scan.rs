//! The kept records, read again: whole row groups by the workers, or parts from all over.

use std::sync::atomic::{AtomicBool, Ordering};

use arrow::array::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::{Intake, damaged};
use crate::error::Result;
use crate::source::typed::typed_batch;
use crate::source::{Batch, Spread, Wanted, fan_out};

/// Records per batch.
const BATCH: usize = 64 << 10;
/// Places that a part is taken from.
const BLOCKS: u64 = 32;

impl Intake {
    /// See [`crate::source::Source::scan`].
    pub(in crate::source) fn scan<W: Send>(
        &self,
        nulls: &[String],
        wanted: &[Wanted],
        workers: Vec<W>,
        enough: &AtomicBool,
        work: impl Fn(&mut W, &Batch) -> Result<()> + Sync,
    ) -> Result<(Vec<W>, u64)> {
        let handle = |worker: &mut W, group: usize| {
            let mut first_row = self.starts[group];
            for cells in self.group(group, wanted)? {
                if enough.load(Ordering::Relaxed) {
                    break;
                }
                let rows = cells.num_rows() as u64;
                work(worker, &self.typed_batch(first_row, first_row, &cells, wanted, nulls)?)?;
                first_row += rows;
            }
            Ok(())
        };
        let groups = self.starts.len() - 1;
        let workers = fan_out(workers, enough, handle, |push| (0..groups).try_for_each(push))?;
        Ok((workers, self.records()))
    }

    /// About `rows` records in blocks spread evenly; `None` if there are no more.
    pub(in crate::source) fn spread(&self, nulls: &[String], wanted: &[Wanted], rows: u64) -> Result<Option<Spread>> {
        let total = self.records();
        if total <= rows {
            return Ok(None);
        }
        let size = rows.div_ceil(BLOCKS).max(1);
        let count = BLOCKS.min(total.div_ceil(size));
        let mut spread = Spread { whole: false, ..Spread::default() };
        for number in 0..count {
            let start = total.saturating_sub(size) / (count - 1).max(1) * number;
            let mut at = start;
            for cells in self.part(start, size.min(total - start), wanted)? {
                spread.add(self.typed_batch(spread.records, at, &cells, wanted, nulls)?);
                at += cells.num_rows() as u64;
            }
            spread.blocks += 1;
        }
        spread.share = spread.records as f64 / total as f64;
        Ok(Some(spread))
    }

    /// The wanted columns of a row group, each once, in the order of the file.
    pub(super) fn group(&self, group: usize, wanted: &[Wanted]) -> Result<Vec<RecordBatch>> {
        let rows = self.starts[group + 1] - self.starts[group];
        self.read(vec![group], 0, rows, wanted)
    }

    fn part(&self, start: u64, rows: u64, wanted: &[Wanted]) -> Result<Vec<RecordBatch>> {
        let first = self.starts.partition_point(|&before| before <= start) - 1;
        let last = self.starts.partition_point(|&before| before < start + rows) - 1;
        self.read((first..=last).collect(), start - self.starts[first], rows, wanted)
    }

    fn read(&self, groups: Vec<usize>, skip: u64, rows: u64, wanted: &[Wanted]) -> Result<Vec<RecordBatch>> {
        let fields = self.schema.fields();
        let columns = (0..fields.len()).filter(|&at| wanted.iter().any(|wanted| wanted.name == *fields[at].name()));
        let mask = ProjectionMask::roots(self.metadata.parquet_schema(), columns);
        let length = |rows: u64| usize::try_from(rows).map_err(|_| damaged());
        let (skip, limit) = (length(skip)?, length(rows)?);
        let batches = self.handles.with(|file| {
            let file = file.try_clone().map_err(|_| damaged())?;
            let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone())
                .with_row_groups(groups)
                .with_projection(mask)
                .with_batch_size(BATCH)
                .with_offset(skip)
                .with_limit(limit)
                .build()
                .map_err(|_| damaged())?;
            reader.collect::<Result<Vec<RecordBatch>, _>>().map_err(|_| damaged())
        })?;
        match batches.iter().map(|batch| batch.num_rows() as u64).sum::<u64>() == rows {
            true => Ok(batches),
            false => Err(damaged()),
        }
    }

    /// Cells as they are wanted; `record` counts the records before the batch, for places.
    fn typed_batch(
        &self,
        first_row: u64,
        record: u64,
        cells: &RecordBatch,
        wanted: &[Wanted],
        nulls: &[String],
    ) -> Result<Batch> {
        let found = |column: &Wanted| cells.column_by_name(&column.name).cloned();
        let place = |row: Option<usize>, column: &str| self.place(row.map(|row| record + row as u64), column);
        let cells = typed_batch(found, cells.num_rows(), wanted, nulls, place)?;
        Ok(Batch { first_row, rows: None, cells })
    }
}
