//! Values as bytes, to be read again on another machine: what the sheets of `engine` are made of.
//!
//! Numbers are little-endian, lists stand behind their length, columns of counts and codes take as many bytes each as
//! the largest needs. There is no general way to write a secret: [`Writer::secret`] and [`Writer::secret_text`] are the only
//! ones, and what they write into is wiped. What is read is checked: bytes that were not written here give an error, never a panic and never a
//! value that a constructor would refuse.

mod plain;
mod reader;
#[cfg(test)]
mod tests;
mod writer;

use crate::error::{Error, Result};
use crate::secret::Secret;

pub(crate) use reader::Reader;
pub(crate) use writer::Writer;

/// A value that is written as bytes and read again.
///
/// `read` takes exactly the bytes that `write` gave, and takes at least one.
pub(crate) trait Written: Sized {
    fn write(&self, to: &mut Writer);

    /// # Errors
    /// See [`broken`].
    fn read(from: &mut Reader) -> Result<Self>;
}

/// The bytes that `write` gives, with room for `more` behind them; they are wiped and never copied.
///
/// `write` runs twice, first to measure, and must do the same both times.
///
/// # Errors
/// What [`Writer::refuse`] was told.
pub(crate) fn written(more: usize, write: impl Fn(&mut Writer)) -> Result<Secret<Vec<u8>>> {
    let mut length = Writer::measuring();
    write(&mut length);
    let mut writer = Writer::filling(length.length(), more);
    write(&mut writer);
    writer.finish()
}

/// The error of bytes that are not what was written; `what` says which part.
pub(crate) fn broken(what: &str) -> Error {
    Error::Environment {
        message: format!("what another machine sent cannot be read: {what}"),
        path: None,
        source: None,
        help: Some("all machines must run the same build of tuomin".into()),
    }
}

/// # Errors
/// [`broken`], unless `right`.
pub(crate) fn ensure(right: bool, what: &str) -> Result<()> {
    if right { Ok(()) } else { Err(broken(what)) }
}
