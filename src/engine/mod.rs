//! Places that hold rows. All else works on the table of combinations.

mod apply;
mod local;
mod relabel;
mod rowhash;

pub use apply::{ApplyPlan, Made, Output, typed};
pub use local::{Counted, Leak, Spills, Suspect, apply, compare, domains, members, parts, second, tally, values};
pub use rowhash::{OrderSample, RowHasher};
