//! The interval of one attack on an axis that all attacks share.

use super::{Alt, Canvas, Hold, number, step};
use crate::risk::AttackOutcome;
use crate::risk::figure;

const WIDTH: f64 = 240.0;
const HEIGHT: f64 = 44.0;
const EDGE: f64 = 7.0;
/// Where the interval lies.
const MIDDLE: f64 = 13.0;

/// The axis: from 0 to a round share that holds all intervals and limits.
pub struct Scale {
    most: f64,
    step: f64,
}

impl Scale {
    pub fn new<'a>(outcomes: impl IntoIterator<Item = &'a AttackOutcome>) -> Self {
        let ends = outcomes.into_iter().map(|outcome| {
            let limit = outcome.limit.as_ref().map_or(0.0, |limit| limit.value);
            outcome.interval[1].max(outcome.risk).max(limit)
        });
        let most = ends.filter(|end| end.is_finite()).fold(0.01, f64::max).min(1.0);
        let step = step(most);
        Self { most: ((most / step) - 1e-9).ceil() * step, step }
    }

    /// Draws the interval as a bar, the risk as a dot and the limit as a line across; beyond the limit in another
    /// colour.
    pub fn draw(&self, outcome: &AttackOutcome, alt: &Alt) -> String {
        let mut canvas = Canvas::new("interval", WIDTH, HEIGHT, alt);
        let x = |share: f64| EDGE + (share / self.most).clamp(0.0, 1.0) * (WIDTH - 2.0 * EDGE);
        canvas.line("axis", (EDGE, 26.0), (WIDTH - EDGE, 26.0));
        let ticks = (self.most / self.step).round() as u32;
        for tick in 0..=ticks {
            let at = f64::from(tick) * self.step;
            let hold = match tick {
                0 => Hold::Start,
                last if last == ticks => Hold::End,
                _ => Hold::Middle,
            };
            let shift = match hold {
                Hold::Start => -EDGE,
                Hold::Middle => 0.0,
                Hold::End => EDGE,
            };
            canvas.line("axis", (x(at), 26.0), (x(at), 29.0));
            if tick == ticks || tick % 2 == 0 && (tick == 0 || ticks - tick >= 2) {
                canvas.text("", (x(at) + shift, 39.0), hold, &percent(at));
            }
        }
        let [low, high] = outcome.interval;
        let over = outcome.limit.as_ref().is_some_and(|limit| outcome.risk > limit.value);
        let tone = if over { "over" } else { "within" };
        canvas.rect(&format!("reach {tone}"), (x(low), MIDDLE - 3.5), ((x(high) - x(low)).max(1.0), 7.0), None);
        if let Some(limit) = &outcome.limit {
            canvas.line("limit", (x(limit.value), 2.0), (x(limit.value), 26.0));
        }
        let told = format!("{} ({} – {})", percent(outcome.risk), percent(low), percent(high));
        canvas.circle(&format!("dot {tone}"), (x(outcome.risk), MIDDLE), 4.0, &told);
        canvas.finish()
    }
}

/// A share as a percentage with two decimals at most.
fn percent(share: f64) -> String {
    let rounded = (share * 1e4).round() / 1e2;
    format!("{} %", if rounded < 1000.0 { figure(rounded) } else { number(rounded) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::risk::{Comparison, Limit};

    fn drawn(outcome: &AttackOutcome) -> String {
        let alt = Alt { name: Default::default(), told: Default::default(), named_by: "a".into(), told_by: None };
        Scale::new([outcome]).draw(outcome, &alt)
    }

    fn held(successes: u64, trials: u64, value: f64) -> AttackOutcome {
        let limit = Limit { comparison: Comparison::AtMost, value, source: "test".into(), confidence: None };
        AttackOutcome { limit: Some(limit), ..AttackOutcome::new("inference", successes, trials, None) }
    }

    #[test]
    fn beyond_the_limit_shows() {
        assert!(drawn(&held(20, 100, 0.09)).contains("dot over"));
        let within = drawn(&held(2, 100, 0.09));
        assert!(within.contains("dot within") && within.contains(r#"class="limit""#) && within.contains(">10 %<"));
    }

    proptest! {
        #[test]
        fn all_is_on_the_axis(successes in 0..500_u64, more in 0..500_u64, limit in 0.0..1.0_f64) {
            let outcome = held(successes, successes + more, limit);
            let scale = Scale::new([&outcome]);
            prop_assert!(outcome.interval[1] <= scale.most + 1e-9 && limit <= scale.most + 1e-9);
            prop_assert!(scale.most <= 1.0 + 1e-9 && !drawn(&outcome).contains("NaN"));
        }
    }
}
