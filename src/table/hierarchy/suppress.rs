//! The two levels every column has: the value, and `*`.

use super::levels::{over_domain, values};
use super::{Domain, Hierarchy};

pub(super) fn build(domain: &Domain) -> Hierarchy {
    over_domain(domain, vec![values(domain)])
}
