//! `tuomin` (脱敏) turns a sensitive table into one that may be traded, and proves it.
//!
//! The way of the data: [`spec`] reads the pipeline file, [`source`] the rows, [`engine`] counts them
//! into an [`table::EquivalenceTable`]; [`search`] finds the recoding, [`treatment`] changes the cells,
//! [`release`] shuffles, writes, certifies and publishes, [`risk`] measures what was written and
//! [`report`] tells it and [`catalog`] lists it. `cli::run` tells a run from top to bottom.
//!
//! Modules use only what stands below them: `cli`, then `engine` and `release`, then `source`, `store`,
//! `report` and `catalog`, then `risk`, `search` and `sample`, then `privacy` and `treatment`, then `table`,
//! then `spec`, then `detect`, `lanes`, `secret` and `written`, then `error`. All up to and with `report` and `catalog` are pure: no files,
//! no clock, no environment, no global state; randomness is an argument. `tests/layering.rs` keeps the order.

// made-up reports are shared by unit tests and the browser's
#[cfg(test)]
extern crate self as tuomin;

pub mod catalog;
pub mod cli;
pub mod detect;
pub mod engine;
pub mod error;
pub mod lanes;
pub mod privacy;
pub mod release;
pub mod report;
pub mod risk;
pub mod sample;
pub mod search;
pub mod secret;
pub mod source;
pub mod spec;
mod store;
pub mod table;
pub mod treatment;
mod written;
