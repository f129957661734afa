//! Places that hold rows. All else works on the table of combinations.

mod apply;
mod control;
mod limits;
mod local;
pub mod quality;
mod relabel;
mod row_sample;
mod rowhash;
pub mod sheet;

pub use apply::{ApplyPlan, Made, Output, typed};
pub use control::control;
pub use limits::{Limits, seen, seen_so_far};
pub use local::{
    Applied, Counted, Leak, Spills, Suspect, apply, compare, domains, identifiers, members, parts, sampled, second,
    tally, tally_with, values,
};
pub use row_sample::{RowSample, SampledRows};
pub use rowhash::{OrderSample, RowHasher};
