//! Cells in GBK or GB18030, one by one: a decoder that starts anew for each is slow.

use std::sync::LazyLock;

use encoding_rs::GB18030;

/// First bytes of a character: 0x81 to 0xFE. 0x80 stands alone.
const FIRST: u8 = 0x81;
const FIRSTS: usize = 126;
/// Second bytes of a character of two: 0x40 to 0xFE without 0x7F; 0xFF stands here too.
const SECOND: u8 = 0x40;
const SECONDS: usize = 192;

/// What every character of two bytes is in UTF-8: up to three bytes, the first lowest, and above them how many; 0 is
/// none.
static PAIRS: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let pair = |at: usize| {
        let pair = [FIRST + (at / SECONDS) as u8, SECOND + (at % SECONDS) as u8];
        let text = GB18030.decode_without_bom_handling_and_without_replacement(&pair);
        text.map_or(0, |text| packed(text.as_bytes()))
    };
    (0..FIRSTS * SECONDS).map(pair).collect()
});

fn packed(text: &[u8]) -> u32 {
    let bytes = text.iter().rev().fold(0, |all, &byte| all << 8 | u32::from(byte));
    bytes | (text.len() as u32) << 24
}

/// Decodes cells.
pub(super) struct Decoder {
    pairs: &'static [u32],
}

impl Decoder {
    pub fn new() -> Self {
        Self { pairs: &PAIRS }
    }

    /// Adds a cell to a text in UTF-8.
    ///
    /// `None` where the bytes are no text: what was added then means nothing.
    #[inline]
    pub fn add(&self, cell: &[u8], text: &mut Vec<u8>) -> Option<()> {
        let mut rest = cell;
        loop {
            let ascii = rest.iter().position(|byte| !byte.is_ascii()).unwrap_or(rest.len());
            text.extend_from_slice(&rest[..ascii]);
            rest = &rest[ascii..];
            while let Some((&first, after)) = rest.split_first()
                && !first.is_ascii()
            {
                let Some((&second, after)) = after.split_first() else { return self.odd(rest, text).map(|_| ()) };
                let pair = match (first.checked_sub(FIRST), second.checked_sub(SECOND)) {
                    (Some(first), Some(second)) => usize::from(first) * SECONDS + usize::from(second),
                    _ => usize::MAX,
                };
                match self.pairs.get(pair) {
                    Some(&packed) if packed >> 24 == 3 => {
                        let [a, b, c, _] = packed.to_le_bytes();
                        text.extend_from_slice(&[a, b, c]);
                        rest = after;
                    }
                    Some(&packed) if packed >> 24 == 2 => {
                        let [a, b, ..] = packed.to_le_bytes();
                        text.extend_from_slice(&[a, b]);
                        rest = after;
                    }
                    _ => rest = &rest[self.odd(rest, text)?..],
                }
            }
            if rest.is_empty() {
                return Some(());
            }
        }
    }

    /// Adds a character of four bytes, or the one of one byte beyond ASCII; gives its length.
    #[cold]
    fn odd(&self, rest: &[u8], text: &mut Vec<u8>) -> Option<usize> {
        let length = if rest.first() == Some(&0x80) { 1 } else { 4 };
        let character = GB18030.decode_without_bom_handling_and_without_replacement(rest.get(..length)?)?;
        text.extend_from_slice(character.as_bytes());
        Some(length)
    }
}

/// Whether these are the second and following bytes of a character that begins with `first`: of two bytes, or of four.
pub(super) fn follows(first: u8, after: &[u8]) -> Follows {
    match (first, after) {
        (0x81..=0xfe, [0x40..=0x7e | 0x80..=0xfe, ..]) => Follows::Two,
        (0x81..=0xfe, [second @ 0x30..=0x39, third @ 0x81..=0xfe, fourth @ 0x30..=0x39, ..]) => {
            let digit = |byte: u8| u32::from(byte - 0x30);
            let high = |byte: u8| u32::from(byte - FIRST);
            let place = ((high(first) * 10 + digit(*second)) * 126 + high(*third)) * 10 + digit(*fourth);
            // the planes that Unicode has: the first, without what two bytes are for, and the others
            if matches!(place, 0..=39_419 | 189_000..=1_237_575) { Follows::Four } else { Follows::None }
        }
        _ => Follows::None,
    }
}

/// See [`follows`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Follows {
    None,
    Two,
    Four,
}

#[cfg(test)]
mod tests {
    use encoding_rs::GBK;

    use super::*;

    fn agree(bytes: &[u8]) {
        let text = GB18030.decode_without_bom_handling_and_without_replacement(bytes);
        assert_eq!(GBK.decode_without_bom_handling_and_without_replacement(bytes), text, "{bytes:x?}");
        let mut decoded = Vec::new();
        let done = Decoder::new().add(bytes, &mut decoded);
        assert_eq!(done.map(|()| &decoded[..]), text.as_deref().map(str::as_bytes), "{bytes:x?}");
        if let [first, after @ ..] = bytes
            && *first > 0x80
        {
            let length = match follows(*first, after) {
                Follows::None => 0,
                Follows::Two => 2,
                Follows::Four => 4,
            };
            let of_one = text.filter(|text| text.chars().count() == 1).map_or(0, |_| bytes.len());
            assert!(length == of_one || length > 0 && bytes.len() > length, "{bytes:x?}");
        }
    }

    #[test]
    fn one_and_two_bytes_are_decoded_as_the_encoding_says() {
        for first in 0..=255 {
            agree(&[first]);
            (0..=255).for_each(|second| agree(&[first, second]));
        }
    }

    /// All but those whose first three bytes tell that they are none, of which some; and a third of the rest.
    #[test]
    fn four_bytes_are_decoded_as_the_encoding_says() {
        for first in 0x81..=0xfe {
            for second in 0x30..=0x39 {
                for third in (0x81..=0xfe).filter(|third| third % 3 == first % 3 || first == 0x84 || first == 0xe3) {
                    for fourth in [0x2f, 0x30, 0x31, 0x35, 0x39, 0x3a] {
                        agree(&[first, second, third, fourth]);
                    }
                }
            }
        }
        for odd in [&[0x84, 0x31, 0x80, 0x30][..], &[0x84, 0x31, 0xff, 0x30], &[0x84, 0x31, 0xa4], &[0xff; 4]] {
            agree(odd);
        }
    }

    #[test]
    fn cells_of_many_characters_are_decoded_one_after_the_other() {
        for text in ["", "户号", "a户b号c", "€", "é", "㐂𠀀x", "喆堃镕", "\u{e7c7}ḿ", "x\u{feff}"] {
            let (bytes, _, unmapped) = GB18030.encode(text);
            assert!(!unmapped);
            agree(&bytes);
        }
        agree(b"\x80\x80x\x80");
        agree(b"\x81|\x81\"x");
    }
}
