//! Numbers written in groups: `138 0013 8000`, `(022) 2300-0000`, `6222 0210 0112 3456 789`.

use super::detector::Detector;
use super::finding::{Checked, Whole};
use super::forms::{LONGEST, add_kinds, strength, without_country_code};
use super::kind::Kind;
use super::scan::{Hit, Run};

const MOST: usize = 7;

/// Looks for identifiers in rows of at most seven groups with blanks, dashes, dots or brackets between them.
pub(super) fn scan(detector: &Detector, text: &str, runs: &[Run], hits: &mut Vec<Hit>) {
    let singles = hits.len();
    let taken =
        |run: &Run, hits: &[Hit]| hits[..singles].iter().any(|hit| hit.start <= run.start && run.end <= hit.end);
    let mut first = 0;
    while first < runs.len() {
        let mut last = first;
        while last + 1 < runs.len() && joined(text, &runs[last], &runs[last + 1]) {
            last += 1;
        }
        let row = &runs[first..=last];
        let plus = plus_before(text, row[0].start);
        if (row.len() > 1 || plus) && row.iter().any(|run| run.digits) {
            let mut from = 0;
            while from < row.len() {
                let longest = (from + MOST).min(row.len());
                // a single group counts only behind a plus sign: others were judged already
                let fewest = if plus && from == 0 { from + 1 } else { from + 2 };
                let found = (fewest..=longest).rev().find_map(|to| {
                    let part = &row[from..to];
                    let free = part.len() == 1 || !part.iter().any(|run| taken(run, hits));
                    let hit = if free { judge(detector, text, part) } else { None };
                    hit.map(|hit| (to, hit))
                });
                match found {
                    Some((to, hit)) => {
                        hits.push(hit);
                        from = to;
                    }
                    None => from += 1,
                }
            }
        }
        first = last + 1;
    }
}

fn plus_before(text: &str, start: usize) -> bool {
    start > 0 && text.as_bytes()[start - 1] == b'+'
}

/// Whether at most three blanks, dashes, dots and brackets stand between two runs.
fn joined(text: &str, a: &Run, b: &Run) -> bool {
    let between = &text.as_bytes()[a.end..b.start];
    between.len() <= 3
        && between.iter().all(|c| matches!(c, b' ' | b'-' | b'.' | b'(' | b')'))
        && (a.digits || b.digits)
}

/// Judges groups that belong together. The sizes of the groups must be those that people write.
fn judge(detector: &Detector, text: &str, groups: &[Run]) -> Option<Hit> {
    let mut compact = [0; 2 * LONGEST];
    let mut length = 0;
    let mut sizes = [0_u8; MOST];
    for (group, size) in groups.iter().zip(&mut sizes) {
        let bytes = group.of(text);
        compact.get_mut(length..length + bytes.len())?.copy_from_slice(bytes);
        length += bytes.len();
        *size = bytes.len() as u8;
    }
    // the shortest are an organisation code and a Hong Kong identity card, both with one character at the end
    if length < 10 && sizes[groups.len() - 1] != 1 || length < 8 {
        return None;
    }
    let compact = &mut compact[..length];
    compact.make_ascii_uppercase();
    let sizes = &sizes[..groups.len()];
    let (first, last) = (groups.first()?, groups.last()?);
    let plus = plus_before(text, first.start);
    let start = first.start - usize::from(plus);
    let bracket = first.start > 0 && text.as_bytes()[first.start - 1] == b'(';
    let hit = |kind, checked, weight, start| Some(Hit { kind, start, end: last.end, checked, weight });

    if compact.iter().all(u8::is_ascii_digit)
        && let Some((code, checked)) = phone(text, compact, groups, sizes, plus)
    {
        let start = if bracket && text[first.end..].starts_with(')') { start - 1 } else { start };
        return hit(code, checked, if code == Kind::Mobile { 86 } else { 63 }, start);
    }
    if groups.len() < 2 || length > LONGEST {
        return None;
    }
    let mut whole = Whole::default();
    add_kinds(compact, detector.today, &mut whole);
    let usual = |kind: Kind, checked: Checked| {
        let right = checked == Checked::Passed;
        match kind {
            Kind::ResidentId18 | Kind::ResidencePermit | Kind::ForeignerCard => {
                matches!(sizes, [6, 8, 4] | [6, 4, 4, 4] | [6, 4, 2, 2, 4] | [6, 8, 3, 1])
                    || right
                        && (matches!(
                            sizes,
                            [3, 3, 4, 4, 4]
                                | [4, 4, 4, 4, 2]
                                | [6, 6, 6]
                                | [6, 12]
                                | [14, 4]
                                | [10, 8]
                                | [17, 1]
                                | [3, 3, 8, 4]
                                | [8, 4, 4, 2]
                                | [9, 9]
                        ))
            }
            Kind::ResidentId15 => matches!(sizes, [6, 6, 3]),
            Kind::Uscc => {
                right && matches!(sizes, [8, 10] | [8, 9, 1] | [4, 4, 4, 4, 2] | [2, 6, 9, 1] | [2, 6, 10] | [6, 12])
            }
            Kind::BankCard => {
                right
                    && (sizes.iter().rev().skip(1).all(|size| *size == 4) && sizes.len() >= 4
                        || matches!(sizes, [6, 10..=13] | [8, 8 | 11] | [4, 6, 5]))
            }
            Kind::OrganisationCode => right && matches!(sizes, [8, 1]) && text[groups[0].end..].starts_with('-'),
            Kind::HkId => right && matches!(sizes, [7 | 8, 1]) && text[groups[0].end..].starts_with('('),
            Kind::Imei => right && matches!(sizes, [6, 2, 6, 1] | [2, 6, 6, 1]),
            _ => false,
        }
    };
    let grouped = |kind, checked, run: &[u8]| match kind {
        Kind::OrganisationCode | Kind::HkId => Some(68),
        _ => strength(kind, checked, run),
    };
    let best = whole
        .iter()
        .filter(|(kind, checked)| usual(*kind, *checked))
        .filter_map(|(kind, checked)| Some((kind, checked, grouped(kind, checked, compact)?)))
        .max_by_key(|(_, _, weight)| *weight);
    let (kind, checked, weight) = best?;
    let closing = usize::from(kind == Kind::HkId && text[last.end..].starts_with(')'));
    Some(Hit { kind, start, end: last.end + closing, checked, weight: weight + 1 })
}

/// Whether digits in groups are a phone number.
fn phone(text: &str, digits: &[u8], groups: &[Run], sizes: &[u8], plus: bool) -> Option<(Kind, Checked)> {
    let country =
        plus && digits.starts_with(b"86") || sizes.len() > 1 && matches!(sizes[0], 2) && digits.starts_with(b"86");
    let long_country = digits.starts_with(b"0086");
    let skip = if long_country {
        4
    } else if country {
        2
    } else {
        0
    };
    let rest_sizes = match sizes {
        [first, rest @ ..] if skip > 0 && usize::from(*first) == skip => rest,
        other => other,
    };
    let national = &digits[skip..];
    let mobile_sizes = matches!(
        rest_sizes,
        [11 | 13 | 15] | [3, 4, 4] | [3, 8] | [7, 4] | [4, 4, 3] | [3, 3, 5] | [5, 6] | [4, 3, 4] | [3, 2, 3, 3]
    );
    if mobile_sizes && national.len() == 11 && without_country_code(national).is_some() {
        return Some((Kind::Mobile, Checked::None));
    }
    // dots are for mobile numbers only: others could be versions
    let dotted = groups.windows(2).any(|two| text[two[0].end..two[1].start].contains('.'));
    if dotted {
        return None;
    }
    let mut number = [b'0'; 24];
    let zero = usize::from(skip > 0 && !national.starts_with(b"0"));
    number.get_mut(zero..zero + national.len())?.copy_from_slice(national);
    let number = &number[..zero + national.len()];
    let landline = |digits: &[u8]| (10..=12).contains(&digits.len()) && super::area::is_landline(digits);
    let usual = matches!(rest_sizes, [2..=4, 7 | 8] | [2..=4, 3 | 4, 4] | [10..=12]);
    if usual && (skip > 0 || sizes.len() > 1) && landline(number) {
        return Some((Kind::Landline, Checked::None));
    }
    // with an extension behind it
    let (extension, body) = rest_sizes.split_last()?;
    let with_extension = matches!(body, [3..=4, 7 | 8] | [3..=4, 3 | 4, 4] | [11..=12]) && (1..=6).contains(extension);
    let end = number.len().checked_sub(usize::from(*extension))?;
    let dash = groups.len() >= 2 && text[groups[groups.len() - 2].end..].starts_with('-');
    (with_extension && dash && landline(&number[..end])).then_some((Kind::Landline, Checked::None))
}
