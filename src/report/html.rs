//! The report as one self-contained page, Chinese and English.

use minijinja::{Environment, context};

use super::data::ReportData;
use super::page::page;
use crate::error::{Error, Result};

const TEMPLATE: &str = include_str!("template.html");
const STYLE: &str = include_str!("style.css");

/// A language of the report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Lang {
    #[default]
    Zh,
    En,
}

/// Renders the page as it is opened in Chinese; see [`to_html_in`].
///
/// # Errors
/// [`Error::Internal`] if the built-in template does not fit `data`.
pub fn to_html(data: &ReportData) -> Result<String> {
    to_html_in(data, Lang::Zh)
}

/// Renders the page; it holds both languages and opens in one, which is also the one that is printed. Everything that
/// comes from `data` is escaped; the page fetches nothing and runs no script.
///
/// # Errors
/// [`Error::Internal`] if the built-in template does not fit `data`.
pub fn to_html_in(data: &ReportData, lang: Lang) -> Result<String> {
    let mut environment = Environment::new();
    let failed = |error: minijinja::Error| Error::Internal(format!("the report cannot be rendered: {error}"));
    environment.add_template("report.html", TEMPLATE).map_err(failed)?;
    environment.add_template("style.css", STYLE).map_err(failed)?;
    let page = context! { english => lang == Lang::En, ..page(data) };
    environment.get_template("report.html").and_then(|template| template.render(page)).map_err(failed)
}
