//! `[search]` as written: how the search chooses.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::spec::metric::Metric;
use crate::spec::pipeline::Statistic;

/// How the search chooses among what reaches the conditions.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawSearch {
    /// What is made as small as possible; `loss` unless it is given
    #[serde(default)]
    pub metric: Metric,
    /// After how many counted nodes the best so far is taken, though it is not proven to be the best
    #[schemars(range(min = 1))]
    pub nodes: Option<u64>,
    /// After how many seconds; then another machine may find another recoding
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub seconds: Option<f64>,
    /// Of microaggregation: what a group is released as; `interval` unless it is given
    pub statistic: Option<Statistic>,
}
