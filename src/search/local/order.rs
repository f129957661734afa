//! The order of numbers and dates, as their text tells it.

use std::cmp::Ordering;

use crate::table::{Domain, Hierarchy};

/// The codes of a column's values in ascending order, null first; `None` if they have no order by size.
///
/// All values must be numbers in plain decimal digits, or all dates `YYYY-MM-DD`; and level 0 must show them as
/// they are, without top or bottom coding, and know no values besides, since a range tells its ends and counts
/// the values between.
pub(super) fn of(domain: &Domain, hierarchy: &Hierarchy) -> Option<Vec<u32>> {
    let finest = hierarchy.levels.first()?;
    let shown = |(code, value): (usize, &Option<String>)| finest.labels[finest.label_of[code] as usize] == *value;
    if hierarchy.domain_size != domain.len() as u64 || !domain.values().iter().enumerate().all(shown) {
        return None;
    }
    let texts = || domain.values().iter().flatten();
    let mut codes: Vec<u32> = (0..domain.len() as u32).collect();
    if texts().all(|text| is_date(text)) {
        return Some(codes);
    }
    let numbers: Vec<Option<Number>> = domain.values().iter().map(|text| Number::read(text.as_deref()?)).collect();
    if texts().count() != numbers.iter().flatten().count() {
        return None;
    }
    codes.sort_by(|&a, &b| numbers[a as usize].cmp(&numbers[b as usize]));
    let distinct = codes.windows(2).all(|pair| numbers[pair[0] as usize] != numbers[pair[1] as usize]);
    distinct.then_some(codes)
}

fn is_date(text: &str) -> bool {
    let form = |(at, byte): (usize, u8)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() };
    text.len() == 10 && text.bytes().enumerate().all(form)
}

/// A number in decimal digits without needless zeros: compares as it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number<'a> {
    negative: bool,
    whole: &'a str,
    part: &'a str,
}

impl<'a> Number<'a> {
    pub fn read(text: &'a str) -> Option<Self> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() || !whole.bytes().chain(part.bytes()).all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let (whole, part) = (whole.trim_start_matches('0'), part.trim_end_matches('0'));
        Some(Self { negative: negative && !(whole.is_empty() && part.is_empty()), whole, part })
    }
}

impl Ord for Number<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let size = |a: &Self, b: &Self| {
            a.whole.len().cmp(&b.whole.len()).then_with(|| a.whole.cmp(b.whole)).then_with(|| a.part.cmp(b.part))
        };
        match (self.negative, other.negative) {
            (false, false) => size(self, other),
            (true, true) => size(other, self),
            (negative, _) => {
                if negative {
                    Ordering::Less
                } else {
                    Ordering::Greater
                }
            }
        }
    }
}

impl PartialOrd for Number<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::Number;

    #[test]
    fn numbers_are_in_order_by_size_exactly() {
        let ascending = [
            "-100",
            "-20.5",
            "-20.05",
            "-3",
            "-0.1",
            "0",
            "0.000001",
            "0.1",
            "0.10001",
            "9",
            "9.5",
            "10",
            "1000000000000000000000000000001",
            "1000000000000000000000000000002",
        ];
        for pair in ascending.windows(2) {
            assert!(Number::read(pair[0]) < Number::read(pair[1]), "{pair:?}");
        }
        assert_eq!(Number::read("-0.0"), Number::read("00"));
        for text in ["", "-", ".5", "1e5", "1,5", "x", "+3", "--1", "inf"] {
            assert_eq!(Number::read(text), None, "{text}");
        }
    }
}
