//! Space for results: an executor that has none left leaves the cluster, and the others do the job without it.
//!
//! Ballista gives tasks to whoever asks, and who fails each task at once asks most often. Tasks fail for lack of space in
//! Ballista's own writers: so the file system is looked at from time to time and before each task, and how a task ended
//! after it (`stage`).

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::engine::{free_space, size};
use crate::error::{Error, Result};

/// Where operators put what does not fit in memory, in an executor's folder.
pub const SPILLED: &str = "spilled";

/// Between two looks at the file system.
const LOOK: Duration = Duration::from_secs(1);
/// From the moment that no space is left to the end of the executor: its tasks fail, and the scheduler is told so.
const LEAVE: Duration = Duration::from_millis(300);
/// How the system says that a write found no space, as text for people or for programmers.
const WORDS: [&str; 4] = ["No space left on device", "StorageFull", "uota exceeded", "QuotaExceeded"];

/// The space that an executor has for results of its tasks.
pub struct Space {
    folder: PathBuf,
    least: Option<u64>,
    lack: watch::Sender<Option<Lack>>,
    /// Folders of jobs that may have results here.
    jobs: Mutex<BTreeSet<PathBuf>>,
}

#[derive(Debug, Clone, Copy)]
enum Lack {
    /// Less is free than must be, in bytes.
    Below { free: u64, least: u64 },
    /// A write found no space.
    Full,
}

impl Space {
    /// The space in `folder`, of which `least` bytes must be free; `None` for an executor that cannot leave, since it is
    /// a part of the driver's process: there lack of space ends the job.
    pub fn new(folder: PathBuf, least: Option<u64>) -> Self {
        Self { folder, least, lack: watch::Sender::new(None), jobs: Mutex::default() }
    }

    /// Whether an executor without space leaves.
    pub fn leaves(&self) -> bool {
        self.least.is_some()
    }

    /// Looks whether as much is free as must be.
    ///
    /// # Errors
    /// [`Error::Environment`] with what is needed and what there is.
    pub fn look(&self) -> Result<()> {
        let Some(least) = self.least else { return Ok(()) };
        match free_space(&self.folder) {
            Some(free) if free < least => Err(self.lacks(Lack::Below { free, least })),
            // what the system does not tell shows when it is written to
            _ => Ok(()),
        }
    }

    /// The error of a task that found no space to write to.
    pub fn full(&self) -> Error {
        self.lacks(Lack::Full)
    }

    /// Remembers a job that may have results in a folder of this name.
    pub fn job(&self, name: &str) {
        // a name comes from the scheduler: only what lies in the own folder is ever removed
        let mut parts = Path::new(name).components();
        if let (Some(Component::Normal(name)), None) = (parts.next(), parts.next()) {
            self.jobs.lock().unwrap_or_else(PoisonError::into_inner).insert(self.folder.join(name));
        }
    }

    /// Waits until space lacks.
    pub async fn lacking(&self) -> Error {
        match self.lack.subscribe().wait_for(Option::is_some).await.map(|lack| *lack) {
            Ok(Some(lack)) => self.error(lack),
            _ => self.error(Lack::Full),
        }
    }

    /// Looks from time to time until space lacks, lets that be known, and removes what jobs have left.
    pub async fn left(&self) -> Error {
        let looks = async {
            while self.look().is_ok() {
                tokio::time::sleep(LOOK).await;
            }
        };
        let error = tokio::select! {
            error = self.lacking() => error,
            () = looks => self.lacking().await,
        };
        tracing::warn!(reason = %error, "the executor leaves the cluster");
        tokio::time::sleep(LEAVE).await;
        let jobs = std::mem::take(&mut *self.jobs.lock().unwrap_or_else(PoisonError::into_inner));
        for folder in jobs.into_iter().chain([self.folder.join(SPILLED)]) {
            let _ = std::fs::remove_dir_all(folder);
        }
        error
    }

    /// The first lack is the one that is told.
    fn lacks(&self, lack: Lack) -> Error {
        let first = |known: &mut Option<Lack>| {
            let first = known.is_none();
            known.get_or_insert(lack);
            first
        };
        self.lack.send_if_modified(first);
        self.error(lack)
    }

    fn error(&self, lack: Lack) -> Error {
        let (message, help) = match lack {
            Lack::Below { free, least } => (
                format!("an executor needs {} here for its results, {} are free", size(least), size(free)),
                "free space, or give another `--work`; `--least-space` is what must be free",
            ),
            Lack::Full if self.leaves() => {
                ("an executor has no space left for its results".to_owned(), "free space, or give another `--work`")
            }
            Lack::Full => (
                "there is no space left for the results of the cluster in this process".to_owned(),
                "free space, or give another `--temp-dir`",
            ),
        };
        Error::surroundings(Some(self.folder.clone()), message).with_help(help)
    }
}

/// Whether the text of an error tells that a write found no space.
pub fn ran_out(text: &str) -> bool {
    WORDS.iter().any(|words| text.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_without_space_is_known_by_its_text() {
        let full = std::io::Error::from_raw_os_error(libc::ENOSPC);
        let quota = std::io::Error::from_raw_os_error(libc::EDQUOT);
        for text in [full.to_string(), format!("{full:?}"), quota.to_string(), format!("{quota:?}")] {
            assert!(ran_out(&text), "{text}");
        }
        assert!(!ran_out(&std::io::Error::from_raw_os_error(libc::EACCES).to_string()));
    }

    #[test]
    fn space_is_held_against_what_must_be_free() {
        let folder = tempfile::tempdir().unwrap();
        let space = |least| Space::new(folder.path().to_owned(), least);
        assert!(space(None).look().is_ok() && space(Some(0)).look().is_ok());
        let error = space(Some(u64::MAX)).look().unwrap_err();
        assert!(error.exit_code() == 5 && error.to_string().contains("an executor needs"), "{error}");
        // where nobody tells what is free, tasks are not refused
        assert!(Space::new(folder.path().join("none"), Some(u64::MAX)).look().is_ok());
    }

    #[test]
    fn an_executor_that_leaves_takes_its_results_along_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("work");
        for name in ["work/job", "work/other", "beside"] {
            std::fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        let space = Space::new(own.clone(), Some(0));
        for name in ["job", "../beside", "..", ".", "", "/"] {
            space.job(name);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let told = space.full();
        let left = runtime.block_on(space.left());
        assert_eq!(left.to_string(), told.to_string());
        assert!(!own.join("job").exists() && own.join("other").exists() && folder.path().join("beside").exists());
    }
}
