//! One pass over a plain text that collects everything that looks like an identifier.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::detector::Detector;
use super::finding::{Checked, Whole};
use super::forms::{LONGEST, add_kinds, strongest};
use super::groups;
use super::kind::Kind;

/// Something found, with how strongly it is that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hit {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
    pub checked: Checked,
    pub weight: u8,
}

/// A maximal row of ASCII letters and digits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub start: usize,
    pub end: usize,
    pub digits: bool,
    pub letters: bool,
}

impl Run {
    pub fn len(self) -> usize {
        self.end - self.start
    }

    pub fn of(self, text: &str) -> &[u8] {
        &text.as_bytes()[self.start..self.end]
    }
}

/// Room that is used again from cell to cell.
#[derive(Debug, Clone, Default)]
pub(super) struct Scratch {
    pub hits: Vec<Hit>,
    pub runs: Vec<Run>,
}

/// What kinds of bytes a text has.
pub(super) struct Bytes(u16);

const DIGIT: u16 = 1;
const LETTER: u16 = 2;
const AT: u16 = 4;
const STAR: u16 = 8;
const HIGH: u16 = 16;
const COLON: u16 = 32;
const DOT: u16 = 64;
const JOINT: u16 = 128;
const OTHER: u16 = 256;

const CLASSES: [u16; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'0'..=b'9' => DIGIT,
            b'a'..=b'z' | b'A'..=b'Z' => LETTER,
            b'@' => AT,
            b'*' => STAR,
            b':' => COLON,
            b'.' => DOT,
            b' ' | b'-' | b'(' | b')' | b'+' => JOINT,
            128.. => HIGH,
            _ => OTHER,
        };
        byte += 1;
    }
    classes
};

impl Bytes {
    pub fn of(text: &str) -> Self {
        Self(text.bytes().fold(0, |all, byte| all | CLASSES[byte as usize]))
    }

    pub fn digits(&self) -> bool {
        self.0 & DIGIT != 0
    }

    pub fn only_digits(&self) -> bool {
        self.0 == DIGIT
    }

    pub fn only_alphanumeric(&self) -> bool {
        self.0 != 0 && self.0 & !(DIGIT | LETTER) == 0
    }

    pub fn ascii(&self) -> bool {
        self.0 & HIGH == 0
    }

    pub fn stars(&self) -> bool {
        self.0 & STAR != 0
    }

    pub fn dotted(&self) -> bool {
        self.0 & (DOT | COLON) != 0
    }

    /// Whether there can be no identifier in the text.
    pub fn nothing(&self) -> bool {
        self.0 & (DIGIT | AT | STAR | HIGH | COLON) == 0
    }

    fn has(&self, class: u16) -> bool {
        self.0 & class != 0
    }
}

/// Collects hits in the plain text; they may overlap.
pub(super) fn scan(detector: &Detector, text: &str, bytes: &Bytes, scratch: &mut Scratch) {
    let Scratch { hits, runs } = scratch;
    hits.clear();
    runs.clear();
    if bytes.nothing() {
        return;
    }
    collect_runs(text, runs);
    if bytes.digits() {
        for run in runs.iter() {
            if run.digits && run.len() >= 7 {
                single(detector, text, *run, hits);
            }
        }
        if bytes.has(JOINT | DOT) {
            groups::scan(detector, text, runs, hits);
        }
        if bytes.has(DOT) {
            ipv4(text, runs, hits);
            super::places::coordinates(text, runs, hits);
        }
    }
    if bytes.has(COLON) || bytes.has(JOINT) && bytes.has(DIGIT | LETTER) {
        mac(text, runs, hits);
    }
    if bytes.has(COLON) {
        ipv6(text, runs, hits);
    }
    if bytes.has(AT) {
        email(text, hits);
    }
    if bytes.has(STAR) || bytes.digits() && bytes.has(LETTER) {
        super::masked::scan(text, runs, bytes.has(STAR), hits);
    }
    if bytes.has(HIGH) {
        super::places::scan(text, bytes.digits(), hits);
    }
    if bytes.has(HIGH | LETTER) && text.len() >= 5 {
        super::context::scan(detector, text, runs, hits);
    }
}

fn collect_runs(text: &str, runs: &mut Vec<Run>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_alphanumeric() {
            at += 1;
            continue;
        }
        let start = at;
        let mut classes = 0;
        while at < bytes.len() && bytes[at].is_ascii_alphanumeric() {
            classes |= CLASSES[bytes[at] as usize];
            at += 1;
        }
        runs.push(Run { start, end: at, digits: classes & DIGIT != 0, letters: classes & LETTER != 0 });
    }
}

/// Whether the run is part of a decimal number: `5.13800138000`, `13800138000.5`. A fraction of zeros only is the mark
/// of an identifier that went through a float, and not a decimal.
pub(super) fn in_decimal(text: &str, run: Run) -> bool {
    let bytes = text.as_bytes();
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    if run.start > 0 && bytes[run.start - 1] == b'.' && digit(run.start.checked_sub(2)) {
        return true;
    }
    if bytes.get(run.end) != Some(&b'.') || !digit(Some(run.end + 1)) {
        return false;
    }
    let fraction = bytes[run.end + 1..].iter().take_while(|b| b.is_ascii_digit());
    fraction.clone().any(|b| *b != b'0') || fraction.count() > 2
}

/// Judges a run of the text by itself.
fn single(detector: &Detector, text: &str, run: Run, hits: &mut Vec<Hit>) {
    if !run.letters && in_decimal(text, run) {
        return;
    }
    let whole_run = run.of(text);
    if run.len() <= LONGEST {
        if let Some(hit) = judge(detector, whole_run, run.start) {
            hits.push(hit);
            return;
        }
    } else if !run.letters || run.len() <= 40 {
        glued(detector, whole_run, run.start, hits);
    }
    if run.letters {
        behind_letters(detector, text, run, hits);
    }
}

/// The strongest kind of a piece that starts at `start` of the text.
pub(super) fn judge(detector: &Detector, piece: &[u8], start: usize) -> Option<Hit> {
    let mut capitals = [0; LONGEST];
    let capitals = capitals.get_mut(..piece.len())?;
    capitals.copy_from_slice(piece);
    capitals.make_ascii_uppercase();
    let mut whole = Whole::default();
    add_kinds(capitals, detector.today, &mut whole);
    let (kind, checked, weight) = strongest(&whole, capitals)?;
    Some(Hit { kind, start, end: start + piece.len(), checked, weight })
}

/// Two identifiers without anything between them: both must be sure.
fn glued(detector: &Detector, run: &[u8], start: usize, hits: &mut Vec<Hit>) {
    if !matches!(run.len(), 22 | 29 | 36) {
        return;
    }
    for first in [11, 18] {
        let (left, right) = run.split_at(first);
        if !matches!(right.len(), 11 | 18) {
            continue;
        }
        let sure = |hit: &Hit| hit.kind == Kind::Mobile || hit.checked == Checked::Passed;
        let both = (judge(detector, left, start).filter(sure), judge(detector, right, start + first).filter(sure));
        if let (Some(left), Some(right)) = both {
            hits.extend([left, right]);
            return;
        }
    }
}

/// A number glued to a word: `tel13800138000`, `ID120101199003071235`.
fn behind_letters(detector: &Detector, text: &str, run: Run, hits: &mut Vec<Hit>) {
    const WORDS: [&[u8]; 18] = [
        b"tel", b"phone", b"mobile", b"cell", b"id", b"sfz", b"sfzh", b"idcard", b"sj", b"sjh", b"dh", b"no", b"card",
        b"qq", b"wx", b"fax", b"t", b"m",
    ];
    let bytes = run.of(text);
    let letters = bytes.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    if letters == 0 || letters > 6 || !matches!(bytes.len() - letters, 11 | 15..=19) {
        return;
    }
    if WORDS.iter().any(|word| word.eq_ignore_ascii_case(&bytes[..letters])) {
        hits.extend(judge(detector, &bytes[letters..], run.start + letters));
    }
}

fn ipv4(text: &str, runs: &[Run], hits: &mut Vec<Hit>) {
    let bytes = text.as_bytes();
    let joined = |a: &Run, b: &Run| b.start == a.end + 1 && bytes[a.end] == b'.';
    for (at, four) in runs.windows(4).enumerate() {
        if !four.iter().all(|run| !run.letters && run.len() <= 3)
            || !four.windows(2).all(|two| joined(&two[0], &two[1]))
        {
            continue;
        }
        let more =
            at > 0 && joined(&runs[at - 1], &four[0]) || runs.get(at + 4).is_some_and(|next| joined(&four[3], next));
        let (start, end) = (four[0].start, four[3].end);
        let versioned = start > 0 && bytes[start - 1].is_ascii_alphabetic();
        // four single digits are a version more often than an address
        let small = four.iter().all(|run| run.len() == 1);
        if !more && !versioned && !small && text[start..end].parse::<Ipv4Addr>().is_ok() {
            hits.push(Hit { kind: Kind::Ip, start, end, checked: Checked::None, weight: 82 });
        }
    }
}

fn ipv6(text: &str, runs: &[Run], hits: &mut Vec<Hit>) {
    let bytes = text.as_bytes();
    let part = |b: &u8| b.is_ascii_hexdigit() || matches!(b, b':' | b'.');
    let mut done = 0;
    for run in runs {
        if run.start < done || bytes.get(run.end) != Some(&b':') && (run.start == 0 || bytes[run.start - 1] != b':') {
            continue;
        }
        let before = bytes[done..run.start].iter().rev().take_while(|b| **b == b':').count();
        let start = run.start - before;
        let length = bytes[start..].iter().take_while(|b| part(b)).count();
        let cell = text[start..start + length].trim_end_matches('.');
        done = start + cell.len();
        let alone = bytes.get(done).is_none_or(|b| !b.is_ascii_alphanumeric());
        let full = cell.matches(':').count() >= 3 || cell.contains("::");
        let digits = cell.bytes().any(|b| b.is_ascii_digit());
        if alone && full && digits && cell.len() >= 6 && cell.parse::<Ipv6Addr>().is_ok() {
            hits.push(Hit { kind: Kind::Ip, start, end: done, checked: Checked::None, weight: 84 });
        }
        done = done.max(run.end);
    }
}

/// Six pairs of hexadecimal digits, all with `:` or all with `-` between them.
fn mac(text: &str, runs: &[Run], hits: &mut Vec<Hit>) {
    let bytes = text.as_bytes();
    let hex = |run: &Run| run.len() == 2 && run.of(text).iter().all(u8::is_ascii_hexdigit);
    for (at, six) in runs.windows(6).enumerate() {
        if !hex(&six[0]) || !hex(&six[5]) {
            continue;
        }
        let between = bytes[six[0].end];
        let joined = |a: &Run, b: &Run| b.start == a.end + 1 && bytes[a.end] == between;
        let more =
            at > 0 && joined(&runs[at - 1], &six[0]) || runs.get(at + 6).is_some_and(|next| joined(&six[5], next));
        let all = six.iter().all(hex) && six.windows(2).all(|two| joined(&two[0], &two[1]));
        if matches!(between, b':' | b'-') && all && !more {
            let (start, end) = (six[0].start, six[5].end);
            hits.push(Hit { kind: Kind::Mac, start, end, checked: Checked::None, weight: 88 });
        }
    }
}

fn email(text: &str, hits: &mut Vec<Hit>) {
    let bytes = text.as_bytes();
    for (at, _) in text.match_indices('@') {
        let local = bytes[..at].iter().rev().take_while(|b| b.is_ascii_alphanumeric() || b"._%+-".contains(b)).count();
        let start =
            at - local + bytes[at - local..at].iter().take_while(|b| !b.is_ascii_alphanumeric() && **b != b'_').count();
        let domain: usize = text[at + 1..]
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-') || !c.is_ascii() && c.is_alphabetic())
            .map(char::len_utf8)
            .sum();
        let domain = email_domain(&text[at + 1..at + 1 + domain]);
        if start < at && domain > 0 {
            hits.push(Hit { kind: Kind::Email, start, end: at + 1 + domain, checked: Checked::None, weight: 97 });
        }
    }
}

/// How many bytes of the text are a domain with a top level of at least two letters. Han characters count only in
/// domains that end in them: a sentence may go on behind `a@b.com`.
fn email_domain(text: &str) -> usize {
    let ascii = text.bytes().take_while(u8::is_ascii).count();
    let plain = text[..ascii].trim_end_matches(['.', '-']);
    let top = plain.rsplit('.').next().unwrap_or_default();
    if plain.contains('.') && top.len() >= 2 && top.bytes().all(|b| b.is_ascii_alphabetic()) {
        return plain.len();
    }
    let labels = text.trim_end_matches(['.', '-']);
    let top = labels.rsplit('.').next().unwrap_or_default();
    let good = labels.contains('.') && !labels.starts_with('.') && (2..=10).contains(&top.chars().count());
    if good && !top.is_ascii() { labels.len() } else { 0 }
}

/// Keeps the strongest of overlapping hits, longer ones first among equals, in the order of the text.
pub(super) fn resolve(hits: &mut Vec<Hit>) {
    if hits.len() > 1 {
        hits.sort_by_key(|hit| (std::cmp::Reverse((hit.weight, hit.end - hit.start)), hit.start));
        let mut kept: Vec<Hit> = Vec::with_capacity(hits.len());
        for hit in hits.iter() {
            if kept.iter().all(|other| hit.end <= other.start || other.end <= hit.start) {
                kept.push(*hit);
            }
        }
        kept.sort_by_key(|hit| hit.start);
        *hits = kept;
    }
}
