//! [`Token`]: keyed pseudonyms of one column, one release and one recipient.

mod key;
#[cfg(test)]
mod tests;
mod written;

use std::fmt;

use arrow::array::{Array, ArrayRef};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::refused;
use super::text::{TextColumn, each_text};
use crate::detect::{Kind, canonical};
use crate::error::Result;
use crate::lanes::HmacSm3;
use crate::spec::{Claim, TokenAlgorithm};

pub use key::{Key, KeyId, KeyLife, Scope};

/// Fewer digits would make different values meet: at 8 digits one pair in 65,000 values is expected.
const MIN_LENGTH: usize = 8;
/// All digits of a 256-bit tag.
const MAX_LENGTH: usize = 64;

/// Replaces each value by the first hex digits of an HMAC.
///
/// The message is release, recipient, column and canonical text of the value, each as its length in
/// bytes (64 bits, big-endian) and its UTF-8 bytes. Alike values get alike tokens: a token hides the
/// value, not how often it occurs.
#[derive(Debug)]
pub struct Token {
    mac: Keyed,
    /// What `mac` was made of, to make it again on another machine.
    key: Key,
    beginning: Vec<u8>,
    length: usize,
    /// What values are brought to before they are hashed.
    form: Option<Kind>,
}

/// The state after key, release, recipient and column; cloned for each value.
///
/// Wiped on drop: by `hmac` and `sha2` where their feature `zeroize` is on, and by [`HmacSm3`].
enum Keyed {
    Sha256(Hmac<Sha256>),
    Sm3(HmacSm3),
}

impl fmt::Debug for Keyed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Keyed {
    fn name(&self) -> &'static str {
        match self {
            Self::Sha256(_) => "hmac-sha256",
            Self::Sm3(_) => "hmac-sm3",
        }
    }
}

impl Token {
    /// Prepares tokens of `length` hex digits (four bits each).
    ///
    /// # Errors
    /// [`Error::Usage`](crate::error::Error::Usage) where `length` is not 8 to 64.
    pub fn new(algorithm: TokenAlgorithm, key: &Key, scope: Scope<'_>, length: usize) -> Result<Self> {
        Self::after(algorithm, key.twin(), scope.bytes(), length)
    }

    /// Tokens of messages that all have this beginning.
    fn after(algorithm: TokenAlgorithm, key: Key, beginning: Vec<u8>, length: usize) -> Result<Self> {
        if !(MIN_LENGTH..=MAX_LENGTH).contains(&length) {
            return Err(refused(
                format!("a token of {length} digits cannot be made"),
                "use 8 to 64 digits; 16 keep billions of values apart",
            ));
        }
        let mac = match algorithm {
            TokenAlgorithm::HmacSha256 => {
                let mut mac =
                    <Hmac<Sha256> as KeyInit>::new_from_slice(key.expose()).expect("HMAC takes keys of any length");
                mac.update(&beginning);
                Keyed::Sha256(mac)
            }
            TokenAlgorithm::HmacSm3 => Keyed::Sm3(HmacSm3::new(key.expose(), &beginning)),
        };
        Ok(Self { mac, key, beginning, length, form: None })
    }

    /// Hashes the canonical form of this kind of identifier: `+86 138-0013-8000` and `13800138000` get one token.
    /// A value that does not have the form is hashed as it is.
    pub fn of_kind(mut self, kind: Option<Kind>) -> Self {
        self.form = kind;
        self
    }

    /// Returns the strongest claim: PIPL 73(3), whoever holds a kept key can link.
    pub fn allows(&self) -> Claim {
        match self.key.life() {
            KeyLife::Ephemeral => Claim::Anonymized,
            KeyLife::Kept(_) => Claim::Deidentified,
        }
    }

    pub fn key_life(&self) -> &KeyLife {
        self.key.life()
    }

    /// Writes the token of each cell; nulls stay null.
    pub(super) fn apply(&self, cells: &ArrayRef) -> Result<ArrayRef> {
        let tags = self.tags(cells)?;
        let mut column = TextColumn::with_capacity(cells.len(), tags.len().saturating_mul(self.length));
        let mut tags = tags.iter();
        for row in 0..cells.len() {
            if cells.is_valid(row)
                && let Some(tag) = tags.next()
            {
                let mut digits = [0; MAX_LENGTH];
                for (pair, &byte) in digits.chunks_exact_mut(2).zip(tag) {
                    pair.copy_from_slice(&HEX[byte as usize]);
                }
                column.bytes().extend_from_slice(&digits[..self.length]);
            }
            column.end_cell()?;
        }
        column.finish(cells.nulls())
    }

    /// The tag of each cell that is there.
    fn tags(&self, cells: &ArrayRef) -> Result<Vec<[u8; 32]>> {
        match &self.mac {
            Keyed::Sha256(keyed) => {
                let mut tags = Vec::with_capacity(cells.len());
                self.each_value(cells, |text| {
                    let mut mac = keyed.clone();
                    mac.update(&length_of(text));
                    mac.update(text.as_bytes());
                    tags.push(mac.finalize().into_bytes().into());
                })?;
                Ok(tags)
            }
            Keyed::Sm3(keyed) => {
                let mut tags = keyed.tags();
                self.each_value(cells, |text| tags.push([&length_of(text), text.as_bytes()]))?;
                Ok(tags.finish())
            }
        }
    }

    /// Calls `visit` with what is hashed of every cell that is there, in order.
    fn each_value(&self, cells: &ArrayRef, mut visit: impl FnMut(&str)) -> Result<()> {
        each_text(cells, |_, cell| {
            if let Some(text) = cell {
                match self.form.and_then(|kind| canonical(kind, text)) {
                    Some(canonical) => visit(&canonical),
                    None => visit(text),
                }
            }
            Ok(())
        })
    }
}

/// The length of a part of the message, in bytes.
fn length_of(part: &str) -> [u8; 8] {
    (part.len() as u64).to_be_bytes()
}

/// Brings each cell to the canonical form of this kind of identifier, as [`Token::of_kind`] does: subjects are counted
/// as their tokens tell them apart.
pub fn canonical_cells(kind: Kind, cells: &ArrayRef) -> Result<ArrayRef> {
    let mut column = TextColumn::with_capacity(cells.len(), cells.len().saturating_mul(16));
    each_text(cells, |_, cell| {
        if let Some(text) = cell {
            match canonical(kind, text) {
                Some(canonical) => column.bytes().extend_from_slice(canonical.as_bytes()),
                None => column.bytes().extend_from_slice(text.as_bytes()),
            }
        }
        column.end_cell()
    })?;
    column.finish(cells.nulls())
}

/// Both lowercase hex digits of each byte.
const HEX: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let mut table = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = [digits[byte >> 4], digits[byte & 15]];
        byte += 1;
    }
    table
};

impl Token {
    /// What it does, in Chinese.
    pub(super) fn zh(&self) -> String {
        let key = match self.key.life() {
            KeyLife::Ephemeral => "密钥随发布销毁".into(),
            KeyLife::Kept(id) => format!("保留的密钥 {}", id.as_str()),
        };
        let form = if self.form.is_some() { "同一标识符的各种写法得同一假名，" } else { "" };
        format!("假名 {}，{form}{key}", self.mac.name())
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "token {}, ", self.mac.name())?;
        if let Some(kind) = self.form {
            write!(f, "one for all ways to write a {kind}, ")?;
        }
        match self.key.life() {
            KeyLife::Ephemeral => f.write_str("key dies with the release"),
            KeyLife::Kept(id) => write!(f, "kept key {}", id.as_str()),
        }
    }
}
