//! Calendar periods: 1990-05-17 → 1990-05 → 1990-Q2 → 1990 → 1990-1999 → `*`.

use chrono::{Datelike, NaiveDate};

use super::levels::{level, over_domain, values};
use super::{Domain, Hierarchy, HierarchyError};
use crate::spec::Period;

/// Builds one level per period over dates written `YYYY-MM-DD`.
///
/// Every period must be longer than the one before and made of whole ones: `n` years begin at multiples
/// of `n`, so a period of 15 years is not made of decades.
pub(super) fn build(periods: &[Period], domain: &Domain) -> Result<Hierarchy, HierarchyError> {
    let months: Vec<u64> = periods.iter().map(|period| period.months()).collect();
    if let Some(at) = months.iter().position(|&months| months == 0) {
        let message = "a period of 0 years holds no date".into();
        return Err(HierarchyError::NotARefinement { level: at + 1, message });
    }
    if let Some(at) = months.windows(2).position(|pair| pair[1] <= pair[0] || pair[1] % pair[0] != 0) {
        let message = format!("{} is not made of whole periods of {}", name(&periods[at + 1]), name(&periods[at]));
        return Err(HierarchyError::NotARefinement { level: at + 2, message });
    }
    let dates: Vec<Option<Option<NaiveDate>>> = domain.values().iter().map(|v| v.as_deref().map(parse)).collect();
    let wrong = dates.iter().filter(|date| **date == Some(None)).count();
    if wrong > 0 {
        return Err(HierarchyError::Type { values: wrong as u64, expected: "calendar dates `YYYY-MM-DD`" });
    }
    let mut levels = vec![values(domain)];
    for period in periods {
        let texts = dates.iter().map(|date| date.flatten().map(|date| label(date, *period)));
        levels.push(level(name(period), texts));
    }
    Ok(over_domain(domain, levels))
}

fn name(period: &Period) -> String {
    match period {
        Period::Month => "month".into(),
        Period::Quarter => "quarter".into(),
        Period::Half => "half year".into(),
        Period::Years(1) => "year".into(),
        Period::Years(10) => "decade".into(),
        Period::Years(years) => format!("{years} years"),
    }
}

/// A day in exactly the form `YYYY-MM-DD`; nothing else, so that no two texts are one day.
fn parse(text: &str) -> Option<NaiveDate> {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| -> Option<u32> {
        bytes[range].iter().try_fold(0, |n, b| b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0')))
    };
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    NaiveDate::from_ymd_opt(digits(0..4)? as i32, digits(5..7)?, digits(8..10)?)
}

fn label(date: NaiveDate, period: Period) -> String {
    let year = date.year();
    match period {
        Period::Month => format!("{year:04}-{:02}", date.month()),
        Period::Quarter => format!("{year:04}-Q{}", date.month0() / 3 + 1),
        Period::Half => format!("{year:04}-H{}", date.month0() / 6 + 1),
        Period::Years(1) => format!("{year:04}"),
        Period::Years(years) => {
            let first = i64::from(year).div_euclid(i64::from(years)) * i64::from(years);
            format!("{first:04}-{:04}", first + i64::from(years) - 1)
        }
    }
}
