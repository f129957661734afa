//! Few cells suppressed so that rows alike in all labels are classes that keep the conditions.

use super::patterns::Patterns;
use super::{Cells, CellsError};
use crate::search::census::Conditions;
use crate::table::tuples::Tuples;

/// From so many visits of units on, patterns are no longer tried one by one. Small tables of tests reach it too.
pub(super) const MOST_VISITS: u64 = if cfg!(test) { 1 << 7 } else { 1 << 25 };

/// From so many units without a class on, they are not joined to classes one by one.
const MOST_JOINED: usize = 1_000;

/// Classes that are tried for one unit, the cheapest first.
const MOST_TRIED: usize = 64;

/// Which class every unit is released in.
pub(super) struct Placed {
    /// The labels of each class.
    pub keys: Tuples,
    /// The units of each class; a class without any is none.
    pub units: Vec<Vec<u32>>,
    /// Per unit its class; `None` is withheld.
    pub class_of: Vec<Option<u32>>,
}

impl Placed {
    pub fn new(width: usize, units: usize) -> Self {
        Self { keys: Tuples::new(width), units: vec![], class_of: vec![None; units] }
    }

    /// The units of the class with these labels.
    pub fn at(&self, key: &[u32]) -> &[u32] {
        self.keys.find(key).map_or(&[], |class| &self.units[class as usize])
    }

    /// Puts units into the class with these labels, beside those that it has.
    pub fn put(&mut self, key: &[u32], units: &[u32]) {
        let class = self.keys.insert(key);
        if self.units.len() <= class as usize {
            self.units.push(vec![]);
        }
        units.iter().for_each(|&unit| self.class_of[unit as usize] = Some(class));
        self.units[class as usize].extend(units);
    }

    /// Takes all units out of a class.
    pub fn take(&mut self, class: u32) -> Vec<u32> {
        let units = std::mem::take(&mut self.units[class as usize]);
        units.iter().for_each(|&unit| self.class_of[unit as usize] = None);
        units
    }

    /// Records of units in no class.
    pub fn withheld(&self, cells: &Cells) -> u64 {
        let withheld = self.class_of.iter().zip(&cells.units.records).filter(|(class, _)| class.is_none());
        withheld.map(|(_, records)| records).sum()
    }

    /// The classes that have units.
    pub fn classes(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.units.len() as u32).filter(|&class| !self.units[class as usize].is_empty())
    }
}

/// Places every unit, or withholds it within `limit` records.
pub(super) fn place(cells: &Cells, conditions: Conditions, limit: u64) -> Result<Placed, CellsError> {
    let mut placed = Placed::new(cells.width(), cells.keys.len());
    let mut left: Vec<u32> = (0..cells.keys.len() as u32).collect();
    let mut visits = 0;
    for pattern in Patterns::new(cells.weights) {
        gather(cells, conditions, pattern, &mut left, &mut placed);
        visits += left.len() as u64;
        if visits > MOST_VISITS || records(cells, &left) == 0 {
            break;
        }
    }
    if visits > MOST_VISITS {
        growing(cells).for_each(|pattern| gather(cells, conditions, pattern, &mut left, &mut placed));
    }
    if records(cells, &left) > limit && left.len() <= MOST_JOINED {
        join(cells, conditions, limit, &mut left, &mut placed);
    }
    let apart = |&unit: &u32| cells.apart(unit, &placed).is_some();
    if records(cells, &left) > limit || !left.iter().all(apart) {
        dissolve(cells, conditions, limit, &mut left, &mut placed)?;
    }
    Ok(placed)
}

fn records(cells: &Cells, units: &[u32]) -> u64 {
    units.iter().map(|&unit| cells.units.records[unit as usize]).sum()
}

/// Columns one after the other, up to all of them: cheap ones first, of these the ones with the most values.
pub(super) fn growing(cells: &Cells) -> impl Iterator<Item = u64> {
    let mut order: Vec<usize> = (0..cells.width()).collect();
    order.sort_by(|&a, &b| {
        cells.weights[a].total_cmp(&cells.weights[b]).then(cells.stars[b].cmp(&cells.stars[a])).then(a.cmp(&b))
    });
    order.into_iter().scan(0, |pattern, column| {
        *pattern |= 1 << column;
        Some(*pattern)
    })
}

/// Places the units that are classes, with or without those placed before, once the columns are suppressed.
fn gather(cells: &Cells, conditions: Conditions, pattern: u64, left: &mut Vec<u32>, placed: &mut Placed) {
    let mut groups = Tuples::new(cells.width());
    let mut key = vec![0; cells.width()];
    let (mut group_of, mut records) = (Vec::with_capacity(left.len()), vec![]);
    for &unit in &*left {
        cells.suppress(cells.keys.get(unit), pattern, &mut key);
        let group = groups.insert(&key) as usize;
        if group == records.len() {
            records.push(0);
        }
        records[group] += cells.units.records[unit as usize];
        group_of.push(group);
    }
    let mut lists: Vec<Vec<u32>> = vec![vec![]; records.len()];
    for (&unit, group) in left.iter().zip(group_of) {
        let known = || !placed.at(groups.get(group as u32)).is_empty();
        if records[group] >= conditions.k.max(1) || known() {
            lists[group].push(unit);
        }
    }
    for (group, list) in lists.iter().enumerate().filter(|(_, list)| !list.is_empty()) {
        let key = groups.get(group as u32);
        let all = cells.units.members(list.iter().chain(placed.at(key)).copied());
        if cells.census.keeps(&all, conditions) {
            placed.put(key, list);
        }
    }
    left.retain(|&unit| placed.class_of[unit as usize].is_none());
}

/// Joins units to classes that are nearly like them, until few enough are left: both give up the columns in which
/// they differ. Units with many records come first; each takes the cheapest class of those that keep the conditions.
fn join(cells: &Cells, conditions: Conditions, limit: u64, left: &mut Vec<u32>, placed: &mut Placed) {
    let mut withheld = records(cells, left);
    left.sort_by_key(|&unit| (std::cmp::Reverse(cells.units.records[unit as usize]), unit));
    let mut target = vec![0; cells.width()];
    for &unit in &*left {
        if withheld <= limit {
            break;
        }
        let own = cells.keys.get(unit);
        let candidate = |class: u32| {
            let key = placed.keys.get(class);
            let apart = (0..cells.width()).filter(|&c| key[c] != own[c]).map(|c| 1 << c).sum::<u64>();
            let given =
                cells.weight(apart & !cells.pattern(key)) * records(cells, &placed.units[class as usize]) as f64;
            let cost = given + cells.weight(apart & !cells.pattern(own)) * cells.units.records[unit as usize] as f64;
            (cost, class, apart)
        };
        let mut candidates: Vec<(f64, u32, u64)> =
            placed.classes().map(candidate).filter(|&(_, _, apart)| apart != cells.all()).collect();
        candidates.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for &(_, class, apart) in candidates.iter().take(MOST_TRIED) {
            cells.suppress(own, apart, &mut target);
            let there = if target == placed.keys.get(class) { &[] } else { placed.at(&target) };
            let units = placed.units[class as usize].iter().chain(there).copied().chain([unit]);
            if cells.census.keeps(&cells.units.members(units), conditions) {
                let joined = placed.take(class);
                placed.put(&target, &joined);
                placed.put(&target, &[unit]);
                withheld -= cells.units.records[unit as usize];
                break;
            }
        }
    }
    left.retain(|&unit| placed.class_of[unit as usize].is_none());
}

/// Suppresses all cells of the units that are left, and of as many classes, the cheapest first, as make them a
/// class together.
fn dissolve(
    cells: &Cells,
    conditions: Conditions,
    limit: u64,
    left: &mut Vec<u32>,
    placed: &mut Placed,
) -> Result<(), CellsError> {
    let given = |class: u32| {
        let pattern = cells.all() & !cells.pattern(placed.keys.get(class));
        cells.weight(pattern) * records(cells, &placed.units[class as usize]) as f64
    };
    let mut donors: Vec<(f64, u32)> = placed.classes().map(|class| (given(class), class)).collect();
    donors.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    // A class in which all is suppressed already is part of it.
    let is_all = |class: u32| cells.pattern(placed.keys.get(class)) == cells.all();
    donors.sort_by_key(|&(_, class)| !is_all(class));
    let least = donors.iter().filter(|&&(_, class)| is_all(class)).count().max(1);
    let together = |count: usize| {
        let units = donors[..count].iter().flat_map(|&(_, class)| &placed.units[class as usize]);
        cells.census.keeps(&cells.units.members(left.iter().chain(units).copied()), conditions)
    };
    let (mut too_few, mut enough) = (least - 1, least.min(donors.len()));
    while !together(enough) {
        if enough == donors.len() {
            return Err(CellsError::Unreachable { withheld: records(cells, left), limit });
        }
        (too_few, enough) = (enough, (enough * 2).min(donors.len()));
    }
    while enough - too_few > 1 {
        let middle = too_few + (enough - too_few) / 2;
        if together(middle) {
            enough = middle;
        } else {
            too_few = middle;
        }
    }
    let mut key = vec![0; cells.width()];
    cells.suppress(&key.clone(), cells.all(), &mut key);
    for (_, class) in donors.drain(..enough).collect::<Vec<_>>() {
        let units = placed.take(class);
        placed.put(&key, &units);
    }
    placed.put(&key, &std::mem::take(left));
    Ok(())
}
