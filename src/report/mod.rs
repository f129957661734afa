//! Evidence as people and programs read it: JSON, HTML, Markdown, and a summary for the terminal. Only renders.
//!
//! `data` is what is told, `page` turns it into what the templates show, `chart` and `drawn` into pictures; all of it
//! stands in `report.json`. `distribution` counts what may be told of a column.

mod chart;
mod check;
mod data;
mod distribution;
mod drawn;
mod facts;
mod html;
mod markdown;
mod page;
mod source;
mod text;
mod words;

pub use data::{
    Assumptions, Attacked, Choices, ColumnTold, LevelTold, ReportData, SigningKey, Told, VERSION, Verdict, attacks,
    schema, to_json, told,
};
pub use distribution::{Distribution, LabelCount, OtherLabels, distinct_hidden, distribution};
pub use html::{Lang, to_html, to_html_in};
pub use markdown::to_markdown;
pub use text::to_text;
pub use words::level_zh;

#[cfg(test)]
mod tests;
