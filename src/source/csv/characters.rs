//! Whether bytes are text, and which of them belong to characters that began before, 64 bytes at once.

use super::gb18030::{Follows, follows};
use super::masks::Piece;

/// Every second bit.
const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;

/// The characters of a text, from piece to piece.
pub(super) enum Characters {
    Utf8(Utf8),
    Wide(Wide),
}

impl Characters {
    /// Of a text in GBK or GB18030 if it is `wide`, and otherwise in UTF-8.
    pub fn new(wide: bool) -> Self {
        if wide { Self::Wide(Wide::default()) } else { Self::Utf8(Utf8::default()) }
    }

    /// Which bytes of a piece, which begins at `from` of `bytes`, may look like others and are none: the second and
    /// fourth ones of characters.
    ///
    /// `None` where these are no characters, or one that only the strict parser knows: 0x80 in GBK.
    #[inline(always)]
    pub fn seconds(&mut self, piece: &Piece, bytes: &[u8], from: usize) -> Option<u64> {
        match self {
            Self::Utf8(utf8) => utf8.step(piece, bytes, from).map(|()| 0),
            Self::Wide(wide) => wide.seconds(piece, bytes, from),
        }
    }

    /// Whether no character has begun and not ended.
    pub fn may_end(&self) -> bool {
        match self {
            Self::Utf8(utf8) => utf8.owed == 0,
            Self::Wide(wide) => wide.begun == 0,
        }
    }
}

/// Characters of one to four bytes.
#[derive(Default)]
pub(super) struct Utf8 {
    /// Which of the next bytes must go on with a character.
    owed: u64,
}

impl Utf8 {
    /// `None` where a piece is no text.
    #[inline(always)]
    fn step(&mut self, piece: &Piece, bytes: &[u8], from: usize) -> Option<()> {
        let (chunk, there) = (&piece.chunk, piece.there());
        let high = chunk.high() & there;
        if high | self.owed == 0 {
            return Some(());
        }
        let (two, three, four) =
            (chunk.at_least(0xc0) & there, chunk.at_least(0xe0) & there, chunk.at_least(0xf0) & there);
        let owed = two << 1 | three << 2 | four << 3 | self.owed;
        if owed & there != high & !two {
            return None;
        }
        self.owed = two >> 63 | three >> 62 | four >> 61 | owed & !there;
        // longer than need be, halves of a pair, beyond Unicode: told by two bytes
        let few = chunk.equal(0xc0) | chunk.equal(0xc1) | chunk.equal(0xe0) | chunk.equal(0xed);
        let mut few = (few | four) & there;
        while few != 0 {
            let at = from + few.trailing_zeros() as usize;
            few &= few - 1;
            match (bytes[at], *bytes.get(at + 1)?) {
                (0xe0, 0xa0..) | (0xed, ..=0x9f) | (0xf0, 0x90..) | (0xf1..=0xf3, _) | (0xf4, ..=0x8f) => {}
                _ => return None,
            }
        }
        Some(())
    }
}

/// Which bytes of a text in GBK or GB18030 are the second or fourth ones of a character.
///
/// Characters have one byte, two, or four; those of four are two pairs of a high byte and a digit.
#[derive(Default)]
pub(super) struct Wide {
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

#[cfg(test)]
mod tests {
    use encoding_rs::GB18030;
    use proptest::prelude::*;

    use super::*;
    use crate::source::csv::masks::Chunks;

    const PIECES: &[&[u8]] =
        &[b"a", b"0", b"|", b"\x81", b"\xfe", b"\xff", b"\x84\x31", b"\xc8\xcb", b"\x90\x30\x81\x30", b"\x81\x80"];

    fn is_text(bytes: &[u8], wide: bool) -> bool {
        let mut characters = Characters::new(wide);
        let all = Chunks::new(bytes).all(|piece| characters.seconds(&piece, bytes, piece.at).is_some());
        all && characters.may_end()
    }

    #[test]
    fn utf8_is_what_the_standard_library_says() {
        for first in 0x80..=0xff {
            for second in 0..=0xff {
                for rest in
                    [&b""[..], b"\x80", b"\xbf", b"\x80\x80", b"\xbf\xbf", b"\x80\x80\x80", b"a", b"\x80a", b"\xc3\xa9"]
                {
                    // over the border of two pieces, at the start and at the end
                    for before in [0, 60, 61, 62, 63] {
                        let bytes = [&vec![b'x'; before][..], &[first, second], rest].concat();
                        assert_eq!(is_text(&bytes, false), std::str::from_utf8(&bytes).is_ok(), "{bytes:x?}");
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn texts_are_texts(text in "[a户é𠀀\u{80}\u{ffff}\u{10ffff}\u{d7ff}\u{e000}丂]{0,120}", cut in any::<proptest::sample::Index>()) {
            prop_assert!(is_text(text.as_bytes(), false));
            let cut = cut.index(text.len() + 1);
            prop_assert_eq!(is_text(&text.as_bytes()[..cut], false), text.is_char_boundary(cut));
            let (wide, ..) = GB18030.encode(&text);
            prop_assert!(is_text(&wide, true));
        }

        #[test]
        fn what_is_taken_for_gb18030_is(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..90)) {
            let bytes = pieces.concat();
            let text = GB18030.decode_without_bom_handling_and_without_replacement(&bytes);
            let alone = text.as_deref().is_some_and(|text| text.contains('€'));
            prop_assert_eq!(is_text(&bytes, true) || alone, text.is_some());
        }
    }
}
