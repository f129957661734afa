//! What would help against an attack: changes to the pipeline, after each of which the attack was carried out again.

use std::cmp::Ordering;

use super::AttackOutcome;
use super::words::percent;
use crate::risk::figure;

/// The most columns of which each is dropped for a trial.
pub(super) const TRIED: usize = 8;
/// The most columns that are dropped together.
const TOGETHER: usize = 3;

/// A change to the pipeline, and what the attack achieves after it.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// As one would say it to the user: "drop `wage`".
    pub change: String,
    /// The attack without the change on the same rows, where the outcome looked at others.
    pub before: Option<AttackOutcome>,
    pub after: AttackOutcome,
}

impl Change {
    pub fn new(change: impl Into<String>, after: AttackOutcome) -> Self {
        Self { change: change.into(), before: None, after }
    }

    /// Without these columns the attack has nothing to start from.
    pub fn drop_all<'a>(columns: impl IntoIterator<Item = &'a str>, id: &str) -> Self {
        Self::new(dropping(columns), AttackOutcome::nothing_there(id))
    }

    #[must_use]
    pub fn compared(self, before: AttackOutcome) -> Self {
        Self { before: Some(before), ..self }
    }

    /// The less risk first, then the fewer successes.
    fn order(&self, other: &Self) -> Ordering {
        let (own, others) = (&self.after, &other.after);
        own.risk.total_cmp(&others.risk).then(own.successes.cmp(&others.successes))
    }

    /// Such as "drop `wage`: right guesses fall from 821 to 40 of 2,000".
    fn sentence(&self, counted: &str, outcome: &AttackOutcome) -> String {
        let (before, after) = (self.before.as_ref().unwrap_or(outcome), &self.after);
        let number = |count: u64| figure(count as f64);
        let risk = format!("from {} to {}", percent(before.risk), percent(after.risk));
        if after.successes >= before.successes {
            return format!("{}: the risk beyond chance falls {risk}", self.change);
        }
        let (from, to) = (number(before.successes), number(after.successes));
        let counts = match after.trials {
            0 => format!("from {from} to {to}"),
            trials if trials == before.trials => format!("from {from} to {to} of {}", number(trials)),
            trials => format!("from {from} of {} to {to} of {}", number(before.trials), number(trials)),
        };
        let risk = match before.baseline {
            Some(_) => format!(", the risk beyond chance {risk}"),
            None => String::new(),
        };
        format!("{}: {counted} fall {counts}{risk}", self.change)
    }
}

impl AttackOutcome {
    /// Where the limit is not met, tells the change that helps; otherwise nothing is computed.
    ///
    /// `changes` come in groups from the mildest to the harshest, and are made one by one: the first is taken in which a
    /// change meets the limit, and of its changes the one with the least risk. Where none meets it the least risk of all
    /// is told; none that does not lower the risk. `counted` says what a success is, in the plural.
    #[must_use]
    pub fn helped<G: IntoIterator<Item = Vec<Change>>>(self, counted: &str, changes: impl FnOnce(&Self) -> G) -> Self {
        if self.met() != Some(false) {
            return self;
        }
        let mut best: Option<Change> = None;
        for group in changes(&self) {
            let before = |change: &Change| change.before.as_ref().map_or(self.risk, |before| before.risk);
            let helps = |change: &Change| change.after.attempted() && change.after.risk < before(change);
            let Some(found) = least(group.into_iter().filter(helps)) else { continue };
            let enough = self.limit.clone().is_some_and(|limit| found.after.clone().held(limit).met() == Some(true));
            if enough || best.as_ref().is_none_or(|best| found.order(best).is_lt()) {
                best = Some(found);
            }
            if enough {
                break;
            }
        }
        let advice = best.map(|change| change.sentence(counted, &self));
        self.advised(advice)
    }
}

/// Drops one column, then two, up to three together, always the one more after which the attack achieves least; a
/// group for each number. `attack` is carried out without these columns; `None` where nothing would be left of it.
pub fn drops<'a>(
    names: &'a [String],
    columns: Vec<usize>,
    mut attack: impl FnMut(&[usize]) -> Option<AttackOutcome> + 'a,
) -> impl Iterator<Item = Vec<Change>> + 'a {
    let mut dropped: Vec<usize> = Vec::new();
    (0..TOGETHER).map_while(move |_| {
        let mut found: Vec<(usize, Change)> = Vec::new();
        for &column in columns.iter().filter(|column| !dropped.contains(column)) {
            let without = [&dropped[..], &[column]].concat();
            if let Some(after) = attack(&without).filter(AttackOutcome::attempted) {
                let names = without.iter().filter_map(|&column| names.get(column).map(String::as_str));
                found.push((column, Change::new(dropping(names), after)));
            }
        }
        dropped.push(found.iter().min_by(|a, b| a.1.order(&b.1))?.0);
        Some(found.into_iter().map(|(_, change)| change).collect())
    })
}

/// These columns without the dropped ones.
pub(super) fn except(columns: &[usize], dropped: &[usize]) -> Vec<usize> {
    columns.iter().copied().filter(|column| !dropped.contains(column)).collect()
}

/// "drop `a` and `b`".
pub fn dropping<'a>(columns: impl IntoIterator<Item = &'a str>) -> String {
    format!("drop {}", listed(columns))
}

/// "`a`, `b` and `c`".
pub fn listed<'a>(columns: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = columns.into_iter().map(|name| format!("`{name}`")).collect();
    match &names[..] {
        [most @ .., last] if !most.is_empty() => format!("{} and {last}", most.join(", ")),
        _ => names.concat(),
    }
}

/// The first of the best.
fn least(changes: impl Iterator<Item = Change>) -> Option<Change> {
    changes.min_by(Change::order)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::risk::{Comparison, Limit};

    fn outcome(successes: u64, trials: u64) -> AttackOutcome {
        AttackOutcome::new("x", successes, trials, None)
    }

    fn limited(successes: u64, limit: f64) -> AttackOutcome {
        let limit = Limit { comparison: Comparison::AtMost, value: limit, source: "test".into(), confidence: None };
        outcome(successes, 100).held(limit)
    }

    fn told(changes: Vec<Vec<(&str, AttackOutcome)>>) -> Option<String> {
        let change = |(name, after)| Change::new(name, after);
        let groups = changes.into_iter().map(|group| group.into_iter().map(change).collect());
        limited(50, 0.09).helped("hits", |_| groups).advice
    }

    #[test]
    fn the_mildest_that_meets_the_limit_is_told() {
        let mild = vec![("mild", outcome(9, 100)), ("milder", outcome(10, 100))];
        assert_eq!(told(vec![mild, vec![("harsh", outcome(0, 100))]]).unwrap(), "mild: hits fall from 50 to 9 of 100");
        let weak = vec![("weak", outcome(20, 100))];
        let harsh = vec![("harsh", AttackOutcome::nothing_there("x"))];
        assert_eq!(told(vec![weak.clone(), harsh]).unwrap(), "harsh: hits fall from 50 to 0");
        let useless = vec![("useless", outcome(60, 90))];
        assert_eq!(told(vec![weak, useless.clone()]).unwrap(), "weak: hits fall from 50 to 20 of 100");
        assert_eq!(told(vec![useless, vec![("idle", outcome(0, 0))]]), None, "what was not tried does not help");
    }

    #[test]
    fn nothing_is_computed_where_the_limit_is_met() {
        let fails = |_: &AttackOutcome| -> [Vec<Change>; 0] { panic!("computed") };
        assert_eq!(limited(9, 0.09).helped("hits", fails).advice, None);
        assert_eq!(outcome(50, 100).helped("hits", fails).advice, None, "no limit");
    }

    #[test]
    fn other_trials_and_other_rows_are_told() {
        let fewer = Change::new("c", outcome(1, 20));
        assert_eq!(fewer.sentence("hits", &outcome(5, 100)), "c: hits fall from 5 of 100 to 1 of 20");
        let other = fewer.compared(outcome(9, 20));
        assert_eq!(other.sentence("hits", &outcome(5, 100)), "c: hits fall from 9 to 1 of 20");
        let larger = Change::new("c", outcome(50, 1000));
        assert_eq!(larger.sentence("hits", &outcome(50, 100)), "c: the risk beyond chance falls from 50 % to 5 %");
    }

    #[test]
    fn columns_are_dropped_one_after_the_other() {
        // each column carries its share; together they carry all
        let share = [10, 40, 30];
        let names = ["a", "b", "c"].map(str::to_owned);
        let attack = |dropped: &[usize]| Some(outcome(80 - dropped.iter().map(|&c| share[c]).sum::<u64>(), 100));
        let groups: Vec<Vec<Change>> = drops(&names, vec![0, 1, 2], attack).collect();
        let of =
            |group: usize| groups[group].iter().map(|c| (c.change.as_str(), c.after.successes)).collect::<Vec<_>>();
        assert_eq!(of(0), [("drop `a`", 70), ("drop `b`", 40), ("drop `c`", 50)]);
        assert_eq!(of(1), [("drop `b` and `a`", 30), ("drop `b` and `c`", 10)]);
        assert_eq!(of(2), [("drop `b`, `c` and `a`", 0)]);
        assert_eq!(drops(&names, vec![0, 1], |_| None).count(), 0);
    }
}
