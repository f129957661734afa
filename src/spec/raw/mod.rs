//! The pipeline file as written. These types are the only description of its keys: the JSON Schema comes
//! from them, every file is held against that schema, and serde reads the parts into them.

mod columns;
mod hierarchy;
mod privacy;
mod release;
mod search;
mod source;
mod treatment;

pub use columns::*;
pub use hierarchy::*;
pub use privacy::*;
pub use release::*;
pub use search::*;
pub use source::*;
pub use treatment::*;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::spec::catalog::Catalog;
use crate::spec::pipeline::{Attacker, Claim, Context, Declaration, Purpose};
use crate::spec::prepare::Step;
use crate::spec::quality::RawQuality;

/// A pipeline of tuomin: how one dataset becomes one certified release.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "tuomin pipeline")]
#[expect(dead_code, reason = "read part by part, so that one wrong part does not hide findings in the others")]
pub struct RawPipeline {
    /// The name of the releases and of their folder: letters, digits, `-`, `_` and `.`
    pub name: String,
    /// 用途: what the release is for
    pub purpose: Purpose,
    /// 结论: what the certificate is to state
    pub claim: Claim,
    /// The rule pack with the thresholds: the name of a built-in one, or the path of a `.toml` file
    pub rules: String,
    /// 场景: who will hold the release
    pub context: Context,
    /// What articles 7 and 10 ask to be declared; without it there is no run
    pub declaration: Declaration,
    /// The dataset's entry in the data catalogue (article 10); needed to share and to open data
    pub catalog: Option<Catalog>,
    /// The data to be de-identified
    pub source: RawSource,
    /// What happens to the source's columns before anything counts them, in this order; all other parts of the file see
    /// the columns as they are then
    pub prepare: Option<Vec<Step>>,
    /// What is asked of the quality of the source's cells (GB/T 36344)
    pub quality: Option<RawQuality>,
    /// What the released classes must reach
    pub privacy: RawPrivacy,
    /// How the search chooses among what reaches the conditions
    pub search: Option<RawSearch>,
    /// What is known of the attacker; without it every release counts as attacked
    pub attacker: Option<Attacker>,
    /// How the release is made
    pub release: Option<RawRelease>,
    /// The columns by name, in the order of the release; columns that are not named here are dropped
    pub columns: BTreeMap<String, RawColumn>,
}
