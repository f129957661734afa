//! One object, and its bytes from the beginning.

use std::io::{self, Read};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use object_store::ObjectMeta;

use crate::error::{Error, Result};
use crate::source::compressed;
use crate::store::{Bytes, PIECE, Store};

/// An object as it was listed.
#[derive(Clone)]
pub struct Object {
    pub store: Arc<Store>,
    pub meta: Arc<ObjectMeta>,
}

impl Object {
    /// Its key, for messages.
    pub fn key(&self) -> PathBuf {
        PathBuf::from(self.meta.location.as_ref())
    }

    /// Its text, unpacked where its name says that it is packed.
    ///
    /// # Errors
    /// Bytes that cannot be unpacked.
    pub fn text(&self, failed: &Failed) -> Result<Box<dyn Read + Send>> {
        compressed::unpacking(&self.key(), self.bytes(0..self.meta.size, failed), self.meta.size)
    }

    /// Whether its name says that it is packed.
    pub fn is_packed(&self) -> bool {
        compressed::is_packed(&self.key())
    }

    /// Some of its bytes, as they are.
    pub fn bytes(&self, range: Range<u64>, failed: &Failed) -> impl Read + Send + 'static {
        let (at, end) = (range.start, range.end.min(self.meta.size));
        Pieces { object: self.clone(), failed: failed.clone(), at, end, piece: Bytes::default(), used: 0 }
    }
}

/// The first failure of a piece: readers of texts only pass a mark of it on.
#[derive(Clone, Default)]
pub struct Failed(Arc<Mutex<Option<Error>>>);

impl Failed {
    fn keep(&self, error: Error) -> io::Error {
        if let Ok(mut failed) = self.0.lock() {
            failed.get_or_insert(error);
        }
        io::Error::other("a piece of an object is missing")
    }

    /// A piece that did not come is the reason, whatever the text then looks like.
    pub fn reason(&self, error: Error) -> Error {
        self.0.lock().ok().and_then(|mut failed| failed.take()).unwrap_or(error)
    }
}

/// An object's bytes, one piece in memory.
struct Pieces {
    object: Object,
    failed: Failed,
    at: u64,
    end: u64,
    piece: Bytes,
    used: usize,
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.used == self.piece.len() {
            if self.at >= self.end {
                return Ok(0);
            }
            let end = self.end.min(self.at + PIECE);
            let piece = self.object.store.piece(&self.object.meta, self.at..end);
            self.piece = piece.map_err(|error| self.failed.keep(error))?;
            (self.at, self.used) = (end, 0);
        }
        let length = into.len().min(self.piece.len() - self.used);
        into[..length].copy_from_slice(&self.piece[self.used..self.used + length]);
        self.used += length;
        Ok(length)
    }
}
