//! The models that a pipeline asks for: made into conditions over a table, and measured again on what was written.

use hashbrown::HashMap;

use crate::engine::ApplyPlan;
use crate::error::{Error, Result};
use crate::privacy::{self, Bound, Measured, Models};
use crate::risk::population::{self, Population};
use crate::risk::{Basis, ClassSizes, Comparison, Conditions, Limit, Measure, Tree};
use crate::spec::{ModelSpec, UniquesEstimator};
use crate::table::{Classes, Domain, EquivalenceTable, Hierarchy, Histogram};

/// Prepares k-anonymity and the models over a table; `fraction` is the share of the population that it holds.
pub fn prepare(
    k: u64,
    models: &[ModelSpec],
    table: &EquivalenceTable,
    trees: &[Option<Hierarchy>],
    fraction: f64,
) -> Result<Models> {
    let uniques = |estimator: UniquesEstimator| -> privacy::Uniques {
        Box::new(move |sizes| uniques_share(&ClassSizes(sizes.to_vec()), fraction, estimator))
    };
    privacy::prepare(k, models, table, trees, fraction, uniques)
        .map_err(|error| Error::Usage { message: error.to_string(), help: None })
}

/// The estimated share of the population that is alone in it; not a number where the estimate does not converge.
fn uniques_share(sizes: &ClassSizes, fraction: f64, estimator: UniquesEstimator) -> f64 {
    let population = Population::Fraction(fraction);
    let uniques = match estimator {
        UniquesEstimator::Pitman => population::pitman(sizes, population),
        UniquesEstimator::Zayatz => population::zayatz(sizes, population),
        UniquesEstimator::Snb => population::snb(sizes, population),
        UniquesEstimator::Dankar => population::population_uniques(sizes, population).dankar,
    };
    uniques.map_or(f64::NAN, |uniques| uniques / population.people(sizes))
}

/// The models as the written files keep them: their classes, their distributions.
pub fn from_files(table: &EquivalenceTable, conditions: &Conditions) -> Result<Vec<Measure>> {
    let repeatable = |model: &&ModelSpec| !(conditions.population && model.needs_population());
    let specs: Vec<ModelSpec> = conditions.models.iter().filter(repeatable).cloned().collect();
    if specs.is_empty() {
        return Ok(Vec::new());
    }
    let tree = |domain: &Domain| {
        conditions.trees.iter().find(|tree| tree.column == domain.column).map(|tree| hierarchy(tree, domain))
    };
    let trees = table.sensitive.iter().map(|sensitive| tree(&sensitive.domain).transpose());
    let trees = trees.collect::<Result<Vec<_>>>()?;
    let models = prepare(conditions.k, &specs, table, &trees, conditions.sampling_fraction)?;
    Ok(measures(&models, table, &table.finest(), |_| true, Basis::Release))
}

/// The models that only the run can measure: those that look at a table of the population.
pub fn of_run(plan: &ApplyPlan, conditions: &Conditions) -> Result<Vec<Measure>> {
    let ours = |model: &&ModelSpec| conditions.population && model.needs_population();
    let specs: Vec<ModelSpec> = conditions.models.iter().filter(ours).cloned().collect();
    if specs.is_empty() {
        return Ok(Vec::new());
    }
    let models = prepare(conditions.k, &specs, plan.table, &[], conditions.sampling_fraction)?;
    let (classes, suppressed) = (plan.recoded.classes(plan.table), plan.recoded.suppressed());
    let mut released = vec![false; classes.records.len()];
    for (&class, &withheld) in classes.class_of.iter().zip(suppressed) {
        released[class as usize] |= !withheld;
    }
    Ok(measures(&models, plan.table, &classes, |class| released[class], Basis::Run))
}

/// All models but k-anonymity, which stands among the measures of class sizes.
fn measures(
    models: &Models,
    table: &EquivalenceTable,
    classes: &Classes,
    released: impl Fn(usize) -> bool,
    basis: Basis,
) -> Vec<Measure> {
    let histograms: Vec<Histogram> = (0..table.sensitive.len()).map(|s| table.histogram(classes, s)).collect();
    let measured = privacy::measure(models, classes, &histograms, released);
    let measure = |measured: &Measured| {
        let (comparison, value) = match measured.bound {
            Bound::AtLeast(value) => (Comparison::AtLeast, value),
            Bound::AtMost(value) => (Comparison::AtMost, value),
            Bound::Below(value) => (Comparison::Below, value),
        };
        Measure {
            id: measured.id.into(),
            // where nothing is released nothing was measured: what is not a number keeps no limit
            value: measured.worst.unwrap_or(f64::NAN),
            limit: Some(Limit { comparison, value, source: "pipeline".into(), confidence: None }),
            basis,
            columns: measured.sensitive.map(|s| table.sensitive[s].domain.column.clone()).into_iter().collect(),
        }
    };
    measured.iter().filter(|measured| measured.id != "k_anonymity").map(measure).collect()
}

/// The hierarchies that distances are read from, over the values that are released: no other value travels.
pub fn trees(plan: &ApplyPlan, trees: &[Option<Hierarchy>]) -> Vec<Tree> {
    let suppressed = plan.recoded.suppressed();
    let tree = |(sensitive, hierarchy): (&crate::table::Sensitive, &Option<Hierarchy>)| {
        let hierarchy = hierarchy.as_ref()?;
        let mut released = vec![false; sensitive.domain.len()];
        for (row, &code) in sensitive.codes.iter().enumerate() {
            released[code as usize] |= !suppressed[row] && plan.table.records[row] > 0;
        }
        let labels = |code: usize| -> Vec<Option<String>> {
            (0..hierarchy.levels.len()).map(|level| hierarchy.label(level, code as u32).map(str::to_owned)).collect()
        };
        let values = sensitive.domain.values().iter().enumerate().filter(|&(code, _)| released[code]);
        let labels = values.map(|(code, value)| (value.clone(), labels(code))).collect();
        Some(Tree { column: sensitive.domain.column.clone(), labels })
    };
    plan.table.sensitive.iter().zip(trees).filter_map(tree).collect()
}

/// The hierarchy that a certificate gives to the values of a column.
fn hierarchy(tree: &Tree, domain: &Domain) -> Result<Hierarchy> {
    let other =
        || Error::Internal(format!("the certificate's labels of `{}` are not those of its values", tree.column));
    let of: HashMap<&Option<String>, &[Option<String>]> =
        tree.labels.iter().rev().map(|(value, labels)| (value, &labels[..])).collect();
    let rows = domain.values().iter().map(|value| of.get(value).copied().ok_or_else(other));
    let rows = rows.collect::<Result<Vec<_>>>()?;
    let height = rows.first().map_or(0, |labels| labels.len());
    if height == 0 || rows.iter().any(|labels| labels.len() != height) {
        return Err(other());
    }
    Ok(Hierarchy::of_labels(domain, &rows))
}
