//! Pass 2 on one piece of the source: rows are treated, scattered to the parts of the release, and sealed.

use arrow::array::RecordBatch;
use hashbrown::HashMap;
use rand::RngExt;
use rand::rngs::ChaCha20Rng;

use super::super::apply::{Applier, ApplyPlan, Reading};
use super::super::local::{hash_columns, label_hashes};
use super::super::row_sample::RowSample;
use super::super::rowhash::{OrderSample, RowHasher};
use super::super::sheet::ApplySheet;
use super::brief::{Job, Scatter};
use super::rows::{PartRows, Writer};
use crate::error::Result;
use crate::release::shuffle::{packed, scattered};
use crate::release::write::GROUPS;
use crate::secret::{Secret, stream};

/// The part that accounts of pieces go to.
pub const ACCOUNTS: u64 = u64::MAX;
/// Rows of the source that share a stream of draws.
const BLOCK: u64 = 1 << 16;

/// The bucket of each row: by its number in the source, however the source is cut, so that a task that is tried again
/// sends every row where it went before.
struct Draws<'a> {
    seed: &'a Secret<[u8; 32]>,
    buckets: u32,
    block: Option<u64>,
    drawn: Vec<u32>,
}

impl Draws<'_> {
    fn bucket(&mut self, row: u64) -> u32 {
        let block = row / BLOCK;
        if self.block != Some(block) {
            let mut draws: ChaCha20Rng = stream(self.seed, "scatter", block);
            self.drawn = (0..BLOCK).map(|_| draws.random_range(0..self.buckets)).collect();
            self.block = Some(block);
        }
        self.drawn[(row % BLOCK) as usize]
    }
}

/// The sample that all machines pick the same rows for.
pub fn order(scatter: &Scatter) -> OrderSample {
    OrderSample::new(RowHasher::seeded(scatter.hashes), scatter.kept)
}

/// A sample of whole rows, as all machines pick it.
pub fn shown(job_seed: &Secret<[u8; 32]>, scatter: &Scatter) -> RowSample {
    RowSample::new(Secret::new(*job_seed.expose()), scatter.shown, scatter.kept)
}

/// Treats a piece; gives what goes to each part of the release, and the account of the piece.
///
/// # Errors
/// Those of the source and of treatments; the job is over.
pub fn treat(job: &Job, number: u64, sheet: &ApplySheet, scatter: &Scatter) -> Result<arrow::array::ArrayRef> {
    let piece = job.piece(number)?;
    let plan: ApplyPlan = sheet.plan();
    let schema = plan.coded_schema()?;
    let (mut order, mut shown) = (order(scatter), shown(job.seed(), scatter));
    let hasher = order.hasher.clone();
    let labels = label_hashes(&hasher, &plan)?;
    let mut applier = Applier::new(&plan, Reading::Released)?;
    let mut draws = Draws { seed: job.seed(), buckets: scatter.buckets as u32, block: None, drawn: Vec::new() };
    let mut scattered_rows: HashMap<usize, Vec<RecordBatch>> = HashMap::new();
    let mut kept = 0u64;
    job.source.scan_piece(piece, &plan.wanted, |batch| {
        job.goes_on()?;
        let treated = applier.treat(batch)?;
        kept += treated.kept.len() as u64;
        let hashes = hash_columns(&hasher, treated.cells.columns(), &labels)?;
        shown.add(batch, &treated)?;
        order.add(&hashes, treated.kept.iter().map(|&row| batch.row(row)));
        let buckets: Vec<u32> = treated.kept.iter().map(|&row| draws.bucket(batch.row(row))).collect();
        let (rows, starts) = scattered(&schema, &treated.cells, &buckets, scatter.buckets)?;
        for bucket in (0..scatter.buckets).filter(|&bucket| starts[bucket] < starts[bucket + 1]) {
            let rows = rows.slice(starts[bucket], starts[bucket + 1] - starts[bucket]);
            scattered_rows.entry(bucket).or_default().push(rows);
        }
        Ok(())
    })?;
    let mut buckets: Vec<(usize, Vec<RecordBatch>)> = scattered_rows.into_iter().collect();
    buckets.sort_unstable_by_key(|&(bucket, _)| bucket);
    let mut rows = PartRows::new();
    for (bucket, pieces) in buckets {
        let mut text = Writer::default();
        text.number(bucket as u64);
        text.number(number);
        text.number(pieces.iter().map(RecordBatch::num_rows).sum::<usize>() as u64);
        text.bytes(&packed(&schema, &pieces)?);
        rows.push((bucket / GROUPS) as u64, &job.sealer.seal(&text.0)?);
    }
    let mut account = Writer::default();
    account.number(number);
    account.number(piece.rows);
    account.number(kept);
    account.bytes(&order.to_bytes());
    account.bytes(&shown.to_bytes()?);
    rows.push(ACCOUNTS, &job.sealer.seal(&account.0)?);
    rows.finish()
}
