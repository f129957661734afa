//! [`Span`]: a label whose text tells which values it stands for.

/// What a label tells of itself, whatever hierarchy it is from.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Span {
    /// Numbers from `low` to `high`, the upper end with them or not.
    Numbers { low: f64, high: f64, closed: bool },
    /// Days from the first to the last.
    Days { low: String, high: String },
    /// Codes of so many signs that begin so.
    Prefix { begins: String, length: usize },
}

impl Span {
    /// Reads `[20, 30)`, `[20, 29]`, `<18`, `≥80`, `[1990-01-01, 1990-05-17]`, `1990-05`, `1990-Q2`, `1990-H1`, `1990`,
    /// `1990-1999`; and `1201**` where codes are cut.
    pub fn read(label: &str, prefixes: bool) -> Option<Self> {
        if let Some(inner) = label.strip_prefix('[') {
            let (inner, closed) = match inner.strip_suffix(']') {
                Some(inner) => (inner, true),
                None => (inner.strip_suffix(')')?, false),
            };
            let (low, high) = inner.split_once(", ")?;
            return match (number(low), number(high)) {
                (Some(low), Some(high)) => Some(Self::Numbers { low, high, closed }),
                _ => (closed && is_day(low) && is_day(high)).then(|| Self::Days { low: low.into(), high: high.into() }),
            };
        }
        if let Some(high) = label.strip_prefix('<') {
            return Some(Self::Numbers { low: f64::NEG_INFINITY, high: number(high)?, closed: false });
        }
        if let Some(low) = label.strip_prefix('≥') {
            return Some(Self::Numbers { low: number(low)?, high: f64::INFINITY, closed: true });
        }
        if prefixes {
            let begins = label.trim_end_matches('*');
            let cut = begins.len() < label.len();
            return cut.then(|| Self::Prefix { begins: begins.into(), length: label.chars().count() });
        }
        Self::period(label)
    }

    /// The days of a calendar period, as texts: no month has a day after the 31st.
    fn period(label: &str) -> Option<Self> {
        let days = |low: &str, high: &str| Some(Self::Days { low: format!("{low}-01"), high: format!("{high}-31") });
        let year = label.get(..4).filter(|year| year.bytes().all(|byte| byte.is_ascii_digit()))?;
        let months = |low: u32, high: u32| days(&format!("{year}-{low:02}"), &format!("{year}-{high:02}"));
        let part = |text: &str, most: u32| text.parse::<u32>().ok().filter(|part| (1..=most).contains(part));
        match &label.as_bytes()[4..] {
            [] => months(1, 12),
            [b'-', b'Q', _] => part(&label[6..], 4).and_then(|part| months(part * 3 - 2, part * 3)),
            [b'-', b'H', _] => part(&label[6..], 2).and_then(|part| months(part * 6 - 5, part * 6)),
            [b'-', a, b] if a.is_ascii_digit() && b.is_ascii_digit() => {
                part(&label[5..], 12).and_then(|part| months(part, part))
            }
            [b'-', last @ ..] if last.len() == 4 && last.iter().all(u8::is_ascii_digit) => {
                days(&format!("{year}-01"), &format!("{}-12", &label[5..]))
            }
            _ => None,
        }
    }

    /// Whether a value is of the kind that the span is about.
    pub fn speaks_of(&self, value: &str) -> bool {
        match self {
            Self::Numbers { .. } => number(value).is_some(),
            Self::Days { .. } => is_day(value),
            Self::Prefix { length, .. } => value.chars().count() == *length,
        }
    }

    pub fn holds(&self, value: &str) -> bool {
        match self {
            Self::Numbers { low, high, closed } => {
                number(value).is_some_and(|n| *low <= n && (n < *high || *closed && n == *high))
            }
            Self::Days { low, high } => is_day(value) && (low.as_str()..=high.as_str()).contains(&value),
            Self::Prefix { begins, .. } => self.speaks_of(value) && value.starts_with(begins.as_str()),
        }
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

/// `YYYY-MM-DD`: such texts are in the order of the days.
fn is_day(text: &str) -> bool {
    let form = |(at, byte): (usize, u8)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() };
    text.len() == 10 && text.bytes().enumerate().all(form)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_tell_their_values() {
        let holds = |label: &str, value: &str| Span::read(label, false).is_some_and(|span| span.holds(value));
        for (label, inside, outside) in [
            ("[20, 30)", "20", "30"),
            ("[20, 29]", "29", "29.5"),
            ("[-1.5, 2]", "-1.5", "-2"),
            ("<18", "17", "18"),
            ("≥80", "80", "79"),
            ("[1990-01-01, 1990-05-17]", "1990-05-17", "1990-05-18"),
            ("1990-05", "1990-05-31", "1990-06-01"),
            ("1990-Q2", "1990-04-01", "1990-07-01"),
            ("1990-H2", "1990-12-31", "1990-06-30"),
            ("1990", "1990-01-01", "1991-01-01"),
            ("1990-1999", "1999-12-31", "2000-01-01"),
        ] {
            assert!(holds(label, inside), "{label} {inside}");
            assert!(!holds(label, outside), "{label} {outside}");
        }
        let prefix = Span::read("12****", true).unwrap();
        assert!(prefix.holds("120101") && !prefix.holds("130101") && !prefix.holds("1201"));
        for label in ["young", "[a, b)", "[1, 2", "<x", "1990-Q5", "1990-13", "19年", "2024-0é", "", "*", "1201**"] {
            assert_eq!(Span::read(label, false), None, "{label}");
        }
        assert_eq!(Span::read("120101", true), None);
    }
}
