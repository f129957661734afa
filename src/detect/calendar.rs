//! Dates as identifiers and columns write them.

use chrono::NaiveDate;

/// The number that decimal digits write; `None` for other characters and more than 9 digits.
pub(super) fn number(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || digits.len() > 9 {
        return None;
    }
    digits.iter().try_fold(0, |sum, d| d.is_ascii_digit().then(|| sum * 10 + u32::from(d - b'0')))
}

/// The date of `YYYYMMDD`, from 1800 to 2199.
pub(super) fn compact(digits: &[u8]) -> Option<NaiveDate> {
    if digits.len() != 8 {
        return None;
    }
    let value = number(digits)?;
    let year = value / 10_000;
    if !(1800..2200).contains(&year) {
        return None;
    }
    NaiveDate::from_ymd_opt(year as i32, value / 100 % 100, value % 100)
}

/// Whether the digits are `hhmm`, `hhmmss` or `hhmmss` and milliseconds.
pub(super) fn is_time(digits: &[u8]) -> bool {
    let part = |at: usize, below: u32| digits.get(at..at + 2).and_then(number).is_some_and(|n| n < below);
    match digits.len() {
        4 => part(0, 24) && part(2, 60),
        6 | 9 => part(0, 24) && part(2, 60) && part(4, 60) && digits[6..].iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// What a cell with a date in it writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// A day, or a month.
    Date(NaiveDate),
    DateTime(NaiveDate),
}

/// Reads `2024-3-5`, `2024/03/05`, `2024.03.05`, `2024年3月5日`, `2024-03`, each also with a time behind it, and
/// `05/03/2024`. The text is plain and trimmed.
pub(super) fn written(text: &str) -> Option<Written> {
    let bytes = text.as_bytes();
    let digits =
        |from: usize| bytes.get(from..).map_or(0, |rest| rest.iter().take_while(|b| b.is_ascii_digit()).count());
    let first = digits(0);
    if first == 4 {
        let year = number(&bytes[..4])? as i32;
        let (separator, mut at) = separator(&text[4..])?;
        at += 4;
        let month_digits = digits(at);
        let month = number(bytes.get(at..at + month_digits)?).filter(|_| month_digits <= 2)?;
        at += month_digits;
        let rest = &text[at..];
        let rest = match separator {
            '年' => rest.strip_prefix('月')?,
            other => rest.strip_prefix(other).unwrap_or(rest),
        };
        at = text.len() - rest.len();
        let day_digits = digits(at);
        if day_digits == 0 {
            let whole = rest.is_empty() && separator != '.' && (separator == '年' || bytes[at - 1].is_ascii_digit());
            return NaiveDate::from_ymd_opt(year, month, 1).filter(|_| whole && year >= 1800).map(Written::Date);
        }
        let day = number(&bytes[at..at + day_digits]).filter(|_| day_digits <= 2)?;
        at += day_digits;
        let date = NaiveDate::from_ymd_opt(year, month, day).filter(|_| (1800..2200).contains(&year))?;
        let rest = text[at..].strip_prefix('日').unwrap_or(&text[at..]);
        return with_time(rest, date);
    }
    if (1..=2).contains(&first) && matches!(bytes.get(first), Some(b'/' | b'-')) {
        let second = digits(first + 1);
        let year_at = first + second + 2;
        if !(1..=2).contains(&second) || bytes.get(year_at - 1) != bytes.get(first) || digits(year_at) != 4 {
            return None;
        }
        let (a, b) = (number(&bytes[..first])?, number(&bytes[first + 1..first + 1 + second])?);
        let year = number(&bytes[year_at..year_at + 4]).filter(|year| (1800..2200).contains(year))? as i32;
        let date = NaiveDate::from_ymd_opt(year, b, a).or_else(|| NaiveDate::from_ymd_opt(year, a, b))?;
        return with_time(&text[year_at + 4..], date);
    }
    None
}

fn separator(text: &str) -> Option<(char, usize)> {
    text.chars().next().filter(|c| matches!(c, '-' | '/' | '.' | '年')).map(|c| (c, c.len_utf8()))
}

/// A time after a date: `T08:30`, ` 08:30:00.123+08:00`, `8时30分`.
fn with_time(rest: &str, date: NaiveDate) -> Option<Written> {
    if rest.is_empty() {
        return Some(Written::Date(date));
    }
    let time = rest.strip_prefix(['T', ' ', 't']).unwrap_or(rest).trim_start();
    let hour = time.bytes().take_while(u8::is_ascii_digit).count();
    let good = (1..=2).contains(&hour)
        && number(&time.as_bytes()[..hour]).is_some_and(|hour| hour < 25)
        && time[hour..].starts_with([':', '时', '点'])
        && time.len() <= 30
        && time[hour..].chars().all(|c| c.is_ascii_digit() || ":.+-Z时点分秒 APMapm".contains(c));
    good.then_some(Written::DateTime(date))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_all_usual_forms() {
        let day = NaiveDate::from_ymd_opt(2024, 3, 5).unwrap();
        for text in ["2024-03-05", "2024/3/5", "2024.03.05", "2024年3月5日", "05/03/2024"] {
            assert_eq!(written(text), Some(Written::Date(day)), "{text}");
        }
        for text in ["2024-03-05 08:30", "2024-03-05T08:30:00.123+08:00", "2024年3月5日 8时30分", "2024/3/5 8:30 PM"]
        {
            assert_eq!(written(text), Some(Written::DateTime(day)), "{text}");
        }
        assert_eq!(written("2024-03"), Some(Written::Date(NaiveDate::from_ymd_opt(2024, 3, 1).unwrap())));
        for text in
            ["2024-13-05", "2023-02-29", "2024.03", "1.2.3", "2024-03-05-17", "0024-03-05", "99/99/2024", "2024-"]
        {
            assert_eq!(written(text), None, "{text}");
        }
    }
}
