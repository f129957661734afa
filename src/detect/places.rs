//! Plates, addresses, officers' cards and coordinates inside a text.

use super::address;
use super::area::province;
use super::finding::Checked;
use super::han::HanSet;
use super::kind::Kind;
use super::names::is_han;
use super::scan::{Hit, Run};

/// What an address has in it.
static LIKELY: HanSet = HanSet::of(&["路街道号巷弄村里园苑楼室栋厦场同"]);
static PLATE_AREAS: HanSet = HanSet::of(&[PLATES]);
const PLATES: &str = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新";

/// Looks for what only texts with Han characters have.
pub(super) fn scan(text: &str, digits: bool, hits: &mut Vec<Hit>) {
    let mut span = None;
    let mut likely = false;
    let mut before = None;
    for (at, c) in text.char_indices() {
        if digits {
            plate_at(text, at, c, before, hits);
        }
        if c == '字' && text[at..].starts_with("字第") {
            officer_card(text, at, hits);
        }
        if address::is_inside(c) {
            span.get_or_insert(at);
            likely |= LIKELY.contains(c);
        } else if let Some(start) = span.take() {
            if likely {
                address_in(text, start, at, hits);
            }
            likely = false;
        }
        before = Some(c);
    }
    if let Some(start) = span.filter(|_| likely) {
        address_in(text, start, text.len(), hits);
    }
}

/// An address in a stretch of the text without punctuation; words such as 住址 before it are left out.
fn address_in(text: &str, start: usize, end: usize, hits: &mut Vec<Hit>) {
    const BEFORE: [&str; 10] = ["地址为", "地址是", "住址", "地址", "家住", "住在", "位于", "现住", "户籍", "送至"];
    let stretch = &text[start..end];
    if stretch.len() < 12 || stretch.len() > 600 {
        return;
    }
    let province_at = stretch.char_indices().map(|(at, _)| at).find(|at| province(&stretch[*at..]).is_some());
    let behind = || BEFORE.iter().filter_map(|word| Some(stretch.find(word)? + word.len())).max();
    let from = province_at.or_else(behind).unwrap_or(0);
    for from in [from, 0] {
        let parts = address::parts(&stretch[from..]);
        if parts.is_address() {
            let (start, end) = (start + from + parts.start, start + from + parts.end);
            hits.push(Hit { kind: Kind::Address, start, end, checked: Checked::None, weight: 52 });
            return;
        }
    }
}

/// A number plate that begins at the character.
///
/// # References
/// GA 36-2018; new-energy plates have one more place.
fn plate_at(text: &str, at: usize, c: char, before: Option<char>, hits: &mut Vec<Hit>) {
    let push = |hits: &mut Vec<Hit>, end: usize| {
        let after = text[end..].chars().next();
        if after.is_none_or(|c| !c.is_ascii_alphanumeric()) && before.is_none_or(|c| !c.is_ascii_alphanumeric()) {
            hits.push(Hit { kind: Kind::Plate, start: at, end, checked: Checked::None, weight: 87 });
        }
    };
    let rest = &text[at + c.len_utf8()..];
    let bytes = rest.as_bytes();
    let digits = |from: usize, count: usize| {
        bytes.len() >= from + count && bytes[from..from + count].iter().all(u8::is_ascii_digit)
    };
    if c == '使' && digits(0, 6) {
        return push(hits, at + c.len_utf8() + 6);
    }
    if c == 'W' && bytes.first() == Some(&b'J') {
        let area = rest[1..].chars().next().filter(|c| PLATE_AREAS.contains(*c)).map_or(0, char::len_utf8);
        if digits(1 + area, 4) && bytes.get(5 + area).is_some_and(|b| b.is_ascii_digit() || b"TDSHBX".contains(b)) {
            push(hits, at + 7 + area);
        }
        return;
    }
    let letter = |b: u8| matches!(b.to_ascii_uppercase(), b'A'..=b'H' | b'J'..=b'N' | b'P'..=b'Z');
    if PLATE_AREAS.contains(c) && bytes.first().is_some_and(|b| letter(*b)) {
        let mut from = 1;
        from += match rest[1..].chars().next() {
            Some(joint @ ('·' | ' ' | '-' | '.')) => joint.len_utf8(),
            _ => 0,
        };
        let good = |b: &u8| b.is_ascii_digit() || letter(*b);
        let row = bytes[from..].iter().take_while(|b| good(b)).count();
        let place = &bytes[from..from + row];
        let start = at + c.len_utf8() + from;
        match row {
            4 => {
                let last = rest[from + 4..].chars().next();
                if let Some(last) = last.filter(|c| "挂学警港澳试超领".contains(*c)) {
                    push(hits, start + 4 + last.len_utf8());
                }
            }
            5 => push(hits, start + 5),
            6 => {
                let energy = |b: u8| matches!(b.to_ascii_uppercase(), b'A'..=b'H' | b'J' | b'K');
                let small = energy(place[0]) && place[2..].iter().all(u8::is_ascii_digit);
                let large = energy(place[5]) && place[..5].iter().all(u8::is_ascii_digit);
                if small || large {
                    push(hits, start + 6);
                }
            }
            _ => {}
        }
    }
}

/// `南字第12345678号`: one or two Han characters, 字第, four to eight digits or letters.
fn officer_card(text: &str, at: usize, hits: &mut Vec<Hit>) {
    let from = at + "字第".len();
    let number = text[from..].bytes().take_while(u8::is_ascii_alphanumeric).count();
    let Some((start, _)) = text[..at].char_indices().rev().take(2).take_while(|(_, c)| is_han(*c)).last() else {
        return;
    };
    if (4..=8).contains(&number) {
        let end = from + number;
        let end = end + if text[end..].starts_with('号') { '号'.len_utf8() } else { 0 };
        hits.push(Hit { kind: Kind::OfficerCard, start, end, checked: Checked::None, weight: 89 });
    }
}

/// Two decimals with at least four places, a longitude and a latitude of China in either order.
///
/// Four places of a degree are about 11 m.
pub(super) fn coordinates(text: &str, runs: &[Run], hits: &mut Vec<Hit>) {
    let bytes = text.as_bytes();
    let decimal = |at: usize| {
        let [whole, fraction] = runs.get(at..at + 2)? else { return None };
        let good = !whole.letters && !fraction.letters && fraction.start == whole.end + 1 && bytes[whole.end] == b'.';
        let inside = whole.start >= 2 && bytes[whole.start - 1] == b'.' && bytes[whole.start - 2].is_ascii_digit();
        if !good || inside || !(1..=3).contains(&whole.len()) || fraction.len() < 4 {
            return None;
        }
        text[whole.start..fraction.end].parse::<f64>().ok().map(|value| (value, whole.start, fraction.end))
    };
    let mut at = 0;
    while at + 3 < runs.len() {
        let next = (at + 2..(at + 4).min(runs.len())).find_map(&decimal);
        if let (Some((a, start, a_end)), Some((b, b_start, end))) = (decimal(at), next) {
            let east = |value: f64| (73.0..136.0).contains(&value);
            let north = |value: f64| (3.0..54.0).contains(&value);
            let near = b_start - a_end <= 16 && !text[a_end..b_start].bytes().any(|b| b.is_ascii_digit());
            if near && (east(a) && north(b) || north(a) && east(b)) {
                hits.push(Hit { kind: Kind::Coordinates, start, end, checked: Checked::None, weight: 83 });
                at += 4;
                continue;
            }
        }
        at += 1;
    }
}
