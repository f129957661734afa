//! Templates in the places that a pipeline names: `{date:%Y%m}`, `{date-1month:%Y%m}`, `{env:NAME}`.
//!
//! `{date}` is the day that the run is for, as `2026-07-01` or in `strftime` letters; before the colon it may be moved
//! by whole days, weeks, months or years. Where a month is too short, its last day is meant. `{env:NAME}` is the text of
//! an environment variable; it is for places, not for secrets: places are shown in errors. `{{date` and `{{env:` stand
//! for themselves without the first brace.

use chrono::format::{Item, StrftimeItems};
use chrono::{Days, Months, NaiveDate};

/// What templates are filled from.
pub struct Given<'a> {
    /// The day that the run is for.
    pub as_of: NaiveDate,
    /// The text of an environment variable; `None` where it is not set or is no text.
    pub env: &'a dyn Fn(&str) -> Option<String>,
}

/// A text with its templates filled.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Filled {
    pub text: String,
    /// What stands in place of each template, in order.
    pub parts: Vec<String>,
}

/// Fills the templates of a text; `None` where it has none.
///
/// `strict` texts may hold no other braces with a word in them: a misspelt template would become a name.
///
/// # Errors
/// A phrase and what would help.
pub fn fill(text: &str, given: &Given, strict: bool) -> Result<Option<Filled>, (String, String)> {
    let (mut filled, mut rest, mut changed) = (Filled::default(), text, false);
    while let Some(at) = rest.find('{') {
        filled.text.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with("{{date") || rest.starts_with("{{env:") {
            filled.text.push('{');
            let word = if rest.starts_with("{{date") { "date" } else { "env:" };
            filled.text.push_str(word);
            rest = &rest[2 + word.len()..];
            changed = true;
            continue;
        }
        let known = rest.starts_with("{date") || rest.starts_with("{env:");
        let word = rest[1..].starts_with(|c: char| c.is_ascii_alphabetic());
        if !(known || strict && word) {
            filled.text.push('{');
            rest = &rest[1..];
            continue;
        }
        let end = rest.find('}').ok_or_else(|| wrong("a template has no closing brace"))?;
        let part = one(&rest[1..end], given)?;
        filled.text.push_str(&part);
        filled.parts.push(part);
        rest = &rest[end + 1..];
        changed = true;
    }
    filled.text.push_str(rest);
    Ok(changed.then_some(filled))
}

fn wrong(message: &str) -> (String, String) {
    (message.to_owned(), "write `{date:%Y%m}`, `{date-1month:%Y%m}` or `{env:NAME}`".to_owned())
}

fn one(inside: &str, given: &Given) -> Result<String, (String, String)> {
    if let Some(name) = inside.strip_prefix("env:") {
        let text = (given.env)(name).filter(|text| !text.is_empty());
        let help = "set it for the run: a place without it would be another".to_owned();
        return text.ok_or_else(|| (format!("the environment has no `{name}`"), help));
    }
    let rest = inside.strip_prefix("date").ok_or_else(|| wrong("there is no such template"))?;
    let (offset, format) = rest.split_once(':').unwrap_or((rest, "%Y-%m-%d"));
    let day = moved(given.as_of, offset)?;
    if format.is_empty() || StrftimeItems::new(format).any(|item| matches!(item, Item::Error)) {
        return Err(wrong("this is no form of a date"));
    }
    // hours and zones are no part of a day
    let mut text = String::new();
    match std::fmt::Write::write_fmt(&mut text, format_args!("{}", day.format(format))) {
        Ok(()) => Ok(text),
        Err(_) => Err(wrong("a day has no hours and no zone")),
    }
}

/// A day moved by `-1month`, `+7days` and the like.
fn moved(day: NaiveDate, offset: &str) -> Result<NaiveDate, (String, String)> {
    if offset.is_empty() {
        return Ok(day);
    }
    let unclear = || wrong("a date is moved by whole days, weeks, months or years");
    let back = offset.starts_with('-');
    let rest = offset.strip_prefix(['-', '+']).ok_or_else(unclear)?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(unclear)?;
    let number: u32 = rest[..digits].parse().map_err(|_| unclear())?;
    let months = |months: u32| match back {
        true => day.checked_sub_months(Months::new(months)),
        false => day.checked_add_months(Months::new(months)),
    };
    let days = |days: u64| match back {
        true => day.checked_sub_days(Days::new(days)),
        false => day.checked_add_days(Days::new(days)),
    };
    let there = match rest[digits..].trim_end_matches('s') {
        "day" => days(number.into()),
        "week" => days(u64::from(number) * 7),
        "month" => months(number),
        "year" => number.checked_mul(12).and_then(months),
        _ => return Err(unclear()),
    };
    there.ok_or_else(|| wrong("the calendar does not reach so far"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str, strict: bool) -> Result<Option<Filled>, (String, String)> {
        let as_of = NaiveDate::from_ymd_opt(2026, 3, 31).unwrap();
        fill(text, &Given { as_of, env: &|name| (name == "CITY").then(|| "qhd".to_owned()) }, strict)
    }

    #[test]
    fn templates_are_filled() {
        for (text, there) in [
            ("b-{date:%Y%m}.csv", "b-202603.csv"),
            ("b-{date-1month:%Y%m%d}.csv", "b-20260228.csv"),
            ("{date+1day}", "2026-04-01"),
            ("{date-2weeks:%d}", "17"),
            ("{date-1year:%Y}", "2025"),
            ("{env:CITY}/{date:%Y}", "qhd/2026"),
            ("{{date}", "{date}"),
            ("a{{env:X}", "a{env:X}"),
        ] {
            assert_eq!(filled(text, true).unwrap().unwrap().text, there, "{text}");
        }
        assert_eq!(filled("{env:CITY}/{date:%Y}", true).unwrap().unwrap().parts, ["qhd", "2026"]);
        assert_eq!(filled("a.csv", true), Ok(None));
        assert_eq!(filled("where x = '{1}' or {y}", false), Ok(None), "braces of a query stay");
    }

    #[test]
    fn what_is_no_template_is_told() {
        for text in [
            "{dat:%Y}",
            "{date:%Y",
            "{date:%Q}",
            "{date:}",
            "{date:%H}",
            "{date-month}",
            "{date-1moon}",
            "{date1day}",
            "{date-999999999days}",
            "{env:NONE}",
        ] {
            assert!(filled(text, true).is_err(), "{text}");
        }
    }
}
