//! Texts become other texts.

use std::collections::HashMap;

use arrow::datatypes::SchemaRef;

use super::each::{Each, Text, text_kernel};
use crate::error::Result;
use crate::spec::prepare::Replace;

/// White space at both ends goes: what Unicode calls so, the ideographic space too, and byte order marks. A text of
/// which nothing is left becomes null, as the empty cell of CSV is.
pub(super) fn trim(schema: &SchemaRef, columns: &[String]) -> Result<Each> {
    all(schema, columns, |cell| match cell.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}') {
        "" if !cell.is_empty() => Text::Null,
        short if short == cell => Text::Same,
        short => Text::To(short.to_owned()),
    })
}

/// `！` (U+FF01) to `～` (U+FF5E) become `!` to `~`, the ideographic space a blank. CJK punctuation such as `。` and
/// `「`, half-width kana and currency signs such as `￥` stay.
pub(super) fn half_width(schema: &SchemaRef, columns: &[String]) -> Result<Each> {
    fn half(c: char) -> char {
        match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            '\u{3000}' => ' ',
            other => other,
        }
    }
    all(schema, columns, |cell| match cell.chars().any(|c| half(c) != c) {
        true => Text::To(cell.chars().map(half).collect()),
        false => Text::Same,
    })
}

/// Letters become capitals, as Unicode has them: `ß` becomes `SS`.
pub(super) fn upper(schema: &SchemaRef, columns: &[String]) -> Result<Each> {
    all(schema, columns, |cell| Text::To(cell.to_uppercase()))
}

/// Letters become small, as Unicode has them.
pub(super) fn lower(schema: &SchemaRef, columns: &[String]) -> Result<Each> {
    all(schema, columns, |cell| Text::To(cell.to_lowercase()))
}

/// Whole texts become others; those that the map has not stay.
pub(super) fn replace(schema: &SchemaRef, step: &Replace) -> Result<Each> {
    let map: HashMap<String, String> = step.map.iter().map(|(old, new)| (old.clone(), new.clone())).collect();
    let work = move |cell: &str| match map.get(cell) {
        Some(new) => Text::To(new.clone()),
        None => Text::Same,
    };
    Each::new(schema).change(&step.column, |kind| text_kernel(kind, work), "text", true)
}

fn all(schema: &SchemaRef, columns: &[String], work: impl Fn(&str) -> Text + Copy + Send + 'static) -> Result<Each> {
    columns
        .iter()
        .try_fold(Each::new(schema), |each, column| each.change(column, |kind| text_kernel(kind, work), "text", true))
}
