//! The file without a name, and the handles by which it is read.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crossbeam_channel::{Receiver, Sender};
use rand::TryRng;
use rand::rngs::SysRng;

use crate::error::{Error, Result};

/// A new file, and the handles that read it.
pub(super) struct Temporary {
    pub file: File,
    pub handles: Handles,
}

/// Handles of one file, each with a position of its own: as many threads can read at once.
pub(super) struct Handles {
    back: Sender<File>,
    free: Receiver<File>,
}

impl Handles {
    pub fn new(files: Vec<File>) -> Self {
        let (back, free) = crossbeam_channel::unbounded();
        for file in files {
            // the other end stands beside it
            let _ = back.send(file);
        }
        Self { back, free }
    }

    /// Hands a handle out, waiting for one if need be. `work` must not ask for a second.
    pub fn with<T>(&self, work: impl FnOnce(&File) -> Result<T>) -> Result<T> {
        let file = self.free.recv().map_err(|_| Error::internal("the handles of a file are gone"))?;
        let done = work(&file);
        let _ = self.back.send(file);
        done
    }
}

/// A file in `folder` that only its owner could open, and that has no name any more.
pub(super) fn temporary(folder: &Path) -> Result<Temporary> {
    let mut salt = [0u8; 8];
    SysRng.try_fill_bytes(&mut salt).map_err(|_| Error::surroundings(None, "the system gave no randomness"))?;
    let path = folder.join(format!(".intake-{}", hex::encode(salt)));
    let file = OpenOptions::new().create_new(true).write(true).read(true).mode(0o600).open(&path);
    let file = file.map_err(|error| unusable(folder, error))?;
    let count = std::thread::available_parallelism().map_or(1, usize::from) + 1;
    let readers: io::Result<Vec<File>> = (0..count).map(|_| File::open(&path)).collect();
    fs::remove_file(&path).map_err(|error| unusable(folder, error))?;
    let handles = Handles::new(readers.map_err(|error| unusable(folder, error))?);
    Ok(Temporary { file, handles })
}

pub(super) fn unusable(folder: &Path, source: io::Error) -> Error {
    let help = match source.kind() {
        io::ErrorKind::StorageFull => Some("free space there, or name another folder with `--out` or `TMPDIR`"),
        io::ErrorKind::PermissionDenied | io::ErrorKind::NotFound => {
            Some("the folder must be there and writable; `--out` or `TMPDIR` names another")
        }
        _ => None,
    };
    let error = Error::environment(folder, "the source's records could not be kept in a temporary file", source);
    match help {
        Some(help) => error.with_help(help),
        None => error,
    }
}
