//! What is measured, and against which limit: the same for the run and for whoever verifies.

use super::{Basis, ClassSizes, Comparison, Conditions, Limit, Measure, estimates, gbt42460};
use crate::privacy::Sampling;
use crate::spec::{Claim, Threshold};

/// Measures what a release shows by itself: class sizes and column names, counted from its files.
///
/// Deterministic to the bit, so that `verify` can hold its own numbers against the certificate's. A release
/// without classes has `k` 0 and every risk 1. The measures, in this order:
///
/// - `k_anonymity`: subjects in the smallest class;
/// - `class_risk_highest`, `classes_above_tau`, `mean_class_risk`: `R_b`, `R_a` (a share), `R_c` of GB/T 42460,
///   where every class weighs the same;
/// - `gbt42460_risk`: judged only where the claim needs level 3; `gbt42460_level`;
/// - `prosecutor_*`, `journalist_*`, `marketer`: where every member weighs the same;
/// - `identifier_columns`: how many of the source's identifier columns are released other than as tokens.
pub fn measure(sizes: &ClassSizes, conditions: &Conditions, released_columns: &[String]) -> Vec<Measure> {
    let rules = &conditions.rules;
    let class_risk = gbt42460::threshold(&rules.class_risk, conditions.context);
    let needed = match conditions.claim {
        Claim::Deidentified => &rules.level.deidentified,
        Claim::Anonymized => &rules.level.anonymized,
    };
    let exposed = exposed_identifiers(conditions, released_columns);
    let gbt = gbt42460::assess(sizes, rules, conditions.context, conditions.attacker.as_ref());
    let level = gbt42460::level(&gbt, rules, exposed.len(), conditions.quasi.len());
    let prosecutor = estimates::prosecutor(sizes, class_risk.value);
    let journalist = estimates::journalist(sizes, class_risk.value, conditions.sampling_fraction);
    let marketer = estimates::marketer(sizes, conditions.sampling_fraction);

    let k = Limit::pipeline(Comparison::AtLeast, conditions.k as f64);
    let risk = (needed.value >= 3.0 && level != 4).then(|| Limit::rule(Comparison::Below, &rules.overall_risk));
    vec![
        told("k_anonymity", sizes.min().unwrap_or(0) as f64).held(k),
        told("class_risk_highest", gbt.highest),
        told("classes_above_tau", gbt.above_tau)
            .held(Limit { value: 0.0, ..Limit::rule(Comparison::AtMost, class_risk) }),
        told("mean_class_risk", gbt.mean),
        Measure { limit: risk, ..told("gbt42460_risk", gbt.risk) },
        told("gbt42460_level", f64::from(level)).held(Limit::rule(Comparison::AtLeast, needed)),
        told("prosecutor_highest", prosecutor.highest),
        told("prosecutor_average", prosecutor.average),
        told("prosecutor_share_above", prosecutor.share_above),
        told("journalist_highest", journalist.highest),
        told("journalist_average", journalist.average),
        told("journalist_share_above", journalist.share_above),
        told("marketer", marketer),
        Measure { columns: exposed.clone(), ..told("identifier_columns", exposed.len() as f64) }
            .held(Limit { value: 0.0, ..Limit::rule(Comparison::AtMost, needed) }),
    ]
}

/// Tells how many records a subject has, on average and at most; only where the release has a subject token.
///
/// Many records of one subject are a trail: k-anonymity of each record says nothing about it.
pub fn records_per_subject(records: u64, subjects: u64, most: u64) -> Vec<Measure> {
    if subjects == 0 {
        return Vec::new();
    }
    vec![
        told("records_per_subject_mean", records as f64 / subjects as f64),
        told("records_per_subject_max", most as f64),
    ]
}

/// Measures the share of the source's records that are withheld, against the pipeline's limit.
pub fn suppressed_share(suppressed: u64, records: u64, conditions: &Conditions) -> Measure {
    let share = if records == 0 { 1.0 } else { suppressed as f64 / records as f64 };
    Measure { basis: Basis::Run, ..told("suppressed_share", share) }
        .held(Limit::pipeline(Comparison::AtMost, conditions.suppression_limit))
}

/// Tells what drawing the subjects adds to k-anonymity: the rate, and for the ε that the pipeline names the δ of
/// (ε, δ)-differential privacy, held against the pipeline's limit.
///
/// The theorem (see [`Sampling`]) holds only where the way from the sample to the release does not look at the data:
/// `fixed` says that no search had a choice, no model but k withholds classes, and each subject has one record.
/// Otherwise nothing is guaranteed, and δ is 1.
pub fn sampling(conditions: &Conditions, fixed: bool) -> Vec<Measure> {
    let Some(spec) = conditions.sampling else { return Vec::new() };
    let run = |id: &str, value: f64| Measure { basis: Basis::Run, ..told(id, value) };
    let mut measures = vec![run("sampling_rate", spec.rate)];
    if let Some(epsilon) = spec.epsilon {
        let delta = Sampling::new(spec.rate).filter(|_| fixed).and_then(|drawn| drawn.delta(conditions.k, epsilon));
        let limit = spec.delta.map(|delta| Limit::pipeline(Comparison::AtMost, delta));
        measures.push(run("sampling_epsilon", epsilon));
        measures.push(Measure { limit, ..run("sampling_delta", delta.unwrap_or(1.0)) });
    }
    measures
}

/// Tells the loss of the recoding, 0 to 1.
pub fn loss(loss: f64) -> Measure {
    Measure { basis: Basis::Run, ..told("loss", loss) }
}

impl Measure {
    /// A check of the run that must find no column; `columns` are those it found.
    pub fn no_columns(id: &str, source: &str, columns: Vec<String>) -> Self {
        let limit = Limit { comparison: Comparison::AtMost, value: 0.0, source: source.into(), confidence: None };
        Measure { basis: Basis::Run, columns: columns.clone(), ..told(id, columns.len() as f64) }.held(limit)
    }

    fn held(self, limit: Limit) -> Self {
        Self { limit: Some(limit), ..self }
    }
}

impl Limit {
    fn pipeline(comparison: Comparison, value: f64) -> Self {
        Self { comparison, value, source: "pipeline".into(), confidence: None }
    }

    /// The limit of a rule pack.
    pub fn rule(comparison: Comparison, threshold: &Threshold) -> Self {
        Self {
            comparison,
            value: threshold.value,
            source: threshold.source.clone(),
            confidence: Some(threshold.confidence.clone()),
        }
    }
}

/// A measure without a limit that anyone can repeat.
pub(super) fn told(id: &str, value: f64) -> Measure {
    Measure { id: id.into(), value, limit: None, basis: Basis::Release, columns: Vec::new() }
}

/// Identifier columns of the source that are released and are not tokens, each once, in released order.
fn exposed_identifiers(conditions: &Conditions, released_columns: &[String]) -> Vec<String> {
    let mut exposed: Vec<String> = Vec::new();
    for name in released_columns {
        if conditions.identifiers.contains(name) && !conditions.tokens.contains(name) && !exposed.contains(name) {
            exposed.push(name.clone());
        }
    }
    exposed
}
