//! Text brought to plain characters, with the way back to the places of the original.

use std::borrow::Cow;

/// A text in plain characters: full-width forms are ASCII, every kind of space is a blank, every kind of dash a `-`,
/// every middle dot a `·`; invisible characters are gone; case is kept.
#[derive(Debug)]
pub(super) struct Plain<'t> {
    pub text: Cow<'t, str>,
    /// Where the text is not simply the original: ascending by `out`.
    pieces: Vec<Piece>,
}

/// From `out` on, the text comes from `start` of the original: byte by byte, or as one unit that ends at `end`.
#[derive(Debug, Clone, Copy)]
struct Piece {
    out: usize,
    start: usize,
    end: Option<usize>,
}

/// What a character becomes.
enum Fold {
    Same,
    To(char),
    Gone,
}

fn fold(c: char) -> Fold {
    match c {
        '\u{ff01}'..='\u{ff5e}' => Fold::To(char::from_u32(c as u32 - 0xfee0).unwrap_or(c)),
        '\u{3000}' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' => Fold::To(' '),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => Fold::To('-'),
        '\u{30fb}' | '\u{2022}' | '\u{2027}' | '\u{22c5}' | '\u{ff65}' => Fold::To('·'),
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '\u{202a}'..='\u{202e}' => Fold::Gone,
        _ => Fold::Same,
    }
}

/// Whether the text has a byte that starts a character which [`fold`] may change.
fn may_fold(bytes: &[u8]) -> bool {
    bytes.windows(2).any(|pair| {
        matches!(pair, [0xef, 0xbb..=0xbe] | [0xe2, 0x80..=0x81 | 0x88 | 0x8b] | [0xc2, _] | [0xe3, 0x80 | 0x83])
            || pair[0] == 0xef && pair[1] == 0xb9
    })
}

impl<'t> Plain<'t> {
    /// Folds characters only.
    pub fn folded(text: &'t str) -> Self {
        if text.is_ascii() || !may_fold(text.as_bytes()) {
            return Self { text: Cow::Borrowed(text), pieces: Vec::new() };
        }
        Self::rewritten(text, false)
    }

    /// Folds characters and undoes the escapes of JSON strings (`\u5f20`, `\n`) and of URLs (`%E5%BC%A0`).
    pub fn decoded(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        if bytes.contains(&b'\\') || bytes.contains(&b'%') {
            return Self::rewritten(text, true);
        }
        Self::folded(text)
    }

    fn rewritten(text: &'t str, decode: bool) -> Self {
        let mut out = String::with_capacity(text.len());
        let mut pieces = Vec::new();
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            let escaped = match c {
                '\\' if decode => json_escape(&text[at..]),
                '%' if decode => percent_escape(&text[at..]),
                _ => None,
            };
            let (c, length) = escaped.unwrap_or((c, c.len_utf8()));
            let end = at + length;
            let written = match fold(c) {
                Fold::Same => Some(c),
                Fold::To(other) => Some(other),
                Fold::Gone => None,
            };
            if written != Some(c) || escaped.is_some() {
                pieces.push(Piece { out: out.len(), start: at, end: Some(end) });
                out.extend(written);
                pieces.push(Piece { out: out.len(), start: end, end: None });
            } else {
                out.push(c);
            }
            at = end;
        }
        Self { text: Cow::Owned(out), pieces }
    }

    /// The place in the original where the range of the plain text begins and ends.
    pub fn original(&self, start: usize, end: usize) -> (usize, usize) {
        let piece = |out: usize| self.pieces[..self.pieces.partition_point(|piece| piece.out <= out)].last();
        let from = piece(start).map_or(start, |piece| match piece.end {
            Some(_) => piece.start,
            None => piece.start + (start - piece.out),
        });
        let last = end.saturating_sub(1).max(start);
        let to = piece(last).map_or(end, |piece| piece.end.unwrap_or(piece.start + (end - piece.out)));
        (from, to)
    }
}

/// The character of a JSON escape at the start of the text, and its length in bytes. Takes any number of backslashes
/// before a `u`: JSON inside JSON escapes twice.
fn json_escape(text: &str) -> Option<(char, usize)> {
    let slashes = text.bytes().take_while(|&b| b == b'\\').count();
    let rest = &text[slashes..];
    match rest.bytes().next()? {
        b'u' => {
            let unit = |at: usize| {
                let digits = rest.get(at..at + 4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
                u32::from_str_radix(digits, 16).ok()
            };
            let high = unit(1)?;
            if !(0xd800..0xdc00).contains(&high) {
                return Some((char::from_u32(high)?, slashes + 5));
            }
            let gap = rest.get(5..)?.bytes().take_while(|&b| b == b'\\').count();
            let low = rest.get(5 + gap..)?.strip_prefix('u').and_then(|_| unit(6 + gap))?;
            let c = char::from_u32(0x10000 + ((high - 0xd800) << 10) + low.wrapping_sub(0xdc00))?;
            Some((c, slashes + 10 + gap))
        }
        b'n' | b't' | b'r' => Some((' ', slashes + 1)),
        b'"' => Some(('"', slashes + 1)),
        b'/' => Some(('/', slashes + 1)),
        _ => None,
    }
}

/// The character of a percent escape at the start of the text, and its length in bytes.
fn percent_escape(text: &str) -> Option<(char, usize)> {
    let mut bytes = [0; 4];
    let mut length = 0;
    let mut wanted = 1;
    while length < wanted {
        let digits = text.get(3 * length..3 * length + 3)?.strip_prefix('%')?;
        bytes[length] = u8::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))?;
        if length == 0 {
            wanted = match bytes[0] {
                0x20..0x7f => 1,
                0xc2..=0xdf => 2,
                0xe0..=0xef => 3,
                0xf0..=0xf4 => 4,
                _ => return None,
            };
        }
        length += 1;
    }
    let c = str::from_utf8(&bytes[..length]).ok()?.chars().next()?;
    Some((c, 3 * length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_become_plain_and_places_lead_back() {
        let text = "电话１３８—００１３ 8000\u{200b}，";
        let plain = Plain::folded(text);
        assert_eq!(plain.text, "电话138-0013 8000,");
        let start = plain.text.find('1').unwrap();
        let (from, to) = plain.original(start, start + 13);
        assert_eq!(&text[from..to], "１３８—００１３ 8000");
    }

    #[test]
    fn escapes_of_json_and_urls_are_undone() {
        for (text, wanted) in [
            (r#"{"a":"\u5f20\u4f1f"}"#, "{\"a\":\"张伟\"}"),
            (r#""\\u5f20\u0031\ud83d\ude00x""#, "\"张1😀x\""),
            ("q=%E5%BC%A0&t=%2B86", "q=张&t=+86"),
            ("100% of %zz %", "100% of %zz %"),
            (r"C:\users\u12", r"C:\users\u12"),
        ] {
            assert_eq!(Plain::decoded(text).text, wanted);
        }
        let text = r#"{"tel":"\u0031\u0033800138000"}"#;
        let plain = Plain::decoded(text);
        let start = plain.text.find('1').unwrap();
        let (from, to) = plain.original(start, start + 11);
        assert_eq!(&text[from..to], r"\u0031\u0033800138000");
    }
}
