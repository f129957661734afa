//! Detectors: what columns and texts hold, judged by form, check digit, calendar, area code and header.
//!
//! [`Detector`] is compiled once and shared by threads. [`Detector::whole`] judges a cell, [`Detector::find`] looks
//! for identifiers inside free text, JSON and URLs, [`Column`] adds up the cells of a column and decides.
//! the time or touches files.
//!
//! # References
//! GB 11643-1999, GB 32100-2015, GB 11714-1997, GB 16735-2019, ISO/IEC 7812-1, GB/T 2260, GB/T 42460-2023 annexes A
//! and B. Formats of permits and phone numbers: as published, see the functions.

pub mod check_digits;
mod column;
mod detector;
mod finding;
mod kind;

pub use column::Column;
pub use detector::Detector;
pub use finding::{Candidate, Checked, ColumnFinding, Distinct, Found, Inside, Remark, Whole};
pub use kind::{Kind, Kinds, Sort};
