//! A reader whose records come from a thread: for formats that are read by borrowing from what was opened.

use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use crossbeam_channel::{Receiver, Sender};

use super::decoding::decoding;
use super::input;
use super::reader::Reader;
use crate::error::{Error, Result};

/// Batches on their way.
const AHEAD: usize = 2;

enum Said {
    Schema(SchemaRef),
    Batch(RecordBatch, PathBuf),
    Failed(Error),
    End,
}

/// Where the thread hands its records on.
pub(super) struct Feed(Sender<Said>);

impl Feed {
    /// Once, before the first batch.
    pub fn schema(&self, schema: SchemaRef) -> Result<()> {
        self.say(Said::Schema(schema))
    }

    pub fn batch(&self, batch: RecordBatch, origin: &Path) -> Result<()> {
        self.say(Said::Batch(batch, origin.into()))
    }

    fn say(&self, said: Said) -> Result<()> {
        super::interrupted()?;
        self.0.send(said).map_err(|_| Error::internal("nobody reads any more"))
    }
}

/// The reader; dropped early, it lets the thread end.
pub(super) struct Fed {
    schema: SchemaRef,
    said: Option<Receiver<Said>>,
    origin: PathBuf,
    thread: Option<JoinHandle<()>>,
}

impl Fed {
    /// Starts the thread and waits for the columns. `origin` is the first file.
    ///
    /// # Errors
    /// What fails before the columns are known.
    pub fn start(origin: &Path, feed: impl FnOnce(&Feed) -> Result<()> + Send + 'static) -> Result<Box<dyn Reader>> {
        let (send, said) = crossbeam_channel::bounded(AHEAD);
        let read = move || {
            let send = Feed(send);
            let Some(fed) = decoding(|| feed(&send)) else { return };
            let last = fed.map_or_else(Said::Failed, |()| Said::End);
            // nobody listens where the reader is gone
            let _ = send.0.send(last);
        };
        let thread = std::thread::spawn(read);
        match said.recv() {
            Ok(Said::Schema(schema)) => {
                Ok(Box::new(Self { schema, said: Some(said), origin: origin.into(), thread: Some(thread) }))
            }
            Ok(Said::Failed(error)) => Err(error),
            _ => Err(broken(origin)),
        }
    }
}

/// The thread ended without a word: a library met what it cannot read.
fn broken(origin: &Path) -> Error {
    let help = "open it in another program and save it anew";
    input(origin, "the file is damaged, or of a form that is not read".into(), Some(help.into()))
}

impl Reader for Fed {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn next(&mut self) -> Result<Option<RecordBatch>> {
        let Some(said) = &self.said else { return Ok(None) };
        match said.recv() {
            Ok(Said::Batch(batch, origin)) => {
                self.origin = origin;
                Ok(Some(batch))
            }
            Ok(Said::Failed(error)) => Err(error),
            Ok(Said::End) => {
                self.said = None;
                Ok(None)
            }
            Ok(Said::Schema(_)) | Err(_) => Err(broken(&self.origin)),
        }
    }

    fn origin(&self) -> Option<PathBuf> {
        Some(self.origin.clone())
    }
}

impl Drop for Fed {
    fn drop(&mut self) {
        self.said = None;
        if let Some(thread) = self.thread.take() {
            // its error was told, or nobody asks for it
            let _ = thread.join();
        }
    }
}
