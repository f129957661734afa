//! Which released rows are nearest to what an attacker knows?

use hashbrown::HashMap;
use rand::Rng;
use rayon::prelude::*;

use super::cells::{Cells, Rows};
use super::tables::draw;

/// Different combinations that are searched where none equals what is known.
const SEARCHED: usize = 50_000;

/// Released rows by their values in some columns.
pub(super) struct Nearest<'a> {
    columns: &'a [usize],
    /// From the hash of a combination to its group.
    exact: HashMap<u64, u32>,
    /// Group `g` has the rows from `starts[g]` to before `starts[g + 1]`.
    rows: Vec<u32>,
    starts: Vec<usize>,
    /// Groups that are searched, and their values, column by column.
    searched: Vec<u32>,
    values: Vec<Cells>,
    /// What a number's differences are divided by: its column's largest.
    spans: Vec<f64>,
}

impl<'a> Nearest<'a> {
    /// Groups the released rows by these columns. The spans are those of both tables.
    pub(super) fn new(released: &Rows, known: &Rows, columns: &'a [usize], rng: &mut impl Rng) -> Self {
        let mut exact = HashMap::new();
        let mut group_of = Vec::with_capacity(released.len());
        for row in 0..released.len() {
            let next = exact.len() as u32;
            group_of.push(*exact.entry(hash(released, columns, row)).or_insert(next));
        }
        let mut starts = vec![0; exact.len() + 1];
        group_of.iter().for_each(|&group| starts[group as usize + 1] += 1);
        (1..starts.len()).for_each(|group| starts[group] += starts[group - 1]);
        let (mut rows, mut next) = (vec![0; released.len()], starts.clone());
        for (row, &group) in group_of.iter().enumerate() {
            rows[next[group as usize]] = row as u32;
            next[group as usize] += 1;
        }
        let searched = draw(exact.len(), SEARCHED, rng);
        let first: Vec<u32> = searched.iter().map(|&group| rows[starts[group as usize]]).collect();
        let values = columns.iter().map(|&column| released.columns()[column].pick(&first)).collect();
        let span = |&column: &usize| {
            let both = [released, known].into_iter().filter_map(|rows| match &rows.columns()[column] {
                Cells::Numbers(numbers) => Some(numbers.iter().copied().filter(|n| n.is_finite())),
                Cells::Codes(_) => None,
            });
            let (low, high) = both.flatten().fold((f64::MAX, f64::MIN), |(l, h), n| (l.min(n), h.max(n)));
            if high > low { high - low } else { 1.0 }
        };
        Self { columns, exact, rows, starts, searched, values, spans: columns.iter().map(span).collect() }
    }

    /// For each target its nearest released rows, level by level: groups of rows that are equally near, nearest
    /// first, until they are `k` rows or more. Fewer only where there are no more.
    ///
    /// The distance is Gower's: 1 for labels that differ, for numbers their difference as a share of the column's
    /// span; nulls differ from all but nulls. Rows that equal what is known in all columns are always found; if they do
    /// not suffice, up to 50,000 different combinations, drawn at random, are searched.
    ///
    /// # References
    /// Gower, *A general coefficient of similarity and some of its properties*, Biometrics 27, 1971.
    pub(super) fn levels(&self, known: &Rows, targets: &[u32], k: usize) -> Vec<Vec<Vec<u32>>> {
        targets.par_iter().map(|&target| self.of(known, target as usize, k)).collect()
    }

    /// The rows of a group.
    pub(super) fn rows(&self, group: u32) -> &[u32] {
        &self.rows[self.starts[group as usize]..self.starts[group as usize + 1]]
    }

    fn of(&self, known: &Rows, target: usize, k: usize) -> Vec<Vec<u32>> {
        let equal = self.exact.get(&hash(known, self.columns, target)).copied();
        let mut levels: Vec<Vec<u32>> = equal.map(|group| vec![group]).into_iter().collect();
        let mut rows = equal.map_or(0, |group| self.rows(group).len());
        if rows < k {
            let mut others = self.distances(known, target);
            others.retain(|(_, group)| Some(*group) != equal);
            let mut start = 0;
            while rows < k && start < others.len() {
                let rest = &mut others[start..];
                let least = rest.iter().map(|other| other.0).fold(f64::INFINITY, f64::min);
                // the nearest come first; a hair's breadth counts as equal
                let mut nearest = 0;
                for at in 0..rest.len() {
                    if rest[at].0 <= least + 1e-12 {
                        rest.swap(nearest, at);
                        nearest += 1;
                    }
                }
                let mut level: Vec<u32> = rest[..nearest].iter().map(|other| other.1).collect();
                level.sort_unstable();
                rows += level.iter().map(|&group| self.rows(group).len()).sum::<usize>();
                levels.push(level);
                start += nearest.max(1);
            }
        }
        levels
    }

    /// The searched groups and how far each is from what is known.
    fn distances(&self, known: &Rows, target: usize) -> Vec<(f64, u32)> {
        let mut distance = vec![0.0_f64; self.searched.len()];
        for ((&column, values), span) in self.columns.iter().zip(&self.values).zip(&self.spans) {
            match (values, &known.columns()[column]) {
                (Cells::Codes(values), Cells::Codes(own)) => {
                    let own = own[target];
                    distance.iter_mut().zip(values).for_each(|(d, &v)| *d += f64::from(u8::from(v != own)));
                }
                (Cells::Numbers(values), Cells::Numbers(own)) => {
                    let own = own[target];
                    let apart = |v: f64| {
                        if v.is_nan() || own.is_nan() {
                            f64::from(u8::from(v.is_nan() != own.is_nan()))
                        } else {
                            (v - own).abs() / span
                        }
                    };
                    distance.iter_mut().zip(values).for_each(|(d, &v)| *d += apart(v));
                }
                _ => {}
            }
        }
        distance.into_iter().zip(self.searched.iter().copied()).collect()
    }
}

/// A hash of some cells of a row, equal where the cells are: 64 well-mixed bits, so that two of a million different
/// combinations meet less than once in ten million tables.
fn hash(rows: &Rows, columns: &[usize], row: usize) -> u64 {
    let mut all = 0;
    for &column in columns {
        let cell = match &rows.columns()[column] {
            Cells::Codes(codes) => u64::from(codes[row]),
            Cells::Numbers(numbers) if numbers[row].is_nan() => f64::NAN.to_bits(),
            Cells::Numbers(numbers) => (numbers[row] + 0.0).to_bits(),
        };
        all = mix(all ^ mix(cell.wrapping_add(0x9e37_79b9_7f4a_7c15)));
    }
    all
}

/// The finalizer of splitmix64 (Steele, Lea and Flood, OOPSLA 2014), after a rotation that tells columns apart.
fn mix(x: u64) -> u64 {
    let mut x = x.rotate_left(23).wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
