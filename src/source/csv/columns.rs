//! Cells as they are written become columns in the declared types.

use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Float64Array, Int64Array, NullBufferBuilder, StringArray};
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};

use super::gb18030::Decoder;
use super::marks::Records;
use crate::source::typed::{ISO, date, integer, iso_days, number};
use crate::spec::ColumnType;

/// How cells are written.
pub(super) struct Written<'a> {
    /// Where they are not UTF-8.
    pub decoder: Option<Decoder>,
    /// What stands for no value, beside the empty cell.
    pub nulls: &'a [String],
}

impl Written<'_> {
    /// Adds a cell to a text in UTF-8. `None` where the bytes are no text; whether the cell has a value, if they are.
    #[inline]
    fn add(&self, cell: &[u8], text: &mut Vec<u8>) -> Option<bool> {
        let from = text.len();
        match &self.decoder {
            Some(decoder) => decoder.add(cell, text)?,
            None => text.extend_from_slice(cell),
        }
        let valued = !cell.is_empty() && self.nulls.iter().all(|null| null.as_bytes() != &text[from..]);
        if !valued {
            text.truncate(from);
        }
        Some(valued)
    }

    /// Whether a cell of ASCII has a value.
    #[inline]
    fn valued(&self, cell: &[u8]) -> bool {
        !cell.is_empty() && self.nulls.iter().all(|null| null.as_bytes() != cell)
    }
}

/// A column that grows.
pub(super) struct Column<'a> {
    field: usize,
    written: &'a Written<'a>,
    valued: NullBufferBuilder,
    cells: Cells<'a>,
    /// A cell without its quotes.
    bare: Vec<u8>,
    /// A cell in UTF-8.
    text: Vec<u8>,
}

enum Cells<'a> {
    Text { text: Vec<u8>, ends: Vec<i32> },
    Integer(Vec<i64>),
    Number(Vec<f64>),
    Date { days: Vec<i32>, format: &'a str },
}

impl<'a> Column<'a> {
    /// The cells of this field; about `records` of them will come.
    pub fn new(field: usize, kind: &'a ColumnType, written: &'a Written<'a>, records: usize) -> Self {
        let cells = match kind {
            ColumnType::Text => {
                let mut ends = Vec::with_capacity(records + 1);
                ends.push(0);
                Cells::Text { text: Vec::with_capacity(8 * records), ends }
            }
            ColumnType::Integer => Cells::Integer(Vec::with_capacity(records)),
            ColumnType::Number => Cells::Number(Vec::with_capacity(records)),
            ColumnType::Date { format } => Cells::Date { days: Vec::with_capacity(records), format },
        };
        let (bare, text) = (Vec::new(), Vec::new());
        Self { field, written, valued: NullBufferBuilder::new(records), cells, bare, text }
    }

    /// Takes the cells of more records; `None` where one is no text, or not what it is declared to be.
    pub fn add(&mut self, records: &Records) -> Option<()> {
        let cells = match &mut self.cells {
            Cells::Text { text, ends } => {
                for cell in records.cells(self.field) {
                    self.valued.append(self.written.add(unquoted(cell, &mut self.bare), text)?);
                    ends.push(i32::try_from(text.len()).ok()?);
                }
                return Some(());
            }
            cells => cells,
        };
        let mut values = Values {
            cells: records.cells(self.field),
            written: self.written,
            valued: &mut self.valued,
            bare: &mut self.bare,
            text: &mut self.text,
        };
        match cells {
            Cells::Text { .. } => None,
            Cells::Integer(all) => values.add(all, small, integer),
            Cells::Number(all) => values.add(all, short, number),
            Cells::Date { days, format } => match *format == ISO {
                true => values.add(days, iso_days, |text| date(text, ISO)),
                false => values.add(days, |_| None, |text| date(text, format)),
            },
        }
    }

    /// The column; `None` where its cells are no text.
    pub fn finish(mut self) -> Option<ArrayRef> {
        let nulls = self.valued.finish();
        Some(match self.cells {
            Cells::Text { text, ends } => {
                let ends = OffsetBuffer::new(ScalarBuffer::from(ends));
                Arc::new(StringArray::try_new(ends, Buffer::from_vec(text), nulls).ok()?)
            }
            Cells::Integer(all) => Arc::new(Int64Array::try_new(all.into(), nulls).ok()?),
            Cells::Number(all) => Arc::new(Float64Array::try_new(all.into(), nulls).ok()?),
            Cells::Date { days, .. } => Arc::new(Date32Array::try_new(days.into(), nulls).ok()?),
        })
    }
}

/// Cells on their way to a column of another type than text.
struct Values<'a, C> {
    cells: C,
    written: &'a Written<'a>,
    valued: &'a mut NullBufferBuilder,
    bare: &'a mut Vec<u8>,
    text: &'a mut Vec<u8>,
}

impl<'t, C: Iterator<Item = &'t [u8]>> Values<'_, C> {
    /// `quick` reads what most cells are, which is ASCII, and `read` all that are right.
    fn add<T: Default>(
        &mut self,
        all: &mut Vec<T>,
        quick: impl Fn(&[u8]) -> Option<T>,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<()> {
        for cell in self.cells.by_ref() {
            let cell = unquoted(cell, self.bare);
            let value = if cell.is_empty() {
                None
            } else if let Some(value) = quick(cell) {
                self.written.valued(cell).then_some(value)
            } else {
                self.text.clear();
                match self.written.add(cell, self.text)? {
                    true => Some(read(std::str::from_utf8(self.text).ok()?.trim())?),
                    false => None,
                }
            };
            self.valued.append(value.is_some());
            all.push(value.unwrap_or_default());
        }
        Some(())
    }
}

/// A cell without the quotes around it, and with one for each two in it.
#[inline]
fn unquoted<'c>(cell: &'c [u8], bare: &'c mut Vec<u8>) -> &'c [u8] {
    let [b'"', cell @ .., b'"'] = cell else { return cell };
    if !cell.contains(&b'"') {
        return cell;
    }
    bare.clear();
    let mut doubled = false;
    bare.extend(cell.iter().filter(|&&byte| {
        doubled = byte == b'"' && !doubled;
        !doubled
    }));
    bare
}

/// A whole number of not too many digits.
#[inline]
fn small(cell: &[u8]) -> Option<i64> {
    let (minus, digits) = signed(cell);
    if !matches!(digits.len(), 1..=18) {
        return None;
    }
    let value = digits.iter().try_fold(0i64, |sum, byte| Some(10 * sum + i64::from(digit(*byte)?)))?;
    Some(if minus { -value } else { value })
}

/// A number of not too many digits, without an exponent.
///
/// Both its digits as a whole number and the power of ten by which it is divided are floats without loss, and a
/// division rounds once: the float is the nearest one.
#[inline]
fn short(cell: &[u8]) -> Option<f64> {
    const TENS: [f64; 16] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
    let (minus, digits) = signed(cell);
    if !matches!(digits.len(), 1..=16) {
        return None;
    }
    let (mut whole, mut read, mut point) = (0u64, 0, None);
    for &byte in digits {
        if byte == b'.' && point.is_none() {
            point = Some(read);
        } else {
            whole = 10 * whole + u64::from(digit(byte)?);
            read += 1;
        }
    }
    if !matches!(read, 1..=15) {
        return None;
    }
    let value = whole as f64 / TENS[read - point.unwrap_or(read)];
    Some(if minus { -value } else { value })
}

fn signed(cell: &[u8]) -> (bool, &[u8]) {
    match cell {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    }
}

fn digit(byte: u8) -> Option<u8> {
    byte.is_ascii_digit().then(|| byte - b'0')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn quick_numbers_are_what_the_others_are(text in "[-+]?[0-9]{0,17}[.]?[0-9]{0,17}[.e-]?") {
            if let Some(value) = small(text.as_bytes()) {
                prop_assert_eq!(Some(value), integer(&text));
            }
            if let Some(value) = short(text.as_bytes()) {
                prop_assert_eq!(Some(value.to_bits()), number(&text).map(f64::to_bits));
            }
        }
    }

    #[test]
    fn what_most_cells_are_is_quick() {
        assert_eq!((small(b"-12"), small(b"+0"), small(b"1 "), small(b"")), (Some(-12), Some(0), None, None));
        assert_eq!(
            (short(b"255.14"), short(b"-0.5"), short(b".5"), short(b"5.")),
            (Some(255.14), Some(-0.5), Some(0.5), Some(5.0))
        );
        assert_eq!((short(b"."), short(b"1.2.3"), short(b"1e5"), short(b"")), (None, None, None, None));
        assert!(short(b"-0").is_some_and(|zero| zero == 0.0 && zero.is_sign_negative()));
    }

    #[test]
    fn quotes_go_and_doubled_ones_stay_once() {
        for (cell, bare) in [
            ("a", "a"),
            ("\"\"", ""),
            ("\"a\"", "a"),
            ("\"\"\"\"", "\""),
            ("\"a\"\"b\"\"\"", "a\"b\""),
            ("\"a,\nb\"", "a,\nb"),
        ] {
            assert_eq!(unquoted(cell.as_bytes(), &mut Vec::new()), bare.as_bytes());
        }
    }
}
