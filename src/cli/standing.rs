//! Where a run stands among the releases that the ledger knows: whether it would make one again, and which one it
//! replaces.

use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use super::certify;
use super::prepare::Prepared;
use crate::error::{Error, Result};
use crate::release::ledger::{Event, LEDGER, Origin, verify_chain};
use crate::source::Source;

/// SHA-256 of a source, computed beside the run until somebody needs it.
pub struct SourceDigest {
    running: Option<JoinHandle<Result<String>>>,
    known: Option<String>,
}

impl SourceDigest {
    pub fn of(source: &Source) -> Self {
        Self { running: Some(certify::source_digest(source)), known: None }
    }

    /// The digest in hex; waits for it.
    ///
    /// # Errors
    /// The source cannot be read.
    pub fn get(&mut self) -> Result<String> {
        if let Some(running) = self.running.take() {
            self.known = Some(running.join().map_err(|_| Error::Internal("a worker panicked".into()))??);
        }
        self.known.clone().ok_or_else(|| Error::Internal("the source has no digest".into()))
    }
}

/// What the ledger says of earlier releases of the same dataset and period.
#[derive(Debug, Default)]
pub struct Standing {
    /// Digest of all that is asked beside the source, in hex.
    asked: String,
    /// What the templates became.
    period: Option<String>,
    /// The newest release of this name and period, with what it was made from.
    newest: Option<(String, Option<Origin>)>,
}

impl Standing {
    /// # Errors
    /// The ledger cannot be read, or its chain is broken.
    pub fn of(prepared: &Prepared, out: &Path) -> Result<Self> {
        let (asked, period) = (prepared.asked()?, prepared.period.clone());
        let path = out.join(LEDGER);
        let entries = if path.exists() { verify_chain(&path)? } else { Vec::new() };
        let newest = entries.into_iter().rev().find_map(|entry| match entry.event {
            Event::Released { release, name, origin, .. }
                if name == prepared.pipeline.name
                    && origin.as_ref().and_then(|origin| origin.period.as_ref()) == period.as_ref() =>
            {
                Some((release, origin))
            }
            _ => None,
        });
        Ok(Self { asked, period, newest })
    }

    /// The folder of the newest release, where the same was asked of the same source and it is still there.
    ///
    /// # Errors
    /// The source cannot be read.
    pub fn same(&self, source: &mut SourceDigest, home: &Path) -> Result<Option<PathBuf>> {
        let Some((release, Some(origin))) = &self.newest else { return Ok(None) };
        let folder = home.join(release);
        if origin.asked != self.asked || !folder.join("certificate.json").is_file() || !folder.join("data").is_dir() {
            return Ok(None);
        }
        Ok((source.get()? == origin.source).then_some(folder))
    }

    /// The release that a new one replaces.
    pub fn supersedes(&self) -> Option<&str> {
        self.newest.as_ref().map(|(release, _)| release.as_str())
    }

    /// What the ledger notes of a release from this source.
    pub fn origin(&self, source: &str) -> Origin {
        Origin {
            asked: self.asked.clone(),
            source: source.to_owned(),
            period: self.period.clone(),
            supersedes: self.supersedes().map(str::to_owned),
        }
    }
}
