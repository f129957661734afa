//! Places that hold rows. All else works on the table of combinations.

mod apply;
mod choice;
#[cfg(feature = "cluster")]
pub mod cluster;
mod control;
mod counting;
mod limits;
mod local;
pub mod quality;
mod relabel;
mod row_sample;
mod rowhash;
pub mod sheet;

pub use apply::{ApplyPlan, Made, Output, typed};
pub use choice::{Engine, Treated, Treating};
pub use control::control;
pub use counting::{Counted, second};
pub use limits::{Limits, free_space, seen, seen_so_far, size};
pub use local::{
    Applied, Leak, Spills, Suspect, apply, compare, domains, identifiers, members, parts, sampled, tally, tally_with,
};
pub use row_sample::{RowSample, SampledRows};
pub use rowhash::{OrderSample, RowHasher};
