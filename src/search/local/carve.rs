//! Classes under ever coarser levels, cut out of what is left.

use hashbrown::HashMap;
use rayon::prelude::*;

use super::class::Class;
use super::counts::Counts;
use super::problem::Problem;

/// Choices of levels that are gone through, if a choice has so many units to look at altogether.
const WORK: usize = 1 << 22;
const MOST: usize = 4096;
const LEAST: usize = 64;
/// Of a class that cannot be released whole, this part is left out at a time.
const TRIM: usize = 4;

/// Units that no class could be made of, and the classes of the others.
pub(super) struct Carved {
    pub classes: Vec<Class>,
    pub rest: Vec<u32>,
}

/// Goes through choices of one level per column, cheapest first, and makes classes of those units left that
/// are alike under it and may be released together; where they may not, of those among them that may.
///
/// Works for every condition on classes. Of the choices of levels some thousand are gone through, fewer with
/// many units.
///
/// # References
/// The repetition of global recoding over what is left is what ARX calls local recoding: Prasser et al.,
/// *Flexible data anonymization using ARX*, Software: Practice and Experience 50(7), 2020.
pub(super) fn carve(problem: &Problem, units: Vec<u32>) -> Carved {
    let levels: Vec<Vec<Vec<u32>>> = problem.columns.iter().map(|column| column.levels()).collect();
    let choices = choices(problem, &levels, &units);
    let mut carved = Carved { classes: Vec::new(), rest: units };
    for choice in choices {
        if carved.rest.is_empty() {
            break;
        }
        let groups = alike(problem, &levels, &choice, std::mem::take(&mut carved.rest));
        let cut: Vec<Carved> = groups.into_par_iter().map(|group| trim(problem, group)).collect();
        for mut part in cut {
            carved.classes.append(&mut part.classes);
            carved.rest.append(&mut part.rest);
        }
        carved.rest.sort_unstable();
    }
    carved
}

/// One level per column, cheapest first by what the units would cost.
fn choices(problem: &Problem, levels: &[Vec<Vec<u32>>], units: &[u32]) -> Vec<Vec<usize>> {
    let cost = |column: usize, starts: &Vec<u32>| -> f64 {
        let mut ends: HashMap<u32, u32> = HashMap::new();
        starts.iter().enumerate().for_each(|(place, &start)| {
            ends.insert(start, place as u32);
        });
        let of_unit = |&unit: &u32| {
            let start = starts[problem.places(unit)[column] as usize];
            let records = problem.units[unit as usize].records;
            f64::from(problem.columns[column].cost(start, ends[&start])) * records as f64
        };
        units.iter().map(of_unit).sum()
    };
    let costs: Vec<Vec<f64>> = levels
        .iter()
        .enumerate()
        .map(|(column, levels)| levels.iter().map(|starts| cost(column, starts)).collect())
        .collect();
    let all = levels.iter().fold(1_u128, |all, levels| all.saturating_mul(levels.len() as u128));
    let number = (WORK / units.len().max(1)).clamp(LEAST, MOST);
    let mut choices: Vec<(f64, Vec<usize>)> = if all <= MOST as u128 * 256 {
        (0..all as usize).map(|at| choice(levels, at as u128)).map(|choice| (sum(&costs, &choice), choice)).collect()
    } else {
        // Spread evenly over all choices: multiples of an irrational part of them.
        let step = (all as f64 * 0.618_033_988_749_894_9) as u128;
        let places = (0..number as u128 * 64).map(|at| at.wrapping_mul(step) % all);
        places.map(|at| choice(levels, at)).map(|choice| (sum(&costs, &choice), choice)).collect()
    };
    choices.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
    choices.dedup();
    let step = choices.len().div_ceil(number);
    // The cheapest ones make the most classes: none of them is passed over.
    let kept = choices.iter().enumerate().filter(|(at, _)| *at < number / 4 || at % step == 0);
    kept.map(|(_, choice)| choice.1.clone()).collect()
}

fn choice(levels: &[Vec<Vec<u32>>], mut at: u128) -> Vec<usize> {
    let level = |levels: &Vec<Vec<u32>>| {
        let level = at % levels.len() as u128;
        at /= levels.len() as u128;
        level as usize
    };
    levels.iter().map(level).collect()
}

fn sum(costs: &[Vec<f64>], choice: &[usize]) -> f64 {
    costs.iter().zip(choice).map(|(costs, &level)| costs[level]).sum()
}

/// Groups of units that the levels do not tell apart, in the order of their first units.
fn alike(problem: &Problem, levels: &[Vec<Vec<u32>>], choice: &[usize], units: Vec<u32>) -> Vec<Vec<u32>> {
    let starts: Vec<&[u32]> = levels.iter().zip(choice).map(|(levels, &level)| &levels[level][..]).collect();
    let label = |unit: u32| problem.places(unit).iter().zip(&starts).map(|(&place, starts)| starts[place as usize]);
    let mix = |unit: u32| {
        label(unit).fold(0_u64, |h, label| (h.rotate_left(29) ^ u64::from(label)).wrapping_mul(0x9E37_79B9_7F4A_7C15))
    };
    let mut keyed: Vec<(u64, u32)> = units.into_iter().map(|unit| (mix(unit), unit)).collect();
    keyed.sort_unstable();
    let mut groups: Vec<Vec<u32>> = Vec::new();
    for same in keyed.chunk_by(|a, b| a.0 == b.0) {
        let mut left: Vec<u32> = same.iter().map(|&(_, unit)| unit).collect();
        while let Some(&first) = left.first() {
            let (group, others) = left.into_iter().partition(|&unit| label(unit).eq(label(first)));
            groups.push(group);
            left = others;
        }
    }
    groups.sort_unstable_by_key(|group: &Vec<u32>| group[0]);
    groups
}

/// Makes one class of these units, or of those among them that may be released together.
pub(super) fn trim(problem: &Problem, mut group: Vec<u32>) -> Carved {
    let mut counts = problem.counts_of(&group);
    let mut rest = Vec::new();
    while !problem.judge.holds(&counts) {
        if group.len() == 1 || !problem.judge.may_be_cut(&counts) {
            rest.append(&mut group);
            return Carved { classes: Vec::new(), rest };
        }
        let gains = gains(problem, &counts);
        let gain = |unit: u32| -> f64 {
            let unit = &problem.units[unit as usize];
            let of_slot = |&(slot, count): &(u32, u64)| {
                let at = gains.partition_point(|gain| gain.0 < slot);
                gains.get(at).filter(|gain| gain.0 == slot).map_or(0.0, |gain| gain.1) * count as f64
            };
            unit.values.iter().map(of_slot).sum::<f64>() / unit.records.max(1) as f64
        };
        let mut worst: Vec<(f64, u32)> = group.iter().map(|&unit| (gain(unit), unit)).collect();
        let number = group.len().div_ceil(TRIM);
        let order = |a: &(f64, u32), b: &(f64, u32)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        worst.select_nth_unstable_by(number - 1, order);
        for &(_, unit) in &worst[..number] {
            problem.remove(&mut counts, &problem.units[unit as usize]);
            rest.push(unit);
        }
        group = worst[number..].iter().map(|&(_, unit)| unit).collect();
        group.sort_unstable();
    }
    Carved { classes: vec![problem.class(group)], rest }
}

/// Per slot how much nearer the class comes to its conditions with fewer of its subjects, by each of them.
fn gains(problem: &Problem, counts: &Counts) -> Vec<(u32, f64)> {
    let before = problem.judge.want(counts);
    let gain = |(at, &(slot, count)): (usize, &(u32, u64))| {
        let fewer = count.div_ceil(16);
        (slot, (before - problem.judge.want(&counts.with_fewer(at, fewer))) / fewer as f64)
    };
    counts.values.iter().enumerate().map(gain).collect()
}
