//! Re-linking with full knowledge: is a source record's image in the release exactly once?
//!
//! The attacker knows records of the source fully, and how the release was made. So he computes what each record must
//! look like in the release, its *image*, and looks for it. What he must not be able to compute stays out: tokens
//! whose key died, and the draws of noise; a noised column takes part within a reach ([`Compared::Within`]).
//!
//! Only source records that were sampled are attacked, but against every released row: rows are fed in batches and
//! not kept. A record that equals exactly one released row is found, whether or not that row is its own; images of
//! records that were withheld should therefore not be given.

mod codes;
mod forest;
mod node;
mod report;
#[cfg(test)]
mod tests;

pub use codes::Compared;
pub use forest::SubsetHits;
pub use report::{Relinked, Repaired};

use codes::{Codes, Values};
use forest::{Forest, Ground};

/// A released column that the attacker can compute.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    pub name: String,
    pub part: Part,
    pub compared: Compared,
}

/// Which question a column belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Quasi,
    /// Anything else that is released and follows from the source record.
    Measure,
}

/// How much is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Targets that small sets of columns are asked about: the first so many images. All are asked about the whole
    /// sets.
    pub subset_targets: usize,
    /// Columns in the largest of the small sets.
    pub largest: usize,
    /// Combinations of values, in all small sets together, that are held in memory (about 60 bytes each): wide tables
    /// have fewer targets.
    pub combinations: usize,
}

impl Bounds {
    /// Targets of the small sets of so many columns; at least one.
    fn targets(&self, columns: usize) -> usize {
        let sets = usize::try_from(crate::risk::separation::sets(columns, self.largest)).unwrap_or(usize::MAX);
        self.subset_targets.min(self.combinations / sets.max(1)).max(1)
    }
}

impl Default for Bounds {
    fn default() -> Self {
        Self { subset_targets: 2_000, largest: 3, combinations: 6_000_000 }
    }
}

/// A change to a column whose effect is counted.
pub struct Coarser {
    /// As the refusal will say it: `round to 50`.
    pub name: String,
    /// Index of the column.
    pub column: usize,
    /// What a cell becomes, in the same 64-bit names.
    pub change: Box<dyn Fn(u64) -> u64 + Send + Sync>,
}

impl Coarser {
    /// Rounds cells that are bits of numbers to multiples of a step above 0, halves away from zero.
    pub fn round(column: usize, step: f64) -> Self {
        let change = move |bits| ((f64::from_bits(bits) / step).round() * step + 0.0).to_bits();
        Self { name: format!("round to {}", crate::risk::figure(step)), column, change: Box::new(change) }
    }
}

/// The attack while released rows come in. See the module for what it assumes.
///
/// Cells are 64-bit names of values (hashes, or bits of numbers): the same value has the same name in images and
/// rows of a column, nulls included. Different values with one name would hide a hit; for hashes of 64 good bits
/// that is rarer than one in a billion for a million rows. Memory is bounded by targets and sets, not by rows.
pub struct Relink {
    columns: Vec<Known>,
    /// Of the columns, then of the coarser ones.
    values: Vec<Values>,
    own: Vec<Vec<u32>>,
    targets: usize,
    bounds: Bounds,
    released: u64,
    /// All quasi columns; all columns; all but each one.
    whole: Forest,
    subsets: Forest,
    coarser: Vec<Alternative>,
}

/// The same questions with one column coarser.
struct Alternative {
    coarser: Coarser,
    /// Where the coarser column stands among the values.
    place: usize,
    /// All quasi columns; all columns.
    whole: Forest,
    /// Small sets with the coarser column: the others are asked about anyway.
    subsets: Forest,
}

impl Relink {
    /// Prepares the attack on the records with these images, given column by column; all columns must have one
    /// cell per record, in an order that is random or at least tells nothing. At most 2^31 records.
    pub fn new(columns: Vec<Known>, images: &[Vec<u64>], bounds: Bounds) -> Self {
        let (values, own): (Vec<Values>, Vec<Vec<u32>>) =
            columns.iter().zip(images).map(|(column, cells)| Values::new(cells, column.compared)).unzip();
        let targets = own.first().map_or(0, Vec::len);
        let all: Vec<usize> = (0..columns.len()).collect();
        let mut sets = vec![quasi(&columns), all.clone()];
        sets.extend(all.iter().map(|&out| except(&all, out)));
        let ground = Ground { values: &values, own: &own, targets };
        let few = Ground { targets: targets.min(bounds.targets(columns.len())), ..ground };
        Self {
            whole: Forest::of(ground, &sets),
            subsets: Forest::sets(few, &all, bounds.largest),
            coarser: Vec::new(),
            released: 0,
            columns,
            values,
            own,
            targets,
            bounds,
        }
    }

    /// Also counts what would be found if a column were coarser; to be called before the first batch, with the
    /// images given to [`Self::new`].
    pub fn what_if(&mut self, coarser: Coarser, images: &[Vec<u64>]) {
        let cells: Vec<u64> = images[coarser.column].iter().map(|&cell| (coarser.change)(cell)).collect();
        let (values, own) = Values::new(&cells, self.columns[coarser.column].compared);
        self.values.push(values);
        self.own.push(own);
        let place = self.values.len() - 1;
        let all: Vec<usize> = (0..self.columns.len()).collect();
        let ground = Ground { values: &self.values, own: &self.own, targets: self.targets };
        let few = Ground { targets: self.targets.min(self.bounds.targets(self.columns.len())), ..ground };
        let sets = [quasi(&self.columns), all.clone()].map(|set| instead(set, coarser.column, place));
        let whole = Forest::of(ground, &sets);
        let subsets = Forest::sets_with(few, place, &except(&all, coarser.column), self.bounds.largest);
        self.coarser.push(Alternative { coarser, place, whole, subsets });
    }

    /// Takes released rows, column by column in the order of [`Self::new`]. Any number of rows at a time.
    pub fn feed(&mut self, batch: &[&[u64]]) {
        let rows = batch.first().map_or(0, |cells| cells.len());
        self.released += rows as u64;
        let mut codes: Vec<Codes> = batch.iter().zip(&self.values).map(|(cells, values)| values.code(cells)).collect();
        for Alternative { coarser, place, .. } in &self.coarser {
            let cells: Vec<u64> = batch[coarser.column].iter().map(|&cell| (coarser.change)(cell)).collect();
            codes.push(self.values[*place].code(&cells));
        }
        let own = [&mut self.whole, &mut self.subsets].into_iter();
        let others = self.coarser.iter_mut().flat_map(|other| [&mut other.whole, &mut other.subsets]);
        own.chain(others).for_each(|forest| forest.feed(&codes, rows));
    }
}

fn quasi(columns: &[Known]) -> Vec<usize> {
    (0..columns.len()).filter(|&column| columns[column].part == Part::Quasi).collect()
}

fn instead(mut columns: Vec<usize>, old: usize, new: usize) -> Vec<usize> {
    columns.iter_mut().filter(|column| **column == old).for_each(|column| *column = new);
    columns
}

fn except(columns: &[usize], out: usize) -> Vec<usize> {
    columns.iter().copied().filter(|&column| column != out).collect()
}
