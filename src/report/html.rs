//! The report as one self-contained page, Chinese and English.

use minijinja::value::Serde;
use minijinja::{Environment, Value, context};

use super::data::{ReportData, Verdict};
use super::histogram::Axes;
use super::words::{self, Words};
use crate::error::{Error, Result};
use crate::privacy::quality::{ColumnQuality, Quality};
use crate::risk::{Basis, attack, figure};
use crate::spec::{Metric, RecodingKind};

const TEMPLATE: &str = include_str!("template.html");

/// Renders the page. Everything that comes from `data` is escaped; the page fetches nothing and runs no script.
///
/// # Errors
/// [`Error::Internal`] if the built-in template does not fit `data`.
pub fn to_html(data: &ReportData) -> Result<String> {
    let mut environment = Environment::new();
    let failed = |error: minijinja::Error| Error::Internal(format!("the report cannot be rendered: {error}"));
    environment.add_template("report.html", TEMPLATE).map_err(failed)?;
    let (judged, told): (Vec<_>, Vec<_>) = data.measures.iter().partition(|told| told.met.is_some());
    let reasons = match &data.verdict {
        Verdict::Certified => &[][..],
        Verdict::Refused(reasons) => reasons,
    };
    let reasons: Vec<Value> = reasons
        .iter()
        .map(|reason| {
            context! { name => name(&reason.condition), message => reason.message.clone(), help => reason.help.clone() }
        })
        .collect();
    let charts = (!data.before.0.is_empty() || !data.after.0.is_empty()).then(|| {
        let axes = Axes::new(data.k, &[&data.before, &data.after]);
        context! {
            before => Value::from_safe_string(axes.draw(&data.before)),
            after => Value::from_safe_string(axes.draw(&data.after)),
        }
    });
    let page = context! {
        data => Value::from(Serde(data)),
        certified => data.verdict == Verdict::Certified,
        kept => judged.iter().filter(|told| told.met == Some(true)).count(),
        judged => judged.into_iter().map(measure).collect::<Vec<_>>(),
        told => told.into_iter().map(measure).collect::<Vec<_>>(),
        attacks => data.attacks.iter().map(attacked).collect::<Vec<_>>(),
        columns => data.columns.iter().map(column).collect::<Vec<_>>(),
        figures => figures(data),
        reasons, charts,
        of_values => data.measures.iter().any(|told| told.measure.limit.is_some() && speaks_of_values(&told.measure.id)),
        local => data.recoding == Some(RecodingKind::Local),
        metric_value => data.metric_value.map(figure),
        metric_lower_bound => data.metric_lower_bound.map(figure),
        quality => data.quality.as_ref().map(quality),
        distances => data.quality.as_ref().map(distances),
        claim => Value::from(Serde(words::claim(data.claim))),
        purpose => Value::from(Serde(words::purpose(data.purpose))),
        context => Value::from(Serde(words::context(data.context))),
        seconds => data.seconds.map(|seconds| figure((seconds * 100.0).round() / 100.0)),
        lattice_size => data.lattice_size.as_ref().map(|size| size.parse().map_or(size.clone(), figure)),
        nodes_checked => data.nodes_checked.map(|nodes| figure(nodes as f64)),
    };
    environment.get_template("report.html").and_then(|template| template.render(page)).map_err(failed)
}

/// The numbers that a reader looks for first; what a refusal did not come to is left out.
fn figures(data: &ReportData) -> Vec<Value> {
    let measured = |id: &str| data.measures.iter().find(|told| told.measure.id == id).map(|told| &told.measure);
    let tile = |zh, en, value: Option<String>, below: Option<Value>| {
        value.map(|value| context! { words => Value::from(Serde(Words { zh, en })), value, below })
    };
    let number = |id: &str| measured(id).map(|measure| figure(measure.value));
    let limit = |id: &str| {
        let limit = measured(id)?.limit.as_ref()?;
        Some(format!("{} {}", words::sign(limit.comparison), figure(limit.value)).into())
    };
    let count = |count: u64| figure(count as f64);
    let withheld = data
        .suppressed_records
        .zip(data.records_read)
        .map(|(withheld, read)| format!("{} %", figure((withheld as f64 / read.max(1) as f64 * 1e4).round() / 1e2)));
    let classes = data.after.classes() as f64;
    let mean =
        data.after.mean().map(|mean| context! { zh => format!("平均 {mean:.1}"), en => format!("mean {mean:.1}") });
    [
        tile("最小等价类 k", "Smallest class, k", number("k_anonymity"), limit("k_anonymity")),
        tile("总体风险 R", "Overall risk R", number("gbt42460_risk"), limit("gbt42460_risk")),
        tile("分级", "Level", number("gbt42460_level"), limit("gbt42460_level")),
        tile("等价类", "Classes", (classes > 0.0).then(|| figure(classes)), mean),
        tile("信息损失", "Information loss", data.loss.map(|loss| format!("{loss:.3}")), None),
        tile("抑制记录", "Records withheld", withheld, data.suppressed_records.map(|n| count(n).into())),
        tile(
            "发布记录",
            "Records released",
            data.records_released.map(count),
            data.records_read.map(|n| format!("/ {}", count(n)).into()),
        ),
        tile("数据提供者", "Subjects", data.subjects_read.map(count), None),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Whether a measure is of a model of sensitive values.
fn speaks_of_values(id: &str) -> bool {
    let models = ["_diversity", "t_closeness_", "beta_likeness", "alpha_k", "delta_disclosure"];
    models.iter().any(|part| id.contains(part))
}

/// Every metric of what the recoding costs.
fn quality(quality: &Quality) -> Vec<Value> {
    let told = |metric: Metric| {
        let (name, note) = words::metric(metric);
        let value = quality.of(metric);
        context! { name => Value::from(Serde(name)), note => Value::from(Serde(note)), exact => value, value => figure(value) }
    };
    Metric::ALL.into_iter().map(told).collect()
}

/// How far the values of each quasi column are from those of the source.
fn distances(quality: &Quality) -> Vec<Value> {
    let told = |column: &ColumnQuality| context! { column => column.column.clone(), value => figure(column.distance) };
    quality.columns.iter().map(told).collect()
}

/// The name of a condition; the identifier itself where it has no words, then not marked by language.
fn name(id: &str) -> Value {
    words::measure(id).map_or_else(|| context! { id }, |(name, _)| Value::from(Serde(name)))
}

fn measure(told: &super::Told) -> Value {
    let measure = &told.measure;
    let limit = measure.limit.as_ref();
    context! {
        name => name(&measure.id),
        note => words::measure(&measure.id).map(|(_, note)| Value::from(Serde(note))),
        exact => measure.value,
        value => figure(measure.value),
        limit => limit.map(|limit| format!("{} {}", words::sign(limit.comparison), figure(limit.value))),
        met => told.met,
        source => limit.filter(|limit| limit.source != "pipeline").map(|limit| limit.source.clone()),
        confidence => limit.and_then(|limit| limit.confidence.as_ref()).map(|confidence| confidence.0.clone()),
        columns => measure.columns.clone(),
        anyone => measure.basis == Basis::Release,
        basis => Value::from(Serde(words::basis(measure.basis))),
    }
}

fn attacked(attacked: &super::Attacked) -> Value {
    let outcome = &attacked.outcome;
    let (limit, [low, high]) = (outcome.limit.as_ref(), outcome.interval);
    let percent = |share: f64| (share * 1000.0).round() / 10.0;
    let title = attack::words::attack(&outcome.id);
    context! {
        name => title.map_or_else(|| context! { id => outcome.id.clone() }, |[(zh, en), _]| Value::from(Serde(Words { zh, en }))),
        columns => outcome.columns.clone(),
        zh => attacked.zh.clone(),
        en => attacked.en.clone(),
        exact => outcome.risk,
        risk => figure(percent(outcome.risk)),
        low => percent(low),
        width => percent(high) - percent(low),
        limit => limit.map(|limit| figure(percent(limit.value))),
        limit_at => limit.map(|limit| percent(limit.value)),
        source => limit.map(|limit| limit.source.clone()),
        confidence => limit.and_then(|limit| limit.confidence.as_ref()).map(|confidence| confidence.0.clone()),
        met => attacked.met,
    }
}

fn column(column: &super::ColumnTold) -> Value {
    let count = |count: Option<u64>| count.map(|count| figure(count as f64));
    context! {
        name => column.name.clone(),
        role => Value::from(Serde(words::role(column.role))),
        treatment => column.treatment.clone(),
        before => count(column.distinct_before),
        after => count(column.distinct_after),
        loss => column.loss.map(|loss| format!("{loss:.3}")),
        percent => column.loss.map(|loss| (loss.clamp(0.0, 1.0) * 100.0).round()),
    }
}
