//! [`Fpe`]: format-preserving encryption, texts of an alphabet become others of it.

use std::collections::HashMap;
use std::fmt;

use aes::Aes256;
use arrow::array::{Array, ArrayRef};
use fpe::ff1::{FF1, FlexibleNumeralString};

use super::text::{TextColumn, each_text};
use super::token::{Key, KeyLife, Scope};
use super::{cell_error, refused};
use crate::error::Result;
use crate::written::{Reader, Writer, Written};

/// Fewer texts than this of one length could be tried one after the other: NIST SP 800-38G rev. 1.
const LEAST_DOMAIN: u64 = 1_000_000;
/// Longer texts are no identifiers.
const MOST_LENGTH: usize = 256;

/// Encrypts each value by FF1 (NIST SP 800-38G) with AES-256: the result has its length and alphabet.
///
/// Whoever holds the key can decrypt: the tweak is release, recipient and column, each as its length in bytes (64
/// bits, big-endian) and its UTF-8 bytes. Alike values give alike results, as with tokens; unlike tokens, two values
/// never meet. It is never anonymization, whoever holds the key and however long.
pub struct Fpe {
    cipher: FF1<Aes256>,
    /// What `cipher` was made of, to make it again on another machine.
    key: Key,
    tweak: Vec<u8>,
    alphabet: Vec<char>,
    place: HashMap<char, u16>,
    /// The least length with enough texts.
    least: usize,
}

impl fmt::Debug for Fpe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fpe(..)")
    }
}

/// The least length that has 10^6 texts of an alphabet of so many characters.
pub fn least_length(radix: usize) -> usize {
    let mut texts = 1u64;
    let mut length = 0;
    while radix > 1 && texts < LEAST_DOMAIN {
        texts = texts.saturating_mul(radix as u64);
        length += 1;
    }
    length.max(2)
}

impl Fpe {
    /// Encrypts texts of these characters, from the least to the greatest.
    ///
    /// # Errors
    /// [`Error::Usage`](crate::error::Error::Usage) for fewer than two characters, more than 65,536, or one that is
    /// given twice.
    pub fn new(alphabet: &str, key: &Key, scope: Scope<'_>) -> Result<Self> {
        Self::under(alphabet, key.twin(), scope.bytes())
    }

    fn under(alphabet: &str, key: Key, tweak: Vec<u8>) -> Result<Self> {
        let alphabet: Vec<char> = alphabet.chars().collect();
        let wrong = || {
            refused(
                "the alphabet of an encryption is out of range".into(),
                "give each character once, such as \"0123456789\"",
            )
        };
        let numbered = alphabet.iter().enumerate();
        let place = numbered.map(|(place, &letter)| Ok((letter, u16::try_from(place).map_err(|_| wrong())?)));
        let place: HashMap<char, u16> = place.collect::<Result<_>>()?;
        if place.len() != alphabet.len() {
            return Err(wrong());
        }
        let cipher = FF1::new(key.expose(), alphabet.len() as u32).map_err(|_| wrong())?;
        let least = least_length(alphabet.len());
        Ok(Self { cipher, key, tweak, alphabet, place, least })
    }

    pub fn key_life(&self) -> &KeyLife {
        self.key.life()
    }

    /// Encrypts the canonical text of each cell; nulls stay null.
    ///
    /// # Errors
    /// [`Error::Input`](crate::error::Error::Input) for a value with a character beyond the alphabet, and for one so
    /// short that its domain has less than 10^6 texts.
    pub(super) fn apply(&self, cells: &ArrayRef) -> Result<ArrayRef> {
        let mut column = TextColumn::with_capacity(cells.len(), cells.len().saturating_mul(16));
        each_text(cells, |cell, text| {
            if let Some(text) = text {
                let numerals: Option<Vec<u16>> = text.chars().map(|letter| self.place.get(&letter).copied()).collect();
                let numerals = numerals.ok_or_else(|| cell_error(cell, "expected a text of the alphabet"))?;
                if !(self.least..=MOST_LENGTH).contains(&numerals.len()) {
                    let message = format!(
                        "expected a text of {} to {MOST_LENGTH} characters: shorter ones of this alphabet are fewer than a million",
                        self.least
                    );
                    return Err(cell_error(cell, &message));
                }
                let encrypted = self.cipher.encrypt(&self.tweak, &FlexibleNumeralString::from(numerals));
                let numerals: Vec<u16> =
                    encrypted.map_err(|_| cell_error(cell, "expected a text that can be encrypted"))?.into();
                let mut utf8 = [0; 4];
                for numeral in numerals {
                    let letter = self.alphabet[usize::from(numeral)].encode_utf8(&mut utf8);
                    column.bytes().extend_from_slice(letter.as_bytes());
                }
            }
            column.end_cell()
        })?;
        column.finish(cells.nulls())
    }
}

/// With its key: see [`Writer::secret`].
impl Written for Fpe {
    fn write(&self, to: &mut Writer) {
        self.alphabet.iter().collect::<String>().write(to);
        self.key.write(to);
        self.tweak.write(to);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        Self::under(&from.value::<String>()?, from.value()?, from.value()?)
    }
}

impl Fpe {
    /// What it does, in Chinese.
    pub(super) fn zh(&self) -> String {
        let key = match self.key.life() {
            KeyLife::Ephemeral => "密钥随发布销毁".into(),
            KeyLife::Kept(id) => format!("保留的密钥 {}", id.as_str()),
        };
        format!("保留格式加密（FF1，AES-256），字符表 {} 个字符，{key}", self.alphabet.len())
    }
}

impl fmt::Display for Fpe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "encrypted by FF1 with AES-256 over {} characters, ", self.alphabet.len())?;
        match self.key.life() {
            KeyLife::Ephemeral => f.write_str("key dies with the release"),
            KeyLife::Kept(id) => write!(f, "kept key {}", id.as_str()),
        }
    }
}
