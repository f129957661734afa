//! What a rule pack asks of a pipeline beyond thresholds: held against the file, before any data are read.

use crate::spec::findings::Check;
use crate::spec::pipeline::{ColumnSpec, ColumnType, Context, HierarchySpec, Role, TreatmentSpec};
use crate::spec::rules::{FinestDate, Rule, RulePack};
use crate::spec::words::{listed, quoted};

/// Holds `k` and the context against the pack.
pub(super) fn conditions(check: &mut Check, pack: &RulePack) {
    if let Some(rule) = &pack.least_subjects
        && let Some(k) = check.part::<u64>(&["privacy", "k"]).filter(|&k| k < rule.value)
    {
        let message = format!("`k` = {k} is below the {} subjects that {} asks for", rule.value, quoted(&pack.name));
        let help = format!("say `k = {}` or more: {}", rule.value, rule.source);
        check.add_help(check.at(&["privacy", "k"]), message, help);
    }
    if let Some(rule) = &pack.allowed_contexts
        && let Some(context) = check.part::<Context>(&["context"]).filter(|context| !rule.value.contains(context))
    {
        let allowed: Vec<&str> = rule.value.iter().copied().map(word).collect();
        let message = format!("{} does not allow a {} release", quoted(&pack.name), word(context));
        let help = format!("it can be {}: {}", listed(&allowed, "or"), rule.source);
        check.add_help(check.at(&["context"]), message, help);
    }
}

/// Holds every column that is right in itself against the pack.
pub(super) fn columns(check: &mut Check, pack: &RulePack, columns: &[ColumnSpec]) {
    if let Some(rule) = &pack.finest_date {
        for column in columns {
            date(check, pack, rule, column);
        }
    }
    // 10.2 speaks of all places of a record together, and how many people share two is not known
    let place = |column: &&ColumnSpec| column.inhabitants.is_some() && column.treatment != TreatmentSpec::Drop;
    let places: Vec<&ColumnSpec> = columns.iter().filter(place).collect();
    if pack.least_population.is_some() && places.len() > 1 {
        for place in &places[1..] {
            let message =
                format!("how many people share a place of {} and one of {} is not known", name(places[0]), name(place));
            let help = "release one column of places: drop the other, or make both levels of one hierarchy table";
            check.add_help(check.at_key(&["columns", &place.name, "inhabitants"]), message, help);
        }
    }
}

/// A released date must not be finer than the rule.
fn date(check: &mut Check, pack: &RulePack, rule: &Rule<FinestDate>, column: &ColumnSpec) {
    if !matches!(column.kind, ColumnType::Date { .. }) {
        return;
    }
    let right = first_level(rule.value, column.hierarchy.as_ref());
    let fits = |level: usize| right.is_some_and(|right| level >= right);
    let place = match (column.role, &column.treatment) {
        (_, TreatmentSpec::Drop | TreatmentSpec::Token { .. }) => return,
        (Role::Quasi, _) if fits(column.levels.finest) => return,
        (Role::Quasi, _) => "levels",
        (_, TreatmentSpec::Generalize { level: Some(level) }) if fits(*level) => return,
        _ => "treatment",
    };
    let period = rule.value.word();
    let message =
        format!("dates of {} would be finer than the {period} that {} allows", name(column), quoted(&pack.name));
    let level = right.unwrap_or(1);
    let level = match place {
        "levels" => format!("`levels = {{ finest = {level} }}`"),
        _ => format!("`treatment = {{ generalize = {{ level = {level} }} }}`"),
    };
    let say = match &column.hierarchy {
        Some(HierarchySpec::Date { periods }) if right == Some(periods.len() + 1) => {
            format!("add \"{period}\" to the hierarchy and say {level}")
        }
        Some(HierarchySpec::Date { .. }) => format!("say {level}"),
        _ => format!("say `hierarchy = {{ date = [\"{period}\"] }}` and {level}"),
    };
    let path = ["columns", column.name.as_str(), place];
    let span = if check.has(&path) { check.at(&path) } else { check.at_key(&path) };
    check.add_help(span, message, format!("{say}, or drop the column: {}", rule.source));
}

/// The first level of a date hierarchy that is not finer than a period: `*` where no period is. Others do not
/// tell how fine their levels are.
fn first_level(finest: FinestDate, hierarchy: Option<&HierarchySpec>) -> Option<usize> {
    let HierarchySpec::Date { periods } = hierarchy? else { return None };
    let coarse = |at: &usize| periods[*at].months() >= finest.period().months();
    // level 0 is the day, and above the last period stands `*`
    Some((0..periods.len()).find(coarse).unwrap_or(periods.len()) + 1)
}

fn word(context: Context) -> &'static str {
    match context {
        Context::Public => "public",
        Context::Controlled => "controlled",
        Context::Enclave => "enclave",
    }
}

fn name(column: &ColumnSpec) -> String {
    quoted(&column.name)
}

#[cfg(test)]
mod tests;
