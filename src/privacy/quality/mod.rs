//! Quality metrics: what a recoding costs whoever uses the release.
//!
//! Each metric is its plain definition, over a table and a recoding. Counts are records, not subjects, and of
//! those that the table has: combinations that only the population has count nothing. Sums of counts are whole
//! numbers, so that the order of records does not matter.

mod ambiguity;
mod class_size;
mod classification;
mod discernibility;
mod distance;
mod divergence;
mod entropy;
mod granularity;
pub mod loss;
mod precision;
mod shown;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use ambiguity::ambiguity;
pub use class_size::average_class_size;
pub use classification::classification;
pub use discernibility::{discernibility, discernibility_of_classes};
pub use distance::distance;
pub use divergence::divergence;
pub use entropy::{Entropy, entropy};
pub use granularity::{granularity, shown_share};
pub use loss::{Loss, geometric, loss, weighted};
pub use precision::precision;
pub use shown::Shown;

use crate::spec::Metric;
use crate::table::{EquivalenceTable, Hierarchy, Recoding};

/// What a recoding costs, by every metric. All but `granularity` are 0 or smallest where nothing is lost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Quality {
    /// Arithmetic mean of the columns' loss, 0 to 1: see [`loss()`] and [`weighted`].
    pub loss: f64,
    /// Geometric mean of the columns' loss, 0 to 1: see [`geometric`].
    pub loss_geometric: f64,
    /// Mean of the columns' share of the way to `*`, 0 to 1: see [`precision()`].
    pub precision_loss: f64,
    /// Sum of the columns' non-uniform entropy, in bits: see [`entropy()`].
    pub entropy_bits: f64,
    /// Mean of the columns' share of their entropy that is lost, 0 to 1.
    pub entropy_share: f64,
    /// 1 where the data are as they were, 0 where nothing is told: see [`granularity()`].
    pub granularity: f64,
    /// DM, in pairs of records: see [`discernibility()`].
    pub discernibility: f64,
    /// DM*, in pairs of records: see [`discernibility_of_classes`].
    pub discernibility_of_classes: f64,
    /// Records per class: see [`average_class_size`].
    pub average_class_size: f64,
    /// Cells of the domain per record, summed over records: see [`ambiguity()`].
    pub ambiguity: f64,
    /// Kullback-Leibler divergence, in bits: see [`divergence()`].
    pub divergence_bits: f64,
    /// One per quasi column, in the table's order.
    pub columns: Vec<ColumnQuality>,
    /// One per sensitive column, in the table's order.
    pub classification: Vec<Classification>,
}

impl Quality {
    /// The number of one metric.
    pub fn of(&self, metric: Metric) -> f64 {
        match metric {
            Metric::Loss => self.loss,
            Metric::GeometricLoss => self.loss_geometric,
            Metric::Precision => self.precision_loss,
            Metric::Entropy => self.entropy_bits,
            Metric::NormalizedEntropy => self.entropy_share,
            Metric::Discernibility => self.discernibility,
            Metric::DiscernibilityOfClasses => self.discernibility_of_classes,
            Metric::AverageClassSize => self.average_class_size,
            Metric::Ambiguity => self.ambiguity,
            Metric::Divergence => self.divergence_bits,
        }
    }
}

/// What a recoding costs in one quasi column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnQuality {
    pub column: String,
    /// How much it counts in the means.
    pub weight: f64,
    pub loss: f64,
    pub precision_loss: f64,
    pub entropy_bits: f64,
    pub entropy_share: f64,
    /// Mean share of the domain that a record's label stands for: see [`shown_share`].
    pub shown_share: f64,
    /// Total variation between the values before and after, 0 to 1: see [`distance()`].
    pub distance: f64,
}

/// How badly the classes predict one sensitive column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Classification {
    pub column: String,
    /// Share of records, 0 to 1: see [`classification()`].
    pub penalty: f64,
}

/// Measures a recoding by every metric.
///
/// `hierarchies` stand in the order of the table's quasi columns and are over its domains. `weights` say how
/// much each of these columns counts in the means; where there is none for a column it is 1. A sum, like the
/// entropy in bits, has no weights.
pub fn quality(table: &EquivalenceTable, hierarchies: &[Hierarchy], recoding: &Recoding, weights: &[f64]) -> Quality {
    let levels = |column: usize, _row: usize| recoding.levels[column];
    quality_of(&Shown::new(table, hierarchies, &recoding.suppressed, levels), weights)
}

/// The same for a recoding with levels of its own for each combination.
pub fn quality_of(shown: &Shown, weights: &[f64]) -> Quality {
    let weights: Vec<f64> = (0..shown.columns()).map(|column| weights.get(column).copied().unwrap_or(1.0)).collect();
    let each =
        |of: fn(&Shown, usize) -> f64| -> Vec<f64> { (0..shown.columns()).map(|column| of(shown, column)).collect() };
    let (losses, precisions, distances) = (each(loss::shown), each(precision), each(distance));
    let entropies: Vec<Entropy> = (0..shown.columns()).map(|column| entropy(shown, column)).collect();
    let entropy_shares: Vec<f64> = entropies.iter().map(Entropy::share).collect();
    let shown_shares = each(shown_share);
    let column = |column: usize| ColumnQuality {
        column: shown.table.domains[column].column.clone(),
        weight: weights[column],
        loss: losses[column],
        precision_loss: precisions[column],
        entropy_bits: entropies[column].lost,
        entropy_share: entropy_shares[column],
        shown_share: shown_shares[column],
        distance: distances[column],
    };
    let penalty = |(at, sensitive): (usize, &crate::table::Sensitive)| Classification {
        column: sensitive.domain.column.clone(),
        penalty: classification(shown, at),
    };
    Quality {
        loss: weighted(&losses, &weights),
        loss_geometric: geometric(&losses, &weights),
        precision_loss: weighted(&precisions, &weights),
        entropy_bits: entropies.iter().map(|entropy| entropy.lost).sum(),
        entropy_share: weighted(&entropy_shares, &weights),
        granularity: granularity(shown, &weights),
        discernibility: discernibility(shown) as f64,
        discernibility_of_classes: discernibility_of_classes(shown) as f64,
        average_class_size: average_class_size(shown),
        ambiguity: ambiguity(shown),
        divergence_bits: divergence(shown),
        columns: (0..shown.columns()).map(column).collect(),
        classification: shown.table.sensitive.iter().enumerate().map(penalty).collect(),
    }
}
