//! A pipeline file as one run means it: keys set on the command line, templates filled.
//!
//! Both are changes of the text, so that what follows knows of one text only, checks all of it in the same way, and the
//! certificate has the digest of what was meant. Without either the text is the file's, byte for byte.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::document::Document;
use super::template::{Given, fill};
use super::words::quoted;
use crate::error::{Diagnostic, Error, Result};

/// What stands behind a line that the command line set.
const MARK: &str = " # --set";

/// A text as it is meant.
#[derive(Debug, Default)]
pub struct Meant {
    /// What is checked and run.
    pub text: String,
    /// What findings are shown over: with what was set, with templates as they are written.
    pub shown: String,
    /// What the templates became, in the order of the text; runs that differ here speak of other periods or places.
    pub filled: Vec<String>,
    /// Places in `text` and in `shown` of each filled value.
    moved: Vec<(Range<usize>, Range<usize>)>,
}

impl Meant {
    /// The place in `shown` of a place in `text`.
    pub fn place(&self, span: &Range<usize>) -> Range<usize> {
        let shift = |at: usize, end: bool| {
            let mut shift = 0_isize;
            for (new, old) in &self.moved {
                if at >= new.end {
                    shift = old.end as isize - new.end as isize;
                } else if at > new.start || (at == new.start && !end) {
                    return if end { old.end } else { old.start };
                }
            }
            at.saturating_add_signed(shift)
        };
        shift(span.start, false)..shift(span.end, true).max(shift(span.start, false))
    }
}

/// Puts `key=value` settings into a text, then fills the templates of `name`, `[source]` and of where `[release]` is put; `Err` holds findings over
/// the text in [`Meant::shown`].
///
/// A text that is not TOML stays as it is: [`super::parse`] tells it.
///
/// # Errors
/// [`Error::Usage`] for a setting that cannot be read or has no place in the text.
pub fn meant(text: &str, settings: &[String], given: &Given) -> Result<Result<Meant, (Meant, Vec<Diagnostic>)>> {
    let mut shown = text.to_owned();
    for setting in settings {
        shown = set(&shown, setting)?;
    }
    let mut places = Vec::new();
    if let Ok((document, _)) = Document::parse(&shown) {
        for path in [&["name"][..], &["source"], &["release", "path"], &["release", "store"]] {
            texts(&document, path.iter().map(|&step| step.to_owned()).collect(), &mut places);
        }
    }
    places.sort_by_key(|(span, _, _): &(Range<usize>, String, bool)| span.start);
    let (mut found, mut meant) = (Vec::new(), Meant::default());
    let mut done = 0;
    for (span, value, strict) in places {
        match fill(&value, given, strict) {
            Ok(None) => {}
            Ok(Some(filled)) => {
                meant.text.push_str(&shown[done..span.start]);
                let start = meant.text.len();
                meant.text.push_str(&toml::Value::String(filled.text).to_string());
                meant.moved.push((start..meant.text.len(), span.clone()));
                meant.filled.extend(filled.parts);
                done = span.end;
            }
            Err((message, help)) => found.push(Diagnostic::new(span, message).with_help(help)),
        }
    }
    meant.text.push_str(&shown[done..]);
    meant.shown = shown;
    Ok(if found.is_empty() { Ok(meant) } else { Err((meant, found)) })
}

/// The texts at and below a path, with their places, and whether braces in them can only be templates.
fn texts(document: &Document, path: Vec<String>, found: &mut Vec<(Range<usize>, String, bool)>) {
    let steps: Vec<&str> = path.iter().map(String::as_str).collect();
    let Some(value) = document.value(&steps) else { return };
    match value.get_ref() {
        DeValue::String(text) => {
            let strict = matches!(steps[..], ["name"] | ["source" | "release", "path"]);
            found.push((value.span(), text.to_string(), strict));
        }
        DeValue::Table(_) => {
            for key in document.keys(&steps) {
                // texts that mean 'no value' are cells, not places
                if path.len() == 1 && key == "nulls" {
                    continue;
                }
                texts(document, path.iter().cloned().chain([key]).collect(), found);
            }
        }
        DeValue::Array(list) => {
            for at in 0..list.len() {
                texts(document, path.iter().cloned().chain([at.to_string()]).collect(), found);
            }
        }
        _ => {}
    }
}

fn unusable(setting: &str, message: &str) -> Error {
    let key = setting.split('=').next().unwrap_or_default().trim();
    Error::Usage {
        message: format!("`--set {key}`: {message}"),
        help: Some("such as `--set privacy.k=10`: a key as in the file, with dots, and a TOML value".into()),
    }
}

/// The keys of a dotted path, quoted or not.
fn steps(path: &str) -> Option<Vec<String>> {
    let text = format!("{path} = 0");
    let Ok(table) = DeTable::parse(&text) else {
        // names in other letters need quotes in a file; here nothing else could be meant
        let plain = |step: &&str| !step.is_empty() && !step.contains(['"', '\'', '\n', '[', ']', '#']);
        let steps: Vec<&str> = path.split('.').map(str::trim).collect();
        return steps.iter().all(plain).then(|| steps.into_iter().map(str::to_owned).collect());
    };
    let (mut keys, mut at) = (Vec::new(), table.get_ref());
    loop {
        let (key, value) = at.iter().next()?;
        keys.push(key.get_ref().to_string());
        match value.get_ref() {
            DeValue::Table(below) => at = below,
            _ => return Some(keys),
        }
    }
}

fn key(step: &str) -> String {
    let bare = !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if bare { step.to_owned() } else { toml::Value::String(step.to_owned()).to_string() }
}

fn dotted(steps: &[&str]) -> String {
    steps.iter().map(|step| key(step)).collect::<Vec<_>>().join(".")
}

fn set(text: &str, setting: &str) -> Result<String> {
    let (path, value) = setting.split_once('=').ok_or_else(|| unusable(setting, "there is no `=`"))?;
    let (path, value) = (path.trim(), value.trim());
    let steps = steps(path).ok_or_else(|| unusable(setting, "this is not the path of a key"))?;
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    if value.contains(['\n', '\r']) {
        return Err(unusable(setting, "the value must stand on one line"));
    }
    // a value that is not TOML is text: a shell takes quotes away
    let value = match DeTable::parse(&format!("v = {value}")) {
        Ok(table) if table.get_ref().len() == 1 && !value.is_empty() => value.to_owned(),
        _ => toml::Value::String(value.to_owned()).to_string(),
    };
    let Ok((document, _)) = Document::parse(text) else { return Ok(text.to_owned()) };
    let changed = match document.value(&steps) {
        Some(there) => replaced(text, &there.span(), &value),
        None => added(&document, text, &steps, &value),
    };
    // whatever the text looks like: the setting must be what it says, or there is no run
    let says = |text: &str| {
        Document::parse(text).ok().and_then(|(document, twice)| {
            twice.is_empty().then(|| document.read::<toml::Value>(&steps)?.ok()).flatten()
        })
    };
    let wanted = says_alone(&value);
    match says(&changed) {
        Some(there) if Some(&there) == wanted.as_ref() => Ok(changed),
        _ => Err(unusable(setting, &format!("the file has no place for {}", quoted(path)))),
    }
}

fn says_alone(value: &str) -> Option<toml::Value> {
    let text = format!("v = {value}");
    Document::parse(&text).ok()?.0.read::<toml::Value>(&["v"])?.ok()
}

fn replaced(text: &str, span: &Range<usize>, value: &str) -> String {
    let (before, after) = (&text[..span.start], &text[span.end..]);
    let line = after.lines().next().unwrap_or_default().trim();
    let mark = if line.is_empty() { MARK } else { "" };
    format!("{before}{value}{mark}{after}")
}

/// Adds a key that is not there: in its table where that is written out, otherwise in a table at the end.
fn added(document: &Document, text: &str, steps: &[&str], value: &str) -> String {
    let there = (0..steps.len()).rev().find(|&length| length == 0 || document.value(&steps[..length]).is_some());
    let (above, below) = steps.split_at(there.unwrap_or(0));
    if above.is_empty() && below.len() == 1 {
        return format!("{} = {value}{MARK}\n{text}", dotted(below));
    }
    let at_end = |above: &[&str], last: &str| {
        let gap = if text.ends_with('\n') { "" } else { "\n" };
        format!("{text}{gap}[{}]\n{} = {value}{MARK}\n", dotted(above), key(last))
    };
    let Some((last, parents)) = steps.split_last() else { return text.to_owned() };
    if above.is_empty() {
        return at_end(parents, last);
    }
    let span = document.span(above);
    if text[span.clone()].starts_with('{') && text[span.clone()].ends_with('}') {
        let inside = text[span.start + 1..span.end - 1].trim();
        let comma = if inside.is_empty() { "" } else { "," };
        let (before, after) = text.split_at(span.start + 1);
        return format!("{before} {} = {value}{comma}{after}", dotted(below));
    }
    let own = document.key_span(above);
    let start = text[..own.start].rfind('\n').map_or(0, |end| end + 1);
    let end = text[own.end..].find('\n').map_or(text.len(), |length| own.end + length);
    let line = text[start..end].trim();
    if !line.starts_with('[') {
        let with = format!("{}.{} = {value}{MARK}\n", &text[start..own.end], dotted(below));
        return format!("{}{with}{}", &text[..start], &text[start..]);
    }
    let closed = text[own.end..end].trim_start().starts_with(']');
    if closed && !line.starts_with("[[") {
        return format!("{}\n{} = {value}{MARK}{}", &text[..end], dotted(below), &text[end..]);
    }
    at_end(parents, last)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "name = \"n\"\n[source]\npath = \"b-{date:%Y%m}.csv\" # monthly\nnulls = [\"{date}\"]\n[privacy]\nk = 3\n[columns.age]\nhierarchy = { interval = { widths = [10] } }\n";

    fn run(text: &str, settings: &[&str]) -> Result<Result<Meant, (Meant, Vec<Diagnostic>)>> {
        let as_of = chrono::NaiveDate::from_ymd_opt(2026, 7, 1).unwrap();
        let settings: Vec<String> = settings.iter().map(|&setting| setting.to_owned()).collect();
        meant(text, &settings, &Given { as_of, env: &|_| None })
    }

    #[test]
    fn without_settings_and_templates_the_text_stays() {
        let text = TEXT.replace("{date:%Y%m}", "");
        let meant = run(&text, &[]).unwrap().unwrap();
        assert_eq!((meant.text, meant.shown), (text.clone(), text));
    }

    #[test]
    fn settings_are_put_where_they_belong() {
        for (setting, line) in [
            ("privacy.k=10", "k = 10 # --set"),
            ("name=other", "name = \"other\" # --set"),
            ("name=\"other\"", "name = \"other\" # --set"),
            ("privacy.suppression_limit=0.1", "suppression_limit = 0.1 # --set"),
            ("release.keep.releases=2", "[release.keep]\nreleases = 2 # --set"),
            ("columns.age.hierarchy.interval.widths=[5, 10]", "widths = [5, 10] }"),
            ("columns.age.hierarchy.interval.top=90", "{ top = 90, widths = [10] }"),
            ("columns.户号.role=identifier", "[columns.\"户号\"]\nrole = \"identifier\" # --set"),
            ("rules=cn", "rules = \"cn\" # --set\nname"),
        ] {
            let shown = run(TEXT, &[setting]).unwrap().unwrap().shown;
            assert!(shown.contains(line), "{setting}: {shown}");
        }
        for wrong in ["privacy.k", "=3", "privacy.k.x=3", "name=a\nb"] {
            assert!(run(TEXT, &[wrong]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn places_of_releases_have_templates() {
        let release = "[release]\npath = \"s3://b/{date:%Y}/\"\nsigning_key = \"file:{date}\"\n[release.store]\nregion = \"{date:%m}\"\n";
        let text = TEXT.replace("{date:%Y%m}", "") + release;
        let meant = run(&text, &[]).unwrap().unwrap();
        assert!(meant.text.contains("path = \"s3://b/2026/\"\nsigning_key = \"file:{date}\""), "{}", meant.text);
        assert_eq!(meant.filled, ["2026", "07"]);
        assert!(run(&text.replace("{date:%Y}", "{dat}"), &[]).unwrap().is_err(), "a misspelt one is no prefix");
    }

    #[test]
    fn findings_after_a_template_stand_where_they_are_written() {
        let meant = run(TEXT, &[]).unwrap().unwrap();
        assert!(meant.text.contains("path = \"b-202607.csv\" # monthly\nnulls = [\"{date}\"]"), "{}", meant.text);
        assert_eq!(meant.filled, ["202607"]);
        let (new, old) = (meant.text.find("k = 3").unwrap(), meant.shown.find("k = 3").unwrap());
        assert_eq!(meant.place(&(new..new + 5)), old..old + 5);
        let (new, old) = (meant.text.find("\"b-").unwrap(), meant.shown.find("\"b-").unwrap());
        assert_eq!(meant.place(&(new..new + 14)), old..old + 19);
        assert_eq!(meant.place(&(0..4)), 0..4);
        let (_, found) = run(&TEXT.replace("{date:%Y%m}", "{dat}"), &[]).unwrap().unwrap_err();
        assert_eq!(found.len(), 1);
    }
}
