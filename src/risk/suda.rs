//! SUDA2: the smallest sets of columns that make somebody unique, and the scores made from them.

mod search;

use search::Search;

use super::rows::Rows;
use crate::table::EquivalenceTable;

/// SUDA looks at no more quasi columns than these.
pub const MOST_COLUMNS: usize = 64;

/// DIS: the share of the population that was sampled, where it is not known; the default of sdcMicro.
pub const DIS_FRACTION: f64 = 0.01;

/// The minimal sample uniques of a table and their scores.
///
/// A set of columns is a minimal sample unique (MSU) of a combination if its values there are shared by no
/// other subject and every proper subset of it (but the empty one) is shared. Subjects are counted: someone
/// with twelve equal bills is still alone, and a set that only this person's records share is unique. A null
/// is a value like any other; sdcMicro leaves nulls out of every set.
#[derive(Debug, Clone, PartialEq)]
pub struct Suda {
    columns: usize,
    largest: usize,
    /// The row of each combination of the table.
    row_of: Vec<u32>,
    /// `sets[starts[row]..starts[row + 1]]` are the MSUs of a row: bits are columns.
    starts: Vec<usize>,
    sets: Vec<u64>,
    score: Vec<f64>,
    dis: Vec<f64>,
}

/// Finds all minimal sample uniques of at most `largest` columns and scores them.
///
/// `fraction` is the share of the population that was sampled, for the DIS score; see [`Suda::dis_score`] and
/// [`DIS_FRACTION`]. `None` for more than [`MOST_COLUMNS`] quasi columns.
///
/// Recursive over the records that share values, as SUDA2: below the records with one value only values of
/// the columns before it are added, columns with few values first. So a set comes after all its subsets, and
/// it is minimal unless a set that was found for the same record lies in it. A branch ends where records are
/// unique, where none of them can become unique, and where all share the value that would be added. The cost
/// depends on the combinations, not on the records.
///
/// # References
/// Manning, Haglin and Keane, *A recursive search algorithm for statistical disclosure assessment*, Data
/// Mining and Knowledge Discovery 16, 2008.
pub fn suda(table: &EquivalenceTable, largest: usize, fraction: f64) -> Option<Suda> {
    suda_of(Rows::of(table), largest, fraction)
}

/// As [`suda`], from rows that were gathered.
pub(super) fn suda_of(rows: Rows, largest: usize, fraction: f64) -> Option<Suda> {
    let columns = rows.codes.len();
    if columns > MOST_COLUMNS {
        return None;
    }
    let largest = largest.min(columns);
    let (starts, sets) = Search::new(&rows, largest).run();
    let weights = weights(columns, largest);
    let score: Vec<f64> = (0..rows.len()).map(|row| score(&sets[starts[row]..starts[row + 1]], &weights)).collect();
    let pairs = rows.subjects.iter().filter(|&&subjects| subjects == 2).count();
    let dis = dis_scores(&score, columns, pairs, fraction);
    Some(Suda { columns, largest, row_of: rows.row_of, starts, sets, score, dis })
}

impl Suda {
    /// The MSUs of a combination of the table, each as ascending quasi columns; small ones first.
    pub fn sets(&self, combination: usize) -> impl Iterator<Item = Vec<usize>> {
        self.masks(self.row_of[combination] as usize).iter().map(|&set| members(set).collect())
    }

    /// The SUDA score of a combination: the sum over its MSUs of `(n − k)(n − k − 1)…(n − m)` for an MSU of `k`
    /// of the `n` columns, with `m` the largest size looked for, at most `n − 1`. 0 without MSU.
    ///
    /// For all sizes this is `(n − k)!`, as in sdcMicro.
    ///
    /// # References
    /// Elliot, Manning and Ford, *A computational algorithm for handling the special uniques problem*, IJUFKS
    /// 10(5), 2002.
    pub fn score(&self, combination: usize) -> f64 {
        self.score[self.row_of[combination] as usize]
    }

    /// The DIS-SUDA score of a combination, 0 to 1: the estimated probability that whoever matches it has found
    /// the right person. 0 without MSU.
    ///
    /// `1 / (1 + 2 P (1 − π) / (π s^q A))` with `s` the SUDA score, `P` the number of quasi combinations with two
    /// subjects, `π` the sampling fraction, `q = 1 + (8 − n)/20` for `n` columns, and `A` the sum over all
    /// combinations with a score of `s^(−q)`. That is the DIS measure `π U / (π U + 2 (1 − π) P)` of the
    /// combinations with one subject, `U`, spread over them by their scores. sdcMicro computes DIS in 32-bit floats,
    /// so its value differs in the eighth digit, and leaves uniques that share a bucket of its hash table out of
    /// `U`.
    ///
    /// # References
    /// Skinner and Elliot, *A measure of disclosure risk for microdata*, JRSS B 64(4), 2002; Elliot, *Integrating
    /// file and record level disclosure risk assessment*, 2002.
    pub fn dis_score(&self, combination: usize) -> f64 {
        self.dis[self.row_of[combination] as usize]
    }

    /// Per column the share of a combination's score that comes from MSUs with that column. Shares overlap.
    pub fn contributions(&self, combination: usize) -> Vec<f64> {
        let row = self.row_of[combination] as usize;
        let counted = self.counted(row..row + 1);
        shares(&counted, self.columns, self.score[row], 1.0)
    }

    /// Per column the share, in percent, of all scores that comes from MSUs with that column.
    ///
    /// Each combination of quasi values counts once. Shares overlap: their sum is more than 100.
    pub fn column_contributions(&self) -> Vec<f64> {
        let counted = self.counted(0..self.score.len());
        let whole: f64 =
            weights(self.columns, self.largest).iter().zip(self.sizes()).map(|(weight, n)| weight * n as f64).sum();
        shares(&counted, self.columns, whole, 100.0)
    }

    /// How many MSUs have 1, 2, … columns, over all combinations of quasi values.
    pub fn sizes(&self) -> Vec<u64> {
        let mut sizes = vec![0; self.largest];
        self.sets.iter().for_each(|set| sizes[set.count_ones() as usize - 1] += 1);
        sizes
    }

    /// Combinations of quasi values with at least one MSU.
    pub fn uniques(&self) -> u64 {
        self.starts.windows(2).filter(|bounds| bounds[0] < bounds[1]).count() as u64
    }

    /// The highest DIS-SUDA score; 0 without MSU.
    pub fn highest_dis(&self) -> f64 {
        self.dis.iter().copied().fold(0.0, f64::max)
    }

    /// The largest size of sets that was looked for.
    pub fn largest(&self) -> usize {
        self.largest
    }

    fn masks(&self, row: usize) -> &[u64] {
        &self.sets[self.starts[row]..self.starts[row + 1]]
    }

    /// Per column the weights of the MSUs with it, added up over some rows. Whole counts are weighed once, so
    /// that the order of rows does not matter.
    fn counted(&self, rows: std::ops::Range<usize>) -> Vec<f64> {
        let mut sizes = vec![vec![0_u64; self.largest]; self.columns];
        for &set in &self.sets[self.starts[rows.start]..self.starts[rows.end]] {
            members(set).for_each(|column| sizes[column][set.count_ones() as usize - 1] += 1);
        }
        let weights = weights(self.columns, self.largest);
        sizes.iter().map(|sizes| sizes.iter().zip(&weights).map(|(&n, weight)| n as f64 * weight).sum()).collect()
    }
}

fn shares(counted: &[f64], columns: usize, whole: f64, unit: f64) -> Vec<f64> {
    if whole == 0.0 { vec![0.0; columns] } else { counted.iter().map(|part| part / whole * unit).collect() }
}

/// The weight of an MSU of 1, 2, … columns.
fn weights(columns: usize, largest: usize) -> Vec<f64> {
    let last = largest.min(columns.saturating_sub(1));
    (1..=largest).map(|size| (size..=last).map(|i| (columns - i) as f64).product()).collect()
}

fn score(sets: &[u64], weights: &[f64]) -> f64 {
    let mut sizes = vec![0_u64; weights.len()];
    sets.iter().for_each(|set| sizes[set.count_ones() as usize - 1] += 1);
    sizes.iter().zip(weights).map(|(&n, weight)| n as f64 * weight).sum()
}

fn dis_scores(score: &[f64], columns: usize, pairs: usize, fraction: f64) -> Vec<f64> {
    // what is no sampling fraction counts as 1: the whole population, the highest risk
    let fraction = if fraction > 0.0 && fraction <= 1.0 { fraction } else { 1.0 };
    let power = 1.0 + (8.0 - columns as f64) / 20.0;
    let spread: f64 = score.iter().filter(|&&s| s > 0.0).map(|s| s.powf(-power)).sum();
    let others = 2.0 * pairs as f64 * (1.0 - fraction) / fraction;
    let dis = |&s: &f64| if s > 0.0 { 1.0 / (1.0 + others / (s.powf(power) * spread)) } else { 0.0 };
    score.iter().map(dis).collect()
}

fn members(set: u64) -> impl Iterator<Item = usize> {
    (0..64).filter(move |column| set & (1 << column) != 0)
}

#[cfg(test)]
mod tests;
