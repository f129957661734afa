//! What a recoding must reach, and how good it is.

use crate::privacy::{PrivacyModel, Quality, TableModel};

/// What a recoding must reach, what makes one better than another, and how long may be searched.
///
/// `Goal { models: &models, ..Goal::new(5, 0.04) }`.
#[derive(Clone, Copy)]
pub struct Goal<'a> {
    /// Least distinct subjects in a released class, at least 1.
    pub k: u64,
    /// Share of records that may be withheld, 0 to 1; the limit is `floor(share × records)`.
    pub suppression_limit: f64,
    /// Conditions on each released class, beside k-anonymity.
    pub models: &'a [Box<dyn PrivacyModel>],
    /// Conditions on all released classes together.
    pub table_models: &'a [Box<dyn TableModel>],
    /// Whether models that compare a class with the whole must hold against the released records too, which
    /// are all that a stranger sees. A recoding where they do not is then no solution.
    pub strict: bool,
    pub metric: Metric,
    /// How much each quasi column counts in means over columns, 0 or more; 1 where there is none for a column.
    pub weights: &'a [f64],
    /// The levels of each quasi column that may be released; empty for all levels of all columns.
    pub levels: &'a [Vec<usize>],
    pub budget: Budget<'a>,
}

impl Goal<'_> {
    /// k-anonymity with the least Loss, over all levels and without a budget.
    pub fn new(k: u64, suppression_limit: f64) -> Self {
        Self {
            k,
            suppression_limit,
            models: &[],
            table_models: &[],
            strict: false,
            metric: Metric::Loss,
            weights: &[],
            levels: &[],
            budget: Budget::default(),
        }
    }
}

/// After what a search gives up the proof and tells the best that it has found.
#[derive(Clone, Copy, Default)]
pub struct Budget<'a> {
    /// Most nodes whose classes are counted, but for what is counted at once. Gives the same result again.
    pub nodes: Option<u64>,
    /// Tells that time is up. Asked now and then; what is found until then depends on the machine.
    pub over: Option<&'a (dyn Fn() -> bool + Sync)>,
}

impl Budget<'_> {
    pub(super) fn spent(&self, nodes: u64) -> bool {
        self.nodes.is_some_and(|most| nodes >= most) || self.over.is_some_and(|over| over())
    }
}

/// What is made as small as possible: each is defined and measured the plain way in
/// [`privacy::quality`](crate::privacy::quality), whose name of it is its [`Metric::id`].
///
/// Metrics that are means over columns count each by its weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
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

    /// The same number from the plain measures of a recoding.
    pub fn of(self, quality: &Quality) -> f64 {
        match self {
            Self::Loss => quality.loss,
            Self::GeometricLoss => quality.loss_geometric,
            Self::Precision => quality.precision_loss,
            Self::Entropy => quality.entropy_bits,
            Self::NormalizedEntropy => quality.entropy_share,
            Self::Discernibility => quality.discernibility,
            Self::DiscernibilityOfClasses => quality.discernibility_of_classes,
            Self::AverageClassSize => quality.average_class_size,
            Self::Ambiguity => quality.ambiguity,
            Self::Divergence => quality.divergence_bits,
        }
    }
}
