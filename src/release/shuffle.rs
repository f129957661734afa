//! A uniform random permutation of rows that need not fit in memory.
//!
//! Each row goes to a random bucket, and each bucket is permuted: together every order of all rows is
//! equally likely. The draws come from a CSPRNG, one stream per batch and per bucket.

mod narrow;

use std::io::Cursor;
use std::sync::{Arc, Mutex};

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, UInt32Array};
use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use rand::RngExt;
use rand::seq::SliceRandom;

use narrow::{narrow, widen};

use super::staging::SpillFile;
use crate::error::{Error, Result};
use crate::secret::{Secret, stream};

/// Rows in a bucket, about: a bucket becomes one row group.
pub const BUCKET: u64 = 256 * 1024;

/// Scatters batches to buckets; [`Shuffle::bucket`] gives each back in random order.
pub struct Shuffle {
    buckets: usize,
    seed: Secret<[u8; 32]>,
    schema: SchemaRef,
    /// Bytes held in memory before they are spilled.
    budget: usize,
    held: Mutex<Held>,
}

struct Held {
    /// Batches ordered by bucket, with the first row of each bucket and the end.
    batches: Vec<(RecordBatch, Vec<usize>)>,
    bytes: usize,
    spill: SpillFile,
    /// Per bucket: places in the spill.
    spilled: Vec<Vec<(u64, usize)>>,
}

fn internal(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("rows could not be shuffled: {error}"))
}

impl Shuffle {
    /// For about `rows` rows of `schema` (no views, no dictionaries).
    pub fn new(rows: u64, schema: SchemaRef, seed: Secret<[u8; 32]>, budget: usize, spill: SpillFile) -> Self {
        let buckets = rows.div_ceil(BUCKET).max(1) as usize;
        let held = Held { batches: Vec::new(), bytes: 0, spill, spilled: vec![Vec::new(); buckets] };
        Self { buckets, seed, schema, budget, held: Mutex::new(held) }
    }

    pub fn buckets(&self) -> usize {
        self.buckets
    }

    /// Takes the rows of a batch; `first_row` names its stream of draws.
    pub fn scatter(&self, first_row: u64, batch: &RecordBatch) -> Result<()> {
        let mut draws = stream(&self.seed, "scatter", first_row);
        let bucket_of: Vec<u32> = (0..batch.num_rows()).map(|_| draws.random_range(0..self.buckets as u32)).collect();
        let (ordered, starts) = scattered(&self.schema, batch, &bucket_of, self.buckets)?;
        let bytes = ordered.get_array_memory_size();
        let mut held = self.held.lock().map_err(internal)?;
        held.batches.push((ordered, starts));
        held.bytes += bytes;
        if held.bytes > self.budget {
            held.spill_all(&self.schema, self.buckets)?;
        }
        Ok(())
    }

    /// The rows of a bucket in random order; texts that repeat as dictionaries, whose values may be null. Buckets may
    /// be asked for in any order, by any thread, once.
    pub fn bucket(&self, bucket: usize) -> Result<RecordBatch> {
        let (mut pieces, spilled) = {
            let held = self.held.lock().map_err(internal)?;
            let spilled =
                held.spilled[bucket].iter().map(|&place| held.spill.get(place)).collect::<Result<Vec<_>>>()?;
            (held.pieces(bucket), spilled)
        };
        for bytes in spilled {
            pieces.extend(unpacked(&bytes)?);
        }
        permuted(&self.schema, &pieces, &self.seed, bucket)
    }
}

/// The rows of a batch, narrowed and ordered by bucket, with the first row of each bucket and the end.
pub fn scattered(
    schema: &Schema,
    batch: &RecordBatch,
    bucket_of: &[u32],
    buckets: usize,
) -> Result<(RecordBatch, Vec<usize>)> {
    let mut starts = vec![0usize; buckets + 1];
    bucket_of.iter().for_each(|&bucket| starts[bucket as usize + 1] += 1);
    (0..buckets).for_each(|bucket| starts[bucket + 1] += starts[bucket]);
    let mut next = starts.clone();
    let mut order = vec![0u32; batch.num_rows()];
    for (row, &bucket) in bucket_of.iter().enumerate() {
        order[next[bucket as usize]] = row as u32;
        next[bucket as usize] += 1;
    }
    let order = UInt32Array::from(order);
    let columns = batch.columns().iter().map(|cells| narrow(cells, &order)).collect::<Result<_, _>>();
    let ordered = together(schema, columns.map_err(internal)?, batch.num_rows()).map_err(internal)?;
    Ok((ordered, starts))
}

/// All rows of a bucket, whose pieces are narrowed, in the random order that seed and bucket give.
pub fn permuted(
    schema: &Schema,
    pieces: &[RecordBatch],
    seed: &Secret<[u8; 32]>,
    bucket: usize,
) -> Result<RecordBatch> {
    let rows = pieces.iter().map(RecordBatch::num_rows).sum::<usize>() as u32;
    let mut order: Vec<u32> = (0..rows).collect();
    order.shuffle(&mut stream(seed, "permute", bucket as u64));
    gathered(schema, pieces, &UInt32Array::from(order)).map_err(internal)
}

/// Narrowed pieces as the bytes of one; see [`unpacked`].
pub fn packed(schema: &Schema, pieces: &[RecordBatch]) -> Result<Vec<u8>> {
    let all: UInt32Array = (0..pieces.iter().map(RecordBatch::num_rows).sum::<usize>() as u32).collect();
    let rows = gathered(schema, pieces, &all).map_err(internal)?;
    let columns = rows.columns().iter().map(|cells| narrow(cells, &all)).collect::<Result<_, _>>();
    let rows = together(schema, columns.map_err(internal)?, all.len()).map_err(internal)?;
    let mut writer = StreamWriter::try_new(Vec::new(), &rows.schema()).map_err(internal)?;
    writer.write(&rows).map_err(internal)?;
    writer.into_inner().map_err(internal)
}

/// The narrowed pieces that [`packed`] made bytes of.
pub fn unpacked(bytes: &[u8]) -> Result<Vec<RecordBatch>> {
    let batches = StreamReader::try_new(Cursor::new(bytes), None).map_err(internal)?;
    batches.collect::<Result<_, _>>().map_err(internal)
}

/// The rows of narrowed pieces, one after the other, at these places.
fn gathered(schema: &Schema, pieces: &[RecordBatch], order: &UInt32Array) -> Result<RecordBatch, ArrowError> {
    let columns = schema.fields().iter().enumerate().map(|(at, field)| {
        let pieces: Vec<ArrayRef> = pieces.iter().map(|piece| piece.column(at).clone()).collect();
        widen(field.data_type(), &pieces, order)
    });
    together(schema, columns.collect::<Result<_, _>>()?, order.len())
}

/// Columns with the names of a schema, in the types that they have.
///
/// # Errors
/// Columns of other lengths than `rows`.
pub fn together(schema: &Schema, columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch, ArrowError> {
    let fields = schema.fields().iter().zip(&columns);
    let fields: Vec<Field> =
        fields.map(|(field, cells)| Field::new(field.name(), cells.data_type().clone(), true)).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)
}

impl Held {
    fn pieces(&self, bucket: usize) -> Vec<RecordBatch> {
        let piece = |(batch, starts): &(RecordBatch, Vec<usize>)| {
            batch.slice(starts[bucket], starts[bucket + 1] - starts[bucket])
        };
        self.batches.iter().map(piece).filter(|piece| piece.num_rows() > 0).collect()
    }

    fn spill_all(&mut self, schema: &SchemaRef, buckets: usize) -> Result<()> {
        for bucket in 0..buckets {
            let place = self.spill.put(&packed(schema, &self.pieces(bucket))?)?;
            self.spilled[bucket].push(place);
        }
        self.batches.clear();
        self.bytes = 0;
        Ok(())
    }
}
