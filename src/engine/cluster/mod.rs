//! Several machines: both passes over the rows as plans that Ballista spreads over executors.
//!
//! The driver keeps everything else: search, evidence, decisions, signature and ledger. It cuts the source into pieces,
//! and puts the brief of a job on its desk (`desk`): source, treatments, keys. A plan (`plans`) has a task for each piece,
//! which names a kernel (`functions`), the job and the desk; the executor fetches the brief over TLS (`wire`, `holder`) and
//! runs the same kernels as one machine does (`count`, `treat`, `part`), and leaves the files that it writes in a folder or a
//! store (`landing`). What leaves an executor is sealed (`seal`); one without space leaves the cluster (`space`, `stage`). The
//! driver believes a result when it was reconciled with the pieces of the source (`driver`).

mod brief;
mod count;
mod desk;
mod driver;
pub mod executor;
mod fault;
mod footprint;
mod functions;
mod holder;
mod landing;
mod local;
mod part;
mod plans;
mod pool;
mod rows;
pub mod scheduler;
mod seal;
mod session;
mod space;
mod stage;
pub mod tls;
mod treat;
mod wire;

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Int64Type, UInt64Type};

pub use driver::Settings;
pub use local::Local;
pub use wire::host;

use super::counting::Counting;
use super::sheet::{ApplySheet, CountSheet};
use super::{Applied, ApplyPlan, Counted, Treating};
use brief::{Scatter, brief};
use driver::{Driver, job_key};
use landing::Landing;
use seal::Sealer;

use crate::error::{Error, Result};
use crate::release::digest::Digests;
use crate::release::shuffle::BUCKET;
use crate::release::staging::{Staging, owners_only};
use crate::release::write::part_name;
use crate::secret::Secret;
use crate::source::{Piece, Source};
use crate::store::{Place, several};
use crate::table::EquivalenceTable;

/// Records of a piece, at least.
const PIECE: u64 = 1 << 20;
/// Pieces of a source, about, at most: what a piece sends to each part of the release should be more than a few rows.
const PIECES: u64 = 2048;

/// A cluster that a driver is connected to.
pub struct Cluster {
    driver: Driver,
    /// The parts of a cluster that lives in this process.
    _local: Option<Local>,
}

/// The files that a cluster has written.
pub struct Released {
    pub files: Vec<String>,
    /// The logical digest of each, of its values before they were written.
    pub digests: Vec<Digests>,
    pub applied: Applied,
}

impl Cluster {
    /// Connects to a scheduler.
    ///
    /// # Errors
    /// A scheduler that cannot be reached or is no member of the cluster; papers that cannot be used.
    pub fn connect(settings: Settings) -> Result<Self> {
        Ok(Self { driver: Driver::connect(settings)?, _local: None })
    }

    /// Starts scheduler and executors in this process, for a trial.
    ///
    /// # Errors
    /// Those of [`Local::start`]; no connection to what was started.
    pub fn in_process(folder: &Path, executors: usize, deadline: std::time::Duration) -> Result<Self> {
        let (local, settings) = Local::start(folder, executors, deadline)?;
        Ok(Self { driver: Driver::connect(settings)?, _local: Some(local) })
    }

    /// Pass 1: as [`super::tally`], with the same table as its result.
    ///
    /// # Errors
    /// Those of [`super::tally`]; a source that several machines cannot read; the deadline has passed.
    pub fn tally(&self, source: &Source, counted: &Counted, key: &Secret<[u8; 32]>) -> Result<EquivalenceTable> {
        let pieces = pieces(source)?;
        if pieces.is_empty() {
            let place = crate::error::Place { path: source.origin(0), ..Default::default() };
            return Err(Error::Input { message: "the input has no records".into(), place: Some(place), help: None });
        }
        let counting = Counting::new(counted);
        let names = counting.names();
        // each attempt has a key of its own
        let keys: Mutex<Option<Secret<[u8; 32]>>> = Mutex::new(None);
        let table = self.driver.run(
            "counting",
            pieces.len(),
            |_| {
                let (seal, sheet) = (job_key()?, CountSheet::pack(counted, key)?);
                let bytes = brief(source, &pieces, &sheet, None, &seal);
                *keys.lock().map_err(|_| panicked())? = Some(seal);
                bytes
            },
            |known, at| plans::counting(known, at, pieces.len()),
            |_, batches| {
                let key = keys.lock().map_err(|_| panicked())?;
                let sealer = Sealer::new(key.as_ref().ok_or_else(panicked)?)?;
                let mut taken = count::Taken::new(&sealer, &pieces, names.len(), counted.subject.is_some());
                for batch in &batches {
                    let [keys, counts, records, weights] = batch.columns() else { return Err(unclear()) };
                    let keys = keys.as_binary_opt::<i32>().ok_or_else(unclear)?;
                    let counts = counts.as_primitive_opt::<Int64Type>().ok_or_else(unclear)?;
                    let records = records.as_primitive_opt::<UInt64Type>().ok_or_else(unclear)?;
                    let weights = weights.as_primitive_opt::<UInt64Type>().ok_or_else(unclear)?;
                    for row in 0..batch.num_rows() {
                        let count = u64::try_from(counts.value(row)).map_err(|_| unclear())?;
                        taken.row(keys.value(row), count, records.value(row), weights.value(row))?;
                    }
                }
                taken.reconciled()?.table(&names, counting.labellers())
            },
        )?;
        let table = table.with_sensitive(counted.sensitive.len());
        match table.total_records() == pieces.iter().map(|piece| piece.rows).sum::<u64>() {
            true => Ok(table),
            false => Err(count::unreconciled()),
        }
    }

    /// Pass 2: treats every row, scatters it and writes the files of the release into its staging folder; by way of a
    /// store where a place in one is given.
    ///
    /// # Errors
    /// Those of [`super::apply()`]; without a store, a staging folder that is not one that the executors see; the deadline
    /// has passed.
    pub fn release(&self, source: &Source, plan: &ApplyPlan, asked: &Treating) -> Result<Released> {
        let Treating { kept, shown, staging, landing: store, .. } = *asked;
        let pieces = pieces(source)?;
        let buckets = kept.div_ceil(BUCKET).max(1) as usize;
        store.iter().for_each(|place| landing::sweep(place));
        let attempts: Mutex<Vec<Attempt>> = Mutex::default();
        let tried = self.driver.run(
            "treating",
            pieces.len(),
            |number| {
                let landing = match store {
                    Some(Place { access, key }) => Landing::in_store(access, format!("{key}/{number}"))?,
                    None => Landing::Folder(attempt_folder(staging, number)?),
                };
                let key = job_key()?;
                let mut hashes = crate::secret::stream(&key, "row hashes", 0);
                let hashes = rand::Rng::next_u64(&mut hashes);
                let scatter = Scatter { buckets, kept, hashes, shown };
                let bytes = brief(source, &pieces, &ApplySheet::pack(plan)?, Some((&scatter, &landing)), &key);
                let mut attempts = attempts.lock().map_err(|_| panicked())?;
                attempts.iter().for_each(|attempt| attempt.landing.clear());
                attempts.push(Attempt { key, scatter, landing });
                bytes
            },
            |known, at| plans::treating(known, at, pieces.len()),
            |_, batches: Vec<RecordBatch>| {
                let attempts = attempts.lock().map_err(|_| panicked())?;
                let Attempt { key, scatter, landing } = attempts.last().ok_or_else(panicked)?;
                let sealer = Sealer::new(key)?;
                let mut written = part::Written::new(&sealer, key, &pieces, scatter);
                for batch in &batches {
                    let [told] = batch.columns() else { return Err(unclear()) };
                    let told = told.as_binary_opt::<i32>().ok_or_else(unclear)?;
                    (0..batch.num_rows()).try_for_each(|row| written.row(told.value(row)))?;
                }
                let (files, applied) = written.reconciled(plan)?;
                take(files, landing, &sealer, staging).map(|(files, digests)| Released { files, digests, applied })
            },
        );
        // what attempts have left goes now. What straggling tasks still write goes with the staging folder; in a store it
        // is sealed, and the sweep of a later run finds it
        attempts.into_inner().map_err(|_| panicked())?.iter().for_each(|attempt| attempt.landing.clear());
        tried
    }
}

/// What an attempt at pass 2 has for itself.
struct Attempt {
    key: Secret<[u8; 32]>,
    scatter: Scatter,
    landing: Landing,
}

/// Puts the files that executors wrote into the staging folder, by the names that they are released under.
fn take(
    files: Vec<part::File>,
    landing: &Landing,
    sealer: &Sealer,
    staging: &Staging,
) -> Result<(Vec<String>, Vec<Digests>)> {
    let places: Vec<(usize, String)> = (0..files.len()).map(|number| (number, part_name(number))).collect();
    several(&places, |(number, name)| {
        crate::source::interrupted()?;
        landing.take(&files[*number].name, sealer, &staging.folder().join(name))
    })?;
    let names = places.into_iter().map(|(_, name)| name).collect();
    Ok((names, files.into_iter().map(|file| file.digest).collect()))
}

/// Cuts a source into pieces, each of which is a task.
fn pieces(source: &Source) -> Result<Vec<Piece>> {
    let pieces = source.pieces(PIECE)?;
    match pieces.len() as u64 > PIECES {
        true => source.pieces(pieces.iter().map(|piece| piece.rows).sum::<u64>().div_ceil(PIECES)),
        false => Ok(pieces),
    }
}

/// An own folder for what an attempt writes.
fn attempt_folder(staging: &Staging, attempt: u32) -> Result<PathBuf> {
    let folder = staging.folder().join(format!(".attempt-{attempt}"));
    owners_only()
        .create(&folder)
        .map_err(|e| Error::environment(&folder, "could not make a folder for the cluster", e))?;
    std::path::absolute(&folder).map_err(|e| Error::environment(&folder, "the output folder has no path", e))
}

fn panicked() -> Error {
    Error::internal("a part of the driver panicked")
}

fn unclear() -> Error {
    Error::internal("what the cluster gave cannot be read")
}

#[cfg(test)]
mod tests;
