//! MDAV over combinations that count as many subjects as they have.

use super::Points;
use crate::search::census::Conditions;

/// Blocks of at most so many combinations are grouped at once.
const MOST_AT_ONCE: usize = 4_096;

/// Groups units that are known in the same columns.
pub(super) struct Mdav<'a> {
    pub points: &'a Points<'a>,
    /// The columns that distances are over.
    pub columns: &'a [usize],
    pub k: u64,
}

impl Mdav<'_> {
    /// Cuts units in halves, at the middle of the column that varies most, until each block is small.
    pub fn blocks(&self, units: Vec<u32>) -> Vec<Vec<u32>> {
        let least = usize::try_from(self.k).unwrap_or(usize::MAX).saturating_mul(4);
        if units.len() <= MOST_AT_ONCE.max(least) || self.columns.is_empty() {
            return vec![units];
        }
        let variance = |column: usize| {
            let centre = self.points.centre(&units, column);
            let square = |&unit: &u32| {
                self.points.units.records[unit as usize] as f64 * (self.points.standard(unit, column) - centre).powi(2)
            };
            units.iter().map(square).sum::<f64>()
        };
        let variances: Vec<(usize, f64)> = self.columns.iter().map(|&column| (column, variance(column))).collect();
        let widest = variances.iter().fold(variances[0], |best, &next| if next.1 > best.1 { next } else { best }).0;
        let mut low = units;
        let value = |&unit: &u32| self.points.standard(unit, widest);
        low.sort_by(|a, b| value(a).total_cmp(&value(b)).then(a.cmp(b)));
        let high = low.split_off(low.len() / 2);
        let (mut blocks, high) = rayon::join(|| self.blocks(low), || self.blocks(high));
        blocks.extend(high);
        blocks
    }

    /// Groups one block: around the unit farthest from the centre, and around the one farthest from that, until
    /// fewer than `3k` subjects are left for one or two groups.
    ///
    /// The last group may have fewer than `k` subjects, since units are not cut.
    pub fn groups(&self, units: Vec<u32>) -> Vec<Vec<u32>> {
        let mut left = units;
        let mut groups = vec![];
        loop {
            let subjects = self.subjects(&left);
            if left.len() < 2 || subjects < self.k.saturating_mul(2) {
                break;
            }
            let centre: Vec<f64> = self.columns.iter().map(|&column| self.points.centre(&left, column)).collect();
            let first = self.place(self.farthest(&left, &centre));
            groups.push(self.take(&mut left, &first));
            if subjects >= self.k.saturating_mul(3) && self.subjects(&left) >= self.k {
                let second = self.place(self.farthest(&left, &first));
                groups.push(self.take(&mut left, &second));
            }
        }
        if !left.is_empty() {
            groups.push(left);
        }
        groups
    }

    /// Merges each group that does not keep the conditions with the one whose centre is nearest, until all do or only
    /// one is left. Small groups come first.
    pub fn merged(&self, groups: Vec<Vec<u32>>, conditions: Conditions) -> Vec<Vec<u32>> {
        let keeps =
            |group: &[u32]| self.points.census.keeps(&self.points.units.members(group.iter().copied()), conditions);
        let centre = |group: &[u32]| -> Vec<f64> {
            self.columns.iter().map(|&column| self.points.centre(group, column)).collect()
        };
        let mut failing: Vec<usize> = (0..groups.len()).filter(|&group| !keeps(&groups[group])).collect();
        failing.sort_by_key(|&group| (groups[group].len(), group));
        let mut centres: Vec<Vec<f64>> = groups.iter().map(|group| centre(group)).collect();
        let mut groups: Vec<Option<Vec<u32>>> = groups.into_iter().map(Some).collect();
        for small in failing {
            // Merged into another, or helped by another, since.
            let Some(mut group) = groups[small].take_if(|group| !keeps(group)) else { continue };
            let others = (0..groups.len()).filter(|&other| groups[other].is_some());
            let near = |&a: &usize, &b: &usize| {
                distance(&centres[a], &centres[small])
                    .total_cmp(&distance(&centres[b], &centres[small]))
                    .then(a.cmp(&b))
            };
            match others.min_by(near) {
                Some(nearest) => {
                    if let Some(other) = &mut groups[nearest] {
                        other.append(&mut group);
                        other.sort_unstable();
                        centres[nearest] = centre(other);
                    }
                }
                None => groups[small] = Some(group),
            }
        }
        let merged: Vec<Vec<u32>> = groups.into_iter().flatten().collect();
        // A group that kept the conditions may have lost them to one that did not.
        match merged.len() > 1 && merged.iter().any(|group| !keeps(group)) {
            true => self.merged(merged, conditions),
            false => merged,
        }
    }

    fn subjects(&self, units: &[u32]) -> u64 {
        self.points.census.subjects(&self.points.units.members(units.iter().copied()))
    }

    fn place(&self, unit: u32) -> Vec<f64> {
        self.columns.iter().map(|&column| self.points.standard(unit, column)).collect()
    }

    fn far(&self, unit: u32, from: &[f64]) -> f64 {
        self.columns.iter().zip(from).map(|(&column, from)| (self.points.standard(unit, column) - from).powi(2)).sum()
    }

    /// The unit farthest from a place, of equal ones the first; `units` has one.
    fn farthest(&self, units: &[u32], from: &[f64]) -> u32 {
        let first = (self.far(units[0], from), units[0]);
        let farther = |best: (f64, u32), &unit: &u32| {
            let distance = self.far(unit, from);
            if distance > best.0 { (distance, unit) } else { best }
        };
        units.iter().fold(first, farther).1
    }

    /// Takes the nearest units with `k` distinct subjects together; all, if they have not so many.
    fn take(&self, left: &mut Vec<u32>, around: &[f64]) -> Vec<u32> {
        let mut near: Vec<(f64, u32)> = left.iter().map(|&unit| (self.far(unit, around), unit)).collect();
        let order = |a: &(f64, u32), b: &(f64, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        // Every unit has a subject, so that mostly k units are enough; more where subjects are in several.
        let mut sorted = 0;
        let mut group: Vec<u32> = vec![];
        let mut subjects = 0;
        while subjects < self.k && group.len() < near.len() {
            if group.len() == sorted {
                let rest = near.len() - sorted;
                let next = usize::try_from(self.k - subjects).unwrap_or(rest).clamp(1, rest);
                if next < rest {
                    near[sorted..].select_nth_unstable_by(next - 1, order);
                }
                near[sorted..sorted + next].sort_by(order);
                sorted += next;
            }
            let unit = near[group.len()].1;
            group.push(unit);
            subjects = match self.points.census.table.spread.is_empty() {
                true => subjects + self.subjects(&[unit]),
                false => self.subjects(&group),
            };
        }
        group.sort_unstable();
        left.retain(|unit| group.binary_search(unit).is_err());
        group
    }
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum()
}
