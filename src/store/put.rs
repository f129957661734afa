//! Objects are put whole, or in parts that become one object at the end.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;

use object_store::{MultipartUpload, ObjectStoreExt, PutPayload};

use super::{AT_ONCE, Store, named};
use crate::error::{Error, Result};

/// Bytes of one part of a large object that is put, at least, and how many parts a store takes.
pub const PART: usize = 8 << 20;
const PARTS: u64 = 10_000;
impl Store {
    /// Puts an object, in the place of one that has its name.
    ///
    /// # Errors
    /// Those of the store.
    pub fn put(&self, key: &str, bytes: Vec<u8>) -> Result<()> {
        if bytes.len() > PART {
            return self.put_parts(key, bytes.len() as u64, |range| {
                Ok(bytes[range.start as usize..range.end as usize].to_vec())
            });
        }
        let (client, key) = (self.client.clone(), named(key)?);
        self.answer(async move { client.put(&key, PutPayload::from(bytes)).await }).map(|_| ())
    }

    /// Puts a file's bytes as an object, in the place of one that has its name. The object appears as a whole or not at all.
    ///
    /// # Errors
    /// Those of the store; a file that cannot be read.
    pub fn put_file(&self, key: &str, path: &Path) -> Result<()> {
        let unread = |e| Error::environment(path, "could not read a file that goes to the store", e);
        let file = File::open(path).map_err(unread)?;
        let length = file.metadata().map_err(unread)?.len();
        let read = |range: Range<u64>| {
            let mut bytes = vec![0; (range.end - range.start) as usize];
            file.read_exact_at(&mut bytes, range.start).map_err(unread)?;
            Ok(bytes)
        };
        match length > PART as u64 {
            true => self.put_parts(key, length, read),
            false => self.put(key, read(0..length)?),
        }
    }

    pub(super) fn put_parts(&self, key: &str, length: u64, read: impl Fn(Range<u64>) -> Result<Vec<u8>>) -> Result<()> {
        let (client, place) = (self.client.clone(), named(key)?);
        let mut upload = self.answer(async move { client.put_multipart(&place).await })?;
        let part = length.div_ceil(PARTS).max(PART as u64);
        let starts: Vec<u64> = (0..length.div_ceil(part)).map(|number| number * part).collect();
        let put = starts.chunks(AT_ONCE).try_for_each(|some| {
            let parts = some.iter().map(|&start| {
                let bytes = read(start..length.min(start + part))?;
                Ok(upload.put_part(PutPayload::from(bytes)))
            });
            let parts = parts.collect::<Result<Vec<_>>>()?;
            self.answer(futures::future::try_join_all(parts)).map(|_| ())
        });
        // parts that become no object are of no use; a store that cannot even forget them has rules of its own for that
        if let Err(error) = put {
            let _ = self.answer(async move { upload.abort().await });
            return Err(error);
        }
        self.answer(async move {
            let whole = upload.complete().await;
            if whole.is_err() {
                let _ = upload.abort().await;
            }
            whole.map(|_| ())
        })
    }
}
