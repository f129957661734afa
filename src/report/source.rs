//! What the templates show of the source itself: what the preparation did, and its quality by GB/T 36344.

use minijinja::value::Serde;
use minijinja::{Value, context};

use super::words::{self, Words};
use crate::risk::figure;
use crate::risk::preparation::PreparedStep;
use crate::risk::quality::{DataQuality, Score, Tested};

/// The steps in their order.
pub fn preparation(steps: &[PreparedStep]) -> Vec<Value> {
    let told = |(place, step): (usize, &PreparedStep)| {
        context! {
            number => place + 1,
            name => words::step(&step.step).map_or_else(|| context! { id => step.step.clone() }, said),
            columns => step.columns.clone(),
            as_of => step.as_of.clone(),
            rows_in => counted(step.rows_in),
            rows_out => counted(step.rows_out),
            changed => step.changed.map(counted),
            failed => step.failed.map(counted),
        }
    };
    steps.iter().enumerate().map(told).collect()
}

/// Scores and rules.
pub fn quality(quality: &DataQuality) -> Value {
    let score = |score: &Score| {
        let (name, note) = words::dimension(score.dimension);
        context! {
            name => said(name),
            note => said(note),
            score => score.score.map(|share| context! { exact => share, value => figure(share) }),
            at_least => score.at_least,
            limit => score.limit.map(|limit| format!("≥ {}", figure(limit))),
            met => score.limit.map(|limit| score.score.is_some_and(|share| share >= limit)),
            tested => counted(score.tested),
            failed => counted(score.failed),
        }
    };
    let rule = |rule: &Tested| {
        let known = match (&rule.column, rule.rule.as_str()) {
            (Some(_), key) => words::rule(key),
            (None, "read") => Some(words::READ),
            (None, _) => None,
        };
        context! {
            name => known.map(said),
            own => rule.rule.clone(),
            column => rule.column.clone(),
            dimension => said(words::dimension(rule.dimension).0),
            tested => counted(rule.tested),
            failed => counted(rule.failed),
            broken => rule.failed > 0,
        }
    };
    context! {
        scores => quality.dimensions.iter().map(score).collect::<Vec<_>>(),
        untold => (quality.untold > 0).then(|| counted(quality.untold)),
        rules => quality.rules.iter().map(rule).collect::<Vec<_>>(),
    }
}

fn counted(count: u64) -> Value {
    context! { exact => count, value => figure(count as f64) }
}

fn said(words: Words) -> Value {
    Value::from(Serde(words))
}
