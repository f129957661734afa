//! Where records begin and end, found 64 bytes at once.

use super::masks::{Chunks, Piece, odd_before};

/// What cannot separate fields.
pub(super) const SIGNS: [u8; 3] = *b"\"\r\n";

/// The bits of the characters that give a text of records its form.
#[derive(Clone, Copy)]
pub(super) struct Signs {
    pub delimiter: u64,
    pub feed: u64,
    pub back: u64,
    pub quote: u64,
}

impl Signs {
    #[inline(always)]
    pub fn of(piece: &Piece, delimiter: u8) -> Self {
        let (chunk, there) = (&piece.chunk, piece.there());
        let bits = |byte| chunk.equal(byte) & there;
        Self { delimiter: bits(delimiter), feed: bits(b'\n'), back: bits(b'\r'), quote: bits(b'"') }
    }
}

/// What a text is like where one piece ends and the next begins. All are 0 or 1, `inside` 0 or all bits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    inside: u64,
    /// A field may begin.
    begins: u64,
    /// The last byte was a quote that closes, if it is not doubled.
    closed: u64,
    /// The last byte was a carriage return.
    returned: u64,
}

impl Default for Form {
    fn default() -> Self {
        Self { inside: 0, begins: 1, closed: 0, returned: 0 }
    }
}

/// What was found in a piece.
pub(super) struct Formed {
    /// Which bytes stand in quotes.
    pub inside: u64,
    /// Whether something is there that only the parser knows what to do with: a quote inside an unquoted field, text
    /// after a closing quote, a carriage return without a line feed.
    pub unclear: bool,
}

impl Form {
    #[inline(always)]
    pub fn step(&mut self, signs: Signs, piece: &Piece) -> Formed {
        let Signs { delimiter, feed, back, quote } = signs;
        let (there, last) = (piece.there(), piece.length - 1);
        let ends = delimiter | feed | back | quote;
        let (mut wrong, mut inside) = (0, self.inside);
        if quote != 0 || self.closed != 0 {
            inside ^= odd_before(quote);
            let (opens, closes) = (quote & inside, quote & !inside);
            // what is doubled closes and opens
            wrong |= opens & !(ends << 1 | self.begins);
            wrong |= (closes << 1 | self.closed) & !ends & there;
            self.closed = closes >> last & 1;
            self.inside = 0u64.wrapping_sub(inside >> last & 1);
        }
        self.begins = ends >> last & 1;
        let back = back & !inside;
        wrong |= (back << 1 | self.returned) & !feed & there;
        self.returned = back >> last & 1;
        Formed { inside, unclear: wrong != 0 }
    }

    /// Whether a quote is open.
    pub fn open(&self) -> bool {
        self.inside != 0
    }

    /// Whether the text may end here.
    pub fn may_end(&self) -> bool {
        !self.open() && self.returned == 0
    }
}

/// What was seen of a text up to some place: goes on from read to read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Survey {
    delimiter: u8,
    form: Form,
    /// A line begins: 0 or 1.
    fresh: u64,
    length: usize,
    unclear: bool,
    /// All there is.
    pub all: Seen,
    /// Up to the end of the last whole record; all 0 where there is none.
    pub whole: Seen,
}

/// A part of a text, from its start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub bytes: usize,
    /// Line feeds.
    pub lines: u64,
    /// Lines that are not empty; line feeds in quotes end none.
    pub records: u64,
}

impl Survey {
    pub fn new(delimiter: u8) -> Self {
        let (all, whole) = (Seen::default(), Seen::default());
        let unclear = SIGNS.contains(&delimiter);
        Self { delimiter, form: Form::default(), fresh: 1, length: 0, unclear, all, whole }
    }

    /// Looks at more bytes.
    ///
    /// Works on the raw bytes of UTF-8, GBK and GB18030: in none of them can a quote, a carriage return or a line feed
    /// be part of another character. A delimiter can; by it no more is known than whether a quote stands well.
    pub fn add(&mut self, bytes: &[u8]) {
        for piece in Chunks::new(bytes) {
            let signs = Signs::of(&piece, self.delimiter);
            let formed = self.form.step(signs, &piece);
            self.unclear |= formed.unclear;
            let ends = signs.feed & !formed.inside;
            let begins = (ends << 1 | self.fresh) & piece.there() & !(signs.feed | signs.back);
            self.fresh = ends >> (piece.length - 1) & 1;
            if ends != 0 {
                let last = 63 - ends.leading_zeros();
                let up_to = u64::MAX >> (63 - last);
                let lines = self.all.lines + u64::from((signs.feed & up_to).count_ones());
                let records = self.all.records + u64::from((begins & up_to).count_ones());
                self.whole = Seen { bytes: self.length + last as usize + 1, lines, records };
            }
            self.all.lines += u64::from(signs.feed.count_ones());
            self.all.records += u64::from(begins.count_ones());
            self.length += piece.length;
        }
        self.all.bytes = self.length;
    }

    /// Whether a quote is open.
    pub fn open(&self) -> bool {
        self.form.open()
    }

    /// The whole records, if they could be counted as the parser sees them.
    pub fn whole_records(&self) -> Option<u64> {
        (!self.unclear).then_some(self.whole.records)
    }

    /// All records, if they could be counted as the parser sees them.
    pub fn all_records(&self) -> Option<u64> {
        (!self.unclear && self.form.may_end()).then_some(self.all.records)
    }
}
