//! Singling out: conditions made from the release that exactly one person of the source meets.

use std::ops::RangeInclusive;

use hashbrown::HashSet;
use rand::seq::{SliceRandom, index};
use rand::{Rng, RngExt};

use super::cells::{Cells, Rows};
use super::larger_table::times_larger;
use super::predicate::{Condition, Predicate, blind, isolated};
use super::tables::{Tables, control_group, naive};
use super::{AttackOutcome, Baseline};

/// Attempts to make a condition, for each that is wanted.
const ATTEMPTS: usize = 5;

/// Tries conditions on single columns: values that one released row has, and the least and the largest number.
///
/// At most `queries` conditions that exactly one released row meets are tried on the source; a success is one that
/// exactly one source row meets. Those that more released rows meet are told as not formed. Naive baseline: random
/// conditions on released values. Control group: the same conditions on its rows, corrected for its size.
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
    candidates.shuffle(rng);
    let (mut formed, mut not_formed) = (Vec::new(), 0);
    for (predicate, rows) in candidates {
        match rows {
            1 if formed.len() < queries => formed.push(predicate),
            1 => {}
            _ => not_formed += 1,
        }
    }
    tried("singling_out_univariate", tables, &formed, not_formed, rng)
}

/// Tries conditions on several columns at once, each made from a released row: its labels, and its numbers or more
/// where they are above the column's median, its numbers or less otherwise.
///
/// Rows and columns are drawn at random, the number of columns from `columns` (cut to what there is). Of five times
/// `queries` attempts at most, `queries` different conditions that exactly one released row meets are tried on the
/// source; attempts that gave none are told as not formed. Otherwise as [`singling_out_univariate`].
pub fn singling_out_multivariate(
    tables: &Tables,
    columns: RangeInclusive<usize>,
    queries: usize,
    rng: &mut impl Rng,
) -> AttackOutcome {
    let released = tables.released();
    let width = released.columns().len();
    let (least, most) = ((*columns.start()).clamp(1, width.max(1)), (*columns.end()).clamp(1, width.max(1)));
    if released.is_empty() || width == 0 || least > most {
        return tried("singling_out_multivariate", tables, &[], 0, rng);
    }
    let medians: Vec<f64> = released.columns().iter().map(median).collect();
    let (mut formed, mut not_formed, mut seen) = (Vec::new(), 0, HashSet::new());
    let mut left = queries * ATTEMPTS;
    while formed.len() < queries && left > 0 {
        let attempts = left.min(queries);
        left -= attempts;
        let attempt = |_| {
            let row = rng.random_range(0..released.len());
            let amount = rng.random_range(least..=most);
            let columns = index::sample(rng, width, amount);
            Predicate(columns.iter().map(|c| (c, like(&released.columns()[c], row, medians[c]))).collect())
        };
        let made: Vec<Predicate> = (0..attempts).map(attempt).collect();
        for (predicate, row) in made.iter().zip(isolated(&made, released)) {
            if row.is_none() {
                not_formed += 1;
            } else if formed.len() < queries && seen.insert(predicate.key()) {
                formed.push(predicate.clone());
            }
        }
    }
    tried("singling_out_multivariate", tables, &formed, not_formed, rng)
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

/// Tries the conditions on the source, on the control group, and against as many blind ones.
fn tried(id: &str, tables: &Tables, formed: &[Predicate], not_formed: u64, rng: &mut impl Rng) -> AttackOutcome {
    let source = tables.source();
    let hit: Vec<u32> = isolated(formed, source).into_iter().flatten().collect();
    let blind = blind_ones(tables.released(), formed, rng);
    let lucky = isolated(&blind, source).into_iter().flatten().count() as u64;
    let trials = formed.len() as u64;
    let control = tables.control().map(|control| on_control(formed, control, source.len()));
    let outcome = tables.outcome(id, trials, &hit, source.len() as u64, naive(lucky, trials), control);
    let mut columns: Vec<usize> = formed.iter().flat_map(|p| p.0.iter().map(|c| c.0)).collect();
    columns.sort_unstable();
    columns.dedup();
    outcome.on(columns.into_iter().map(|column| tables.source().names()[column].as_str())).not_formed(not_formed)
}

/// The conditions on the control group, and how many would have isolated a row if it had as many as the source.
fn on_control(formed: &[Predicate], control: &Rows, source: usize) -> Baseline {
    let matches: Vec<usize> = formed.iter().map(|predicate| predicate.count(control, usize::MAX).0).collect();
    let alone = matches.iter().filter(|&&rows| rows == 1).count() as f64;
    let scaled = (alone * times_larger(&matches, control.len(), source)).round() as u64;
    control_group(scaled.min(formed.len() as u64), formed.len() as u64)
}

/// For each condition a blind one on as many columns.
fn blind_ones(released: &Rows, formed: &[Predicate], rng: &mut impl Rng) -> Vec<Predicate> {
    let distinct: Vec<Cells> = released.columns().iter().map(distinct).collect();
    let one = |predicate: &Predicate| {
        let columns = index::sample(rng, distinct.len(), predicate.0.len());
        Predicate(columns.iter().filter_map(|c| Some((c, blind(&distinct[c], rng)?))).collect())
    };
    formed.iter().map(one).collect()
}

fn distinct(cells: &Cells) -> Cells {
    match cells {
        Cells::Codes(codes) => {
            let mut codes = codes.clone();
            codes.sort_unstable();
            codes.dedup();
            Cells::Codes(codes)
        }
        Cells::Numbers(numbers) => {
            let mut numbers = numbers.clone();
            numbers.sort_by(f64::total_cmp);
            numbers.dedup_by(|a, b| a == b || (a.is_nan() && b.is_nan()));
            Cells::Numbers(numbers)
        }
    }
}
