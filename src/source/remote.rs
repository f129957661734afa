//! What databases and stores share: secrets by reference, waiting with an end, and a reader fed from a thread.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use tokio::runtime::{Builder, Runtime};

use super::interrupted;
use super::reader::Reader;
use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::spec::KeyRef;

/// How often a wait looks whether it is to end.
const TICK: Duration = Duration::from_millis(200);
/// Batches on their way.
const AHEAD: usize = 2;

/// Fetches a secret text; a line end at its end is no part of it. `what` names it in messages.
///
/// # Errors
/// The variable is not set, the file cannot be read, the text is empty or not UTF-8.
pub(crate) fn secret(from: &KeyRef, base: &Path, what: &str) -> Result<Secret<String>> {
    let text = match from {
        KeyRef::Env(name) => std::env::var(name)
            .map_err(|_| Error::surroundings(None, format!("{what} is not there: `{name}` is not in the environment"))),
        KeyRef::File(path) => {
            let path = base.join(path);
            std::fs::read_to_string(&path).map_err(|source| {
                // a file that is no text might be quoted by nobody, but its kind of error is enough
                Error::environment(&path, format!("could not read {what}"), source.kind().into())
            })
        }
        KeyRef::Ephemeral | KeyRef::Device(_) => Err(Error::internal("a secret of a source is kept nowhere")),
    };
    let mut text = Secret::new(text?);
    let length = text.expose().trim_end_matches(['\r', '\n']).len();
    text.expose_mut().truncate(length);
    if text.expose().is_empty() {
        return Err(Error::surroundings(None, format!("{what} is empty")));
    }
    Ok(text)
}

/// Reads a PEM file of authorities; relative paths count from `base`.
///
/// # Errors
/// A file that cannot be read.
pub(crate) fn authorities(path: Option<&PathBuf>, base: &Path) -> Result<Option<Vec<u8>>> {
    let read = |path: &PathBuf| {
        let path = base.join(path);
        std::fs::read(&path).map_err(|source| Error::environment(&path, "could not read the authorities", source))
    };
    path.map(read).transpose()
}

/// A runtime of one thread, the caller's.
pub(super) fn runtime() -> Result<Runtime> {
    Builder::new_current_thread().enable_all().build().map_err(|source| Error::Environment {
        message: "no runtime".into(),
        path: None,
        source: Some(source),
        help: None,
    })
}

/// Waits for a future, at most `limit`, and no longer than somebody wants it.
///
/// # Errors
/// `late` after the limit; the user's wish to stop; nobody reads any more.
pub(super) async fn wait<F: Future>(
    future: F,
    limit: Duration,
    unwanted: &AtomicBool,
    late: impl FnOnce() -> Error,
) -> Result<F::Output> {
    let mut future = std::pin::pin!(future);
    let start = Instant::now();
    loop {
        let left = limit.saturating_sub(start.elapsed());
        if let Ok(done) = tokio::time::timeout(TICK.min(left), future.as_mut()).await {
            return Ok(done);
        }
        interrupted()?;
        if unwanted.load(Ordering::Relaxed) {
            return Err(Error::internal("nobody reads any more"));
        }
        if start.elapsed() >= limit {
            return Err(late());
        }
    }
}

enum Said {
    Schema(SchemaRef),
    Batch(RecordBatch, Option<PathBuf>),
    End,
}

/// Where a connection's thread hands its records on.
pub(super) struct Out {
    said: Sender<Result<Said>>,
    /// Set when the reader is dropped.
    pub unwanted: Arc<AtomicBool>,
}

impl Out {
    /// Once, before the first batch.
    pub fn schema(&self, schema: SchemaRef) -> Result<()> {
        self.say(Said::Schema(schema))
    }

    /// Waits while enough batches are on their way. `origin` is what messages name: an object.
    pub fn batch(&self, batch: RecordBatch, origin: Option<PathBuf>) -> Result<()> {
        self.say(Said::Batch(batch, origin))
    }

    fn say(&self, said: Said) -> Result<()> {
        self.said.send(Ok(said)).map_err(|_| Error::internal("nobody reads any more"))
    }
}

/// The reader; dropped early, it lets the thread end at its next tick.
pub(super) struct Remote {
    schema: SchemaRef,
    said: Receiver<Result<Said>>,
    unwanted: Arc<AtomicBool>,
    origin: Option<PathBuf>,
    ended: bool,
}

impl Remote {
    /// Starts a thread that reads, and waits for the columns.
    ///
    /// # Errors
    /// What fails before the columns are known.
    pub fn start(read: impl FnOnce(&Out) -> Result<()> + Send + 'static) -> Result<Box<dyn Reader>> {
        let (send, said) = crossbeam_channel::bounded(AHEAD);
        let unwanted = Arc::new(AtomicBool::new(false));
        let out = Out { said: send, unwanted: unwanted.clone() };
        std::thread::spawn(move || {
            let last = read(&out).map(|()| Said::End);
            // a reader that is gone wants no last word
            let _ = out.said.send(last);
        });
        let schema = Arc::new(arrow::datatypes::Schema::empty());
        let mut reader = Self { schema, said, unwanted, origin: None, ended: false };
        match reader.hear()? {
            Said::Schema(schema) => reader.schema = schema,
            _ => return Err(Error::internal("records came before their columns")),
        }
        Ok(Box::new(reader))
    }

    fn hear(&self) -> Result<Said> {
        loop {
            match self.said.recv_timeout(TICK) {
                Ok(said) => return said,
                Err(RecvTimeoutError::Timeout) => interrupted()?,
                Err(RecvTimeoutError::Disconnected) => return Err(Error::internal("a reading thread panicked")),
            }
        }
    }
}

impl Reader for Remote {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn next(&mut self) -> Result<Option<RecordBatch>> {
        if self.ended {
            return Ok(None);
        }
        match self.hear()? {
            Said::Batch(batch, origin) => {
                self.origin = origin;
                Ok(Some(batch))
            }
            Said::End => {
                self.ended = true;
                Ok(None)
            }
            Said::Schema(_) => Err(Error::internal("columns came twice")),
        }
    }

    fn origin(&self) -> Option<PathBuf> {
        self.origin.clone()
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        self.unwanted.store(true, Ordering::Relaxed);
    }
}
