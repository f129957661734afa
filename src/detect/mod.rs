//! Detectors: what columns and texts hold, judged by form, check digit, calendar, area code and header.
//!
//! [`Detector`] is compiled once and shared by threads. [`Detector::whole`] judges a cell, [`Detector::find`] looks
//! for identifiers inside free text, JSON and URLs, [`Column`] adds up the cells of a column and decides.
//! [`canonical()`] brings an identifier to the one form that tokens hash. Nothing here keeps or quotes a cell, knows
//! the time or touches files.
//!
//! # References
//! GB 11643-1999, GB 32100-2015, GB 11714-1997, GB 16735-2019, ISO/IEC 7812-1, GB/T 2260, GB/T 42460-2023 annexes A
//! and B. Formats of permits and phone numbers: as published, see the functions.

mod address;
pub mod area;
mod calendar;
mod canonical;
pub mod check_digits;
mod column;
mod context;
mod decide;
mod detector;
mod finding;
mod forms;
mod groups;
mod han;
mod header;
mod kind;
mod masked;
mod names;
mod normalize;
mod places;
mod rules;
mod scan;
#[cfg(test)]
mod tests;
mod whole;
mod words;

pub use canonical::canonical;
pub use column::Column;
pub use detector::Detector;
pub use finding::{Candidate, Checked, ColumnFinding, Distinct, Found, Inside, Remark, Whole};
pub use kind::{Kind, Kinds, Sort};
