//! What executors are told of a job: over the encrypted channel only, since keys and values are in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};

use super::super::sheet::{ApplySheet, CountSheet, SourceSheet};
use super::landing::Landing;
use super::seal::Sealer;
use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::source::{Piece, Source};
use crate::written::{Reader, Written, written};

/// A job as an executor holds it; its keys are wiped when the last task lets go of it.
pub struct Job {
    pub source: Source,
    pub pieces: Vec<Piece>,
    pub work: Work,
    pub sealer: Sealer,
    key: Secret<[u8; 32]>,
    over: Arc<AtomicBool>,
}

/// What is done with the pieces.
#[expect(clippy::large_enum_variant, reason = "there is one for each job")]
pub enum Work {
    Count(CountSheet),
    Treat(ApplySheet, Scatter, Landing),
}

/// How treated rows are spread, and which of them are shown to the driver.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scatter {
    /// Row groups.
    pub buckets: usize,
    /// Rows that are released.
    pub kept: u64,
    /// Seed of the hashes by which the order of rows is compared.
    pub hashes: u64,
    /// Rows that are shown whole, about.
    pub shown: u64,
}

/// The part of a brief that is no secret.
#[derive(Serialize, Deserialize)]
struct Plain {
    pieces: Vec<Piece>,
    scatter: Option<Scatter>,
}

/// The brief of a job with this key: the bytes of a sheet, and how and where treated rows go if it is one of pass 2.
///
/// # Errors
/// A source that cannot be read by several machines.
pub fn brief(
    source: &Source,
    pieces: &[Piece],
    sheet: &Secret<Vec<u8>>,
    treated: Option<(&Scatter, &Landing)>,
    key: &Secret<[u8; 32]>,
) -> Result<Secret<Vec<u8>>> {
    let plain = Plain { pieces: pieces.to_vec(), scatter: treated.map(|(scatter, _)| scatter.clone()) };
    let plain = serde_json::to_vec(&plain).map_err(|_| unclear())?;
    let source = source.shared()?.to_bytes()?;
    let landing = written(0, |to| treated.iter().for_each(|(_, landing)| Written::write(*landing, to)))?;
    let parts: [&[u8]; 5] = [key.expose(), &plain, source.expose(), sheet.expose(), landing.expose()];
    // of its full size at once: nothing of it is left behind by growing
    let mut bytes = Secret::new(Vec::with_capacity(parts.iter().map(|part| 8 + part.len()).sum()));
    for part in parts {
        bytes.expose_mut().extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.expose_mut().extend_from_slice(part);
    }
    Ok(bytes)
}

impl Job {
    /// Reads a brief; `over` is set when the job is.
    ///
    /// # Errors
    /// [`Error::Internal`] for anything else than a brief of this version.
    pub fn read(mut bytes: &[u8], over: Arc<AtomicBool>) -> Result<Self> {
        let mut part = || {
            let (length, rest) = bytes.split_first_chunk::<8>().ok_or_else(unclear)?;
            let length = usize::try_from(u64::from_be_bytes(*length)).map_err(|_| unclear())?;
            let (part, rest) = rest.split_at_checked(length).ok_or_else(unclear)?;
            bytes = rest;
            Ok::<&[u8], Error>(part)
        };
        let key: &[u8; 32] = part()?.try_into().map_err(|_| unclear())?;
        let key = Secret::new(*key);
        let Plain { pieces, scatter } = serde_json::from_slice(part()?).map_err(|_| unclear())?;
        let source = Source::from_shared(&SourceSheet::from_bytes(part()?)?)?;
        let sheet = part()?;
        let work = match scatter {
            None => Work::Count(CountSheet::from_bytes(sheet)?),
            Some(scatter) => {
                let sheet = ApplySheet::from_bytes(sheet)?;
                let mut landing = Reader::new(part()?);
                let place = landing.value()?;
                landing.finish()?;
                Work::Treat(sheet, scatter, place)
            }
        };
        Ok(Self { source, pieces, work, sealer: Sealer::new(&key)?, key, over })
    }

    /// The seed of the job's random draws.
    pub fn seed(&self) -> &Secret<[u8; 32]> {
        &self.key
    }

    /// The piece of this number.
    ///
    /// # Errors
    /// There is none.
    pub fn piece(&self, number: u64) -> Result<&Piece> {
        let piece = usize::try_from(number).ok().and_then(|number| self.pieces.get(number));
        piece.ok_or_else(|| Error::internal("a job has no such piece"))
    }

    /// # Errors
    /// The job is over, or the process shall end.
    pub fn goes_on(&self) -> Result<()> {
        crate::source::interrupted()?;
        match self.over.load(Ordering::Relaxed) {
            true => Err(Error::surroundings(None, "the job is over")),
            false => Ok(()),
        }
    }
}

/// What a piece counts for when losses are looked for: a number up to 2²⁴ that nobody foresees.
///
/// Where the counts of one piece were lost and those of another counted twice, sums of records may agree; sums of
/// records times weights do so with a probability of 2⁻²⁴.
pub fn weight(sealer: &Sealer, piece: u64) -> u64 {
    let name = sealer.name(&[&b"weight of a piece"[..], &piece.to_be_bytes()].concat());
    1 + u64::from(u32::from_be_bytes([0, name[0], name[1], name[2]]))
}

fn unclear() -> Error {
    Error::internal("the brief of a job cannot be read")
}
