//! What stands above the PEM block of a key: `user-id`, `not-before`, `not-after`, one per line.

use std::fmt;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

use crate::release::sm2;

/// Where a PEM block begins.
const BEGIN: &str = "-----BEGIN ";

/// Lines `name: value` above a PEM block; lines without a known name are for people.
///
/// Whoever can write the file can write them: they are as good as the key beside them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heading {
    /// SM2 only: who signs, 1 to 8191 bytes without control characters.
    pub user_id: Option<String>,
    /// The key is in force from here on.
    pub not_before: Option<DateTime<Utc>>,
    /// The key is in force until here, exclusive.
    pub not_after: Option<DateTime<Utc>>,
}

impl Heading {
    /// Empty for the default user.
    pub fn of_user(user_id: &str) -> Self {
        Self { user_id: (user_id != sm2::DEFAULT_USER_ID).then(|| user_id.to_owned()), ..Self::default() }
    }

    pub(super) fn no_user_id(&self) -> Result<(), String> {
        match self.user_id {
            Some(_) => Err("an Ed25519 key has no user id".into()),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Heading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |name: &str, value: Option<String>| match value {
            Some(value) => writeln!(f, "{name}: {value}"),
            None => Ok(()),
        };
        line("user-id", self.user_id.clone())?;
        line("not-before", self.not_before.as_ref().map(written))?;
        line("not-after", self.not_after.as_ref().map(written))
    }
}

/// A moment as RFC 3339 in UTC, to the second.
pub fn written(at: &DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

pub(super) fn check_user_id(user_id: &str) -> Result<(), &'static str> {
    match user_id {
        "" => Err("is empty"),
        long if long.len() > sm2::LONGEST_USER_ID => Err("is longer than 8191 bytes"),
        text if text.trim() != text || text.chars().any(char::is_control) => {
            Err("has control characters, or spaces at an end")
        }
        _ => Ok(()),
    }
}

/// Reads a date, `2027-01-31`, or a moment, `2027-01-31T08:00:00+08:00`. A date is its first moment in UTC, or, where
/// `end`, the first moment of the next day.
pub fn moment(text: &str, end: bool) -> Option<DateTime<Utc>> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.to_utc());
    }
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    let date = if end { date.checked_add_days(Days::new(1))? } else { date };
    Some(date.and_time(NaiveTime::MIN).and_utc())
}

/// Takes the lines above a PEM block from it; errors quote nothing.
pub(super) fn split(text: &str) -> Result<(Heading, &str), String> {
    let Some(begin) = text.find(BEGIN) else { return Ok((Heading::default(), text)) };
    let (above, pem) = text.split_at(begin);
    let mut heading = Heading::default();
    for line in above.lines() {
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        let date = |end| moment(value, end).ok_or_else(|| format!("`{}` is no date", name.trim()));
        let twice = match name.trim() {
            "user-id" => {
                check_user_id(value).map_err(|what| format!("`user-id` {what}"))?;
                heading.user_id.replace(value.into()).is_some()
            }
            "not-before" => heading.not_before.replace(date(false)?).is_some(),
            "not-after" => heading.not_after.replace(date(true)?).is_some(),
            _ => false,
        };
        if twice {
            return Err(format!("`{}` stands there twice", name.trim()));
        }
    }
    Ok((heading, pem))
}
