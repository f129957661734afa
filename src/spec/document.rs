//! A TOML text with the place of every key and value.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::words::quoted;
use crate::error::Diagnostic;

/// A parsed text. Paths go through tables by key and through lists by index.
pub(super) struct Document<'t> {
    root: Spanned<DeValue<'t>>,
}

impl<'t> Document<'t> {
    /// Parses a text; fails with all syntax findings, one per line at most.
    ///
    /// Keys given twice are findings beside the document: the rest can still be looked at.
    pub fn parse(text: &'t str) -> Result<(Self, Vec<Diagnostic>), Vec<Diagnostic>> {
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut duplicates: Vec<Diagnostic> = Vec::new();
        let mut syntax: Vec<Diagnostic> = Vec::new();
        for error in errors {
            let span = error.span().unwrap_or(text.len()..text.len());
            if error.message().starts_with("duplicate key") {
                // below a table given twice, its keys are told twice too: one finding is enough
                let header = header_above(text, span.start);
                if !duplicates.iter().any(|other| header == Some(line_start(text, other.span.start))) {
                    duplicates.push(duplicate(text, span));
                }
            } else {
                let found = syntax_error(text, span, error.message());
                if !syntax.iter().any(|other| same_line(text, &other.span, &found.span)) {
                    syntax.push(found);
                }
            }
        }
        if !syntax.is_empty() {
            syntax.extend(duplicates);
            return Err(syntax);
        }
        let span = table.span();
        Ok((Self { root: Spanned::new(span, DeValue::Table(table.into_inner())) }, duplicates))
    }

    pub fn root(&self) -> &Spanned<DeValue<'t>> {
        &self.root
    }

    pub fn value(&self, path: &[&str]) -> Option<&Spanned<DeValue<'t>>> {
        path.iter().try_fold(&self.root, |at, step| match at.get_ref() {
            DeValue::Table(table) => table.get(*step),
            DeValue::Array(list) => list.get(step.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// The place of a key, or the start of the text where there is none.
    pub fn key_span(&self, path: &[&str]) -> Range<usize> {
        let Some((last, above)) = path.split_last() else { return 0..0 };
        let table = self.value(above).and_then(|value| value.get_ref().as_table());
        let key = table.and_then(|table| table.get_key_value(*last)).map(|(key, _)| key.span());
        key.unwrap_or_else(|| self.key_span(above))
    }

    /// The place of a value, or of the nearest key above it where there is none.
    pub fn span(&self, path: &[&str]) -> Range<usize> {
        self.value(path).map_or_else(|| self.key_span(path), Spanned::span)
    }

    /// The keys of a table in the order of the text.
    pub fn keys(&self, path: &[&str]) -> Vec<String> {
        let Some(table) = self.value(path).and_then(|value| value.get_ref().as_table()) else { return Vec::new() };
        let mut keys: Vec<_> = table.iter().map(|(key, _)| (key.span().start, key.get_ref().to_string())).collect();
        keys.sort();
        keys.into_iter().map(|(_, key)| key).collect()
    }

    /// Reads the value at a path; `None` where there is none.
    pub fn read<T: DeserializeOwned>(&self, path: &[&str]) -> Option<Result<T, Diagnostic>> {
        let value = self.value(path)?;
        let read = T::deserialize(ValueDeserializer::from(value.clone()));
        Some(read.map_err(|error| {
            let span = error.span().unwrap_or_else(|| value.span());
            Diagnostic::new(span, format!("cannot be read: {}", error.message()))
        }))
    }
}

fn duplicate(text: &str, span: Range<usize>) -> Diagnostic {
    let name = quoted(text.get(span.clone()).unwrap_or_default().trim_matches(['"', '\'']));
    let line = &text[line_start(text, span.start)..];
    if line.trim_start().trim_start_matches('[').trim_start().starts_with("columns") {
        Diagnostic::new(span, format!("two columns have the name {name}")).with_help("declare every column once")
    } else {
        Diagnostic::new(span, format!("the key {name} is given twice")).with_help("leave one of them out")
    }
}

fn syntax_error(text: &str, span: Range<usize>, message: &str) -> Diagnostic {
    let found = Diagnostic::new(span.clone(), format!("not TOML: {message}"));
    let rest = &text[line_start(text, span.start)..];
    let line = rest.lines().next().unwrap_or_default();
    let key = line.split('=').next().unwrap_or_default();
    if !key.is_ascii() && !key.contains(['"', '\'', '#']) {
        return found.with_help("names with other than English letters need quotes: `[columns.\"户号\"]`");
    }
    found
}

fn line_start(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    before.rfind('\n').map_or(0, |end| end + 1)
}

/// Where the last line starts that opens a table above the line of a place.
fn header_above(text: &str, at: usize) -> Option<usize> {
    let above = text.get(..line_start(text, at)).unwrap_or_default();
    if above.starts_with('[') && !above.contains("\n[") { Some(0) } else { above.rfind("\n[").map(|end| end + 1) }
}

fn same_line(text: &str, a: &Range<usize>, b: &Range<usize>) -> bool {
    line_start(text, a.start) == line_start(text, b.start)
}
