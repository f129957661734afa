//! What a search makes as small as possible.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is made as small as possible: each is defined and measured the plain way in
/// `privacy::quality`, whose name of it is its [`Metric::id`].
///
/// Metrics that are means over columns count each by its weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Arithmetic mean of the columns' Loss.
    #[default]
    Loss,
    /// Geometric mean of the columns' Loss: ARX's default.
    GeometricLoss,
    /// Mean of the columns' share of the way to `*`, by numbers of levels.
    Precision,
    /// Sum of the columns' non-uniform entropy.
    Entropy,
    /// Mean of the columns' share of their entropy that is lost.
    NormalizedEntropy,
    /// DM.
    Discernibility,
    /// DM*.
    DiscernibilityOfClasses,
    AverageClassSize,
    Ambiguity,
    /// Kullback-Leibler divergence.
    Divergence,
}

impl Metric {
    pub const ALL: [Self; 10] = [
        Self::Loss,
        Self::GeometricLoss,
        Self::Precision,
        Self::Entropy,
        Self::NormalizedEntropy,
        Self::Discernibility,
        Self::DiscernibilityOfClasses,
        Self::AverageClassSize,
        Self::Ambiguity,
        Self::Divergence,
    ];

    /// The key of the same number in `privacy::Quality`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::GeometricLoss => "loss_geometric",
            Self::Precision => "precision_loss",
            Self::Entropy => "entropy_bits",
            Self::NormalizedEntropy => "entropy_share",
            Self::Discernibility => "discernibility",
            Self::DiscernibilityOfClasses => "discernibility_of_classes",
            Self::AverageClassSize => "average_class_size",
            Self::Ambiguity => "ambiguity",
            Self::Divergence => "divergence_bits",
        }
    }
}
