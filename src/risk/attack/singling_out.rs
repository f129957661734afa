//! Singling out: conditions made from the release that exactly one person of the source meets.

use std::ops::RangeInclusive;

use rand::seq::index;
use rand::{Rng, RngExt};

use super::cells::{Cells, Rows};
use super::change::{Change, TRIED, drops};
use super::larger_table::times_larger;
use super::predicate::{Condition, Predicate, Searched, blind};
use super::tables::{Tables, control_group, draw, naive};
use super::{AttackOutcome, Baseline};

/// Attempts to make a condition that one released row alone meets, for each row that is attacked.
const ATTEMPTS: usize = 5;

/// Tries conditions on single columns: values that one released row has, and the least and the largest number.
///
/// A trial is one of the different values of the release (at most `queries`, drawn at random). It can be formed into
/// an attack where exactly one released row has the value, and succeeds where exactly one source row has it. Naive
/// baseline: random conditions on released values. Control group: the same conditions on its rows, corrected for its
/// size.
///
/// Equal rows are different people: unlike in the paper's program, they are not removed first, so that a class of
/// `k` equal rows singles out nobody. Tables that are samples overstate.
///
/// # References
/// Article 29 Working Party, opinion 05/2014 (WP216), section 2.2; Giomi et al., PETS 2023, section 5.2; Cohen and
/// Nissim, *Towards formalizing the GDPR's notion of singling out*, PNAS 117(15), 2020.
pub fn singling_out_univariate(tables: &Tables, queries: usize, rng: &mut impl Rng) -> AttackOutcome {
    let released = tables.released();
    let mut candidates = Vec::new();
    for (column, cells) in released.columns().iter().enumerate() {
        let mut add = |condition, rows: usize| candidates.push((Predicate(vec![(column, condition)]), rows));
        match cells {
            Cells::Codes(codes) => {
                let mut codes = codes.clone();
                codes.sort_unstable();
                codes.chunk_by(|a, b| a == b).for_each(|same| add(Condition::Is(same[0]), same.len()));
            }
            Cells::Numbers(numbers) => {
                let mut own: Vec<f64> = numbers.iter().copied().filter(|n| !n.is_nan()).collect();
                own.sort_by(f64::total_cmp);
                let nulls = numbers.len() - own.len();
                if nulls > 0 {
                    add(Condition::Null, nulls);
                }
                own.chunk_by(|a, b| a == b).for_each(|same| add(Condition::Equals(same[0]), same.len()));
                if let (Some(&least), Some(&most)) = (own.first(), own.last()) {
                    add(Condition::AtMost(least), own.iter().filter(|&&n| n == least).count());
                    add(Condition::AtLeast(most), own.iter().filter(|&&n| n == most).count());
                }
            }
        }
    }
    let trials = draw(candidates.len(), queries, rng);
    let drawn = trials.iter().map(|&trial| &candidates[trial as usize]);
    let formed: Vec<Predicate> = drawn.filter(|(_, rows)| *rows == 1).map(|(p, _)| p.clone()).collect();
    tried("singling_out_univariate", tables, &formed, &vec![1; trials.len()], rng)
}

/// Tries conditions on several columns at once, each made from a released row: its labels, and its numbers or more
/// where they are above the column's median, its numbers or less otherwise.
///
/// A trial is a released row (at most `queries`, drawn at random). Up to four times columns are drawn for it, so many
/// as `columns` allows, and at last as many as it allows at most; the first condition that no other released row
/// meets is tried on the source, and a success is one that exactly one source row meets. Rows that are never alone
/// are told as not formed, and count as failed: the risk is that of the release, not of its most exposed rows.
/// Otherwise as [`singling_out_univariate`].
pub fn singling_out_multivariate(
    tables: &Tables,
    columns: RangeInclusive<usize>,
    queries: usize,
    rng: &mut impl Rng,
) -> AttackOutcome {
    let released = tables.released();
    let width = released.columns().len();
    let (least, most) = ((*columns.start()).max(1).min(width), (*columns.end()).min(width));
    if width == 0 || least > most {
        return tried("singling_out_multivariate", tables, &[], &[], rng);
    }
    let searched = Searched::new(released);
    let medians: Vec<f64> = released.columns().iter().map(median).collect();
    let rows = draw(released.len(), queries, rng);
    let (mut left, mut formed) = (rows.clone(), Vec::new());
    for attempt in 1..=ATTEMPTS {
        let mut make = |&row: &u32| {
            let amount = if attempt == ATTEMPTS { most } else { rng.random_range(least..=most) };
            let columns = index::sample(rng, width, amount);
            let row = row as usize;
            Predicate(columns.iter().map(|c| (c, like(&released.columns()[c], row, medians[c]))).collect())
        };
        let made: Vec<Predicate> = left.iter().map(&mut make).collect();
        let alone = searched.isolated(&made);
        left = left.iter().zip(&alone).filter(|(_, alone)| alone.is_none()).map(|(&row, _)| row).collect();
        formed.extend(made.into_iter().zip(alone).filter(|(_, alone)| alone.is_some()).map(|(made, _)| made));
    }
    let mut widths: Vec<usize> = formed.iter().map(|predicate| predicate.0.len()).collect();
    widths.extend(left.iter().map(|_| rng.random_range(least..=most)));
    tried("singling_out_multivariate", tables, &formed, &widths, rng)
}

/// Changes that leave fewer to be singled out: the columns with the most different values dropped, one after the other.
///
/// `attack` is [`singling_out_univariate`] or [`singling_out_multivariate`] with the same questions and draws; it is
/// carried out again for each change, as whoever lacks one column makes conditions on the others.
pub fn singling_out_changes<'a>(
    tables: &'a Tables,
    attack: impl Fn(&Tables) -> AttackOutcome + 'a,
) -> impl Iterator<Item = Vec<Change>> + 'a {
    let released = tables.released();
    let finest = released.finest(0..released.columns().len(), TRIED);
    let without = move |dropped: &[usize]| {
        let rows = [Some(tables.released()), Some(tables.source()), tables.control()];
        let [released, source, control] = rows.map(|rows| rows.map(|rows| rows.without(dropped)));
        let (released, source) = (released?, source?);
        let fewer = tables.with_rows(&released, &source, control.as_ref());
        (!released.columns().is_empty()).then(|| attack(&fewer))
    };
    drops(released.names(), finest, without)
}

/// The condition that a cell of this row meets.
fn like(cells: &Cells, row: usize, median: f64) -> Condition {
    match cells {
        Cells::Codes(codes) => Condition::Is(codes[row]),
        Cells::Numbers(numbers) if numbers[row].is_nan() => Condition::Null,
        Cells::Numbers(numbers) if numbers[row] > median => Condition::AtLeast(numbers[row]),
        Cells::Numbers(numbers) => Condition::AtMost(numbers[row]),
    }
}

/// The lower median of the numbers that are there; NaN without.
fn median(cells: &Cells) -> f64 {
    let Cells::Numbers(numbers) = cells else { return f64::NAN };
    let mut own: Vec<f64> = numbers.iter().copied().filter(|n| !n.is_nan()).collect();
    if own.is_empty() {
        return f64::NAN;
    }
    let middle = (own.len() - 1) / 2;
    *own.select_nth_unstable_by(middle, f64::total_cmp).1
}

/// Tries the conditions on the source and on the control group, and for each trial, formed or not, a blind condition
/// on so many columns.
fn tried(id: &str, tables: &Tables, formed: &[Predicate], widths: &[usize], rng: &mut impl Rng) -> AttackOutcome {
    let (released, source) = (tables.released(), tables.source());
    let trials = widths.len() as u64;
    let searched = Searched::new(source);
    let hit: Vec<u32> = searched.isolated(formed).into_iter().flatten().collect();
    let distinct: Vec<Cells> = released.columns().iter().map(Cells::distinct).collect();
    let mut one = |&width: &usize| {
        let columns = index::sample(rng, distinct.len(), width);
        Predicate(columns.iter().filter_map(|c| Some((c, blind(&distinct[c], rng)?))).collect())
    };
    let blind: Vec<Predicate> = widths.iter().map(&mut one).collect();
    let lucky = naive(searched.isolated(&blind).into_iter().flatten().count() as u64, trials);
    let control = tables.control().map(|control| on_control(formed, trials, control, source.len()));
    let outcome = tables.outcome(id, trials, &hit, source.len() as u64, lucky, control);
    let mut columns: Vec<usize> = formed.iter().flat_map(|predicate| predicate.0.iter().map(|c| c.0)).collect();
    columns.sort_unstable();
    columns.dedup();
    let names = columns.into_iter().map(|column| released.names()[column].as_str());
    outcome.on(names).not_formed(trials - formed.len() as u64)
}

/// How many of the conditions would have isolated a row of the control group if it had as many rows as the source.
fn on_control(formed: &[Predicate], trials: u64, control: &Rows, source: usize) -> Baseline {
    let searched = Searched::new(control);
    let matches: Vec<usize> = formed.iter().map(|predicate| searched.count(predicate, usize::MAX).0).collect();
    let alone = matches.iter().filter(|&&rows| rows == 1).count() as f64;
    let scaled = (alone * times_larger(&matches, control.len(), source)).round() as u64;
    control_group(scaled.min(formed.len() as u64), trials)
}
