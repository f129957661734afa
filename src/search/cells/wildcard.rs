//! Few cells suppressed so that every row could be at least k rows.

use super::Cells;
use super::compatible::{Compatible, Row};
use super::patterns::Patterns;
use super::value::{self, MOST_VISITS, Placed, growing};
use crate::privacy::PrivacyModel;
use crate::search::census::Conditions;
use crate::table::tuples::Tuples;

/// Places units so that every class is compatible with `k` distinct subjects, itself included, and keeps the models;
/// `None` if this way does not lead there.
///
/// First come classes by the models alone, then each class that is compatible with too few gives up the cheapest
/// columns without which enough classes are like it. Suppressing more cells takes nothing from other classes, and
/// often gives them what they need: then they stay as they are.
pub(super) fn place(cells: &Cells, k: u64, models: &[Box<dyn PrivacyModel>], limit: u64) -> Option<Placed> {
    let alone = Conditions { k: 1, models };
    let mut placed = value::place(cells, alone, limit).ok()?;
    let classes: Vec<u32> = placed.classes().collect();
    let before: Vec<Vec<u32>> = classes.iter().map(|&class| placed.keys.get(class).to_vec()).collect();
    let members: Vec<Vec<u32>> =
        classes.iter().map(|&class| cells.units.members(placed.units[class as usize].iter().copied())).collect();
    let row = |(key, members): (&Vec<u32>, &Vec<u32>)| Row::new(&cells.census, key, cells.pattern(key), members);
    let mut compatible = Compatible::new(&cells.census, before.iter().zip(&members).map(row).collect());

    let mut open: Vec<usize> = (0..classes.len()).filter(|&row| compatible.subjects(row, k) < k).collect();
    let mut visits = 0;
    let mut key = vec![0; cells.width()];
    let mut patterns = Patterns::new(cells.weights).skip(1);
    let mut growing = growing(cells);
    while !open.is_empty() {
        let next = if visits > MOST_VISITS { growing.next() } else { patterns.next() };
        let pattern = next?;
        visits += classes.len() as u64;
        let mut groups = Tuples::new(cells.width());
        let mut lists: Vec<Vec<u32>> = vec![];
        for (row, before) in before.iter().enumerate() {
            cells.suppress(before, pattern, &mut key);
            let group = groups.insert(&key) as usize;
            if group == lists.len() {
                lists.push(vec![]);
            }
            lists[group].push(row as u32);
        }
        let mut enough: Vec<Option<bool>> = vec![None; lists.len()];
        open.retain(|&row| {
            cells.suppress(&before[row], pattern, &mut key);
            let Some(group) = groups.find(&key).map(|group| group as usize) else { return true };
            let all = || lists[group].iter().flat_map(|&row| &members[row as usize]).copied().collect::<Vec<u32>>();
            if !*enough[group].get_or_insert_with(|| cells.census.subjects(&all()) >= k) {
                return true;
            }
            if compatible.subjects(row, k) >= k {
                return false;
            }
            let there = placed.at(&key);
            let class = classes[row];
            let joined = placed.units[class as usize].iter().chain(there).copied();
            if key == before[row] || (!there.is_empty() && !cells.census.keeps(&cells.units.members(joined), alone)) {
                return true;
            }
            let units = placed.take(class);
            placed.put(&key, &units);
            compatible.suppress(row, &key, cells.pattern(&key));
            false
        });
    }
    let mut withheld = (0..cells.keys.len() as u32).filter(|&unit| placed.class_of[unit as usize].is_none());
    withheld.all(|unit| cells.apart(unit, &placed).is_some()).then_some(placed)
}
