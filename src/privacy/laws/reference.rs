//! The models' definitions once more, in floats, from rows.

use std::collections::{BTreeMap, BTreeSet};

use super::rows::{Row, Rows, label};
use crate::spec::{BetaKind, EntropyEstimator, GroundDistance, ModelSpec};

/// People of some rows, and how many of them have each value of a sensitive column.
struct Spread {
    subjects: f64,
    counts: BTreeMap<usize, f64>,
}

impl Spread {
    fn new(rows: &Rows, column: usize, of: impl Fn(&Row) -> bool) -> Self {
        let (mut subjects, mut pairs) = (BTreeSet::new(), BTreeSet::new());
        for row in rows.rows.iter().filter(|row| of(row)) {
            subjects.insert(row.subject);
            pairs.insert((row.subject, row.sensitive[column]));
        }
        let mut counts = BTreeMap::new();
        for (subject, value) in pairs {
            *counts.entry(value).or_insert(0.0) += rows.weights[subject] as f64;
        }
        Self { subjects: subjects.into_iter().map(|subject| rows.weights[subject] as f64).sum(), counts }
    }

    fn share(&self, value: usize) -> f64 {
        self.counts.get(&value).copied().unwrap_or(0.0) / self.counts.values().sum::<f64>()
    }
}

/// The measure of a model over the rows with quasi values that `of` names; `None` where the model is about all
/// classes together.
pub fn measure(spec: &ModelSpec, rows: &Rows, of: impl Fn(u32) -> bool) -> Option<f64> {
    let column = usize::from(spec.column() == Some("number"));
    let class = Spread::new(rows, column, |row| of(row.quasi));
    let whole = Spread::new(rows, column, |_| true);
    let people = || rows.population.iter().enumerate().filter(|(quasi, _)| of(*quasi as u32));
    let values = 0..8;
    let counts = || class.counts.values().copied();
    Some(match spec {
        ModelSpec::KMap { .. } => people().map(|(_, &n)| n as f64).sum(),
        ModelSpec::DeltaPresence { .. } => class.subjects / people().map(|(_, &n)| n as f64).sum::<f64>(),
        ModelSpec::DistinctLDiversity { .. } => class.counts.len() as f64,
        ModelSpec::EntropyLDiversity { estimator: EntropyEstimator::Shannon, .. } => {
            let shares = class.counts.keys().map(|&value| class.share(value));
            (-shares.map(|p| p * p.ln()).sum::<f64>()).exp()
        }
        ModelSpec::EntropyLDiversity { .. } => {
            let n: f64 = counts().sum();
            let estimate = g(n) - counts().map(|count| count * g(count)).sum::<f64>() / n;
            estimate.exp().min(class.counts.len() as f64).max(1.0)
        }
        ModelSpec::RecursiveClDiversity { l, .. } => {
            let mut counts: Vec<f64> = counts().collect();
            counts.sort_by(|a, b| b.total_cmp(a));
            counts[0] / counts.iter().skip(*l as usize - 1).sum::<f64>()
        }
        ModelSpec::AlphaK { .. } => counts().fold(0.0, f64::max) / class.subjects,
        ModelSpec::TCloseness { distance: GroundDistance::Equal, .. } => {
            values.map(|value| (class.share(value) - whole.share(value)).abs()).sum::<f64>() / 2.0
        }
        ModelSpec::TCloseness { distance: GroundDistance::Ordered, .. } => {
            let (mut sum, mut all) = (0.0, 0.0_f64);
            for value in whole.counts.keys() {
                sum += class.share(*value) - whole.share(*value);
                all += sum.abs();
            }
            if whole.counts.len() == 1 { 0.0 } else { all / (whole.counts.len() - 1) as f64 }
        }
        ModelSpec::TCloseness { .. } => by_tree(|value| class.share(value) - whole.share(value)),
        ModelSpec::BetaLikeness { kind, .. } => {
            // Where p is near 1, gain and cap differ in digits that floats of q and p do not have.
            let whole_number = |x: f64| x as i128;
            let n = whole_number(counts().sum());
            let all = whole_number(whole.counts.values().sum());
            let gain = |value| {
                let here = class.counts.get(&value).copied().map_or(0, whole_number) * all;
                let there = whole_number(whole.counts[&value]) * n;
                let gain = (here - there).max(0) as f64 / there as f64;
                let rest = (all - whole_number(whole.counts[&value])) as f64 / all as f64;
                if *kind == BetaKind::Enhanced && gain > -(-rest).ln_1p() { f64::INFINITY } else { gain }
            };
            values.filter(|value| whole.counts.contains_key(value)).map(gain).fold(0.0, f64::max)
        }
        ModelSpec::DeltaDisclosure { .. } => {
            let log = |value: &usize| (class.share(*value) / whole.share(*value)).ln().abs();
            whole.counts.keys().map(log).fold(0.0, f64::max)
        }
        ModelSpec::AverageRisk { .. }
        | ModelSpec::SampleUniques { .. }
        | ModelSpec::PopulationUniques { .. }
        | ModelSpec::RecordsAtRisk { .. } => return None,
    })
}

/// The distinct people per quasi value that has rows.
pub fn sizes(rows: &Rows) -> Vec<f64> {
    let quasi: BTreeSet<u32> = rows.rows.iter().map(|row| row.quasi).collect();
    quasi.into_iter().map(|quasi| Spread::new(rows, 0, |row| row.quasi == quasi).subjects).collect()
}

/// Grassberger's `G` by digamma: `ψ(n) + ½ (−1)^n (ψ((n + 1)/2) − ψ(n/2))`.
fn g(n: f64) -> f64 {
    let sign = if n % 2.0 == 0.0 { 1.0 } else { -1.0 };
    digamma(n) + 0.5 * sign * (digamma((n + 1.0) / 2.0) - digamma(n / 2.0))
}

fn digamma(mut x: f64) -> f64 {
    let mut shift = 0.0;
    while x < 20.0 {
        shift -= 1.0 / x;
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let series = square * (1.0 / 12.0 - square * (1.0 / 120.0 - square * (1.0 / 252.0 - square / 240.0)));
    shift + x.ln() - 0.5 / x - series
}

/// The earth mover's distance over the tree of letters, moved as Li et al. do.
fn by_tree(extra: impl Fn(usize) -> f64) -> f64 {
    let mut below: BTreeMap<usize, f64> = (0..8).map(|value| (value, extra(value))).collect();
    let mut cost = 0.0;
    for level in 1..=3 {
        // Each label is known by one of its values.
        let mut labels: BTreeMap<Option<&str>, Vec<(usize, f64)>> = BTreeMap::new();
        for (value, extra) in below {
            labels.entry(label(value, level)).or_default().push((value, extra));
        }
        let moved = |children: &Vec<(usize, f64)>| {
            let positive: f64 = children.iter().map(|child| child.1.max(0.0)).sum();
            let negative: f64 = children.iter().map(|child| (-child.1).max(0.0)).sum();
            positive.min(negative)
        };
        cost += labels.values().map(|children| level as f64 / 3.0 * moved(children)).sum::<f64>();
        below = labels.into_values().map(|all| (all[0].0, all.iter().map(|child| child.1).sum())).collect();
    }
    cost
}
