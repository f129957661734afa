//! Rows picked at random, as they were and as they are released: what attacks on a release start from.

use std::io::Cursor;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::array::{ArrayRef, RecordBatch, StringArray, UInt32Array, new_empty_array};
use arrow::compute::{cast, concat_batches, take_record_batch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt32Type};
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use rand::RngExt;

use super::apply::{ApplyPlan, Treated, arrow_type};
use crate::error::{Error, Result};
use crate::release::shuffle::together;
use crate::secret::{Secret, stream};
use crate::source::Batch;

/// Picks released rows, each with one probability; what is picked depends on the seed and on nothing else.
pub struct RowSample {
    seed: Arc<Secret<[u8; 32]>>,
    share: f64,
    source: Vec<RecordBatch>,
    released: Vec<RecordBatch>,
    positions: Vec<u64>,
}

/// The same rows twice; columns of `source` as the plan wants them, of `released` as its outputs, labels as text.
pub struct SampledRows {
    pub source: RecordBatch,
    pub released: RecordBatch,
    /// Records of the source before each.
    pub positions: Vec<u64>,
}

impl RowSample {
    /// About `rows` of the `released` rows; all of them if there are no more.
    pub fn new(seed: Secret<[u8; 32]>, rows: u64, released: u64) -> Self {
        let share = if released <= rows { 1.0 } else { rows as f64 / released as f64 };
        Self { seed: Arc::new(seed), share, source: Vec::new(), released: Vec::new(), positions: Vec::new() }
    }

    /// An empty sample that picks the same rows.
    pub fn twin(&self) -> Self {
        Self {
            seed: self.seed.clone(),
            share: self.share,
            source: Vec::new(),
            released: Vec::new(),
            positions: Vec::new(),
        }
    }

    /// Picks from the treated rows of a batch.
    pub(super) fn add(&mut self, batch: &Batch, treated: &Treated) -> Result<()> {
        let mut draws = stream(&self.seed, "row sample", batch.first_row);
        let picked: Vec<u32> = (0..treated.kept.len() as u32)
            .filter(|_| self.share >= 1.0 || draws.random::<f64>() < self.share)
            .collect();
        if picked.is_empty() {
            return Ok(());
        }
        let rows: Vec<u32> = picked.iter().map(|&row| treated.kept[row as usize]).collect();
        self.positions.extend(rows.iter().map(|&row| batch.row(row)));
        self.source.push(taken(&batch.cells, rows)?);
        self.released.push(taken(&treated.cells, picked)?);
        Ok(())
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.positions.extend(other.positions);
        self.source.extend(other.source);
        self.released.extend(other.released);
    }

    /// What was picked, for [`Self::add_bytes`] of a sample that picks the same rows.
    ///
    /// # Errors
    /// [`Error::Internal`] for batches of different columns.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = (self.positions.len() as u64).to_be_bytes().to_vec();
        bytes.extend(self.positions.iter().flat_map(|position| position.to_be_bytes()));
        for batches in [&self.source, &self.released] {
            let Some(first) = batches.first() else { continue };
            let mut writer = StreamWriter::try_new(Vec::new(), &first.schema()).map_err(internal)?;
            batches.iter().try_for_each(|batch| writer.write(batch)).map_err(internal)?;
            let stream = writer.into_inner().map_err(internal)?;
            bytes.extend((stream.len() as u64).to_be_bytes());
            bytes.extend(stream);
        }
        Ok(bytes)
    }

    /// Adds what another machine picked.
    ///
    /// # Errors
    /// [`Error::Internal`] for what no sample wrote.
    pub fn add_bytes(&mut self, mut bytes: &[u8]) -> Result<()> {
        let unread = || Error::internal("a sample of rows cannot be read");
        let number = |bytes: &mut &[u8]| -> Result<u64> {
            let (number, rest) = bytes.split_first_chunk::<8>().ok_or_else(unread)?;
            *bytes = rest;
            Ok(u64::from_be_bytes(*number))
        };
        for _ in 0..number(&mut bytes)? {
            self.positions.push(number(&mut bytes)?);
        }
        if bytes.is_empty() {
            return Ok(());
        }
        for batches in [&mut self.source, &mut self.released] {
            let length = usize::try_from(number(&mut bytes)?).map_err(|_| unread())?;
            let (stream, rest) = bytes.split_at_checked(length).ok_or_else(unread)?;
            bytes = rest;
            for batch in StreamReader::try_new(Cursor::new(stream), None).map_err(internal)? {
                batches.push(batch.map_err(internal)?);
            }
        }
        if bytes.is_empty() { Ok(()) } else { Err(unread()) }
    }

    /// The picked rows; which worker saw them first decides their order.
    pub(super) fn finish(self, plan: &ApplyPlan) -> Result<SampledRows> {
        let released = concat(&plan.coded_schema()?, &self.released)?;
        let labels = plan.labels();
        let columns = released.columns().iter().zip(&labels).map(|(cells, labels)| match labels {
            None => cells.clone(),
            Some(labels) => {
                let codes = cells.as_primitive::<UInt32Type>().values();
                Arc::new(codes.iter().map(|&code| labels[code as usize].as_deref()).collect::<StringArray>())
                    as ArrayRef
            }
        });
        let columns: Vec<ArrayRef> = columns.collect();
        let names = plan.outputs.iter().map(|output| &output.name).zip(columns);
        let source: SchemaRef = match self.source.first() {
            Some(batch) => batch.schema(),
            None => Arc::new(Schema::new(
                plan.wanted
                    .iter()
                    .map(|column| Field::new(&column.name, arrow_type(&column.kind), true))
                    .collect::<Vec<_>>(),
            )),
        };
        Ok(SampledRows {
            positions: self.positions,
            source: concat(&source, &self.source)?,
            released: RecordBatch::try_from_iter_with_nullable(names.map(|(name, cells)| (name, cells, true)))
                .map_err(internal)?,
        })
    }
}

/// These rows. Their texts own their bytes: a view would keep those of the whole batch.
fn taken(cells: &RecordBatch, rows: Vec<u32>) -> Result<RecordBatch> {
    let rows = take_record_batch(cells, &UInt32Array::from(rows)).map_err(internal)?;
    let owned = |cells: &ArrayRef| match cells.data_type() {
        DataType::Utf8View => cast(cells, &DataType::Utf8),
        _ => Ok(cells.clone()),
    };
    let columns = rows.columns().iter().map(owned).collect::<std::result::Result<Vec<_>, _>>().map_err(internal)?;
    together(&rows.schema(), columns, rows.num_rows()).map_err(internal)
}

fn concat(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<RecordBatch> {
    if batches.is_empty() {
        let columns = schema.fields().iter().map(|field| new_empty_array(field.data_type())).collect();
        return RecordBatch::try_new(schema.clone(), columns).map_err(internal);
    }
    concat_batches(schema, batches).map_err(internal)
}

fn internal(error: arrow::error::ArrowError) -> Error {
    Error::Internal(error.to_string())
}
