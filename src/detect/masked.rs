//! Identifiers of which a part is hidden: `120101********1235`, `138****8000`, `张*`.

use super::finding::Checked;
use super::kind::Kind;
use super::names::{is_han, surname};
use super::scan::{Hit, Run};

/// Looks for stars with something left beside them, and for rows of `x` inside digits.
pub(super) fn scan(text: &str, runs: &[Run], stars: bool, hits: &mut Vec<Hit>) {
    let push = |hits: &mut Vec<Hit>, start, end| {
        hits.push(Hit { kind: Kind::MaskedId, start, end, checked: Checked::None, weight: 92 });
    };
    for run in runs.iter().filter(|run| run.digits && run.letters && run.len() >= 7) {
        if crossed(run.of(text)) {
            push(hits, run.start, run.end);
        }
    }
    if !stars {
        return;
    }
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(star) = bytes[at..].iter().position(|b| *b == b'*').map(|found| at + found) {
        let count = bytes[star..].iter().take_while(|b| **b == b'*').count();
        let mut end = star + count;
        // more stars may follow a few characters later: 62**********12**
        loop {
            let visible = bytes[end..].iter().take_while(|b| b.is_ascii_alphanumeric()).count();
            let more = bytes[end + visible..].iter().take_while(|b| **b == b'*').count();
            end += visible;
            if more == 0 || visible == 0 {
                break;
            }
            end += more;
        }
        let before = bytes[..star].iter().rev().take_while(|b| b.is_ascii_alphanumeric() || **b == b'+').count();
        let start = star - before;
        let digits = bytes[start..end].iter().filter(|b| b.is_ascii_digit()).count();
        let mail = text[end..].starts_with('@') && before + count > 1;
        if mail {
            let domain =
                bytes[end + 1..].iter().take_while(|b| b.is_ascii_alphanumeric() || b".-*".contains(b)).count();
            if domain >= 3 {
                push(hits, start, end + 1 + domain);
                end += 1 + domain;
            }
        } else if count >= 2 && digits >= 2 && end - start >= 6 {
            push(hits, start, end);
        } else if before == 0 && count <= 2 {
            end = end.max(name(text, star, count, hits));
        }
        at = end.max(star + count);
    }
}

/// A surname, one or two stars, perhaps one more character; nothing of a name before the surname.
fn name(text: &str, star: usize, count: usize, hits: &mut Vec<Hit>) -> usize {
    let end = star + count;
    let mut start = star;
    let mut characters = 0;
    for (at, c) in text[..star].char_indices().rev() {
        if !is_han(c) {
            break;
        }
        start = at;
        characters += 1;
        if characters > 2 {
            return end;
        }
    }
    let after = text[end..].chars().next().filter(|c| is_han(*c));
    let next = after.map_or(end, |c| end + c.len_utf8());
    let longer = text[next..].chars().next().is_some_and(is_han);
    if characters > 0 && surname(&text[start..star]) == Some(star - start) && !longer {
        hits.push(Hit { kind: Kind::MaskedId, start, end: next, checked: Checked::None, weight: 92 });
        return next;
    }
    end
}

/// Digits, at least three `x`, digits or nothing.
fn crossed(run: &[u8]) -> bool {
    let left = run.iter().take_while(|b| b.is_ascii_digit()).count();
    let crosses = run[left..].iter().take_while(|b| matches!(b, b'x' | b'X')).count();
    let right = &run[left + crosses..];
    left >= 2
        && crosses >= 3
        && (right.iter().all(|b| b.is_ascii_digit() || matches!(b, b'x' | b'X')))
        && left + right.len() >= 4
}
