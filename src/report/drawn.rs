//! The report's charts with what they are called and what they show.

use minijinja::{Value, context};

use super::chart::{self, Alt, Axes, Scale};
use super::data::{Choices, ColumnTold, ReportData};
use super::{Distribution, words};
use crate::risk::{ClassSizes, attack, figure};
use crate::spec::Metric;

/// Class sizes before and after; `None` where nothing was counted.
pub fn sizes(data: &ReportData) -> Option<Value> {
    if data.before.0.is_empty() && data.after.0.is_empty() {
        return None;
    }
    let axes = Axes::new(data.k, &[&data.before, &data.after]);
    let drawn = |id: &str, name: [&str; 2], sizes: &ClassSizes| {
        let [zh, en] = summary(sizes, data.k);
        let alt = Alt {
            name: name.map(Into::into),
            told: [zh.clone(), en.clone()],
            named_by: format!("{id}-name"),
            told_by: Some(format!("{id}-told")),
        };
        context! { id, zh, en, chart => Value::from_safe_string(axes.draw(sizes, &alt)) }
    };
    Some(context! {
        before => drawn("before", ["处理前的等价类大小", "Class sizes before"], &data.before),
        after => drawn("after", ["处理后的等价类大小", "Class sizes after"], &data.after),
    })
}

/// How many classes there are, how large, and how many are smaller than `k`.
fn summary(sizes: &ClassSizes, k: u64) -> [String; 2] {
    let count = |value: u128| figure(value as f64);
    let low: u128 = sizes.0.iter().filter(|(size, _)| *size < k).map(|&(_, count)| u128::from(count)).sum();
    let (Some(least), Some(most)) = (sizes.min(), sizes.max()) else {
        return ["没有等价类".into(), "no classes".into()];
    };
    let (classes, low) = (count(sizes.classes()), count(low));
    let (least, most) = (count(least.into()), count(most.into()));
    [
        format!("{classes} 个等价类，大小 {least} 至 {most}；其中 {low} 个小于 {k}"),
        format!("{classes} classes of {least} to {most} subjects; {low} of them are smaller than {k}"),
    ]
}

/// The interval of each attack.
pub fn intervals(data: &ReportData) -> Vec<String> {
    let scale = Scale::new(data.attacks.iter().map(|attacked| &attacked.outcome));
    let drawn = |(place, attacked): (usize, &super::Attacked)| {
        let id = &attacked.outcome.id;
        let [zh, en] = attack::words::attack(id).map_or([id.as_str(); 2], |[(zh, en), _]| [zh, en]);
        let alt = Alt {
            name: [format!("{zh}：风险及其 95 % 区间"), format!("{en}: risk with its 95 % interval")],
            told: [attacked.zh.clone(), attacked.en.clone()],
            named_by: format!("attack-{}-name", place + 1),
            told_by: Some(format!("attack-{}-range", place + 1)),
        };
        scale.draw(&attacked.outcome, &alt)
    };
    data.attacks.iter().enumerate().map(drawn).collect()
}

/// Records per label of one column.
pub fn distribution(place: usize, column: &ColumnTold, told: &Distribution) -> String {
    let rows = |zh: bool| {
        let count = |before: Option<u64>, after: u64| {
            let after = figure(after as f64);
            before.map_or(after.clone(), |before| format!("{} → {after}", figure(before as f64)))
        };
        let label = |label: &super::LabelCount| {
            let name = label.label.as_deref().unwrap_or(if zh { "（空）" } else { "(empty)" });
            format!("{name} {}", count(label.before, label.after))
        };
        let others = told
            .others
            .iter()
            .map(|others| format!("{} {}", if zh { "其余" } else { "others" }, count(others.before, others.after)));
        told.labels.iter().map(label).chain(others).collect::<Vec<_>>().join(if zh { "；" } else { "; " })
    };
    let alt = Alt {
        name: [format!("{} 的分布", column.name), format!("Distribution of {}", column.name)],
        told: [rows(true), rows(false)],
        named_by: format!("column-{}-name", place + 1),
        told_by: None,
    };
    chart::bars(told, &alt)
}

/// Risk against loss; `None` where there is nothing to draw.
pub fn trade_off(told: &Choices, k: u64, metric: Option<Metric>) -> Option<String> {
    let id = told.others.metric.as_str();
    let [zh, en] = metric.map_or([id; 2], |metric| {
        let (name, _) = words::metric(metric);
        [name.zh, name.en]
    });
    let points = told.others.by_risk.len();
    let chosen = |words: [&str; 3]| {
        told.chosen.as_ref().map_or(String::new(), |chosen| {
            let k = chosen.smallest_class.map_or("-".into(), |k| figure(k as f64));
            format!("{}{k}{}{}{}", words[0], words[1], figure(chosen.value), words[2])
        })
    };
    let alt = Alt {
        name: ["各方案的风险与损失".into(), "Risk against loss of the alternatives".into()],
        told: [
            format!("{points} 个方案{}", chosen(["；所选方案 k = ", "，损失 ", ""])),
            format!("{points} alternatives{}", chosen(["; the chosen one has k = ", " and a loss of ", ""])),
        ],
        named_by: "choices-name".into(),
        told_by: Some("choices-told".into()),
    };
    chart::trade_off(told, k, [zh, en], &alt)
}
