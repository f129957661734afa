//! From the models asked for to conditions over one table.

use thiserror::Error;

use super::*;
use crate::spec::{GroundDistance, ModelSpec, UniquesEstimator};
use crate::table::{EquivalenceTable, Hierarchy};

/// The conditions that a release must keep.
pub struct Models {
    /// k-anonymity first, then the models of single classes in the order asked for.
    pub class: Vec<Box<dyn PrivacyModel>>,
    /// The models of all released classes together, in the order asked for.
    pub table: Vec<Box<dyn TableModel>>,
}

/// Why a model cannot be held against a table. Names models, columns and parameters, never values.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ModelError {
    #[error("`{model}` speaks of column `{column}`, which is not counted as a sensitive column")]
    UnknownColumn { model: &'static str, column: String },
    #[error("the hierarchical distance of `t_closeness` needs a hierarchy of column `{column}`")]
    NoHierarchy { column: String },
    #[error("the hierarchy of column `{column}` is not over the values that are counted")]
    OtherHierarchy { column: String },
    #[error("`{model}` needs a table of the population")]
    NoPopulation { model: &'static str },
    #[error("`{parameter}` of `{model}` must be {expected}")]
    Parameter { model: &'static str, parameter: &'static str, expected: &'static str },
}

/// Prepares k-anonymity and all models of a pipeline over the table whose classes they will judge.
///
/// `trees` are the hierarchies of the sensitive columns in the table's order, for those that have one; it may
/// be shorter. `sampling_fraction` is the share of the population that the data hold: `k_map` uses it where
/// the table counts no population. `uniques` gives the estimator that `population_uniques` asks for.
///
/// The whole that `t_closeness`, `beta_likeness` and `delta_disclosure` compare with are all subjects of the
/// table, also those who will be withheld: see [`PrivacyModel::over`]. One [`ModelSpec::DeltaPresence`] becomes
/// two models, one for each side; a `least` of 0 is kept by everything and left out.
///
/// # Errors
/// The first model that speaks of a column, hierarchy or population that is not there, or has a parameter
/// without sense.
pub fn prepare(
    k: u64,
    specs: &[ModelSpec],
    table: &EquivalenceTable,
    trees: &[Option<Hierarchy>],
    sampling_fraction: f64,
    uniques: impl Fn(UniquesEstimator) -> Uniques,
) -> Result<Models, ModelError> {
    let mut models = Models { class: vec![Box::new(KAnonymity { k })], table: Vec::new() };
    let source = Source { table, trees, spread: !table.spread.is_empty(), sampling_fraction };
    for spec in specs {
        check(spec)?;
        match spec {
            ModelSpec::AverageRisk { limit } => models.table.push(Box::new(AverageRisk::new(*limit))),
            ModelSpec::SampleUniques { limit } => models.table.push(Box::new(SampleUniques::new(*limit))),
            ModelSpec::PopulationUniques { limit, estimator } => {
                models.table.push(Box::new(PopulationUniques::new(*limit, uniques(*estimator))));
            }
            ModelSpec::RecordsAtRisk { threshold, limit } => {
                models.table.push(Box::new(RecordsAtRisk::new(*threshold, *limit)));
            }
            of_class => source.prepare(of_class, &mut models.class)?,
        }
    }
    Ok(models)
}

struct Source<'a> {
    table: &'a EquivalenceTable,
    trees: &'a [Option<Hierarchy>],
    /// Whether some subject is in several combinations.
    spread: bool,
    sampling_fraction: f64,
}

impl Source<'_> {
    fn prepare(&self, spec: &ModelSpec, models: &mut Vec<Box<dyn PrivacyModel>>) -> Result<(), ModelError> {
        let spread = self.spread;
        match spec {
            ModelSpec::KMap { k } => models.push(match self.table.population.is_empty() {
                false => Box::new(KMap::counted(*k)),
                true => Box::new(KMap::sampled(*k, self.sampling_fraction)),
            }),
            ModelSpec::DeltaPresence { least, most } => {
                if self.table.population.is_empty() {
                    return Err(ModelError::NoPopulation { model: name(spec) });
                }
                if *least > 0.0 {
                    models.push(Box::new(DeltaPresence::least(*least, spread)));
                }
                models.push(Box::new(DeltaPresence::most(*most)));
            }
            ModelSpec::DistinctLDiversity { l, .. } => {
                models.push(Box::new(DistinctLDiversity { sensitive: self.sensitive(spec)?, l: *l }));
            }
            ModelSpec::EntropyLDiversity { l, estimator, .. } => {
                models.push(Box::new(EntropyLDiversity::new(self.sensitive(spec)?, *l, *estimator, spread)));
            }
            ModelSpec::RecursiveClDiversity { c, l, .. } => {
                models.push(Box::new(RecursiveClDiversity::new(self.sensitive(spec)?, *c, *l, spread)));
            }
            ModelSpec::AlphaK { alpha, .. } => {
                models.push(Box::new(AlphaK::new(self.sensitive(spec)?, *alpha, spread)));
            }
            ModelSpec::TCloseness { distance, t, .. } => models.push(Box::new(self.closeness(spec, *distance, *t)?)),
            ModelSpec::BetaLikeness { kind, beta, .. } => {
                let sensitive = self.sensitive(spec)?;
                let whole = self.table.distribution(sensitive);
                models.push(Box::new(BetaLikeness::new(sensitive, *kind, *beta, &whole, spread)));
            }
            ModelSpec::DeltaDisclosure { delta, .. } => {
                let sensitive = self.sensitive(spec)?;
                let whole = self.table.distribution(sensitive);
                models.push(Box::new(DeltaDisclosure::new(sensitive, *delta, Absent::Counted, &whole, spread)));
            }
            ModelSpec::AverageRisk { .. }
            | ModelSpec::SampleUniques { .. }
            | ModelSpec::PopulationUniques { .. }
            | ModelSpec::RecordsAtRisk { .. } => {}
        }
        Ok(())
    }

    fn closeness(&self, spec: &ModelSpec, distance: GroundDistance, t: f64) -> Result<TCloseness, ModelError> {
        let sensitive = self.sensitive(spec)?;
        let (domain, whole) = (&self.table.sensitive[sensitive].domain, self.table.distribution(sensitive));
        Ok(match distance {
            GroundDistance::Equal => TCloseness::equal(sensitive, t, &whole, self.spread),
            GroundDistance::Ordered => TCloseness::ordered(sensitive, t, &whole, self.spread, domain),
            GroundDistance::Hierarchical => {
                let column = domain.column.clone();
                let tree = self.trees.get(sensitive).and_then(Option::as_ref);
                let Some(tree) = tree else { return Err(ModelError::NoHierarchy { column }) };
                if tree.levels.iter().any(|level| level.label_of.len() != domain.len()) {
                    return Err(ModelError::OtherHierarchy { column });
                }
                TCloseness::hierarchical(sensitive, t, &whole, self.spread, tree)
            }
        })
    }

    /// The place of the sensitive column that a model speaks of.
    fn sensitive(&self, spec: &ModelSpec) -> Result<usize, ModelError> {
        let column = spec.column().unwrap_or_default();
        let place = self.table.sensitive.iter().position(|sensitive| sensitive.domain.column == column);
        place.ok_or_else(|| ModelError::UnknownColumn { model: name(spec), column: column.to_string() })
    }
}

/// The key of a model in the pipeline file.
fn name(spec: &ModelSpec) -> &'static str {
    match spec {
        ModelSpec::KMap { .. } => "k_map",
        ModelSpec::DeltaPresence { .. } => "delta_presence",
        ModelSpec::DistinctLDiversity { .. } => "distinct_l_diversity",
        ModelSpec::EntropyLDiversity { .. } => "entropy_l_diversity",
        ModelSpec::RecursiveClDiversity { .. } => "recursive_cl_diversity",
        ModelSpec::TCloseness { .. } => "t_closeness",
        ModelSpec::AlphaK { .. } => "alpha_k",
        ModelSpec::BetaLikeness { .. } => "beta_likeness",
        ModelSpec::DeltaDisclosure { .. } => "delta_disclosure",
        ModelSpec::AverageRisk { .. } => "average_risk",
        ModelSpec::SampleUniques { .. } => "sample_uniques",
        ModelSpec::PopulationUniques { .. } => "population_uniques",
        ModelSpec::RecordsAtRisk { .. } => "records_at_risk",
    }
}

/// Refuses parameters with which a model would say nothing, or nothing right. What is not a number is refused.
fn check(spec: &ModelSpec) -> Result<(), ModelError> {
    let wrong = |parameter, expected| Err(ModelError::Parameter { model: name(spec), parameter, expected });
    let share = |value: &f64| (0.0..=1.0).contains(value);
    let positive = |value: &f64| *value > 0.0 && value.is_finite();
    match spec {
        ModelSpec::KMap { k: 0 } => wrong("k", "at least 1"),
        ModelSpec::DeltaPresence { least, .. } if !share(least) => wrong("least", "from 0 to 1"),
        ModelSpec::DeltaPresence { least, most } if !share(most) || least > most => wrong("most", "from `least` to 1"),
        ModelSpec::DistinctLDiversity { l: 0, .. } | ModelSpec::RecursiveClDiversity { l: 0, .. } => {
            wrong("l", "at least 1")
        }
        ModelSpec::EntropyLDiversity { l, .. } if !(*l >= 1.0 && l.is_finite()) => wrong("l", "at least 1"),
        ModelSpec::RecursiveClDiversity { c, .. } if !positive(c) => wrong("c", "above 0"),
        ModelSpec::TCloseness { t, .. } if !share(t) => wrong("t", "from 0 to 1"),
        ModelSpec::AlphaK { alpha, .. } if !(share(alpha) && positive(alpha)) => wrong("alpha", "above 0, at most 1"),
        ModelSpec::BetaLikeness { beta, .. } if !positive(beta) => wrong("beta", "above 0"),
        ModelSpec::DeltaDisclosure { delta, .. } if !positive(delta) => wrong("delta", "above 0"),
        ModelSpec::RecordsAtRisk { threshold, .. } if !share(threshold) => wrong("threshold", "from 0 to 1"),
        ModelSpec::AverageRisk { limit }
        | ModelSpec::SampleUniques { limit }
        | ModelSpec::PopulationUniques { limit, .. }
        | ModelSpec::RecordsAtRisk { limit, .. }
            if !share(limit) =>
        {
            wrong("limit", "from 0 to 1")
        }
        _ => Ok(()),
    }
}
