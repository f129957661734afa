//! The report as a dozen lines for the terminal.

use super::{Attacked, ReportData, Verdict};
use crate::risk::{Measure, figure};
use crate::spec::{Claim, RecodingKind, Role};

/// One line on the attacks: how many were withstood, and which came nearest to its limit or went beyond.
fn withstood(attacks: &[Attacked]) -> Option<String> {
    let judged = attacks.iter().filter(|attacked| attacked.met.is_some());
    let kept = judged.clone().filter(|attacked| attacked.met == Some(true)).count();
    let nearness = |attacked: &Attacked| {
        let limit = attacked.outcome.limit.as_ref().map_or(0.0, |limit| limit.value);
        if attacked.outcome.risk == 0.0 { 0.0 } else { attacked.outcome.risk / limit }
    };
    let nearest = judged.clone().max_by(|a, b| nearness(a).total_cmp(&nearness(b)))?;
    let mark = if nearest.met == Some(true) { "ok " } else { "NO " };
    let limit = nearest.outcome.limit.as_ref().map_or(0.0, |limit| limit.value);
    let (id, risk) = (&nearest.outcome.id, figure((nearest.outcome.risk * 1e6).round() / 1e6));
    let all = judged.count();
    Some(format!(
        "  {mark} attacks {kept} of {all} withstood; {id} comes nearest to its limit: {risk} (≤ {})\n",
        figure(limit)
    ))
}

/// A dozen lines for the terminal.
pub fn to_text(data: &ReportData) -> String {
    let mut text = match &data.verdict {
        Verdict::Certified => format!("certified  {} {}\n", data.name, data.release),
        Verdict::Refused(_) => format!("refused    {}\n", data.name),
    };
    let claim = match data.claim {
        Claim::Anonymized => "anonymized 匿名化",
        Claim::Deidentified => "deidentified 去标识化",
    };
    text += &format!("claim      {claim}, under {}\n", data.rules);
    let counts = data.records_read.zip(data.subjects_read).zip(data.records_released.zip(data.suppressed_records));
    if let Some(((read, subjects), (released, withheld))) = counts {
        text += &format!("records    {read} read, {subjects} subjects, {released} released, {withheld} withheld\n");
    }
    if let Some(loss) = data.loss {
        text += &format!("recoding   loss {}, {}\n", figure(loss), searched(data));
    }
    for column in data.columns.iter().filter(|column| column.role == Role::Quasi && column.loss.is_some()) {
        text += &format!("  {}: {}\n", column.name, column.treatment);
    }
    if let Some(line) = withstood(&data.attacks) {
        text += &line;
    }
    for told in data.measures.iter().filter(|told| told.met.is_some()) {
        let mark = if told.met == Some(true) { "ok " } else { "NO " };
        text += &format!("  {mark} {} {}\n", told.measure.id, judged(&told.measure));
    }
    if let Some(key) = &data.signing_key {
        let who = if key.local { "local key, not endorsed by anyone" } else { "key named by the pipeline" };
        text += &format!("signed     {} ({who})\n", &key.id);
    }
    text
}

/// How the recoding was found, and what is proven of it.
fn searched(data: &ReportData) -> String {
    match data.recoding {
        Some(RecodingKind::Local) => return "each class as coarse as it needs to be".into(),
        Some(RecodingKind::Cells) => return "single cells became `*`".into(),
        Some(RecodingKind::Microaggregation) => return "numbers of near records became one".into(),
        Some(RecodingKind::Global) | None => {}
    }
    let (lattice, nodes) = (data.lattice_size.as_deref().unwrap_or("?"), data.nodes_checked.unwrap_or(0));
    let by = match data.metric.as_deref() {
        None | Some("loss") => String::new(),
        Some(metric) => format!(" by {metric}"),
    };
    if data.proven_optimal == Some(true) {
        return format!("optimal{by} of {lattice} nodes, {nodes} checked");
    }
    let (value, bound) = (data.metric_value.unwrap_or(f64::NAN), data.metric_lower_bound.unwrap_or(f64::NAN));
    format!(
        "the best{by} of {nodes} checked among {lattice} nodes, not proven optimal: {}, at least {}",
        figure(value),
        figure(bound)
    )
}

/// A measure's value beside its limit.
fn judged(measure: &Measure) -> String {
    let value = figure(measure.value);
    match &measure.limit {
        None => value,
        Some(limit) => {
            let sign = super::words::sign(limit.comparison);
            format!("{value} ({sign} {})", figure(limit.value))
        }
    }
}
