//! Evidence as people and programs read it: JSON, HTML, and a summary for the terminal. Only renders.

mod data;
mod histogram;
mod html;
mod words;

pub use data::{Attacked, ColumnTold, ReportData, SigningKey, Told, VERSION, Verdict, attacks, to_json, to_text, told};
pub use html::to_html;

#[cfg(test)]
mod tests;
