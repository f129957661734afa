//! [`ReportData`]: what every form of the report shows.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};

use super::Distribution;
use crate::error::{Error, Reason, Result};
use crate::privacy::Quality;
use crate::risk::attack::{self, AttackOutcome};
use crate::risk::preparation::PreparedStep;
use crate::risk::quality::DataQuality;
use crate::risk::{ClassSizes, Comparison, Conditions, Evidence, Limit, Measure, gbt42460};
use crate::search::{Alternatives, Choice};
use crate::spec::{Attacker, Claim, Context, Declaration, Purpose, RecodingKind, Role};

/// The form of `report.json`; grows with every change that a reader must know. A report of an earlier form is read
/// too: what it does not tell is absent.
pub const VERSION: &str = "tuomin-report/2";

/// Everything that the report tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReportData {
    pub version: String,
    /// What made it, with its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    pub verdict: Verdict,
    pub release: String,
    pub name: String,
    pub issued_at: String,
    pub claim: Claim,
    pub purpose: Purpose,
    pub context: Context,
    pub declaration: Declaration,
    pub rules: String,
    /// Id of the signing key, and whether it is only the local one; absent in a refusal.
    pub signing_key: Option<SigningKey>,
    pub records_read: Option<u64>,
    pub subjects_read: Option<u64>,
    pub records_released: Option<u64>,
    pub suppressed_records: Option<u64>,
    pub lattice_size: Option<String>,
    pub nodes_checked: Option<u64>,
    pub loss: Option<f64>,
    pub recoding: Option<RecodingKind>,
    /// What the search made as small as possible, how small it became, and the bound that was proven.
    pub metric: Option<String>,
    pub metric_value: Option<f64>,
    pub metric_lower_bound: Option<f64>,
    pub proven_optimal: Option<bool>,
    /// What the recoding costs, by every metric.
    pub quality: Option<Quality>,
    pub k: u64,
    pub measures: Vec<Told>,
    #[serde(default)]
    pub attacks: Vec<Attacked>,
    pub columns: Vec<ColumnTold>,
    pub before: ClassSizes,
    pub after: ClassSizes,
    pub seconds: Option<f64>,
    /// What each step of the preparation did to the source; empty where there was none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub preparation: Vec<PreparedStep>,
    /// The quality of the source by GB/T 36344; absent where the pipeline asks nothing of it, or a refusal came before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_quality: Option<DataQuality>,
    /// What the numbers rest on; absent where a refusal came before it was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assumptions: Option<Assumptions>,
    /// What else could be chosen; absent where it was not searched for, as in a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choices: Option<Choices>,
}

/// Certified, or refused with the reasons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Certified,
    Refused(Vec<Reason>),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SigningKey {
    /// SHA-256 of the public key, in hex.
    pub id: String,
    /// A local key is endorsed by nobody.
    pub local: bool,
    /// The user in whose name an SM2 key signs; absent for Ed25519.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
}

/// A measure with what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Told {
    #[serde(flatten)]
    pub measure: Measure,
    /// Absent where nothing was asked.
    pub met: Option<bool>,
}

/// An attack with what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Attacked {
    #[serde(flatten)]
    pub outcome: AttackOutcome,
    /// Absent where the rules allow anything.
    pub met: Option<bool>,
    /// What came of it, in one sentence.
    pub zh: String,
    pub en: String,
}

/// What became of a declared column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnTold {
    pub name: String,
    pub role: Role,
    pub treatment: String,
    /// The same in Chinese.
    #[serde(default)]
    pub treatment_zh: String,
    /// Where in its hierarchy a quasi column is released.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<LevelTold>,
    pub distinct_before: Option<u64>,
    pub distinct_after: Option<u64>,
    pub loss: Option<f64>,
    /// What the treatment was fitted to, and how: cuts, groups, the transition matrix of PRAM, the share that was
    /// swapped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<serde_json::Value>,
    /// Records per released label, in the source and in the release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution: Option<Distribution>,
}

/// A level of a hierarchy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LevelTold {
    /// Counted from the value as it is, 0; absent where each class has a level of its own.
    pub level: Option<usize>,
    /// The level `*`.
    pub of: usize,
    /// The level's name, or what is told of the labels.
    pub name: String,
}

/// What the numbers rest on: not measured, but declared by the pipeline file or its rule pack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Assumptions {
    pub rules_title: String,
    /// The day since which the rules hold, `YYYY-MM-DD`.
    pub rules_in_force: String,
    /// The highest tolerated risk of one class, τ.
    pub class_risk: Limit,
    /// The overall risk that a release of level 3 must stay below.
    pub overall_risk: Limit,
    /// The share of records that may be withheld.
    pub suppression_limit: f64,
    /// The share of the population that is in the data.
    pub sampling_fraction: f64,
    /// Whether a table of the population was beside the data.
    pub population: bool,
    /// What is known of the attacker; without it an attempt is taken as certain.
    pub attacker: Option<Attacker>,
    /// Released columns that make the classes.
    pub quasi: Vec<String>,
    /// The released column whose distinct values are the subjects; without one every record counts as one.
    pub subject_token: Option<String>,
}

impl Assumptions {
    /// Those of a release that was asked to reach `conditions`.
    pub fn of(conditions: &Conditions) -> Self {
        let rules = &conditions.rules;
        Self {
            rules_title: rules.title.clone(),
            rules_in_force: rules.in_force.clone(),
            class_risk: Limit::rule(Comparison::AtMost, gbt42460::threshold(&rules.class_risk, conditions.context)),
            overall_risk: Limit::rule(Comparison::Below, &rules.overall_risk),
            suppression_limit: conditions.suppression_limit,
            sampling_fraction: conditions.sampling_fraction,
            population: conditions.population,
            attacker: conditions.attacker.clone(),
            quasi: conditions.quasi.clone(),
            subject_token: conditions.subject_token.clone(),
        }
    }
}

/// The recoding that was chosen among others that the search saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Choices {
    /// The quasi columns, in the order of all `levels` here; levels count from the value as it is, 0.
    pub quasi: Vec<String>,
    /// What was released; its `levels` are empty where each class has levels of its own. Absent where its `value`
    /// is not of the metric of the others.
    pub chosen: Option<Choice>,
    /// What else could be chosen, in one level for all records.
    pub others: Alternatives,
}

/// Measures, each with what came of it.
pub fn told(measures: &[Measure]) -> Vec<Told> {
    measures.iter().map(|measure| Told { measure: measure.clone(), met: measure.met() }).collect()
}

/// The attacks of some evidence, each told in a sentence.
pub fn attacks(evidence: &Evidence) -> Vec<Attacked> {
    let told = |outcome: &AttackOutcome| {
        let words = attack::told(outcome);
        Attacked { outcome: outcome.clone(), met: outcome.met(), zh: words.zh, en: words.en }
    };
    evidence.attacks.iter().map(told).collect()
}

/// The report as indented JSON.
pub fn to_json(data: &ReportData) -> Result<String> {
    serde_json::to_string_pretty(data).map(|text| text + "\n").map_err(|error| Error::Internal(error.to_string()))
}

/// The JSON Schema (draft 2020-12) of `report.json`.
pub fn schema() -> serde_json::Value {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    generator.into_root_schema_for::<ReportData>().to_value()
}
