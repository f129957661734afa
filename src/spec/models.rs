//! The privacy models that a pipeline may ask for, beside k-anonymity.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One condition on the released classes. Columns are named as they are released.
///
/// `docs` of each model, with its formula and source, stand in `privacy`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "model", rename_all = "snake_case", deny_unknown_fields)]
pub enum ModelSpec {
    /// Each class has at least `k` subjects in the population.
    KMap { k: u64 },
    /// The share of a class's population that is in the data lies between these.
    DeltaPresence { least: f64, most: f64 },
    /// At least `l` distinct sensitive values in a class.
    DistinctLDiversity { column: String, l: u64 },
    /// The entropy of a class's sensitive values is at least `log l`.
    EntropyLDiversity { column: String, l: f64, estimator: EntropyEstimator },
    /// The most frequent value is rarer than `c` times the sum from the `l`-th most frequent on.
    RecursiveClDiversity { column: String, c: f64, l: u64 },
    /// The distance between the distributions of a class and of the whole is at most `t`.
    TCloseness { column: String, distance: GroundDistance, t: f64 },
    /// No sensitive value has more than the share `alpha` of a class.
    AlphaK { column: String, alpha: f64 },
    /// The relative gain of a value's share in a class is bounded by `beta`.
    BetaLikeness { column: String, kind: BetaKind, beta: f64 },
    /// The log ratio of each value's share in a class to its share in the whole is below `delta`.
    DeltaDisclosure { column: String, delta: f64 },
    /// The mean risk of the released records.
    AverageRisk { limit: f64 },
    /// The share of released records that are alone in their class.
    SampleUniques { limit: f64 },
    /// The estimated share of the population that is alone in it.
    PopulationUniques { limit: f64, estimator: UniquesEstimator },
    /// The share of released records whose risk is above a threshold.
    RecordsAtRisk { threshold: f64, limit: f64 },
}

/// How the entropy of a class is estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EntropyEstimator {
    /// Of the shares as they are.
    #[default]
    Shannon,
    /// Corrected for small samples.
    Grassberger,
}

/// How far apart two sensitive values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum GroundDistance {
    /// All values are equally far from each other.
    Equal,
    /// By rank: numbers by size, other text by its bytes.
    Ordered,
    /// By the height of the lowest common label in the column's hierarchy.
    Hierarchical,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BetaKind {
    Basic,
    Enhanced,
}

/// How population uniques are estimated from a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum UniquesEstimator {
    /// The decision rule of Dankar et al.
    #[default]
    Dankar,
    Pitman,
    Zayatz,
    Snb,
}

impl ModelSpec {
    /// The identifier that measures and refusals use. δ-presence with a least share has a second one for that.
    pub fn id(&self) -> &'static str {
        match self {
            Self::KMap { .. } => "k_map",
            Self::DeltaPresence { .. } => "delta_presence_most",
            Self::DistinctLDiversity { .. } => "distinct_l_diversity",
            Self::EntropyLDiversity { estimator: EntropyEstimator::Shannon, .. } => "entropy_l_diversity",
            Self::EntropyLDiversity { estimator: EntropyEstimator::Grassberger, .. } => "grassberger_l_diversity",
            Self::RecursiveClDiversity { .. } => "recursive_cl_diversity",
            Self::TCloseness { distance: GroundDistance::Equal, .. } => "t_closeness_equal",
            Self::TCloseness { distance: GroundDistance::Ordered, .. } => "t_closeness_ordered",
            Self::TCloseness { distance: GroundDistance::Hierarchical, .. } => "t_closeness_hierarchical",
            Self::AlphaK { .. } => "alpha_k",
            Self::BetaLikeness { kind: BetaKind::Basic, .. } => "basic_beta_likeness",
            Self::BetaLikeness { kind: BetaKind::Enhanced, .. } => "enhanced_beta_likeness",
            Self::DeltaDisclosure { .. } => "delta_disclosure",
            Self::AverageRisk { .. } => "average_risk",
            Self::SampleUniques { .. } => "sample_uniques",
            Self::PopulationUniques { .. } => "population_uniques",
            Self::RecordsAtRisk { .. } => "records_at_risk",
        }
    }

    /// The sensitive column that the model speaks of.
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::DistinctLDiversity { column, .. }
            | Self::EntropyLDiversity { column, .. }
            | Self::RecursiveClDiversity { column, .. }
            | Self::TCloseness { column, .. }
            | Self::AlphaK { column, .. }
            | Self::BetaLikeness { column, .. }
            | Self::DeltaDisclosure { column, .. } => Some(column),
            Self::KMap { .. }
            | Self::DeltaPresence { .. }
            | Self::AverageRisk { .. }
            | Self::SampleUniques { .. }
            | Self::PopulationUniques { .. }
            | Self::RecordsAtRisk { .. } => None,
        }
    }

    /// The sensitive columns that models speak of, each once, in their order.
    pub fn columns(models: &[Self]) -> Vec<String> {
        let mut columns: Vec<String> = Vec::new();
        for column in models.iter().filter_map(Self::column) {
            if !columns.iter().any(|known| known == column) {
                columns.push(column.into());
            }
        }
        columns
    }

    /// Whether the model needs to know how many people of the population each class has.
    pub fn needs_population(&self) -> bool {
        matches!(self, Self::KMap { .. } | Self::DeltaPresence { .. })
    }
}
