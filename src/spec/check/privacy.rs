//! `[privacy]`: the models, and whether the columns they speak of are there.

use std::path::PathBuf;

use crate::spec::findings::Check;
use crate::spec::models::{GroundDistance, ModelSpec};
use crate::spec::pipeline::{ColumnSpec, ColumnType, PrivacySpec, RecodingKind, Role, SamplingSpec, TreatmentSpec};
use crate::spec::raw::{RawCloseness, RawDiversity, RawDiversityKind, RawPrivacy, RawSampling};
use crate::spec::words::{nearest, quoted};

/// The models in the order of their keys; the places of those that speak of a column.
pub(super) fn privacy(check: &mut Check) -> Option<PrivacySpec> {
    let raw: RawPrivacy = check.part(&["privacy"])?;
    let mut models = Vec::new();
    models.extend(raw.k_map.map(|k| ModelSpec::KMap { k }));
    if let Some(presence) = &raw.delta_presence {
        if presence.least > presence.most {
            let help = "the class's share of the population lies between `least` and `most`";
            check.add_help(check.at(&["privacy", "delta_presence"]), "`least` is above `most`", help);
        }
        models.push(ModelSpec::DeltaPresence { least: presence.least, most: presence.most });
    }
    for (place, diversity) in raw.l_diversity.into_iter().enumerate() {
        models.push(self::diversity(check, place, diversity)?);
    }
    let closeness = raw.t_closeness.into_iter();
    models.extend(closeness.map(|m| ModelSpec::TCloseness { column: m.column, distance: m.distance, t: m.t }));
    models.extend(raw.alpha_k.into_iter().map(|m| ModelSpec::AlphaK { column: m.column, alpha: m.alpha }));
    let beta = raw.beta_likeness.into_iter();
    models.extend(beta.map(|m| ModelSpec::BetaLikeness { column: m.column, kind: m.kind, beta: m.beta }));
    let delta = raw.delta_disclosure.into_iter();
    models.extend(delta.map(|m| ModelSpec::DeltaDisclosure { column: m.column, delta: m.delta }));
    models.extend(raw.average_risk.map(|limit| ModelSpec::AverageRisk { limit }));
    models.extend(raw.sample_uniques.map(|limit| ModelSpec::SampleUniques { limit }));
    let uniques = raw.population_uniques;
    models.extend(uniques.map(|m| ModelSpec::PopulationUniques { limit: m.limit, estimator: m.estimator }));
    let at_risk = raw.records_at_risk;
    models.extend(at_risk.map(|m| ModelSpec::RecordsAtRisk { threshold: m.threshold, limit: m.limit }));
    population(check, &models, raw.population.as_deref(), raw.sampling_fraction);
    let sampling = sampling(check, raw.sampling, raw.control_share);
    Some(PrivacySpec {
        k: raw.k,
        suppression_limit: raw.suppression_limit,
        sampling_fraction: raw.sampling_fraction * sampling.map_or(1.0, |sampling| sampling.rate),
        sampling,
        population: raw.population.map(PathBuf::from),
        models,
        recoding: raw.recoding,
    })
}

fn diversity(check: &mut Check, place: usize, raw: RawDiversity) -> Option<ModelSpec> {
    let place = place.to_string();
    let mut wrong = |key: &str, message: &str, help: &str| {
        check.add_help(check.at(&["privacy", "l_diversity", &place, key]), message, help);
    };
    if raw.kind != RawDiversityKind::Recursive && raw.c.is_some() {
        wrong("c", "`c` is for `recursive` diversity only", "leave it out");
    }
    if raw.kind != RawDiversityKind::Entropy && raw.estimator.is_some() {
        wrong("estimator", "`estimator` is for `entropy` diversity only", "leave it out");
    }
    if raw.kind == RawDiversityKind::Entropy {
        let estimator = raw.estimator.unwrap_or_default();
        return Some(ModelSpec::EntropyLDiversity { column: raw.column, l: raw.l, estimator });
    }
    if raw.l.fract() != 0.0 {
        wrong("l", "this diversity counts values: `l` must be a whole number", "say `l = 3`");
        return None;
    }
    let l = raw.l as u64;
    match (raw.kind, raw.c) {
        (RawDiversityKind::Recursive, None) => {
            wrong("kind", "`recursive` diversity needs `c`", "say `c = 3.0`: larger is weaker");
            None
        }
        (RawDiversityKind::Recursive, Some(c)) => Some(ModelSpec::RecursiveClDiversity { column: raw.column, c, l }),
        _ => Some(ModelSpec::DistinctLDiversity { column: raw.column, l }),
    }
}

/// Which subjects are drawn: said by their rate, or by the share that stays outside.
fn sampling(check: &mut Check, raw: Option<RawSampling>, control_share: Option<f64>) -> Option<SamplingSpec> {
    if raw.is_some() && control_share.is_some() {
        let help = "leave it out: who is not drawn is the control group";
        check.add_help(check.at_key(&["privacy", "control_share"]), "it is told twice who is released", help);
    }
    let Some(RawSampling { rate, epsilon, delta }) = raw else {
        return control_share.map(|share| SamplingSpec { rate: 1.0 - share, epsilon: None, delta: None });
    };
    let least = -(-rate).ln_1p();
    if epsilon.is_some_and(|epsilon| epsilon < least) {
        let message = format!("at this rate nothing holds below ε = {least:.6}");
        let help = "raise `epsilon`, or lower `rate`: −ln(1 − rate) is the least";
        check.add_help(check.at(&["privacy", "sampling", "epsilon"]), message, help);
    }
    if delta.is_some() && epsilon.is_none() {
        let help = "say `epsilon = 1.0`";
        check.add_help(check.at_key(&["privacy", "sampling", "delta"]), "`delta` is the δ of an ε", help);
    }
    Some(SamplingSpec { rate, epsilon, delta })
}

/// A model of the population needs one, and a population needs a model that looks at it.
fn population(check: &mut Check, models: &[ModelSpec], table: Option<&str>, fraction: f64) {
    let key = |model: &ModelSpec| match model {
        ModelSpec::KMap { .. } => "k_map",
        ModelSpec::DeltaPresence { .. } => "delta_presence",
        _ => "population_uniques",
    };
    for model in models {
        let needs_table = matches!(model, ModelSpec::DeltaPresence { .. }) && table.is_none();
        let estimates = matches!(model, ModelSpec::KMap { .. } | ModelSpec::PopulationUniques { .. });
        if needs_table {
            let help = "name a table of the population: `population = \"population.csv\"`";
            check.add_help(check.at_key(&["privacy", key(model)]), "nothing is known of the population", help);
        } else if estimates && table.is_none() && !check.has(&["privacy", "sampling_fraction"]) {
            let help = "say which share of the population the data hold: `sampling_fraction = 0.01`";
            check.add_help(check.at_key(&["privacy", key(model)]), "nothing is known of the population", help);
        }
    }
    if table.is_some() && !models.iter().any(ModelSpec::needs_population) {
        let help = "leave it out, or ask for `k_map` or `delta_presence`";
        check.add_help(check.at_key(&["privacy", "population"]), "no model looks at the population", help);
    }
    if table.is_some() && fraction < 1.0 {
        let help = "the table of the population tells more: leave the fraction out";
        check.add_help(check.at_key(&["privacy", "sampling_fraction"]), "the population is told twice", help);
    }
}

/// Settings go with the recoding that looks at them, and it with the columns.
pub(super) fn recoding_fits(check: &mut Check, recoding: RecodingKind, columns: &[ColumnSpec]) {
    let mut unused = |path: &[&str], of: &str| {
        if check.has(path) {
            let message = format!("{} is of no use here", quoted(path[path.len() - 1]));
            let help = format!("leave it out, or say `recoding = {of}` in `[privacy]`");
            check.add_help(check.at_key(path), message, help);
        }
    };
    if recoding != RecodingKind::Global {
        for key in ["metric", "nodes", "seconds"] {
            unused(&["search", key], "\"global\"");
        }
    }
    if recoding != RecodingKind::Microaggregation {
        unused(&["search", "statistic"], "\"microaggregation\"");
    }
    for column in columns {
        if recoding != RecodingKind::Local {
            unused(&["columns", &column.name, "ranges"], "\"local\"");
        }
    }
    let quasi = |column: &&ColumnSpec| column.role == Role::Quasi && column.treatment != TreatmentSpec::Drop;
    for column in columns.iter().filter(quasi) {
        let (name, levels) = (quoted(&column.name), &column.levels);
        let number = matches!(column.kind, ColumnType::Integer | ColumnType::Number);
        if recoding == RecodingKind::Microaggregation && !number {
            let help = "give numbers `type = \"number\"`; other quasi columns can be dropped, or recoded by `local`";
            let place = check.at_key(&["columns", &column.name]);
            check.add_help(place, format!("column {name} is not numeric and cannot be microaggregated"), help);
        } else if recoding == RecodingKind::Microaggregation && levels.finest > 0 {
            let place = check.at_key(&["columns", &column.name, "levels"]);
            check.add_help(place, format!("the numbers of {name} have no levels"), "leave `levels` out");
        } else if recoding != RecodingKind::Global && !levels.forbidden.is_empty() {
            let place = check.at(&["columns", &column.name, "levels", "forbidden"]);
            let help = "leave `forbidden` out, or say `recoding = \"global\"` in `[privacy]`";
            check.add_help(place, "levels can be forbidden for whole columns only", help);
        } else if matches!(recoding, RecodingKind::Cells | RecodingKind::Local) && levels.coarsest.is_some() {
            let place = check.at(&["columns", &column.name, "levels", "coarsest"]);
            let help = "leave `coarsest` out, or say `recoding = \"global\"` in `[privacy]`";
            check.add_help(place, "this recoding must be able to release `*`", help);
        }
    }
}

/// Whether a distance between the column's values is read from its hierarchy.
pub(super) fn measured_by_hierarchy(check: &mut Check, name: &str) -> bool {
    let models: Option<Vec<RawCloseness>> = check.part(&["privacy", "t_closeness"]);
    let by_tree = |m: &RawCloseness| m.column == name && m.distance == GroundDistance::Hierarchical;
    models.is_some_and(|models| models.iter().any(by_tree))
}

/// Every model speaks of a sensitive column that is released as it can be counted.
pub(super) fn speaks_of_released(check: &mut Check, columns: &[ColumnSpec]) {
    for key in ["l_diversity", "t_closeness", "alpha_k", "beta_likeness", "delta_disclosure"] {
        let mut place = 0;
        loop {
            let (at, index) = (place, place.to_string());
            let path = ["privacy", key, &index, "column"];
            if !check.has(&path) {
                break;
            }
            place += 1;
            let Some(name) = check.part::<String>(&path) else { continue };
            let span = check.at(&path);
            let Some(column) = columns.iter().find(|column| column.name == name) else {
                let names = columns.iter().map(|column| column.name.as_str());
                let help = match nearest(&name, names) {
                    Some(meant) => format!("did you mean {}?", quoted(meant)),
                    None => "declare it with `role = \"sensitive\"`".into(),
                };
                check.add_help(span, format!("column {} is not declared", quoted(&name)), help);
                continue;
            };
            let wrong = match (&column.treatment, column.role) {
                (TreatmentSpec::Drop, _) => Some("it is not released: nothing can be inferred from it"),
                (TreatmentSpec::Token { .. }, _) => Some("its tokens are no values"),
                (_, Role::Quasi) => Some("it is a quasi-identifier: it is generalized with its class"),
                (_, Role::Identifier) => Some("it is an identifier"),
                _ => None,
            };
            if let Some(why) = wrong {
                let message = format!("column {} cannot be held to this model: {why}", quoted(&name));
                check.add_help(span, message, "name a released column with `role = \"sensitive\"`");
                continue;
            }
            let by_tree = check.part::<GroundDistance>(&["privacy", key, &at.to_string(), "distance"]);
            if by_tree == Some(GroundDistance::Hierarchical) && column.hierarchy.is_none() {
                let help = "give the column a `hierarchy`: distances are read from its levels";
                check.add_help(span, format!("column {} has no hierarchy", quoted(&name)), help);
            }
        }
    }
}

#[cfg(test)]
mod tests;
