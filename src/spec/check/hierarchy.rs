//! Hierarchies that grow coarser from level to level, or findings.

use std::path::PathBuf;

use crate::spec::findings::Check;
use crate::spec::pipeline::{HierarchySpec, Period};
use crate::spec::raw::{RawHierarchy, RawInterval};
use crate::spec::words::{nearest, quoted};

/// Checks a column's hierarchy; `path` leads to it.
pub(super) fn hierarchy(check: &mut Check, path: &[&str], raw: RawHierarchy) -> Option<HierarchySpec> {
    match raw {
        RawHierarchy::Table(table) if table.trim().is_empty() => {
            check.add(check.at(&[path, &["table"]].concat()), "the path of the table is empty");
            None
        }
        RawHierarchy::Table(table) => Some(HierarchySpec::Table { path: PathBuf::from(table) }),
        RawHierarchy::Interval(raw) => interval(check, path, raw),
        RawHierarchy::Prefix(lengths) => prefix(check, path, lengths),
        RawHierarchy::Date(words) => date(check, path, &words),
    }
}

/// How many levels a hierarchy has with the value and `*`; `None` where a table decides.
pub(super) fn levels(hierarchy: &HierarchySpec) -> Option<usize> {
    match hierarchy {
        HierarchySpec::Table { .. } => None,
        HierarchySpec::Interval { widths, .. } => Some(widths.len() + 2),
        HierarchySpec::Prefix { lengths } => Some(lengths.len() + 2),
        HierarchySpec::Date { periods } => Some(periods.len() + 2),
        HierarchySpec::Suppress => Some(2),
    }
}

fn interval(check: &mut Check, path: &[&str], raw: RawInterval) -> Option<HierarchySpec> {
    let mut right = true;
    for (index, _) in raw.widths.iter().enumerate().filter(|(_, width)| **width <= 0.0) {
        check.add(check.at(&[path, &["interval", "widths", &index.to_string()]].concat()), "a width must be above 0");
        right = false;
    }
    for (index, pair) in raw.widths.windows(2).enumerate() {
        let at = check.at(&[path, &["interval", "widths", &(index + 1).to_string()]].concat());
        if pair[1] <= pair[0] {
            check.add_help(at, "widths must grow", "give them from the narrowest to the widest");
            right = false;
        } else if pair[0] > 0.0 && !is_multiple(pair[1], pair[0]) {
            let message = format!("{} is not a multiple of {}, the width before", pair[1], pair[0]);
            check.add_help(at, message, "a band must be made of whole bands of the level below");
            right = false;
        }
    }
    if let (Some(bottom), Some(top)) = (raw.bottom, raw.top)
        && bottom >= top
    {
        check.add(check.at(&[path, &["interval", "top"]].concat()), "`top` must be above `bottom`");
        right = false;
    }
    let RawInterval { widths, origin, bottom, top } = raw;
    right.then_some(HierarchySpec::Interval { widths, origin, bottom, top })
}

/// Whether a width is a whole number of times another, as written in decimals: 0.3 is three times 0.1.
fn is_multiple(wide: f64, narrow: f64) -> bool {
    let times = wide / narrow;
    (times - times.round()).abs() <= times * 1e-9
}

fn prefix(check: &mut Check, path: &[&str], lengths: Vec<usize>) -> Option<HierarchySpec> {
    let wrong: Vec<usize> = (1..lengths.len()).filter(|&index| lengths[index] >= lengths[index - 1]).collect();
    for index in &wrong {
        let at = check.at(&[path, &["prefix", &index.to_string()]].concat());
        check.add_help(at, "prefix lengths must shrink", "give them from the longest to the shortest, such as [4, 2]");
    }
    wrong.is_empty().then_some(HierarchySpec::Prefix { lengths })
}

fn date(check: &mut Check, path: &[&str], words: &[String]) -> Option<HierarchySpec> {
    let mut periods: Vec<Period> = Vec::with_capacity(words.len());
    for (index, word) in words.iter().enumerate() {
        let at = check.at(&[path, &["date", &index.to_string()]].concat());
        let Some(period) = period(word) else {
            let help = match nearest(word, ["month", "quarter", "half", "year", "decade"]) {
                Some(near) => format!("did you mean {}?", quoted(near)),
                None => "it can be month, quarter, half, year, decade, or a number of years like `5-year`".to_owned(),
            };
            check.add_help(at, format!("{} is not a period", quoted(word)), help);
            continue;
        };
        if let Some(before) = periods.last()
            && (period.months() <= before.months() || !period.months().is_multiple_of(before.months()))
        {
            let message = format!("a {} is not made of several of the period before", word);
            check.add_help(
                at,
                message,
                "give periods from the shortest to the longest, each made of whole ones before it",
            );
            continue;
        }
        periods.push(period);
    }
    (periods.len() == words.len()).then_some(HierarchySpec::Date { periods })
}

fn period(word: &str) -> Option<Period> {
    match word {
        "month" => Some(Period::Month),
        "quarter" => Some(Period::Quarter),
        "half" => Some(Period::Half),
        "year" => Some(Period::Years(1)),
        "decade" => Some(Period::Years(10)),
        _ => {
            let years = word.strip_suffix("-year").or_else(|| word.strip_suffix("-years"))?;
            let years = years.parse().ok().filter(|years| (1..=1000).contains(years))?;
            Some(Period::Years(years))
        }
    }
}
