//! The pipeline file and the rule packs: text in, checked types or findings out.
//!
//! A text becomes a `document` with the place of every value; `structure` holds it against the JSON
//! Schema of the `raw` types; `check` reads the sound parts into them and makes the [`Pipeline`].

pub mod catalog;
mod check;
mod document;
pub mod draft;
mod findings;
mod meant;
mod metric;
mod models;
mod packs;
mod pipeline;
pub mod prepare;
pub mod quality;
mod raw;
mod remote;
mod rules;
mod schema;
pub mod sql;
mod structure;
mod template;
#[cfg(test)]
mod tests;
mod words;
mod written;

pub use catalog::Catalog;
pub use check::parse;
pub use meant::{Meant, meant};
pub use metric::Metric;
pub use models::*;
pub use packs::{embedded_rules, parse_rules, rules_path};
pub use pipeline::*;
pub use remote::{BucketSpec, DatabaseSpec, PlaceSpec, Rows, StoreSpec, Tls};
pub use rules::*;
pub use schema::schema;
pub use template::Given;
