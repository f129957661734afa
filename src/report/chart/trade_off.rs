//! Risk against loss: what else could have been chosen.

use super::{Alt, Both, Canvas, Hold, short, step};
use crate::report::Choices;
use crate::risk::figure;
use crate::search::Choice;

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 290.0;
const LEFT: f64 = 58.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 32.0;
const BOTTOM: f64 = 50.0;

const UP: Both = ["最高风险 1/k（对数）", "highest risk 1/k, log scale"];
const CHOSEN: Both = ["所选", "chosen"];

/// Draws each choice by the value of its metric and by its highest risk, `1/k`; the limit is the line of the asked
/// `k`. `None` if there is nothing to draw.
pub fn trade_off(choices: &Choices, k: u64, across: Both, alt: &Alt) -> Option<String> {
    let drawn = |choice: &&Choice| choice.smallest_class.is_some_and(|k| k > 0) && choice.value.is_finite();
    let steps: Vec<&Choice> = choices.others.by_risk.iter().filter(drawn).collect();
    let others: Vec<&Choice> = choices.others.best.iter().filter(drawn).collect();
    let chosen = choices.chosen.as_ref().filter(drawn);
    let all = || steps.iter().chain(&others).copied().chain(chosen);
    all().next()?;
    let low = all().map(|choice| choice.value).fold(f64::INFINITY, f64::min).min(0.0);
    let high = all().map(|choice| choice.value).fold(0.0, f64::max);
    let step = step(if high > low { high - low } else { 1.0 });
    let (low, high) = ((low / step).floor() * step, ((high / step - 1e-9).ceil()).max(1.0) * step);
    let class = |choice: &Choice| choice.smallest_class.unwrap_or(1).max(1) as f64;
    let most = all().map(class).fold(k.max(2) as f64, f64::max) * 1.15;
    let x = |value: f64| LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT);
    let y = |k: f64| TOP + k.ln() / most.ln() * (HEIGHT - TOP - BOTTOM);
    let at = |choice: &Choice| (x(choice.value), y(class(choice)));

    let mut canvas = Canvas::new("trade", WIDTH, HEIGHT, alt);
    let bottom = HEIGHT - BOTTOM;
    let steps_of: &[f64] = if most < 300.0 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let ks = (0..20).flat_map(|power| steps_of.iter().map(move |step| step * 10_f64.powi(power)));
    for k in ks.take_while(|&k| k <= most) {
        canvas.line("grid", (LEFT, y(k)), (WIDTH - RIGHT, y(k)));
        let label = if k == 1.0 { "1".into() } else { format!("1/{}", short(k)) };
        canvas.text("", (LEFT - 7.0, y(k) + 3.5), Hold::End, &label);
    }
    canvas.line("axis", (LEFT, bottom), (WIDTH - RIGHT, bottom));
    for tick in 0..=((high - low) / step).round() as u32 {
        let value = low + f64::from(tick) * step;
        canvas.line("axis", (x(value), bottom), (x(value), bottom + 4.0));
        let told = (value / step).round() * step;
        canvas.text("", (x(value), bottom + 17.0), Hold::Middle, &figure((told * 1e9).round() / 1e9));
    }
    canvas.words("", (WIDTH - RIGHT, HEIGHT - 6.0), Hold::End, across);
    canvas.words("", (0.0, 15.0), Hold::Start, UP);
    let limit = y(k.max(1) as f64);
    canvas.line("k", (LEFT, limit), (WIDTH - RIGHT, limit));
    canvas.text("k", (WIDTH - RIGHT, limit - 5.0), Hold::End, &format!("k = {}", figure(k as f64)));
    if steps.len() > 1 {
        let points = steps.iter().map(|choice| format!("{:.1} {:.1}", at(choice).0, at(choice).1));
        canvas.path("steps", format!("M{}", points.collect::<Vec<_>>().join(" L")));
    }
    let told = |choice: &Choice| format!("k = {} · {}", figure(class(choice)), figure(choice.value));
    others.iter().for_each(|choice| canvas.circle("other", at(choice), 3.0, &told(choice)));
    steps.iter().for_each(|choice| canvas.circle("step", at(choice), 4.0, &told(choice)));
    if let Some(choice) = chosen {
        let (cx, cy) = at(choice);
        canvas.circle("chosen", (cx, cy), 7.5, &told(choice));
        // the line falls to the right: there is room below on the left, and above on the right
        let (hold, at) = match cx > LEFT + 80.0 {
            true => (Hold::End, (cx - 11.0, cy + 16.0)),
            false => (Hold::Start, (cx + 11.0, cy - 7.0)),
        };
        canvas.words("chosen", at, hold, CHOSEN);
    }
    Some(canvas.finish())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::search::Alternatives;

    const ACROSS: Both = ["损失", "loss"];

    fn drawn(points: &[(u64, f64)], chosen: Option<usize>) -> Option<String> {
        let choice = |&(k, value): &(u64, f64)| Choice {
            levels: vec![1],
            value,
            suppressed_records: 0,
            classes: 1,
            smallest_class: (k > 0).then_some(k),
        };
        let by_risk: Vec<Choice> = points.iter().map(choice).collect();
        let chosen = chosen.map(|place| by_risk[place].clone());
        let others = Alternatives { metric: "loss".into(), proven: true, by_risk, best: vec![], columns: vec![] };
        let choices = Choices { quasi: vec!["a".into()], chosen, others };
        let alt = Alt { name: Default::default(), told: Default::default(), named_by: "a".into(), told_by: None };
        trade_off(&choices, 5, ACROSS, &alt)
    }

    #[test]
    fn the_chosen_is_marked_once() {
        let svg = drawn(&[(1, 0.0), (5, 0.2), (20, 0.4)], Some(1)).unwrap();
        assert_eq!((svg.matches("class=\"step\"").count(), svg.matches("<circle class=\"chosen\"").count()), (3, 1));
        assert!(svg.contains(">1/20<") && svg.contains(">k = 5<"));
    }

    #[test]
    fn nothing_gives_no_chart() {
        assert_eq!(drawn(&[], None), None);
        assert_eq!(drawn(&[(0, 0.4)], Some(0)), None);
    }

    proptest! {
        #[test]
        fn all_numbers_are_finite(points in prop::collection::vec((0..100_000_u64, 0.0..1e7_f64), 1..12)) {
            if let Some(svg) = drawn(&points, Some(0)) {
                prop_assert!(!svg.contains("NaN") && !svg.contains("inf") && !svg.contains("not a number"));
            }
        }
    }
}
