//! The report as one self-contained page, Chinese and English.

use minijinja::value::Serde;
use minijinja::{Environment, Value, context};

use super::data::{ReportData, Verdict, basis, judged};
use crate::error::{Error, Result};
use crate::risk::{ClassSizes, figure};

const TEMPLATE: &str = include_str!("template.html");

/// Names of measures: id, English, Chinese.
const NAMES: &[(&str, &str, &str)] = &[
    ("k_anonymity", "Smallest class, in subjects (k)", "最小等价类的数据提供者数（k）"),
    ("class_risk_highest", "Highest class risk R_b", "最高等价类风险 R_b"),
    ("classes_above_tau", "Share of classes above τ, R_a", "超过 τ 的等价类占比 R_a"),
    ("mean_class_risk", "Mean class risk R_c", "等价类平均风险 R_c"),
    ("gbt42460_risk", "Overall risk, GB/T 42460", "总体重标识风险 GB/T 42460"),
    ("gbt42460_level", "Level, GB/T 42460", "去标识化分级 GB/T 42460"),
    ("prosecutor_highest", "Prosecutor risk, highest", "检察官攻击最高风险"),
    ("prosecutor_average", "Prosecutor risk, mean over subjects", "检察官攻击平均风险"),
    ("prosecutor_share_above", "Prosecutor, share of subjects above τ", "检察官攻击超过 τ 的占比"),
    ("journalist_highest", "Journalist risk, highest", "记者攻击最高风险"),
    ("journalist_average", "Journalist risk, mean over subjects", "记者攻击平均风险"),
    ("journalist_share_above", "Journalist, share of subjects above τ", "记者攻击超过 τ 的占比"),
    ("marketer", "Marketer risk", "营销者攻击风险"),
    ("identifier_columns", "Identifier columns released", "仍然公开的直接标识符列"),
    ("suppressed_share", "Share of records withheld", "抑制记录占比"),
    ("loss", "Loss of the recoding", "泛化信息损失"),
    ("records_per_subject_source", "Records per subject in the source", "源数据中每个数据提供者的记录数"),
    ("one_to_one_columns", "Columns one-to-one with the source", "与源数据一一对应的列"),
    ("determining_columns", "Columns that undo a generalization", "可还原泛化结果的列"),
];

/// Renders the page; everything in it is escaped.
pub fn to_html(data: &ReportData) -> Result<String> {
    let mut environment = Environment::new();
    let failed = |error: minijinja::Error| Error::Internal(format!("the report cannot be rendered: {error}"));
    environment.add_template("report.html", TEMPLATE).map_err(failed)?;
    let measures: Vec<_> = data
        .measures
        .iter()
        .map(|told| {
            let named = NAMES.iter().find(|(id, ..)| *id == told.measure.id);
            let (en, zh) = named.map_or((&*told.measure.id, &*told.measure.id), |&(_, en, zh)| (en, zh));
            let (by_en, by_zh) = basis(told.measure.basis);
            let limit = told.measure.limit.as_ref();
            context! {
                id => told.measure.id.clone(), en, zh, by_en, by_zh,
                value => judged(&told.measure),
                met => told.met,
                source => limit.map(|limit| &limit.source),
                confidence => limit.and_then(|limit| limit.confidence.as_ref()).map(|confidence| &confidence.0),
                columns => told.measure.columns.join(", "),
            }
        })
        .collect();
    let columns: Vec<_> =
        data.columns.iter().map(|column| context! { column => Value::from(Serde(column)), loss => column.loss.map(figure) }).collect();
    let reasons = match &data.verdict {
        Verdict::Certified => Vec::new(),
        Verdict::Refused(reasons) => reasons.clone(),
    };
    let page = context! {
        data => Value::from(Serde(data)), measures, columns, reasons => Value::from(Serde(&reasons)),
        certified => data.verdict == Verdict::Certified,
        loss => data.loss.map(figure),
        before => bars(&data.before, data.k),
        after => bars(&data.after, data.k),
    };
    environment.get_template("report.html").and_then(|template| template.render(page)).map_err(failed)
}

/// Class sizes by powers of two: label, number of classes, height in percent on a log axis, below k or not.
fn bars(sizes: &ClassSizes, k: u64) -> Vec<Value> {
    let mut counts: Vec<(u64, u64)> = Vec::new();
    for &(size, classes) in &sizes.0 {
        let bin = size.max(1).ilog2();
        counts.resize(counts.len().max(bin as usize + 1), (0, 0));
        counts[bin as usize].0 += classes;
        if size < k {
            counts[bin as usize].1 += classes;
        }
    }
    let most = counts.iter().map(|&(classes, _)| classes).max().unwrap_or(0);
    let height = |classes: u64| ((classes as f64 + 1.0).ln() / (most as f64 + 1.0).ln() * 100.0).round();
    let bar = |(bin, &(classes, below)): (usize, &(u64, u64))| {
        let (from, to) = (1u64 << bin, (1u64 << bin) * 2 - 1);
        let label = if from == to { from.to_string() } else { format!("{from}–{to}") };
        context! { label, classes, height => if classes == 0 { 0.0 } else { height(classes) }, below => below > 0, x => bin * 46 }
    };
    counts.iter().enumerate().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_mark_classes_below_k() {
        let bars = bars(&ClassSizes(vec![(1, 3), (4, 2), (7, 1)]), 5);
        let get = |i: usize, key: &str| bars[i].get_attr(key).unwrap_or_default().to_string();
        assert_eq!((get(0, "classes"), get(1, "classes"), get(2, "classes")), ("3".into(), "0".into(), "3".into()));
        assert_eq!((get(2, "label"), get(2, "below")), ("4–7".into(), "true".into()));
    }

    #[test]
    fn the_page_fetches_nothing() {
        for forbidden in ["http:", "https:", "url(", "@import", "<link", "src="] {
            assert!(!TEMPLATE.contains(forbidden), "{forbidden}");
        }
    }
}
