//! Sheets: what executors are sent to do a part of a pass, as values that own what they hold and turn into bytes.
//!
//! A sheet holds keys and cells of the source. Its bytes are a [`Secret`], to be sent over an
//! encrypted channel and nowhere else; none of its values prints them. Whoever receives a sheet wipes the bytes it came
//! in. Bytes that were changed, cut or written by another version are refused.

mod apply;
mod check;
mod count;
mod seal;
#[cfg(test)]
mod tests;

pub use apply::ApplySheet;
pub use count::CountSheet;

use crate::error::Result;
use crate::secret::Secret;
pub use crate::source::SourceSheet;
use crate::written::Written;

impl SourceSheet {
    /// The source as bytes.
    pub fn to_bytes(&self) -> Result<Secret<Vec<u8>>> {
        seal::sealed("source", |to| self.write(to))
    }

    /// Reads what [`Self::to_bytes`] gave.
    ///
    /// # Errors
    /// Bytes that it did not give.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        seal::opened("source", bytes, Self::read)
    }
}
