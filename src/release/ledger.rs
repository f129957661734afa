//! The ledger: one JSON line per release, refusal, approval or removal of old data, each bound to the line before it.
//!
//! `previous` is the SHA-256 of the line before (without its line end), 64 zeros in the first; `hash`,
//! always last, is the SHA-256 of the same line written without `hash`. The chain shows changes inside;
//! it does not show that lines were cut off its end, nor that all of it was written anew.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, Reason, Result};

/// Its name, in the folder of all releases.
pub const LEDGER: &str = "ledger.jsonl";

/// What happened; `previous`, `seq` and `hash` are the ledger's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Event {
    /// `statement` is the SHA-256 of `certificate.json` in hex, as the producer signed it.
    Released {
        release: String,
        name: String,
        statement: String,
        /// Absent in entries of older versions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        origin: Option<Origin>,
    },
    Refused {
        release: String,
        name: String,
        reasons: Vec<Reason>,
    },
    /// Another key signed the certificate of a release; `statement` is as in its `Released`.
    Approved {
        release: String,
        name: String,
        statement: String,
        /// SHA-256 of the public key's SubjectPublicKeyInfo in hex.
        key: String,
    },
    /// The data of a superseded release were removed; all else of it stays.
    Pruned {
        release: String,
        name: String,
    },
}

/// What a release was made from: who makes the same again can tell, and so can whoever looks for its predecessor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// SHA-256, in hex, of all that was asked: the pipeline as it was meant, its rules, and the texts it names.
    pub asked: String,
    /// SHA-256 of the source's files one after the other, in hex.
    pub source: String,
    /// What the templates of name and source became, such as `202607`; absent where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// The release of the same name and period that this one replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<String>,
}

/// Whether these entries have a release with this digest of its certificate as the producer signed it; without a digest
/// the release's id is enough.
pub fn knows(entries: &[Entry], id: &str, digest: Option<&str>) -> bool {
    entries.iter().any(|entry| match &entry.event {
        Event::Released { release, statement, .. } => release == id && digest.is_none_or(|digest| digest == statement),
        Event::Refused { .. } | Event::Approved { .. } | Event::Pruned { .. } => false,
    })
}

/// Keys that have approved a release, in the order of the ledger.
pub fn approvals<'a>(entries: &'a [Entry], id: &'a str) -> impl Iterator<Item = &'a str> {
    entries.iter().filter_map(move |entry| match &entry.event {
        Event::Approved { release, key, .. } if release == id => Some(key.as_str()),
        _ => None,
    })
}

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// From 1, without gaps.
    pub seq: u64,
    /// As the caller gave it.
    pub at: String,
    pub previous: String,
    pub event: Event,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hash: String,
}

/// An open ledger, locked against all others until dropped.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    file: File,
    seq: u64,
    previous: String,
}

impl Ledger {
    /// Opens or creates the ledger, waits for its lock, and cuts a last line that was never completed.
    ///
    /// # Errors
    /// [`Error::Environment`] for file and lock, [`Error::Verification`] where the chain is broken.
    pub fn open(path: &Path) -> Result<Self> {
        let failed = |source| environment(path, "could not open the ledger", source);
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
        file.lock().map_err(failed)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        let (entries, previous) = check(&bytes[..whole])?;
        if whole < bytes.len() {
            file.set_len(whole as u64).and_then(|()| file.sync_all()).map_err(failed)?;
        }
        Ok(Self { path: path.to_owned(), file, seq: entries.len() as u64, previous })
    }

    /// Appends one event and returns when it is on the disk; `at` is the time as it shall stand there.
    ///
    /// # Errors
    /// [`Error::Environment`]; a line written in part is cut by the next [`Ledger::open`].
    pub fn append(&mut self, at: &str, event: Event) -> Result<Entry> {
        let failed = |source| environment(&self.path, "could not write the ledger", source);
        let mut entry =
            Entry { seq: self.seq + 1, at: at.to_owned(), previous: self.previous.clone(), event, hash: String::new() };
        entry.hash = sha256(line(&entry)?.as_bytes());
        let mut text = line(&entry)?;
        let previous = sha256(text.as_bytes());
        text.push('\n');
        self.file.seek(SeekFrom::End(0)).map_err(failed)?;
        self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_all()).map_err(failed)?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        self.seq = entry.seq;
        self.previous = previous;
        Ok(entry)
    }
}

/// Reads all entries and checks every line.
///
/// # Errors
/// [`Error::Verification`] with the number of the first line that breaks the chain.
pub fn verify_chain(path: &Path) -> Result<Vec<Entry>> {
    let failed = |source| environment(path, "could not read the ledger", source);
    let mut file = File::open(path).map_err(failed)?;
    file.lock_shared().map_err(failed)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(failed)?;
    Ok(check(&bytes)?.0)
}

fn check(bytes: &[u8]) -> Result<(Vec<Entry>, String)> {
    let mut previous = "0".repeat(64);
    let mut entries: Vec<Entry> = Vec::new();
    for text in bytes.split_inclusive(|&byte| byte == b'\n') {
        let number = entries.len() + 1;
        let broken = |why: &str| Error::Verification(vec![format!("line {number} of the ledger {why}")]);
        let text = text.strip_suffix(b"\n").ok_or_else(|| broken("was never completed"))?;
        let entry: Entry = serde_json::from_slice(text).map_err(|_| broken("is not an entry"))?;
        let bare = Entry { hash: String::new(), ..entry.clone() };
        if line(&entry)?.as_bytes() != text || sha256(line(&bare)?.as_bytes()) != entry.hash {
            return Err(broken("was changed"));
        }
        if entry.previous != previous || entry.seq != number as u64 {
            return Err(broken("does not follow the line before it"));
        }
        previous = sha256(text);
        entries.push(entry);
    }
    Ok((entries, previous))
}

fn line(entry: &Entry) -> Result<String> {
    serde_json::to_string(entry).map_err(|e| Error::Internal(format!("an entry cannot be written: {e}")))
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn environment(path: &Path, message: &str, source: std::io::Error) -> Error {
    Error::Environment { message: message.into(), path: Some(path.into()), source: Some(source), help: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn released(n: u64) -> Event {
        Event::Released { release: format!("r{n}"), name: "n".into(), statement: "00".repeat(32), origin: None }
    }

    fn filled(path: &Path) {
        for n in 0..3 {
            Ledger::open(path).unwrap().append("2026-11-24T05:00:00Z", released(n)).unwrap();
        }
    }

    #[test]
    fn a_changed_byte_anywhere_breaks_the_chain() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        filled(&path);
        assert_eq!(verify_chain(&path).unwrap().len(), 3);
        let good = std::fs::read(&path).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert!(matches!(check(&bad), Err(Error::Verification(_))), "byte {at}");
        }
    }

    #[test]
    fn a_torn_line_is_told_and_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        filled(&path);
        let torn = std::fs::read(&path).unwrap();
        std::fs::write(&path, &torn[..torn.len() - 5]).unwrap();
        assert!(verify_chain(&path).unwrap_err().to_string().contains("line 3"));
        assert_eq!(Ledger::open(&path).unwrap().append("t", released(9)).unwrap().seq, 3);
        assert_eq!(verify_chain(&path).unwrap().len(), 3);
    }

    #[test]
    fn threads_append_one_after_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| filled(&path));
            }
        });
        assert_eq!(verify_chain(&path).unwrap().len(), 12);
    }
}
