//! How long the data of superseded releases are kept: their certificates, reports and ledger entries stay.

use std::fs::{self, OpenOptions};
use std::path::Path;

use super::ledger::{Entry, Event, LEDGER, Ledger, verify_chain};
use super::staging::failed;
use crate::error::{Error, Result};

/// Superseded releases of a dataset whose data are still noted as kept, from the oldest.
pub fn superseded<'a>(entries: &'a [Entry], name: &str) -> Vec<&'a str> {
    let by = |id: &str| {
        entries.iter().any(|entry| match &entry.event {
            Event::Released { origin: Some(origin), .. } => origin.supersedes.as_deref() == Some(id),
            _ => false,
        })
    };
    let released = entries.iter().filter_map(|entry| match &entry.event {
        Event::Released { release, name: own, .. } if own == name => Some(release.as_str()),
        _ => None,
    });
    released.filter(|id| by(id) && !pruned(entries, id)).collect()
}

/// Whether the ledger says that the data of a release were removed.
pub fn pruned(entries: &[Entry], id: &str) -> bool {
    entries.iter().any(|entry| matches!(&entry.event, Event::Pruned { release, .. } if release == id))
}

/// Removes the data of the oldest superseded releases in `out/<name>`, so that those of `keep` superseded ones stay; gives
/// the ids of the others. A release that nothing supersedes is never touched.
///
/// The ledger is told first: a run that is killed in between leaves data that the next one removes.
///
/// # Errors
/// [`Error::Environment`] for folders and lock, [`Error::Verification`] for a ledger that was changed.
pub fn prune(out: &Path, name: &str, keep: usize, at: &str) -> Result<Vec<String>> {
    let home = out.join(name);
    let lock_path = home.join(".lock");
    let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&lock_path);
    let lock = lock.map_err(|e| failed("could not write to the output folder", &home, e))?;
    if lock.try_lock().is_err() {
        // whoever works there removes them at its own end
        return Ok(Vec::new());
    }
    let path = out.join(LEDGER);
    let entries = verify_chain(&path)?;
    let there = superseded(&entries, name);
    let mut gone = Vec::new();
    for id in &there[..there.len().saturating_sub(keep)] {
        Ledger::open(&path)?.append(at, Event::Pruned { release: (*id).to_owned(), name: name.to_owned() })?;
        gone.push((*id).to_owned());
    }
    let entries = verify_chain(&path)?;
    for entry in &entries {
        let Event::Pruned { release, name: own } = &entry.event else { continue };
        if own == name && plain(release) {
            remove(&home.join(release).join("data"))?;
        }
    }
    Ok(gone)
}

/// An id leads to no other folder.
fn plain(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn remove(data: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(data) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(failed("could not remove the data of a superseded release", data, e))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::ledger::Origin;

    fn released(out: &Path, id: &str, supersedes: Option<&str>) {
        fs::create_dir_all(out.join("n").join(id).join("data")).unwrap();
        let origin = Origin { supersedes: supersedes.map(str::to_owned), ..Origin::default() };
        let event =
            Event::Released { release: id.into(), name: "n".into(), statement: "00".repeat(32), origin: Some(origin) };
        Ledger::open(&out.join(LEDGER)).unwrap().append("t", event).unwrap();
    }

    #[test]
    fn only_data_of_old_superseded_releases_go() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path();
        for (id, supersedes) in [("a", None), ("b", Some("a")), ("c", Some("b")), ("d", Some("c")), ("other", None)] {
            released(out, id, supersedes);
        }
        assert_eq!(prune(out, "n", 1, "t").unwrap(), ["a", "b"]);
        let data = |id: &str| out.join("n").join(id).join("data").is_dir();
        assert_eq!(["a", "b", "c", "d", "other"].map(data), [false, false, true, true, true]);
        fs::create_dir_all(out.join("n/a/data")).unwrap();
        assert_eq!(prune(out, "n", 1, "t").unwrap(), [""; 0], "noted once");
        assert!(!data("a"), "what a killed run left goes");
        assert_eq!(prune(out, "n", 0, "t").unwrap(), ["c"]);
        assert!(data("d") && data("other"), "what stands is never touched");
    }
}
