//! Cuts a class, or a class with its neighbours, into classes anew.

use rayon::prelude::*;

use super::class::{Class, total};
use super::improve::State;
use super::nearest::Joining;
use super::problem::Problem;

/// Nearest classes that a class is cut anew with.
pub(super) const NEIGHBOURS: usize = 5;
/// No more units than this are cut anew together.
const UNITS: usize = 96;
/// How far a class reaches on after it may be released.
const BEYOND: usize = 8;

/// Classes in the place of others, and what that gains.
struct Recut {
    gain: f64,
    old: Vec<u32>,
    new: Vec<Class>,
}

impl State<'_> {
    /// Every class is cut anew together with its `neighbours` nearest ones, if it gains; with none, by itself.
    /// Where none has changed since the last round, the same would come out.
    pub fn recut(&mut self, neighbours: usize) {
        self.renumber();
        let nearest = self.nearest();
        let ids = 0..self.classes.len() as u32;
        let recut = |id: u32| {
            let class = &self.classes[id as usize];
            if class.cost == 0 {
                return None;
            }
            let mut old = vec![id];
            if neighbours > 0 {
                let (low, high) = (class.low(), class.high());
                let joining = Joining { low, high, records: class.records(), cost: class.cost, own: id };
                old.extend(nearest.some(self.problem, &joining, neighbours).into_iter().map(|near| near.1));
            }
            self.cut(old)
        };
        let mut recuts: Vec<Recut> = ids.into_par_iter().filter_map(recut).collect();
        recuts.sort_by(|a, b| b.gain.total_cmp(&a.gain).then_with(|| a.old.cmp(&b.old)));
        let mut changed = vec![false; self.classes.len()];
        for Recut { old, new, .. } in recuts {
            if !old.iter().any(|&id| changed[id as usize]) {
                old.iter().for_each(|&id| changed[id as usize] = true);
                self.replace(&old, new);
            }
        }
    }

    fn cut(&self, old: Vec<u32>) -> Option<Recut> {
        let classes = || old.iter().map(|&id| &self.classes[id as usize]);
        let units: Vec<u32> = classes().flat_map(|class| class.members.iter().copied()).collect();
        let subjects: u64 = classes().map(|class| class.counts.subjects).sum();
        if classes().all(|class| class.age > 1)
            || units.len() < 2
            || units.len() > UNITS
            || subjects < self.problem.judge.k().saturating_mul(2)
        {
            return None;
        }
        let before: f64 = classes().map(Class::total).sum();
        let mut best: Option<(f64, Vec<Vec<u32>>)> = None;
        for first in [0, units.len() - 1] {
            let line = line(self.problem, &units, first);
            if let Some((cost, parts)) = cheapest_cut(self.problem, &line)
                && cost <= before - 1.0
                && best.as_ref().is_none_or(|best| cost < best.0)
            {
                best = Some((cost, parts));
            }
        }
        let (cost, parts) = best?;
        let new = parts.into_iter().map(|members| self.problem.class(members)).collect();
        Some(Recut { gain: before - cost, old, new })
    }
}

/// The units in a line, each the nearest of those left to the one before.
fn line(problem: &Problem, units: &[u32], first: usize) -> Vec<u32> {
    let mut left = units.to_vec();
    let mut line = vec![left.swap_remove(first)];
    while !left.is_empty() {
        let here = problem.places(line[line.len() - 1]);
        let cost = |&unit: &u32| {
            let there = problem.places(unit);
            let run = |((column, &a), &b): ((&super::columns::Column, &u32), &u32)| column.cost(a.min(b), a.max(b));
            problem.columns.iter().zip(here).zip(there).map(|pair| u64::from(run(pair))).sum::<u64>()
        };
        let nearest = left.iter().enumerate().min_by_key(|(_, unit)| cost(unit)).map_or(0, |(at, _)| at);
        line.push(left.swap_remove(nearest));
    }
    line
}

/// The cut of a line into classes that costs least in all, and its cost; `None` if there is none.
///
/// # References
/// Hansen and Mukherjee, *A polynomial algorithm for optimal univariate microaggregation*, IEEE TKDE 15(4),
/// 2003: the cheapest way from cut to cut.
fn cheapest_cut(problem: &Problem, line: &[u32]) -> Option<(f64, Vec<Vec<u32>>)> {
    let mut cheapest = vec![f64::INFINITY; line.len() + 1];
    let mut from = vec![0; line.len() + 1];
    cheapest[0] = 0.0;
    let many = problem.judge.k().saturating_mul(2);
    for start in 0..line.len() {
        if cheapest[start].is_infinite() {
            continue;
        }
        let mut bounds = problem.bounds_of(line[start]);
        let mut counts = problem.units[line[start] as usize].clone();
        let mut beyond = 0;
        for end in start + 1..=line.len() {
            if end > start + 1 {
                problem.widen(&mut bounds, line[end - 1]);
                problem.add(&mut counts, &problem.units[line[end - 1] as usize]);
            }
            if counts.subjects < problem.judge.k() {
                continue;
            }
            let (low, high) = bounds.split_at(problem.width());
            let cost = cheapest[start] + total(problem.cost(low, high), counts.records);
            if cost < cheapest[end] && problem.judge.holds(&counts) {
                (cheapest[end], from[end]) = (cost, start);
            }
            beyond += usize::from(counts.subjects >= many);
            if beyond > BEYOND || (beyond > 1 && problem.judge.by_size()) {
                break;
            }
        }
    }
    let mut end = line.len();
    if cheapest[end].is_infinite() {
        return None;
    }
    let mut parts = Vec::new();
    while end > 0 {
        parts.push(line[from[end]..end].to_vec());
        end = from[end];
    }
    Some((cheapest[line.len()], parts))
}
