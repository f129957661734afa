//! Where a release grows: a private folder beside the place it will appear in by one rename.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::{Error, Result};
use crate::table::tally::Spill;

/// The staging folder of one run. Holds the lock of the dataset; dropped without [`Staging::publish`], it
/// removes what it made.
#[derive(Debug)]
pub struct Staging {
    home: PathBuf,
    folder: PathBuf,
    id: String,
    published: bool,
    /// Whether the ledger is about to know it.
    committed: AtomicBool,
    _lock: File,
}

/// The staging folders of this process.
struct Growing {
    folders: Vec<PathBuf>,
    /// How many are being noted in the ledger and published.
    committed: usize,
}

static GROWING: Mutex<Growing> = Mutex::new(Growing { folders: Vec::new(), committed: 0 });

fn growing() -> MutexGuard<'static, Growing> {
    GROWING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes the staging folders of this process, which must then end at once; `false`, and nothing is done, where there are
/// none or a release is being published at this moment.
pub fn abandon() -> bool {
    let growing = growing();
    if growing.committed > 0 || growing.folders.is_empty() {
        return false;
    }
    for folder in &growing.folders {
        // other threads may still write there: what they add is removed in another turn
        for _ in 0..100 {
            match fs::remove_dir_all(folder) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => {}
                _ => break,
            }
        }
    }
    // never given back: whoever would publish now waits until the process is gone
    std::mem::forget(growing);
    true
}

const PREFIX: &str = ".staging-";

/// An error of the file system, with help where the user can do something.
pub(super) fn failed(what: &str, path: &Path, source: std::io::Error) -> Error {
    let help = match source.kind() {
        std::io::ErrorKind::StorageFull => Some("free space on this file system".into()),
        std::io::ErrorKind::PermissionDenied => Some("the folder must be writable; `--out` names another".into()),
        _ => None,
    };
    Error::Environment { message: what.into(), path: Some(path.into()), source: Some(source), help }
}

/// Makes folders that only their owner can look into.
pub fn owners_only() -> DirBuilder {
    let mut folders = DirBuilder::new();
    folders.mode(0o700);
    folders
}

impl Staging {
    /// Makes `home/.staging-<id>/data`, after clearing what killed runs have left in `home`: `noted` gives
    /// the name of a release that the ledger already has, which then only lacks its last rename; all else
    /// goes.
    ///
    /// # Errors
    /// Another run on the same dataset holds the lock; the folder cannot be written.
    pub fn new(home: &Path, id: &str, noted: impl Fn(&str) -> Result<Option<String>>) -> Result<Self> {
        fs::create_dir_all(home).map_err(|e| failed("could not make the output folder", home, e))?;
        let lock_path = home.join(".lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&lock_path);
        let lock = lock.map_err(|e| failed("could not write to the output folder", home, e))?;
        lock.try_lock().map_err(|error| match error {
            fs::TryLockError::WouldBlock => Error::Environment {
                message: "another run is working on this dataset".into(),
                path: Some(home.into()),
                source: None,
                help: Some("wait until it has ended, or give another `--out`".into()),
            },
            fs::TryLockError::Error(e) => failed("could not lock the output folder", home, e),
        })?;
        for entry in fs::read_dir(home).map_err(|e| failed("could not read the output folder", home, e))?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some(left) = name.strip_prefix(PREFIX) else { continue };
            let cleared = match noted(left)? {
                Some(name) => fs::rename(entry.path(), home.join(name)),
                None => fs::remove_dir_all(entry.path()),
            };
            cleared.map_err(|e| failed("could not clear what an earlier run left", &entry.path(), e))?;
        }
        let folder = home.join(format!("{PREFIX}{id}"));
        growing().folders.push(folder.clone());
        owners_only()
            .recursive(true)
            .create(folder.join("data"))
            .map_err(|e| failed("could not make the staging folder", &folder, e))?;
        Ok(Self {
            home: home.into(),
            folder,
            id: id.into(),
            published: false,
            committed: AtomicBool::new(false),
            _lock: lock,
        })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A new private file in the folder.
    pub fn create(&self, name: &str) -> Result<File> {
        let path = self.folder.join(name);
        private(&path).map_err(|e| failed("could not create a file of the release", &path, e))
    }

    /// Writes and syncs a whole file.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let mut file = self.create(name)?;
        file.write_all(bytes)
            .and_then(|()| file.sync_all())
            .map_err(|e| failed("could not write a file of the release", &self.folder.join(name), e))
    }

    /// A file without a name in the folder, for what does not fit in memory.
    pub fn spill(&self) -> Result<SpillFile> {
        SpillFile::new(&self.folder)
    }

    /// Syncs the folders: what is in them then survives a loss of power.
    pub fn sync(&self) -> Result<()> {
        for folder in [self.folder.join("data"), self.folder.clone()] {
            if folder.is_dir() {
                sync_folder(&folder)?;
            }
        }
        sync_folder(&self.home)
    }

    /// Says that the ledger will now know the release: from here on a signal does not end the process.
    pub fn commit(&self) {
        let mut growing = growing();
        growing.folders.retain(|folder| *folder != self.folder);
        growing.committed += 1;
        self.committed.store(true, Ordering::Relaxed);
    }

    /// Lets the release, which is synced and in the ledger, appear as `home/<name>`, by one rename.
    pub fn publish(mut self, name: &str) -> Result<PathBuf> {
        let place = self.home.join(name);
        // from here on the ledger knows it: should the rename fail, the next run does it
        self.published = true;
        fs::rename(&self.folder, &place).map_err(|e| failed("could not publish the release", &place, e))?;
        sync_folder(&self.home)?;
        Ok(place)
    }

    /// Takes the data away, for a refusal.
    pub fn remove_data(&self) -> Result<()> {
        let data = self.folder.join("data");
        fs::remove_dir_all(&data).map_err(|e| failed("could not remove refused data", &data, e))
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    /// The output folder that holds all datasets.
    pub fn home_parent(&self) -> PathBuf {
        self.home.parent().unwrap_or(Path::new(".")).to_path_buf()
    }
}

/// A new file that only its owner can read.
fn private(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().create_new(true).read(true).write(true).mode(0o600).open(path)
}

fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|e| failed("could not sync a folder", folder, e))
}

impl Drop for Staging {
    fn drop(&mut self) {
        let mut growing = growing();
        growing.folders.retain(|folder| *folder != self.folder);
        if self.committed.load(Ordering::Relaxed) {
            growing.committed -= 1;
        }
        drop(growing);
        if !self.published {
            // nothing better can be done while failing: the next run removes what stays
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// Bytes by partition in an unlinked file.
#[derive(Debug)]
pub struct SpillFile {
    file: File,
    end: u64,
    pieces: Vec<Vec<(u64, usize)>>,
    folder: PathBuf,
}

impl SpillFile {
    /// A file in `folder` that has no name any more: it is gone when the process is.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn new(folder: &Path) -> Result<Self> {
        let mut salt = [0u8; 8];
        rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, &mut salt)
            .map_err(|e| Error::Internal(format!("the system gave no randomness: {e}")))?;
        let path = folder.join(format!(".spill-{}", hex::encode(salt)));
        let file = private(&path).and_then(|file| fs::remove_file(&path).map(|()| file));
        let file = file.map_err(|e| failed("could not make a temporary file", &path, e))?;
        Ok(Self { file, end: 0, pieces: Vec::new(), folder: folder.into() })
    }

    fn failed(&self, e: std::io::Error) -> Error {
        failed("could not use a temporary file", &self.folder, e)
    }

    /// Appends a piece and gives its place.
    pub fn put(&mut self, bytes: &[u8]) -> Result<(u64, usize)> {
        self.file.write_all_at(bytes, self.end).map_err(|e| self.failed(e))?;
        let place = (self.end, bytes.len());
        self.end += bytes.len() as u64;
        Ok(place)
    }

    pub fn get(&self, (at, length): (u64, usize)) -> Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, at).map_err(|e| self.failed(e))?;
        Ok(bytes)
    }
}

impl Spill for SpillFile {
    fn append(&mut self, partition: usize, bytes: &[u8]) -> Result<()> {
        let place = self.put(bytes)?;
        if self.pieces.len() <= partition {
            self.pieces.resize_with(partition + 1, Vec::new);
        }
        self.pieces[partition].push(place);
        Ok(())
    }

    fn read(&mut self, partition: usize) -> Result<Vec<u8>> {
        let mut all = Vec::new();
        for &place in self.pieces.get(partition).map_or(&[][..], Vec::as_slice) {
            all.extend(self.get(place)?);
        }
        Ok(all)
    }
}
