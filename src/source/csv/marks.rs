//! Where the fields of a regular text end: every record on one line, or in quotes that stand well, and as many fields as
//! the header has.

use super::gb18030::{Follows, follows};
use super::masks::{Chunks, Piece, WIDTH};
use super::survey::{Form, Signs};

/// Bytes that are looked at before their cells are taken: few enough to stay near the processor.
const STRETCH: usize = 64 << 10;
/// Every second bit.
const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;

/// Goes over a text, stretch by stretch.
pub(super) struct Marks<'a> {
    bytes: &'a [u8],
    delimiter: u8,
    wide: Option<Wide>,
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
        let (form, wide) = (Form::default(), wide.then(Wide::default));
        let ends = vec![u32::MAX; STRETCH / 4];
        Some(Self { bytes, delimiter, wide, fields, form, at: 0, feeds: 0, records: 0, ends, used: 1 })
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
            if let Some(wide) = &mut self.wide {
                signs.delimiter &= !wide.seconds(&piece, bytes, from + piece.at)?;
            }
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
            if !self.form.may_end() || self.wide.as_ref().is_some_and(|wide| wide.begun != 0) {
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

/// Which bytes of a text in GBK or GB18030 are the second or fourth ones of a character.
///
/// Characters have one byte, two, or four; those of four are two pairs of a high byte and a digit.
#[derive(Default)]
struct Wide {
    /// The last byte was the first one of a pair: 0 or 1.
    begun: u64,
    /// Where the digit is that ends the last character of four bytes.
    ended: usize,
}

impl Wide {
    /// The second bytes of the pairs in a piece, which begins at `from` of `bytes`.
    ///
    /// `None` where these are no characters.
    #[inline(always)]
    fn seconds(&mut self, piece: &Piece, bytes: &[u8], from: usize) -> Option<u64> {
        let there = piece.there();
        let high = piece.chunk.high() & there;
        if high | self.begun == 0 {
            return Some(0);
        }
        // of each run of high bytes every second one, counted from where no pair has begun before: a sum carries from
        // the start of a run to its end
        let begins = high & !self.begun;
        let after = begins << 1;
        let ends = ((after | ODD).wrapping_sub(begins)) ^ ODD;
        let seconds = (ends ^ (high | self.begun)) & there;
        let firsts = ends & high & there;
        // 0xFF is no part of a character, and 0x80 stands alone: the parser knows it
        if (piece.chunk.equal(0xff) | piece.chunk.equal(0x80) & firsts) & there != 0 {
            return None;
        }
        self.begun = firsts >> (piece.length - 1) & 1;
        let mut low = seconds & !high;
        while low != 0 {
            let at = from + low.trailing_zeros() as usize;
            low &= low - 1;
            if at == self.ended {
                continue;
            }
            match follows(bytes[at.checked_sub(1)?], &bytes[at..]) {
                Follows::Two => {}
                Follows::Four => self.ended = at + 2,
                Follows::None => return None,
            }
        }
        Some(seconds)
    }
}
