//! What an attack achieved, in one form for all attacks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::tokens::Cost;
use super::wilson::{score, wilson};
use crate::risk::{Comparison, Conditions, Limit};

/// The result of one attack on a release. Names columns and counts, never values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AttackOutcome {
    /// A fixed name such as `relink_quasi`; [`words`](super::words) tells it.
    pub id: String,
    /// Trials in which the attacker was right.
    pub successes: u64,
    /// What was tried: records attacked, conditions made, guesses taken; also what could not be formed.
    pub trials: u64,
    /// What the risk is measured beyond. Absent: every success counts.
    pub baseline: Option<Baseline>,
    /// The naive guess, told beside a baseline that is the control group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub naive: Option<Baseline>,
    /// Risk beyond the baseline, 0 to 1; 1 if nothing was tried.
    pub risk: f64,
    /// 95 % interval of the risk; 0 to 1 if nothing was tried.
    pub interval: [f64; 2],
    pub limit: Option<Limit>,
    /// Columns that the attack rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// Distinct subjects that the attack hit, as far as it can tell them.
    pub subjects_at_risk: Option<u64>,
    pub sampling: Sampling,
    /// Of the trials, those that came to nothing before the source was asked: no condition that one released record
    /// alone meets. They count as failed.
    #[serde(default)]
    pub not_formed: u64,
    /// Attempts beside the trials about which nothing could be asked, such as subjects with too few records.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub not_asked: u64,
    /// The release has nothing that the attack could start from, such as no token: risk 0.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nothing_there: bool,
    /// What trying every value costs whoever can compute tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    /// A change to the pipeline that would help, with what it was computed to achieve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

/// What somebody achieves without the release, or on people who are not in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Baseline {
    pub successes: u64,
    pub trials: u64,
    pub what: BaselineKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BaselineKind {
    /// Guesses that use no knowledge of the target.
    NaiveGuess,
    /// The same attack on records of the source that were withheld from the release.
    ControlGroup,
}

/// How much of the tables an attack looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sampling {
    /// Rows of the source.
    pub source: Looked,
    /// Rows of the release.
    pub released: Looked,
}

/// So many rows of all; equal: every row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Looked {
    pub rows: u64,
    pub of: u64,
}

impl Sampling {
    /// Every row of both tables.
    pub fn all(source: u64, released: u64) -> Self {
        Self { source: Looked { rows: source, of: source }, released: Looked { rows: released, of: released } }
    }
}

impl AttackOutcome {
    /// The outcome of `successes` in `trials`, against a baseline if there is one.
    ///
    /// More successes than trials count as nothing but successes.
    pub fn new(id: &str, successes: u64, trials: u64, baseline: Option<Baseline>) -> Self {
        let (risk, interval) = beyond(successes, trials, baseline.as_ref());
        Self {
            id: id.into(),
            successes,
            trials,
            baseline,
            naive: None,
            risk,
            interval,
            limit: None,
            columns: Vec::new(),
            subjects_at_risk: None,
            sampling: Sampling::default(),
            not_formed: 0,
            not_asked: 0,
            nothing_there: false,
            cost: None,
            advice: None,
        }
    }

    /// The outcome of an attack that has nothing to start from; only whoever looked may say so.
    pub fn nothing_there(id: &str) -> Self {
        Self { risk: 0.0, interval: [0.0, 0.0], nothing_there: true, ..Self::new(id, 0, 0, None) }
    }

    #[must_use]
    pub fn advised(self, advice: Option<String>) -> Self {
        Self { advice, ..self }
    }

    #[must_use]
    pub fn costing(self, cost: Option<Cost>) -> Self {
        Self { cost, ..self }
    }

    /// With how many of the trials could not be formed.
    #[must_use]
    pub fn not_formed(self, trials: u64) -> Self {
        Self { not_formed: trials.min(self.trials), ..self }
    }

    /// With attempts that are no trials. Where nothing could be asked at all although it was attempted, the attacker
    /// gained nothing: the risk is 0, and the interval that of no success in so many attempts.
    #[must_use]
    pub fn not_asked(mut self, attempts: u64) -> Self {
        self.not_asked = attempts;
        if self.trials == 0 && attempts > 0 {
            (self.risk, self.interval) = (0.0, wilson(0, attempts));
        }
        self
    }

    #[must_use]
    pub fn on(self, columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { columns: columns.into_iter().map(Into::into).collect(), ..self }
    }

    #[must_use]
    pub fn subjects(self, at_risk: u64) -> Self {
        Self { subjects_at_risk: Some(at_risk), ..self }
    }

    #[must_use]
    pub fn sampled(self, sampling: Sampling) -> Self {
        Self { sampling, ..self }
    }

    #[must_use]
    pub fn held(self, limit: Limit) -> Self {
        Self { limit: Some(limit), ..self }
    }

    /// Whether anything was tried. What was not tried has risk 1: it never passes unseen.
    pub fn attempted(&self) -> bool {
        self.trials > 0 || self.not_asked > 0 || self.nothing_there
    }

    /// Whether no attempt had what the attacker must know first, such as four records of one subject: nothing was tried,
    /// and nothing passed. Elsewhere having looked is the attempt, and nothing to ask about an outcome of it.
    pub fn unasked(&self) -> bool {
        self.trials == 0 && self.not_asked > 0 && self.id.starts_with("trail_unicity")
    }

    /// With the limit of the rule pack, where it has one for the claim and the attack can be judged: singling out in a
    /// sample cannot where it is beyond the limit, as samples overstate it; inference cannot without a control group;
    /// trails cannot where nobody has as many records as the attacker must know.
    #[must_use]
    pub fn judged(self, conditions: &Conditions) -> Self {
        let Some(threshold) = conditions.rules.attack_limit(&self.id, conditions.claim) else { return self };
        let Sampling { source, released } = self.sampling;
        let sampled = source.rows < source.of || released.rows < released.of;
        let overstated = self.id.starts_with("singling_out") && sampled && self.risk > threshold.value;
        // what the release tells of people in general is no person's secret
        let control = self.baseline.is_some_and(|baseline| baseline.what == BaselineKind::ControlGroup);
        match overstated || (self.id == "inference" && !control) || self.unasked() {
            true => self,
            false => self.held(Limit::rule(Comparison::AtMost, threshold)),
        }
    }

    /// Whether the limit is kept; `None` without a limit.
    ///
    /// What is judged is the risk itself, not the upper end of its interval: small tables are looked at whole, and no
    /// limit could be kept by a table of twenty rows otherwise.
    pub fn met(&self) -> Option<bool> {
        self.limit.as_ref().map(|limit| limit.allows(self.risk))
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// The risk beyond a baseline and its 95 % interval.
///
/// `(rate − baseline) / (1 − baseline)`, not below 0. The interval follows from those of both rates (Wilson) by
/// propagation of errors around their centres, cut to 0 to 1 and never without the risk itself. A baseline that is
/// always right leaves nothing to gain: risk 0, with an interval as wide as that tells. A baseline without trials
/// takes nothing off.
///
/// # References
/// Giomi, Boenisch, Wehmeyer, Tasnádi, *A unified framework for quantifying privacy risk in synthetic data*, PETS
/// 2023, section 4. There the centre of Wilson's interval is the rate; here it is the plain share, so that no
/// success is no risk.
fn beyond(successes: u64, trials: u64, baseline: Option<&Baseline>) -> (f64, [f64; 2]) {
    if trials == 0 {
        return (1.0, [0.0, 1.0]);
    }
    let rate = |successes: u64, trials: u64| successes.min(trials) as f64 / trials as f64;
    let share = rate(successes, trials);
    let Some(base) = baseline.filter(|base| base.trials > 0) else { return (share, wilson(successes, trials)) };
    let naive = rate(base.successes, base.trials);
    let risk = if naive < 1.0 { ((share - naive) / (1.0 - naive)).max(0.0) } else { 0.0 };
    let residual = propagated(score(successes, trials), score(base.successes, base.trials));
    let low = (residual.0 - residual.1).clamp(0.0, 1.0).min(risk);
    let high = (residual.0 + residual.1).clamp(0.0, 1.0).max(risk);
    (risk, [low, high])
}

/// `(a − b) / (1 − b)` of two rates below 1 with their errors, and its error to the first order.
fn propagated(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    let room = 1.0 - b.0;
    let by_attack = a.1 / room;
    let by_baseline = b.1 * (a.0 - 1.0) / (room * room);
    ((a.0 - b.0) / room, by_attack.hypot(by_baseline))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn naive(successes: u64, trials: u64) -> Option<Baseline> {
        Some(Baseline { successes, trials, what: BaselineKind::NaiveGuess })
    }

    fn at_most(value: f64) -> Limit {
        Limit { comparison: Comparison::AtMost, value, source: "test".into(), confidence: None }
    }

    #[test]
    fn errors_propagate_as_in_the_anonymeter_tests() {
        let (value, error) = propagated((0.9, 0.0), (0.8, 0.0));
        assert!((value - 0.5).abs() < 1e-12 && error == 0.0);
        let (value, error) = propagated((0.9, 0.02), (0.85, 0.02));
        assert!((value - 0.333).abs() < 5e-4 && (error - 0.16).abs() < 5e-4, "{value} ± {error}");
    }

    #[test]
    fn a_baseline_is_taken_off_and_a_lost_attack_is_no_risk() {
        let outcome = AttackOutcome::new("inference", 900, 1000, naive(800, 1000));
        assert!((outcome.risk - 0.5).abs() < 1e-12);
        assert!(outcome.interval[0] > 0.3 && outcome.interval[1] < 0.7);
        let lost = AttackOutcome::new("inference", 300, 1000, naive(400, 1000));
        assert_eq!((lost.risk, lost.interval[0]), (0.0, 0.0));
        let none = AttackOutcome::new("relink", 0, 50, None);
        assert_eq!((none.risk, none.interval), (0.0, wilson(0, 50)));
        let certain = AttackOutcome::new("inference", 100, 100, naive(100, 100));
        assert_eq!((certain.risk, certain.interval), (0.0, [0.0, 1.0]), "nothing to gain and nothing to tell");
    }

    #[test]
    fn an_attack_without_trials_never_passes_and_one_without_conditions_says_so() {
        let idle = AttackOutcome::new("singling_out", 0, 0, naive(0, 0)).not_formed(3).held(at_most(0.09));
        assert_eq!((idle.risk, idle.interval, idle.met(), idle.attempted()), (1.0, [0.0, 1.0], Some(false), false));
        let fruitless = AttackOutcome::new("singling_out", 0, 2000, None).not_formed(2000).held(at_most(0.09));
        assert_eq!((fruitless.risk, fruitless.met()), (0.0, Some(true)));
        assert_eq!(fruitless.interval, wilson(0, 2000));
        assert_eq!(AttackOutcome::new("singling_out", 3, 2000, None).not_formed(1997).risk, 0.0015);
    }

    #[test]
    fn it_is_held_and_travels_as_json() {
        let outcome = AttackOutcome::new("relink_quasi", 3, 10, None)
            .on(["age", "city"])
            .subjects(2)
            .sampled(Sampling::all(10, 12))
            .held(at_most(0.09));
        assert_eq!((outcome.risk, outcome.met()), (0.3, Some(false)));
        assert_eq!(AttackOutcome::new("relink_quasi", 9, 100, None).held(at_most(0.09)).met(), Some(true));
        let text = serde_json::to_string(&outcome).unwrap();
        assert_eq!(serde_json::from_str::<AttackOutcome>(&text).unwrap(), outcome);
    }

    proptest! {
        #[test]
        fn the_interval_holds_the_risk(n in 1_u64..5000, m in 1_u64..5000, a in 0.0..=1.0_f64, b in 0.0..=1.0_f64) {
            let (x, y) = ((a * n as f64) as u64, (b * m as f64) as u64);
            for baseline in [None, naive(y, m), naive(0, 0)] {
                let found = AttackOutcome::new("x", x, n, baseline);
                let [low, high] = found.interval;
                prop_assert!(0.0 <= low && low <= found.risk && found.risk <= high && high <= 1.0, "{found:?}");
            }
            // more successes are never less risk
            let (less, more) = (beyond(x, n, naive(y, m).as_ref()), beyond(n, n, naive(y, m).as_ref()));
            prop_assert!(less.0 <= more.0);
        }
    }
}
