//! Rule packs: dated thresholds, each with its source and the confidence in it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::pipeline::{Claim, Context, Period};

/// A dated pack of thresholds, from a TOML file in `pipelines/rules/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RulePack {
    /// The name that pipelines use, such as `cn-gbt42460-2023`.
    pub name: String,
    /// The day since which these rules hold, `YYYY-MM-DD`.
    pub in_force: String,
    pub title: String,
    /// τ per context: the highest tolerated risk of one class, 0 to 1.
    pub class_risk: PerContext,
    /// The overall risk that a level-3 release must stay below, 0 to 1.
    pub overall_risk: Threshold,
    /// The lowest level of GB/T 42460 (1 to 4) that each claim needs.
    pub level: LevelPerClaim,
    /// pr(context), D.1.4.
    pub attack: AttackProbabilities,
    /// What the attacks on a release may reach, by the attack's name: see [`ATTACKS`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attacks: BTreeMap<String, AttackLimit>,
    /// The least `k` that a pipeline may ask for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least_subjects: Option<Rule<u64>>,
    /// The only contexts that a release may be for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_contexts: Option<Rule<Vec<Context>>>,
    /// The finest period that a released date may tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finest_date: Option<Rule<FinestDate>>,
    /// More people than this must live in the places that a released label stands for; holds for columns with
    /// an `inhabitants` table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least_population: Option<Rule<u64>>,
}

/// The attacks that a pack can limit.
pub const ATTACKS: [&str; 30] = [
    "residual_patterns",
    "residual_values",
    "residual_columns",
    "residual_texts",
    "metadata_values",
    "metadata_traces",
    "relink_quasi",
    "relink_measures",
    "relink_subsets",
    "homogeneity",
    "near_unique_value",
    "extreme_values",
    "token_enumeration",
    "token_unkeyed",
    "token_frequency",
    "token_reuse_columns",
    "token_reuse_releases",
    "trail_unicity_1",
    "trail_unicity_2",
    "trail_unicity_3",
    "trail_unicity_4",
    "trail_unicity_5",
    "singling_out_univariate",
    "singling_out_multivariate",
    "linkability",
    "inference",
    "ordered_column",
    "earlier_differences",
    "earlier_intersections",
    "earlier_sensitive",
];

/// The largest risk beyond chance, 0 to 1, that an attack may reach; what is asked of a weaker claim is asked of a
/// stronger one too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttackLimit {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deidentified: Option<Threshold>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anonymized: Option<Threshold>,
}

impl RulePack {
    /// What an attack may reach on a release that claims this; `None` where the pack does not limit it.
    pub fn attack_limit(&self, attack: &str, claim: Claim) -> Option<&Threshold> {
        let limit = self.attacks.get(attack)?;
        match claim {
            Claim::Deidentified => limit.deidentified.as_ref(),
            Claim::Anonymized => limit.anonymized.as_ref().or(limit.deidentified.as_ref()),
        }
    }
}

/// What a rule asks, with where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule<T> {
    pub value: T,
    pub source: String,
    pub confidence: Confidence,
}

/// A number with where it comes from.
pub type Threshold = Rule<f64>;

/// A period of the calendar as rule packs name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FinestDate {
    Month,
    Quarter,
    Half,
    Year,
    Decade,
}

impl FinestDate {
    /// The word that pipelines and rule packs use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Half => "half",
            Self::Year => "year",
            Self::Decade => "decade",
        }
    }

    /// As a period of a date hierarchy.
    pub fn period(self) -> Period {
        match self {
            Self::Month => Period::Month,
            Self::Quarter => Period::Quarter,
            Self::Half => Period::Half,
            Self::Year => Period::Years(1),
            Self::Decade => Period::Years(10),
        }
    }
}

/// H high, M medium, L low; then S read in a source, M from general knowledge, C recomputed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Confidence(pub String);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PerContext {
    pub public: Threshold,
    pub controlled: Threshold,
    pub enclave: Threshold,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LevelPerClaim {
    pub deidentified: Threshold,
    pub anonymized: Threshold,
}

/// Probabilities of an attempt, by grade of control (T1 also by grade of motive).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttackProbabilities {
    pub source: String,
    pub confidence: Confidence,
    /// T1, deliberate attempt of an insider: by mitigation control, then by motive and capacity.
    pub insider: ByGrade<ByGrade<f64>>,
    /// T3, breach at the recipient: by the recipient's control.
    pub breach: ByGrade<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ByGrade<T> {
    pub low: T,
    pub medium: T,
    pub high: T,
}
