//! What is to be recoded: units, what they can be released as, and when.

use rayon::prelude::*;

use super::columns::{Column, WHOLE};
use super::counts::{Counts, Slots};
use super::judge::Judge;
use crate::table::EquivalenceTable;

/// Units and conditions. A unit is all combinations that the finest labels do not tell apart: these are
/// released alike.
pub(super) struct Problem<'a> {
    pub columns: Vec<Column>,
    pub judge: Judge<'a>,
    /// What a withheld record costs.
    pub withheld: u64,
    pub units: Vec<Counts>,
    /// Per unit the place in each column.
    places: Vec<u32>,
    /// Per combination; [`NO_UNIT`] for what only the population has and no condition speaks of.
    pub unit_of: Vec<u32>,
    /// Subjects per footprint.
    shared: Vec<u64>,
}

pub(super) const NO_UNIT: u32 = u32::MAX;

impl<'a> Problem<'a> {
    /// `absent` tells whether combinations that only the population has must be in a class too.
    pub fn new(table: &EquivalenceTable, columns: Vec<Column>, judge: Judge<'a>, slots: &Slots, absent: bool) -> Self {
        let width = columns.len();
        let classes = table.grouped(width, |column, row| columns[column].place_of[table.codes[column][row] as usize]);
        let mut unit_of = vec![NO_UNIT; table.combinations()];
        let mut unit_of_class = vec![NO_UNIT; classes.records.len()];
        let (mut units, mut places): (Vec<Counts>, Vec<u32>) = (Vec::new(), Vec::new());
        for row in 0..table.combinations() {
            let class = classes.class_of[row] as usize;
            if classes.records[class] == 0 && !absent {
                continue;
            }
            if unit_of_class[class] == NO_UNIT {
                unit_of_class[class] = units.len() as u32;
                units.push(Counts::default());
                places.extend((0..width).map(|column| columns[column].place_of[table.codes[column][row] as usize]));
            }
            unit_of[row] = unit_of_class[class];
            let unit = &mut units[unit_of[row] as usize];
            unit.records += table.records[row];
            unit.population += table.population.get(row).copied().unwrap_or(0);
            if table.subjects[row] > 0 {
                unit.insert(slots.of(table, row), table.subjects[row]);
            }
        }
        let shared = share(table, slots, &unit_of, &mut units);
        units.par_iter_mut().for_each(|unit| unit.settle(&shared));
        let withheld = columns.iter().map(|column| u64::from(column.dearest())).sum::<u64>().max(1);
        Self { columns, judge, withheld, units, places, unit_of, shared }
    }

    pub fn width(&self) -> usize {
        self.columns.len()
    }

    pub fn places(&self, unit: u32) -> &[u32] {
        &self.places[unit as usize * self.width()..][..self.width()]
    }

    /// To be judged only: see [`Counts::with`].
    pub fn counts_with(&self, a: &Counts, b: &Counts) -> Counts {
        a.with(b, &self.shared)
    }

    /// To be judged only: see [`Counts::without`].
    pub fn counts_without(&self, a: &Counts, b: &Counts) -> Counts {
        a.without(b, &self.shared)
    }

    /// Of these units together, at least one. Halves are added, so that long lists of shared subjects are gone
    /// through some times, not once per unit.
    pub fn counts_of(&self, units: &[u32]) -> Counts {
        let (left, right) = units.split_at(units.len() / 2);
        if left.is_empty() {
            return self.units[right[0] as usize].clone();
        }
        let mut counts = self.counts_of(left);
        self.add(&mut counts, &self.counts_of(right));
        counts
    }

    pub fn add(&self, to: &mut Counts, other: &Counts) {
        to.add(other, &self.shared);
    }

    pub fn remove(&self, from: &mut Counts, other: &Counts) {
        from.remove(other, &self.shared);
    }

    /// What a record costs in a class with these lowest and highest places.
    #[inline]
    pub fn cost(&self, low: &[u32], high: &[u32]) -> u64 {
        self.columns.iter().zip(low).zip(high).map(|((column, &low), &high)| u64::from(column.cost(low, high))).sum()
    }

    /// Whether every column has an allowed label for these places.
    pub fn allows(&self, low: &[u32], high: &[u32]) -> bool {
        self.columns.iter().zip(low).zip(high).all(|((column, &low), &high)| column.allows(low, high))
    }
}

/// Enters the subjects of several combinations: those of several units are noted at each of them.
fn share(table: &EquivalenceTable, slots: &Slots, unit_of: &[u32], units: &mut [Counts]) -> Vec<u64> {
    let mut shared = Vec::new();
    let mut cells: Vec<(u32, u32)> = Vec::new();
    for (members, subjects) in table.spread.iter() {
        cells.clear();
        for &member in members {
            let unit = unit_of[member as usize];
            if unit != NO_UNIT {
                cells.push((unit, 0));
                cells.extend(slots.of(table, member as usize).map(|slot| (unit, slot)));
            }
        }
        cells.sort_unstable();
        cells.dedup();
        let alone = cells.first().map(|cell| cell.0) == cells.last().map(|cell| cell.0);
        for of_unit in cells.chunk_by(|a, b| a.0 == b.0) {
            let unit = &mut units[of_unit[0].0 as usize];
            let slots = of_unit.iter().map(|cell| cell.1);
            if alone {
                unit.insert_alone(slots, subjects);
            } else {
                unit.share(shared.len() as u32, slots);
            }
        }
        if !alone {
            shared.push(subjects);
        }
    }
    shared
}

/// A weight per column that sums to 1: its share of the Loss.
pub(super) fn shares(weights: &[f64], columns: usize) -> Vec<f64> {
    let weights: Vec<f64> = (0..columns).map(|column| weights.get(column).copied().unwrap_or(1.0).max(0.0)).collect();
    let all: f64 = weights.iter().sum();
    weights.iter().map(|weight| if all > 0.0 { weight / all } else { 0.0 }).collect()
}

const _: () = assert!(WHOLE as u64 * 4 <= 1 << 32, "forbidden runs cost more than a record that tells nothing");
