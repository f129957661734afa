//! Certified or refused.

use super::attack::{self, AttackOutcome};
use super::{Comparison, Conditions, Evidence, Measure, figure};
use crate::error::{Reason, Refusal};

/// Measures without which nothing is certified.
const NEEDED: [&str; 7] = [
    "k_anonymity",
    "classes_above_tau",
    "gbt42460_level",
    "identifier_columns",
    "subjects_not_countable",
    "one_to_one_columns",
    "determining_columns",
];

/// Decides whether a release may go out: every limit is kept and nothing needed is missing.
///
/// # Errors
/// All unmet conditions with what would help; columns by name, never a value of a cell.
pub fn verdict(evidence: &Evidence, conditions: &Conditions) -> Result<(), Refusal> {
    let models = conditions.models.iter().map(|model| (model.id(), model.column()));
    let asked: Vec<(&str, Option<&str>)> = NEEDED.iter().map(|id| (*id, None)).chain(models).collect();
    let measured = |(id, column): &(&str, Option<&str>)| {
        let speaks = |m: &Measure| column.is_none_or(|column| m.columns.iter().any(|name| name == column));
        evidence.measures.iter().filter(|m| m.id == *id && m.limit.is_some() && speaks(m)).count()
    };
    let often = |one: &(&str, Option<&str>)| asked.iter().filter(|other| *other == one).count();
    let missing = asked.iter().filter(|asked| measured(asked) < often(asked)).map(|(id, _)| Reason {
        condition: (*id).into(),
        message: format!("`{id}` was not measured, and what is not measured does not hold"),
        help: None,
    });
    let mut reasons = unmet(&evidence.measures, &evidence.attacks, conditions);
    reasons.extend(missing);
    if reasons.is_empty() { Ok(()) } else { Err(Refusal { reasons }) }
}

/// The measures beyond their limits, the attacks that achieved more than the rules allow, and those of which a limit is
/// set and which were not tried.
pub fn unmet(measures: &[Measure], attacks: &[AttackOutcome], conditions: &Conditions) -> Vec<Reason> {
    let unmet = measures.iter().filter(|m| m.met() == Some(false)).map(reason);
    let achieved = attacks.iter().filter(|attack| attack.met() == Some(false)).map(succeeded);
    let untried = conditions.rules.attacks.keys().filter(|id| {
        let asked = conditions.rules.attack_limit(id, conditions.claim).is_some();
        asked && attacks.iter().all(|attack| attack.id != **id || !attack.attempted())
    });
    let untried = untried.map(|id| Reason {
        condition: id.clone(),
        message: format!("the attack `{id}` was not tried, and what was not tried is not withstood"),
        help: attacks.iter().find(|attack| attack.id == *id).and_then(|attack| attack.advice.clone()),
    });
    unmet.chain(achieved).chain(untried).collect()
}

/// Tells an attack that achieved more than the rules allow.
fn succeeded(attack: &AttackOutcome) -> Reason {
    let columns = attack.columns.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let on = if columns.is_empty() { String::new() } else { format!(" by {columns}") };
    let subjects = match attack.subjects_at_risk {
        Some(subjects) if subjects > 0 => format!(", {} subjects among those tried", figure(subjects as f64)),
        _ => String::new(),
    };
    let limit = attack.limit.as_ref();
    Reason {
        condition: attack.id.clone(),
        message: format!(
            "{}{on}: {} of {} trials succeeded{subjects}; the risk beyond chance is {}, at most {} is allowed ({})",
            attack::words::attack(&attack.id).map_or(attack.id.as_str(), |[(_, name), _]| name),
            figure(attack.successes as f64),
            figure(attack.trials as f64),
            percent(attack.risk),
            limit.map_or_else(String::new, |limit| percent(limit.value)),
            limit.map_or("", |limit| limit.source.as_str()),
        ),
        help: attack.advice.clone(),
    }
}

/// Tells one unmet measure.
fn reason(measure: &Measure) -> Reason {
    let value = figure(measure.value);
    let limit = measure.limit.as_ref().map_or_else(String::new, |limit| figure(limit.value));
    let rule = measure.limit.as_ref().map_or("", |limit| limit.source.as_str());
    let columns = measure.columns.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let (message, help) = match measure.id.as_str() {
        "k_anonymity" if measure.value == 0.0 => (
            "no class with a subject is released, so there is no k".into(),
            "lower `k`, raise `suppression_limit` or give coarser hierarchies",
        ),
        "k_anonymity" => (
            format!("the smallest class has {value} subjects, `k` asks for {limit}"),
            "lower `k`, raise `suppression_limit`, give coarser hierarchies or drop a quasi column",
        ),
        "classes_above_tau" => (
            format!("{} of the classes carry more risk than the context tolerates ({rule})", percent(measure.value)),
            "raise `k`, or name a more closed `context` if the recipient is bound to one",
        ),
        "gbt42460_risk" => (
            format!("the overall risk is {value} and must be below {limit} ({rule})"),
            "raise `k`, or describe the recipient's controls in `[attacker]` as far as they are agreed",
        ),
        "gbt42460_level" => (
            format!("the release reaches level {value} of GB/T 42460, the claim needs {limit}"),
            "raise `k`, drop identifier columns, or claim `deidentified`",
        ),
        "identifier_columns" => {
            (format!("identifier columns are released: {columns}"), "drop them or release tokens in their place")
        }
        "suppressed_share" => (
            format!(
                "{} of the records would be withheld, the limit is {}",
                percent(measure.value),
                percent_of_limit(measure)
            ),
            "raise `suppression_limit`, lower `k` or give coarser hierarchies",
        ),
        "subjects_not_countable" => (
            format!("subjects have several records and no token tells them apart in the release: {columns}"),
            "release a token of the subject, or one record per subject: from the files alone k would be overstated",
        ),
        "sampling_delta" => (
            format!("drawing the subjects leaves δ = {value}, the limit is {limit}"),
            "leave no choice that tells of the data (`levels` with `finest` and `coarsest` alike), raise `k` or lower `rate`",
        ),
        "one_to_one_columns" => (
            format!("released columns are one-to-one with a column of the source: {columns}"),
            "drop, round or generalize them: whoever holds the source could restore it",
        ),
        "determining_columns" => (
            format!("released columns give away what another column hides: {columns}"),
            "drop or generalize them together with the column that they determine",
        ),
        "row_order_correlation" => (
            format!("the order of the rows follows the source: correlation {value}, chance stays within {limit}"),
            "this is a fault of the shuffle, not of the pipeline",
        ),
        "row_order_neighbours" => (
            format!(
                "{} of neighbouring rows are still neighbours, chance stays within {limit}",
                percent(measure.value)
            ),
            "this is a fault of the shuffle, not of the pipeline",
        ),
        id => (format!("`{id}` is {value}, {}{}", bound(measure), on(&columns)), ""),
    };
    Reason { condition: measure.id.clone(), message, help: (!help.is_empty()).then(|| help.into()) }
}

/// A share as a percentage.
fn percent(share: f64) -> String {
    format!("{} %", figure((share * 1e8).round() / 1e6))
}

fn percent_of_limit(measure: &Measure) -> String {
    measure.limit.as_ref().map_or_else(String::new, |limit| percent(limit.value))
}

fn bound(measure: &Measure) -> String {
    let Some(limit) = &measure.limit else { return "without a limit".into() };
    let words = match limit.comparison {
        Comparison::AtLeast => "must be at least",
        Comparison::AtMost => "must be at most",
        Comparison::Below => "must be below",
    };
    format!("{words} {} ({})", figure(limit.value), limit.source)
}

fn on(columns: &str) -> String {
    if columns.is_empty() { String::new() } else { format!(": {columns}") }
}
