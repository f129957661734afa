//! Which targets does a set of columns single out? Exact, for thousands of sets, in one pass over the rows.
//!
//! A tree of sets: each node adds a column to the one above. Rows walk down as far as they match a combination of
//! values that still matters: one that a target has, that fewer than two rows have matched so far, or that leads to
//! such a one. Combinations matched twice single out nobody, whatever else comes, and are dropped: after some
//! thousand rows little is left to compare.

use super::codes::{Codes, Values};
use super::node::{Match, Node};

/// Rows of the first portion. Each next is twice as long, up to the longest; between portions the decided
/// combinations are dropped.
const FIRST: usize = 256;
const LONGEST: usize = 1 << 16;

/// Sets of columns, and the targets that each singles out.
pub(super) struct Forest {
    roots: Vec<Node>,
    targets: usize,
    portion: usize,
    /// Columns in the largest set.
    depth: usize,
}

/// The targets that exactly one row matches in a set of columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubsetHits {
    /// Indexes of columns, ascending.
    pub columns: Vec<usize>,
    /// Indexes of targets, ascending.
    pub targets: Vec<u32>,
}

/// What trees grow from.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub values: &'a [Values],
    /// By column, the value of each target.
    pub own: &'a [Vec<u32>],
    /// The first so many targets.
    pub targets: usize,
}

impl Ground<'_> {
    /// The columns from the one that the fewest rows will match to the one that most will; ranges last.
    fn ordered(&self, columns: &[usize]) -> Vec<usize> {
        let mut order = columns.to_vec();
        order.sort_by_key(|&c| (matches!(self.values[c], Values::Within(..)), usize::MAX - self.values[c].len(), c));
        order
    }

    fn node(&self, column: usize, asked: bool, above: &[u32]) -> (Node, Vec<u32>) {
        let own = &self.own[column][..self.targets];
        let mut tuples: Vec<(u32, u32)> = above.iter().copied().zip(own.iter().copied()).collect();
        tuples.sort_unstable();
        tuples.dedup();
        let node = Node::new(column, asked, tuples, matches!(self.values[column], Values::Within(..)));
        let here = node.places(above, own);
        (node, here)
    }

    /// Every set of at most `largest` of these columns.
    fn sets(&self, order: &[usize], largest: usize, above: &[u32]) -> Vec<Node> {
        let grow = |place: usize| {
            let (mut node, here) = self.node(order[place], true, above);
            node.children = self.sets(&order[place + 1..], largest - 1, &here);
            node
        };
        if largest == 0 { Vec::new() } else { (0..order.len()).map(grow).collect() }
    }

    /// These sets, each in order; what begins alike is shared.
    fn trie(&self, sets: &[&[usize]], above: &[u32]) -> Vec<Node> {
        let mut firsts: Vec<usize> = sets.iter().filter_map(|set| set.first().copied()).collect();
        firsts.sort_unstable();
        firsts.dedup();
        let grow = |first: usize| {
            let rests: Vec<&[usize]> = sets.iter().filter(|set| set.first() == Some(&first)).map(|s| &s[1..]).collect();
            let (mut node, here) = self.node(first, rests.iter().any(|rest| rest.is_empty()), above);
            node.children = self.trie(&rests, &here);
            node
        };
        firsts.into_iter().map(grow).collect()
    }
}

impl Forest {
    fn new(roots: Vec<Node>, targets: usize, depth: usize) -> Self {
        Self { roots, targets, portion: FIRST, depth }
    }

    /// Asks about every set of 1 to `largest` of these columns.
    pub(super) fn sets(ground: Ground, columns: &[usize], largest: usize) -> Self {
        let roots = ground.sets(&ground.ordered(columns), largest, &vec![0; ground.targets]);
        Self::new(roots, ground.targets, largest)
    }

    /// Asks about every set of 1 to `largest` columns that has `with` and otherwise of these.
    pub(super) fn sets_with(ground: Ground, with: usize, columns: &[usize], largest: usize) -> Self {
        if largest == 0 {
            return Self::new(Vec::new(), ground.targets, 0);
        }
        let (mut root, here) = ground.node(with, true, &vec![0; ground.targets]);
        root.children = ground.sets(&ground.ordered(columns), largest - 1, &here);
        Self::new(vec![root], ground.targets, largest)
    }

    /// Asks about each of these sets of columns.
    pub(super) fn of(ground: Ground, sets: &[Vec<usize>]) -> Self {
        let sets: Vec<Vec<usize>> = sets.iter().map(|set| ground.ordered(set)).collect();
        let depth = sets.iter().map(Vec::len).max().unwrap_or(0);
        let sets: Vec<&[usize]> = sets.iter().map(Vec::as_slice).collect();
        Self::new(ground.trie(&sets, &vec![0; ground.targets]), ground.targets, depth)
    }

    /// Counts the rows of a batch.
    pub(super) fn feed(&mut self, codes: &[Codes], rows: usize) {
        // by one thread: whoever feeds may hold a lock, and waiting threads take up other work
        let mut lists = vec![Vec::new(); self.depth];
        let mut start = 0;
        while start < rows && !self.roots.is_empty() {
            let end = rows.min(start + self.portion);
            let everything: Vec<Match> = (start..end).map(|row| (row as u32, 0)).collect();
            self.roots.iter_mut().for_each(|root| root.count(&everything, codes, &mut lists));
            self.roots.retain_mut(|root| root.prune(None));
            start = end;
            self.portion = (self.portion * 2).min(LONGEST);
        }
    }

    /// The sets that single out somebody; small ones first, then by columns.
    pub(super) fn hits(&self, own: &[Vec<u32>]) -> Vec<SubsetHits> {
        let mut found = Vec::new();
        let everybody = vec![0; self.targets];
        self.roots.iter().for_each(|root| gather(root, own, &everybody, &mut Vec::new(), &mut found));
        found.sort_by(|a, b| a.columns.len().cmp(&b.columns.len()).then_with(|| a.columns.cmp(&b.columns)));
        found
    }
}

fn gather(node: &Node, own: &[Vec<u32>], above: &[u32], columns: &mut Vec<usize>, found: &mut Vec<SubsetHits>) {
    columns.push(node.column);
    let here = node.places(above, &own[node.column]);
    if node.asked {
        let targets: Vec<u32> = (0..here.len() as u32).filter(|&t| node.single(here[t as usize])).collect();
        if !targets.is_empty() {
            let mut columns = columns.clone();
            columns.sort_unstable();
            found.push(SubsetHits { columns, targets });
        }
    }
    node.children.iter().for_each(|child| gather(child, own, &here, columns, found));
    columns.pop();
}
