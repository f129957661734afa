//! The recursion that finds minimal sample uniques.

use rayon::prelude::*;

use crate::risk::rows::{Owner, Rows, Splitter};

/// No next entry in a list of sets.
const END: u32 = u32::MAX;

/// Sets found per row, as linked lists in one vector.
struct Lists {
    heads: Vec<u32>,
    entries: Vec<(u64, u32)>,
}

impl Lists {
    fn new(rows: usize) -> Self {
        Self { heads: vec![END; rows], entries: Vec::new() }
    }

    fn push(&mut self, row: u32, set: u64) {
        let head = &mut self.heads[row as usize];
        self.entries.push((set, *head));
        *head = self.entries.len() as u32 - 1;
    }

    fn of(&self, row: u32) -> impl Iterator<Item = u64> {
        let mut next = self.heads[row as usize];
        std::iter::from_fn(move || {
            let &(set, after) = self.entries.get(next as usize)?;
            next = after;
            Some(set)
        })
    }
}

/// The recursion over all columns.
pub(super) struct Search<'a> {
    rows: &'a Rows,
    /// Columns by the number of their values, fewest first.
    order: Vec<usize>,
    largest: usize,
    found: Lists,
}

impl<'a> Search<'a> {
    pub fn new(rows: &'a Rows, largest: usize) -> Self {
        let mut order: Vec<usize> = (0..rows.codes.len()).collect();
        order.sort_by_cached_key(|&column| (rows.values(column), column));
        Self { rows, order, largest, found: Lists::new(rows.len()) }
    }

    /// The MSUs of each row, small ones first, with the start of each row's.
    pub fn run(mut self) -> (Vec<usize>, Vec<u64>) {
        if self.largest > 0 {
            (0..self.order.len()).for_each(|place| self.below(place));
        }
        let (mut starts, mut sets) = (vec![0], Vec::with_capacity(self.found.entries.len()));
        for row in 0..self.rows.len() as u32 {
            let start = sets.len();
            sets.extend(self.found.of(row));
            sets[start..].sort_unstable_by_key(|&set| (set.count_ones(), set.reverse_bits() ^ u64::MAX));
            starts.push(sets.len());
        }
        (starts, sets)
    }

    /// All MSUs with the column at this place of the order and columns before it.
    fn below(&mut self, place: usize) {
        let column = self.order[place];
        let mut splitter = Splitter::default();
        let everything: Vec<u32> = (0..self.rows.len() as u32).collect();
        splitter.split(&everything, &self.rows.codes[column]);
        // everybody has this value, and so it is in no MSU, unless there is only one person
        if splitter.len() == 1 && owner(self.rows, &everything) == Owner::SEVERAL {
            return;
        }
        let parts: Vec<&[u32]> = splitter.parts().collect();
        let this = &*self;
        let grow = |part: &&[u32]| Branch::grow(this, part, place);
        let found: Vec<(u32, u64)> = parts.par_iter().with_min_len(16).flat_map_iter(grow).collect();
        found.into_iter().for_each(|(row, set)| self.found.push(row, set));
    }
}

fn owner(rows: &Rows, of: &[u32]) -> Owner {
    of.iter().fold(Owner::NOBODY, |all, &row| all.merge(rows.owner[row as usize]))
}

/// The recursion below the rows that share one value, with their codes side by side.
struct Branch<'a> {
    search: &'a Search<'a>,
    /// The row of the table at each place of the branch.
    rows: &'a [u32],
    owners: Vec<Owner>,
    /// Per place of the order the codes of the branch's rows.
    codes: Vec<Vec<u32>>,
    found: Lists,
    /// Found in this branch, in order.
    sets: Vec<(u32, u64)>,
    splitter: Splitter,
    /// Classes that are still to be cut, those of the innermost call last.
    stack: Vec<u32>,
}

impl<'a> Branch<'a> {
    /// The MSUs of rows that share a value of the column at `place` and of nothing after it.
    fn grow(search: &'a Search<'a>, rows: &'a [u32], place: usize) -> Vec<(u32, u64)> {
        let set = 1 << search.order[place];
        let owners: Vec<Owner> = rows.iter().map(|&row| search.rows.owner[row as usize]).collect();
        let together = owners.iter().fold(Owner::NOBODY, |all, &one| all.merge(one));
        if together != Owner::SEVERAL {
            return rows
                .iter()
                .zip(owners)
                .filter(|(_, own)| own.sole().is_some())
                .map(|(&row, _)| (row, set))
                .collect();
        }
        if search.largest == 1 || place == 0 || owners.iter().all(|own| own.sole().is_none()) {
            return Vec::new();
        }
        let column = |place: usize| &search.rows.codes[search.order[place]];
        let codes = (0..place).map(|p| rows.iter().map(|&row| column(p)[row as usize]).collect()).collect();
        let mut branch = Self {
            search,
            rows,
            owners,
            codes,
            found: Lists::new(rows.len()),
            sets: Vec::new(),
            splitter: Splitter::default(),
            stack: (0..rows.len() as u32).collect(),
        };
        branch.visit(0, place, set, search.largest - 1);
        branch.sets
    }

    /// Adds to `set` up to `left` columns before `place`, for the rows from `from` on the stack to its top,
    /// which share the values of `set`.
    fn visit(&mut self, from: usize, place: usize, set: u64, left: usize) {
        let to = self.stack.len();
        for p in 0..place {
            self.splitter.split(&self.stack[from..to], &self.codes[p]);
            if self.splitter.len() == 1 {
                continue; // all share the value: it adds nothing
            }
            let set = set | 1 << self.search.order[p];
            let mut classes = Vec::new();
            for part in self.splitter.parts() {
                let own = |&at: &u32| self.owners[at as usize];
                let together = part.iter().map(own).fold(Owner::NOBODY, Owner::merge);
                if together == Owner::SEVERAL {
                    if left > 1 && p > 0 && part.iter().any(|at| own(at).sole().is_some()) {
                        classes.push(part.len());
                        self.stack.extend_from_slice(part);
                    }
                    continue;
                }
                for &at in part.iter().filter(|at| own(at).sole().is_some()) {
                    let row = self.rows[at as usize];
                    let known = self.found.of(at).chain(self.search.found.of(row)).any(|small| small & set == small);
                    if !known {
                        self.found.push(at, set);
                        self.sets.push((row, set));
                    }
                }
            }
            // the innermost class lies on top: take them from there
            for length in classes.into_iter().rev() {
                let start = self.stack.len() - length;
                self.visit(start, p, set, left - 1);
                self.stack.truncate(start);
            }
        }
    }
}
