//! A uniform random permutation of rows that need not fit in memory.
//!
//! Each row goes to a random bucket, and each bucket is permuted: together every order of all rows is
//! equally likely. The draws come from a CSPRNG, one stream per batch and per bucket.

use std::io::Cursor;
use std::sync::Mutex;

use arrow::array::{RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::datatypes::SchemaRef;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use rand::RngExt;
use rand::seq::SliceRandom;

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
        let mut starts = vec![0usize; self.buckets + 1];
        bucket_of.iter().for_each(|&bucket| starts[bucket as usize + 1] += 1);
        (0..self.buckets).for_each(|bucket| starts[bucket + 1] += starts[bucket]);
        let mut next = starts.clone();
        let mut order = vec![0u32; batch.num_rows()];
        for (row, &bucket) in bucket_of.iter().enumerate() {
            order[next[bucket as usize]] = row as u32;
            next[bucket as usize] += 1;
        }
        let ordered = take_record_batch(batch, &UInt32Array::from(order)).map_err(internal)?;
        let bytes = ordered.get_array_memory_size();
        let mut held = self.held.lock().map_err(internal)?;
        held.batches.push((ordered, starts));
        held.bytes += bytes;
        if held.bytes > self.budget {
            held.spill_all(&self.schema, self.buckets)?;
        }
        Ok(())
    }

    /// The rows of a bucket in random order. Buckets may be asked for in any order, by any thread, once.
    pub fn bucket(&self, bucket: usize) -> Result<RecordBatch> {
        let (mut pieces, spilled) = {
            let held = self.held.lock().map_err(internal)?;
            let spilled =
                held.spilled[bucket].iter().map(|&place| held.spill.get(place)).collect::<Result<Vec<_>>>()?;
            (held.pieces(bucket), spilled)
        };
        for bytes in spilled {
            for batch in StreamReader::try_new(Cursor::new(bytes), None).map_err(internal)? {
                pieces.push(batch.map_err(internal)?);
            }
        }
        let all = concat_batches(&self.schema, &pieces).map_err(internal)?;
        drop(pieces);
        let mut order: Vec<u32> = (0..all.num_rows() as u32).collect();
        order.shuffle(&mut stream(&self.seed, "permute", bucket as u64));
        take_record_batch(&all, &UInt32Array::from(order)).map_err(internal)
    }
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
            let rows = concat_batches(schema, &self.pieces(bucket)).map_err(internal)?;
            let mut writer = StreamWriter::try_new(Vec::new(), schema).map_err(internal)?;
            writer.write(&rows).map_err(internal)?;
            let place = self.spill.put(&writer.into_inner().map_err(internal)?)?;
            self.spilled[bucket].push(place);
        }
        self.batches.clear();
        self.bytes = 0;
        Ok(())
    }
}
