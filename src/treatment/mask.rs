//! [`Mask`]: the first and last characters stay, the rest is covered.

use std::fmt;

use arrow::array::{Array, ArrayRef};

use super::refused;
use super::text::{TextColumn, each_text};
use crate::error::Result;
use crate::written::{Reader, Writer, Written};

/// Which characters of a value stay, and what covers the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    keep_first: usize,
    keep_last: usize,
    with: char,
}

impl Mask {
    /// Keeps this many characters at both ends of each value and covers the others with `with`.
    ///
    /// # Errors
    /// [`Error::Usage`](crate::error::Error::Usage) where `with` is a control character.
    pub fn new(keep_first: usize, keep_last: usize, with: char) -> Result<Self> {
        if with.is_control() {
            return Err(refused("`with` of a mask is a control character".into(), "use a visible one such as `*`"));
        }
        Ok(Self { keep_first, keep_last, with })
    }

    /// Covers the canonical text of each cell; nulls stay null.
    ///
    /// Counts `char`s, not bytes. A value without at least one character between the kept ends is covered
    /// as a whole. The result still shows how long each value was, and alike values stay alike.
    pub(super) fn apply(&self, cells: &ArrayRef) -> Result<ArrayRef> {
        let mut utf8 = [0; 4];
        let with = self.with.encode_utf8(&mut utf8).as_bytes();
        let kept = self.keep_first.saturating_add(self.keep_last);
        let mut column = TextColumn::with_capacity(cells.len(), cells.len().saturating_mul(16));
        each_text(cells, |_, cell| {
            if let Some(text) = cell {
                let chars = if text.is_ascii() { text.len() } else { text.chars().count() };
                let (first, last) = if chars > kept { (self.keep_first, self.keep_last) } else { (0, 0) };
                let bytes = column.bytes();
                bytes.extend_from_slice(&text.as_bytes()[..byte_of(text, first)]);
                for _ in first..chars - last {
                    bytes.extend_from_slice(with);
                }
                bytes.extend_from_slice(&text.as_bytes()[byte_of(text, chars - last)..]);
            }
            column.end_cell()
        })?;
        column.finish(cells.nulls())
    }
}

/// Where the character with this index starts; the end of the text if it has no more.
fn byte_of(text: &str, char_index: usize) -> usize {
    if text.is_ascii() {
        return char_index.min(text.len());
    }
    text.char_indices().nth(char_index).map_or(text.len(), |(byte, _)| byte)
}

impl Written for Mask {
    fn write(&self, to: &mut Writer) {
        self.keep_first.write(to);
        self.keep_last.write(to);
        self.with.write(to);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        Self::new(from.value()?, from.value()?, from.value()?)
    }
}

impl Mask {
    /// What it does, in Chinese.
    pub(super) fn zh(&self) -> String {
        let kept = match (self.keep_first, self.keep_last) {
            (0, 0) => "遮盖全部字符".into(),
            (first, 0) => format!("遮盖前 {first} 位以外的字符"),
            (0, last) => format!("遮盖后 {last} 位以外的字符"),
            (first, last) => format!("遮盖前 {first} 位与后 {last} 位以外的字符"),
        };
        format!("{kept}，代以 `{}`", self.with)
    }
}

impl fmt::Display for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.keep_first, self.keep_last) {
            (0, 0) => write!(f, "mask all characters")?,
            (first, 0) => write!(f, "mask all but the first {first} characters")?,
            (0, last) => write!(f, "mask all but the last {last} characters")?,
            (first, last) => write!(f, "mask all but the first {first} and last {last} characters")?,
        }
        write!(f, " with `{}`", self.with)
    }
}
