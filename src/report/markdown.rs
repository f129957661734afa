//! The report as Markdown (GitHub's, for the tables), in one language.

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Output, Value, context};

use super::data::ReportData;
use super::html::Lang;
use super::page::page;
use crate::error::{Error, Result};

const TEMPLATE: &str = include_str!("template.md");

/// Renders the same numbers as the page, without charts. What comes from `data` cannot become markup.
///
/// # Errors
/// [`Error::Internal`] if the built-in template does not fit `data`.
pub fn to_markdown(data: &ReportData, lang: Lang) -> Result<String> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Custom("markdown".into()));
    environment.set_formatter(|out, _, value| write_escaped(out, value));
    let failed = |error: minijinja::Error| Error::Internal(format!("the report cannot be rendered: {error}"));
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().map_err(failed)?;
    environment.set_syntax(syntax);
    environment.add_template("report.md", TEMPLATE).map_err(failed)?;
    let page = context! { english => lang == Lang::En, ..page(data) };
    let text = environment.get_template("report.md").and_then(|template| template.render(page)).map_err(failed)?;
    // parts that are absent leave no more than one empty line
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines().map(str::trim_end) {
        if !line.is_empty() || lines.last().is_some_and(|last| !last.is_empty()) {
            lines.push(line);
        }
    }
    Ok(lines.join("\n").trim().to_owned() + "\n")
}

fn write_escaped(out: &mut Output, value: &Value) -> Result<(), minijinja::Error> {
    let text = if value.is_none() || value.is_undefined() { String::new() } else { value.to_string() };
    let text = if value.is_safe() { text } else { escaped(&text) };
    out.write_str(&text).map_err(|_| minijinja::ErrorKind::WriteFailure.into())
}

/// Text that is nothing but text: on one line, with a backslash before all that could be markup.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => escaped.push(' '),
            '<' => escaped.push_str("&lt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '#' | '~' | '$' => escaped.extend(['\\', c]),
            c => escaped.push(c),
        }
    }
    escaped
}
