//! The pieces of a text that may be an identifier.

use super::identifiers::forms;
use crate::detect::{Kind, canonical};

/// Runs of letters and digits that one number may be cut into: `6222 0210 0112 3456 789`.
const GROUPS: usize = 6;
/// Longer pieces are no numbers of people.
const LONGEST: usize = 40;

/// The cell as one piece.
pub(super) fn whole(cell: &str, probe: &mut dyn FnMut(&str)) {
    // a number, as most cells are, has one form
    if !cell.is_empty() && cell.len() < 11 && cell.bytes().all(|sign| sign.is_ascii_digit()) {
        return probe(cell);
    }
    forms(cell, probe);
}

/// The cell itself and every piece of it: runs of ASCII letters and digits, alone and joined with those behind a single
/// separator; digits within such a run; Han runs of the lengths asked for (bit n of `han`); mail addresses; and the
/// sentences between punctuation.
pub(super) fn each(cell: &str, han: u16, probe: &mut dyn FnMut(&str)) {
    whole(cell, probe);
    if simple(cell) {
        return;
    }
    let plain = if cell.is_ascii() { None } else { canonical(Kind::FreeText, cell) };
    let text = plain.as_deref().unwrap_or(cell);
    runs(text, probe);
    hans(text, han, probe);
    let ends = |c: char| c.is_whitespace() || "，。；、！？,;!?|\"“”{}【】".contains(c);
    for sentence in text.split(ends).filter(|sentence| !sentence.is_ascii()) {
        // what stands before a colon is a label
        let behind = sentence.rsplit_once([':', '：']).map(|(_, behind)| behind);
        let inner = |part: &&str| part.len() < text.len() && part.chars().nth(2).is_some();
        std::iter::once(sentence).chain(behind).filter(inner).for_each(|part| forms(part, probe));
    }
    if text.contains('@') {
        let outside = |c: char| !(c.is_ascii_alphanumeric() || "._%+-@".contains(c));
        text.split(outside).filter(|mail| mail.contains('@')).for_each(|mail| forms(mail, probe));
    }
}

/// Nothing but letters or nothing but digits: the cell has no pieces.
fn simple(cell: &str) -> bool {
    cell.bytes().all(|sign| sign.is_ascii_digit()) || cell.bytes().all(|sign| sign.is_ascii_alphabetic())
}

fn runs(text: &str, probe: &mut dyn FnMut(&str)) {
    let bytes = text.as_bytes();
    let mut found: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let length = bytes[at..].iter().take_while(|sign| sign.is_ascii_alphanumeric()).count();
        if length > 0 {
            found.push((at, at + length));
        }
        at += length.max(1);
    }
    let single = |a: (usize, usize), b: (usize, usize)| b.0 == a.1 + 1 && b"-. _/()".contains(&bytes[a.1]);
    for first in 0..found.len() {
        let (start, mut end) = found[first];
        for last in first..found.len().min(first + GROUPS) {
            if last > first && !single(found[last - 1], found[last]) {
                break;
            }
            end = end.max(found[last].1);
            if end - start > LONGEST {
                break;
            }
            // the whole text was looked at before
            if end - start >= 6 && end - start < text.len() {
                forms(&text[start..end], probe);
            }
        }
        let run = &text[found[first].0..found[first].1];
        let digits = run.split(|c: char| !c.is_ascii_digit()).filter(|digits| digits.len() >= 6);
        digits
            .filter(|digits| digits.len() < run.len() && run.len() <= LONGEST)
            .for_each(|digits| forms(digits, probe));
    }
}

/// Windows of three or more: names of two characters stand in any text.
fn hans(text: &str, lengths: u16, probe: &mut dyn FnMut(&str)) {
    if lengths >> 3 == 0 || text.is_ascii() {
        return;
    }
    let places: Vec<(usize, char)> = text.char_indices().collect();
    let end_of = |at: usize| places.get(at).map_or(text.len(), |place| place.0);
    let mut start = 0;
    while start < places.len() {
        let length = places[start..].iter().take_while(|(_, c)| is_han(*c)).count();
        for size in (3..16).filter(|size| lengths >> size & 1 == 1 && *size <= length && *size < places.len()) {
            for at in start..=start + length - size {
                probe(&text[end_of(at)..end_of(at + size)]);
            }
        }
        start += length.max(1);
    }
}

pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}')
}
