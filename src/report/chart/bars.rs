//! Records per label, before and after, side by side.

use super::{Alt, Both, Canvas, Hold};
use crate::report::Distribution;
use crate::risk::figure;

const WIDTH: f64 = 400.0;
const LEFT: f64 = 122.0;
const RIGHT: f64 = 62.0;
const ROW: f64 = 35.0;
const BAR: f64 = 12.0;
const GAP: f64 = 2.0;

const EMPTY: Both = ["（空）", "(empty)"];

/// Two bars for each label: the source above, the release below; their lengths are comparable within the chart.
pub fn bars(told: &Distribution, alt: &Alt) -> String {
    let rows = told.labels.len() + usize::from(told.others.is_some());
    let height = rows as f64 * ROW + 2.0;
    let mut canvas = Canvas::new("bars", WIDTH, height, alt);
    let counts = told.labels.iter().map(|label| (label.before, label.after));
    let counts: Vec<_> = counts.chain(told.others.iter().map(|others| (others.before, others.after))).collect();
    let most = counts.iter().map(|(before, after)| before.unwrap_or(0).max(*after)).max().unwrap_or(0).max(1);
    let length = |count: u64| count as f64 / most as f64 * (WIDTH - LEFT - RIGHT);
    for (row, &(before, after)) in counts.iter().enumerate() {
        let top = row as f64 * ROW + 2.0;
        let middle = (LEFT - 8.0, top + BAR + 5.0);
        match (told.labels.get(row), &told.others) {
            (Some(label), _) => match &label.label {
                Some(label) => canvas.text("label", middle, Hold::End, &fitted(label)),
                None => canvas.words("label", middle, Hold::End, EMPTY),
            },
            (None, Some(others)) => {
                let (zh, en) = match others.labels {
                    0 => ("未发布的标签".into(), "labels not released".into()),
                    labels => (format!("其余 {labels} 个标签"), format!("{labels} other labels")),
                };
                canvas.words("label", middle, Hold::End, [&zh, &en]);
            }
            (None, None) => {}
        }
        let mut bar = |class: &str, y: f64, count: u64| {
            let (x, width) = (LEFT, length(count).max(if count > 0 { 1.0 } else { 0.0 }));
            canvas.rect(class, (x, y), (width, BAR), Some(&figure(count as f64)));
            canvas.text("", (x + width + 5.0, y + BAR - 2.0), Hold::Start, &figure(count as f64));
        };
        if let Some(before) = before {
            bar("bar before", top, before);
        }
        bar("bar", if before.is_some() { top + BAR + GAP } else { top + BAR / 2.0 }, after);
    }
    canvas.line("axis", (LEFT, 0.0), (LEFT, height));
    canvas.finish()
}

/// A label that has room beside the bars: wide characters count twice.
fn fitted(label: &str) -> String {
    const ROOM: usize = 18;
    let wide = |c: char| if c.is_ascii() { 1 } else { 2 };
    if label.chars().map(wide).sum::<usize>() <= ROOM {
        return label.into();
    }
    let mut left = ROOM - 2;
    let kept = label.chars().take_while(|&c| {
        let fits = left >= wide(c);
        left = left.saturating_sub(wide(c));
        fits
    });
    kept.collect::<String>() + "…"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{LabelCount, OtherLabels};

    #[test]
    fn labels_are_fitted_and_escaped() {
        assert_eq!(fitted("天津市滨海新区"), "天津市滨海新区");
        assert_eq!(fitted("天津市滨海新区中新天津生态城"), "天津市滨海新区中…");
        let label = LabelCount { label: Some("<b>&".into()), before: Some(2), after: 1 };
        let others = Some(OtherLabels { labels: 3, before: None, after: 4 });
        let alt = Alt { name: Default::default(), told: Default::default(), named_by: "a".into(), told_by: None };
        let drawn = bars(&Distribution { labels: vec![label], others }, &alt);
        assert!(drawn.contains("&lt;b&gt;&amp;") && drawn.contains("3 other labels") && !drawn.contains("<b>"));
        assert_eq!(drawn.matches("<rect").count(), 3);
    }
}
