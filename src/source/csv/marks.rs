//! Where the fields of a regular text end: every record on one line, or in quotes that stand well, and as many fields as
//! the header has.

use super::characters::Characters;
use super::masks::{Chunks, WIDTH};
use super::survey::{Form, Signs};

/// Bytes that are looked at before their cells are taken: few enough to stay near the processor.
const STRETCH: usize = 64 << 10;

/// Goes over a text, stretch by stretch.
pub(super) struct Marks<'a> {
    bytes: &'a [u8],
    delimiter: u8,
    characters: Characters,
    fields: usize,
    form: Form,
    at: usize,
    feeds: usize,
    records: usize,
    /// As in [`Records`], for what is not handed on yet; beyond `used` they mean nothing.
    ends: Vec<u32>,
    used: usize,
}

/// The ends of the fields of consecutive records.
pub(super) struct Records<'a> {
    pub bytes: &'a [u8],
    /// Where the field before the first ends, and then of each field the byte after it: a delimiter, a line feed or the
    /// end of the text. Before the first field of the text it is `u32::MAX`.
    ends: &'a [u32],
    fields: usize,
}

impl<'a> Marks<'a> {
    /// `wide` says that the text is GBK or GB18030 and not UTF-8. `None` for a text that is too long.
    pub fn new(bytes: &'a [u8], delimiter: u8, wide: bool, fields: usize) -> Option<Self> {
        u32::try_from(bytes.len()).ok().filter(|&length| length < u32::MAX && fields > 0)?;
        let (form, characters) = (Form::default(), Characters::new(wide));
        let ends = vec![u32::MAX; STRETCH / 4];
        Some(Self { bytes, delimiter, characters, fields, form, at: 0, feeds: 0, records: 0, ends, used: 1 })
    }

    /// Hands whole records on, one stretch after the other, until the text is done.
    ///
    /// `None` where the text is not regular, or not text; what was handed on until then means nothing.
    pub fn each(mut self, mut take: impl FnMut(&Records) -> Option<()>) -> Option<()> {
        while self.at < self.bytes.len() {
            self.stretch()?;
            let records = (self.used - 1) / self.fields;
            let whole = records * self.fields;
            let found = Records { bytes: self.bytes, ends: &self.ends[..=whole], fields: self.fields };
            found.regular()?;
            take(&found)?;
            self.records += records;
            self.ends.copy_within(whole..self.used, 0);
            self.used -= whole;
        }
        // every line feed that ends a record does so at the end of its last field
        (self.used == 1 && self.feeds == self.records).then_some(())
    }

    fn stretch(&mut self) -> Option<()> {
        let (from, bytes) = (self.at, self.bytes);
        let to = bytes.len().min(from + STRETCH);
        let mut used = self.used;
        for piece in Chunks::new(&bytes[from..to]) {
            let mut signs = Signs::of(&piece, self.delimiter);
            signs.delimiter &= !self.characters.seconds(&piece, bytes, from + piece.at)?;
            let formed = self.form.step(signs, &piece);
            if formed.unclear {
                return None;
            }
            let feeds = signs.feed & !formed.inside;
            self.feeds += feeds.count_ones() as usize;
            let mut ends = (signs.delimiter | signs.feed) & !formed.inside;
            // one more than the piece has: the end of the text may be one too
            if self.ends.len() <= used + WIDTH {
                self.ends.resize(used + STRETCH / 4, 0);
            }
            let first = (from + piece.at) as u32;
            for end in &mut self.ends[used..used + WIDTH] {
                if ends == 0 {
                    break;
                }
                *end = first + ends.trailing_zeros();
                ends &= ends - 1;
                used += 1;
            }
        }
        self.at = to;
        if to == bytes.len() {
            if !self.form.may_end() || !self.characters.may_end() {
                return None;
            }
            // the last line need not end
            if bytes.last() != Some(&b'\n') {
                self.ends[used] = to as u32;
                used += 1;
                self.feeds += 1;
            }
        }
        self.used = used;
        Some(())
    }
}

impl<'a> Records<'a> {
    /// How many there are.
    pub fn count(&self) -> usize {
        (self.ends.len() - 1) / self.fields
    }

    /// Whether every record ends with its line, and no line is empty.
    fn regular(&self) -> Option<()> {
        let lines = self.ends.windows(self.fields + 1).step_by(self.fields);
        let right = |ends: &[u32]| {
            let (before, end) = (ends[0].wrapping_add(1) as usize, ends[self.fields] as usize);
            let line = &self.bytes[before..end];
            self.bytes.get(end).is_none_or(|&byte| byte == b'\n') && !matches!(line, [] | [b'\r'])
        };
        lines.into_iter().all(right).then_some(())
    }

    /// The cells of one column, as they are written: with their quotes.
    pub fn cells(&self, field: usize) -> impl Iterator<Item = &'a [u8]> {
        let (bytes, last) = (self.bytes, field + 1 == self.fields);
        self.ends.get(field..).unwrap_or_default().windows(2).step_by(self.fields).map(move |ends| {
            let cell = &bytes[ends[0].wrapping_add(1) as usize..ends[1] as usize];
            match cell {
                [cell @ .., b'\r'] if last => cell,
                _ => cell,
            }
        })
    }
}
