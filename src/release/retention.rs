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

/// Releases of a dataset whose data are not kept: what the ledger says is gone, and what should be.
pub fn unkept<'a>(entries: &'a [Entry], name: &str, keep: usize) -> Vec<&'a str> {
    let mut all = superseded(entries, name);
    all.truncate(all.len().saturating_sub(keep));
    all.extend(entries.iter().filter_map(|entry| match &entry.event {
        Event::Pruned { release, name: own } if own == name => Some(release.as_str()),
        _ => None,
    }));
    all
}

/// What became of the data of superseded releases.
#[derive(Debug, Default)]
pub struct Pruned {
    /// Ids of the releases whose data were removed now, from the oldest.
    pub gone: Vec<String>,
    /// Why data that should go are still there, of the first that are.
    pub failed: Option<Error>,
}

/// Removes the data of the oldest superseded releases in `out/<name>`, so that those of `keep` superseded ones stay. A
/// release that nothing supersedes is never touched.
///
/// The ledger is told of data that are gone, never of such as could not be removed: these, and what a run that was killed
/// has left, are for the next one.
///
/// # Errors
/// [`Error::Environment`] for lock and ledger, [`Error::Verification`] for a ledger that was changed.
pub fn prune(out: &Path, name: &str, keep: usize, at: &str) -> Result<Pruned> {
    let home = out.join(name);
    let lock_path = home.join(".lock");
    let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&lock_path);
    let lock = lock.map_err(|e| failed("could not write to the output folder", &home, e))?;
    if lock.try_lock().is_err() {
        // whoever works there removes them at its own end
        return Ok(Pruned::default());
    }
    let path = out.join(LEDGER);
    let entries = verify_chain(&path)?;
    let there = superseded(&entries, name);
    let mut pruned = Pruned::default();
    for id in &there[..there.len().saturating_sub(keep)] {
        match remove(&home, id) {
            Ok(()) => {
                Ledger::open(&path)?.append(at, Event::Pruned { release: (*id).to_owned(), name: name.to_owned() })?;
                pruned.gone.push((*id).to_owned());
            }
            Err(error) => pruned.failed = pruned.failed.or(Some(error)),
        }
    }
    for entry in &entries {
        if let Event::Pruned { release, name: own } = &entry.event
            && own == name
            && let Err(error) = remove(&home, release)
        {
            pruned.failed = pruned.failed.or(Some(error));
        }
    }
    Ok(pruned)
}

/// An id leads to no other folder.
pub(super) fn plain(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn remove(home: &Path, id: &str) -> Result<()> {
    if !plain(id) {
        return Err(Error::surroundings(None, "the ledger has the id of a release that is none"));
    }
    let data = home.join(id).join("data");
    match fs::remove_dir_all(&data) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(failed("could not remove the data of a superseded release", &data, e))
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
        assert_eq!(prune(out, "n", 1, "t").unwrap().gone, ["a", "b"]);
        let data = |id: &str| out.join("n").join(id).join("data").is_dir();
        assert_eq!(["a", "b", "c", "d", "other"].map(data), [false, false, true, true, true]);
        fs::create_dir_all(out.join("n/a/data")).unwrap();
        assert_eq!(prune(out, "n", 1, "t").unwrap().gone, [""; 0], "noted once");
        assert!(!data("a"), "what a killed run left goes");
        assert_eq!(prune(out, "n", 0, "t").unwrap().gone, ["c"]);
        assert!(data("d") && data("other"), "what stands is never touched");
        let entries = verify_chain(&out.join(LEDGER)).unwrap();
        assert_eq!(unkept(&entries, "n", 0), ["a", "b", "c"], "what is gone");
        assert_eq!((unkept(&entries, "n", 9), unkept(&entries, "m", 0)), (vec!["a", "b", "c"], vec![]));
    }

    #[test]
    fn what_cannot_be_removed_is_told_and_not_noted() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path();
        for (id, supersedes) in [("a", None), ("b", Some("a")), ("c", Some("b"))] {
            released(out, id, supersedes);
        }
        fs::remove_dir(out.join("n/a/data")).unwrap();
        fs::write(out.join("n/a/data"), "no folder").unwrap();
        let first = prune(out, "n", 0, "t").unwrap();
        assert_eq!(first.gone, ["b"], "the others go all the same");
        assert!(first.failed.is_some());
        let noted = |id: &str| pruned(&verify_chain(&out.join(LEDGER)).unwrap(), id);
        assert_eq!([noted("a"), noted("b")], [false, true]);
        let entries = verify_chain(&out.join(LEDGER)).unwrap();
        assert_eq!(
            (unkept(&entries, "n", 0), unkept(&entries, "n", 1)),
            (vec!["a", "b"], vec!["b"]),
            "what should go too"
        );
        fs::remove_file(out.join("n/a/data")).unwrap();
        let next = prune(out, "n", 0, "t").unwrap();
        assert_eq!((next.gone, next.failed.is_none(), noted("a")), (vec!["a".to_owned()], true, true));
    }
}
