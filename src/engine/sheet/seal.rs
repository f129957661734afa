//! What stands around a sheet: its kind, the version that wrote it, and a digest that finds changed bytes.

use sha2::{Digest, Sha256};

use crate::error::Result;
use crate::secret::Secret;
use crate::written::{Reader, Writer, Written, broken, ensure, written};

/// Bytes of the digest.
const DIGEST: usize = 32;

fn head(kind: &str) -> String {
    format!("tuomin {} {kind}", env!("CARGO_PKG_VERSION"))
}

/// The bytes of a sheet, behind its head and before its SHA-256.
pub(super) fn sealed(kind: &str, write: impl Fn(&mut Writer)) -> Result<Secret<Vec<u8>>> {
    let mut sheet = written(DIGEST, |to| {
        head(kind).write(to);
        write(to);
    })?;
    let digest = Sha256::digest(sheet.expose());
    // there is room: bytes that were outgrown would not be wiped
    sheet.expose_mut().extend_from_slice(&digest);
    Ok(sheet)
}

/// Reads a sheet of this kind.
///
/// # Errors
/// Bytes that were changed, are missing or are too many; a sheet of another kind or version; those of `read`.
pub(super) fn opened<T>(kind: &str, bytes: &[u8], read: impl FnOnce(&mut Reader) -> Result<T>) -> Result<T> {
    let (sheet, digest) = bytes.split_last_chunk::<DIGEST>().ok_or_else(|| broken("bytes are missing"))?;
    ensure(Sha256::digest(sheet)[..] == digest[..], "bytes are missing or were changed")?;
    let mut from = Reader::new(sheet);
    ensure(from.value::<String>()? == head(kind), "it is of another kind or version")?;
    let value = read(&mut from)?;
    from.finish()?;
    Ok(value)
}
