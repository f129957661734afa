//! [`ReportData`]: what every form of the report shows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Reason, Result};
use crate::privacy::Quality;
use crate::risk::attack::{self, AttackOutcome};
use crate::risk::{ClassSizes, Evidence, Measure, figure};
use crate::spec::{Claim, Context, Declaration, Purpose, RecodingKind, Role};

/// The form of `report.json`; grows with every change that a reader must know.
pub const VERSION: &str = "tuomin-report/1";

/// Everything that the report tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReportData {
    pub version: String,
    pub verdict: Verdict,
    pub release: String,
    pub name: String,
    pub issued_at: String,
    pub claim: Claim,
    pub purpose: Purpose,
    pub context: Context,
    pub declaration: Declaration,
    pub rules: String,
    /// Id of the signing key, and whether it is only the local one; absent in a refusal.
    pub signing_key: Option<SigningKey>,
    pub records_read: Option<u64>,
    pub subjects_read: Option<u64>,
    pub records_released: Option<u64>,
    pub suppressed_records: Option<u64>,
    pub lattice_size: Option<String>,
    pub nodes_checked: Option<u64>,
    pub loss: Option<f64>,
    pub recoding: Option<RecodingKind>,
    /// What the search made as small as possible, how small it became, and the bound that was proven.
    pub metric: Option<String>,
    pub metric_value: Option<f64>,
    pub metric_lower_bound: Option<f64>,
    pub proven_optimal: Option<bool>,
    /// What the recoding costs, by every metric.
    pub quality: Option<Quality>,
    pub k: u64,
    pub measures: Vec<Told>,
    #[serde(default)]
    pub attacks: Vec<Attacked>,
    pub columns: Vec<ColumnTold>,
    pub before: ClassSizes,
    pub after: ClassSizes,
    pub seconds: Option<f64>,
}

/// Certified, or refused with the reasons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Certified,
    Refused(Vec<Reason>),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKey {
    pub id: String,
    /// A local key is endorsed by nobody.
    pub local: bool,
}

/// A measure with what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    #[serde(flatten)]
    pub measure: Measure,
    /// Absent where nothing was asked.
    pub met: Option<bool>,
}

/// An attack with what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attacked {
    #[serde(flatten)]
    pub outcome: AttackOutcome,
    /// Absent where the rules allow anything.
    pub met: Option<bool>,
    pub zh: String,
    pub en: String,
}

/// What became of a declared column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnTold {
    pub name: String,
    pub role: Role,
    pub treatment: String,
    pub distinct_before: Option<u64>,
    pub distinct_after: Option<u64>,
    pub loss: Option<f64>,
    /// What the treatment was fitted to, and how: cuts, groups, the transition matrix of PRAM, the share that was
    /// swapped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<serde_json::Value>,
}

/// The measures of some evidence, each with what came of it.
pub fn told(evidence: &Evidence) -> Vec<Told> {
    evidence.measures.iter().map(|measure| Told { measure: measure.clone(), met: measure.met() }).collect()
}

/// The attacks of some evidence, each told in a sentence.
pub fn attacks(evidence: &Evidence) -> Vec<Attacked> {
    let told = |outcome: &AttackOutcome| {
        let words = attack::told(outcome);
        Attacked { outcome: outcome.clone(), met: outcome.met(), zh: words.zh, en: words.en }
    };
    evidence.attacks.iter().map(told).collect()
}

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

/// The report as indented JSON.
pub fn to_json(data: &ReportData) -> Result<String> {
    serde_json::to_string_pretty(data).map(|text| text + "\n").map_err(|error| Error::Internal(error.to_string()))
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
