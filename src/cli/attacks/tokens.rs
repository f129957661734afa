//! Can the written tokens be computed, and what does trying cost whoever can?

use std::time::{Duration, Instant};

use arrow::array::{Array, ArrayRef, StringArray};

use super::{Given, texts};
use crate::detect::{Column, Detector};
use crate::engine::Made;
use crate::error::Result;
use crate::risk::AttackOutcome;
use crate::risk::attack::tokens::{Domain, KeyFact, Unkeyed, enumeration, rate_of};
use crate::treatment::{Beside, KeyLife, Treatment};

/// Tokens are made for so long to know how fast that goes.
const MEASURED: Duration = Duration::from_millis(20);
/// Cells by which the kind of the values is decided.
const JUDGED: usize = 5_000;

/// `token_enumeration` and `token_unkeyed` for each column of pseudonyms, on written rows by portions of columns.
pub fn tried(given: &Given, written: &[Vec<ArrayRef>], detector: &Detector) -> Result<Vec<AttackOutcome>> {
    let mut outcomes = Vec::new();
    for (at, output) in given.plan.outputs.iter().enumerate() {
        let Made::Treated { column, treatment, .. } = &output.made else { continue };
        let key = match treatment {
            Treatment::Token(token) if matches!(token.key_life(), KeyLife::Ephemeral) => KeyFact::Ephemeral,
            treatment if treatment.is_pseudonym() => KeyFact::Kept,
            _ => continue,
        };
        let source = given.sampled.source.column(*column);
        let values = texts(source)?;
        let mut attack = Unkeyed::default();
        let (mut tokens, mut digits) = (0, 0);
        for columns in written {
            let cells = texts(&columns[at])?;
            attack.tokens(cells.iter().flatten());
            tokens += (cells.len() - cells.null_count()) as u64;
            digits = digits.max(cells.iter().flatten().next().map_or(0, |token| token.len() as u32));
        }
        attack.values(values.iter().flatten());
        // the attacker has a list of all subjects: nothing larger need be tried
        let listed = Domain::of_list(given.plan.table.total_subjects());
        let outcome = enumeration(key, &listed, tokens, digits);
        let domain = domain(&output.name, &values, detector);
        let cost = domain.map(|domain| Ok::<_, crate::error::Error>(domain.cost(rate(treatment, source)?)));
        let cost = cost.transpose()?.flatten();
        outcomes.push(outcome.costing(cost).on([output.name.clone()]));
        outcomes.push(attack.outcome().on([output.name.clone()]));
    }
    Ok(outcomes)
}

/// All values that the column could have, by its kind or else by its signs; `None` without cells.
fn domain(name: &str, values: &StringArray, detector: &Detector) -> Option<Domain> {
    let mut column = Column::new(name);
    let (mut shortest, mut longest) = (u32::MAX, 0);
    let [mut digits, mut lower, mut upper, mut others] = [false; 4];
    for value in values.iter().flatten().take(JUDGED) {
        column.feed(detector, Some(value));
        let length = value.chars().count() as u32;
        (shortest, longest) = (shortest.min(length), longest.max(length));
        for sign in value.chars() {
            match sign {
                '0'..='9' => digits = true,
                'a'..='z' => lower = true,
                'A'..='Z' => upper = true,
                _ => others = true,
            }
        }
    }
    if longest == 0 {
        return None;
    }
    let kind = column.finish().kind.and_then(|candidate| Domain::of_kind(candidate.kind));
    // letters beyond ASCII are taken for the 3,500 common Han characters
    let signs = [(digits, 10), (lower, 26), (upper, 26), (others, 3_500)];
    let signs = signs.iter().filter(|(seen, _)| *seen).map(|(_, count)| count).sum();
    Some(kind.unwrap_or_else(|| Domain::of_texts(signs, shortest, longest)))
}

/// Tokens per second of one core, as measured on these cells.
fn rate(treatment: &Treatment, cells: &ArrayRef) -> Result<f64> {
    let start = Instant::now();
    let mut made = 0;
    while made == 0 || start.elapsed() < MEASURED {
        made += treatment.apply(cells, &Beside::from_row(0))?.len() as u64;
        if cells.is_empty() {
            return Ok(0.0);
        }
    }
    Ok(rate_of(made, start.elapsed().as_secs_f64()))
}
