//! The pipeline file and the rule packs: text in, checked types or findings out.

mod pipeline;
mod rules;

pub use pipeline::*;
pub use rules::*;
