//! A release as catalogues and programs look it up: `catalog.json` and `datapackage.json`. Only renders.
//!
//! Nothing here tells more than the released files and the report do: names, types, treatments, digests, and labels
//! that enough subjects share.

mod data;
mod dcat;
mod package;
mod received;
#[cfg(test)]
mod tests;

pub use data::{CatalogData, Column, File, Label, labels};
pub use dcat::catalog;
pub use package::data_package;
pub use received::received;

/// The name of the article 10 entry in a release.
pub const CATALOG: &str = "catalog.json";

/// The name of the Data Package in a release.
pub const PACKAGE: &str = "datapackage.json";
