//! Where classes are counted from: finer ones that were counted before.

use std::sync::{Arc, PoisonError, RwLock};

use super::groups::{Field, Groups, Key, Scratch, mask};
use crate::table::{EquivalenceTable, Hierarchy};

/// Counted nodes that others are rolled up from: any node that is finer will do, best the one with the
/// fewest cells.
///
/// Where all of these are large, the node before on a fixed way from level 0 is counted first and kept:
/// the way raises one column after the other, those that merge most first, so that many nodes share its
/// beginning. What is kept changes time, not results.
pub(super) struct Hubs<'a, const W: usize> {
    hierarchies: &'a [Hierarchy],
    /// Of the quasi columns, then of the sensitive columns that are counted.
    pub fields: Vec<Field>,
    /// Columns, those whose values differ most first: raised early, they merge most.
    pub order: Vec<usize>,
    labels: Vec<Labels>,
    kept: RwLock<Kept<W>>,
}

/// `[from][to - from - 1][label at level from]`: the label of one column at the coarser level `to`.
type Labels = Vec<Vec<Vec<u32>>>;

struct Kept<const W: usize> {
    hubs: Vec<Arc<Hub<W>>>,
    bytes: usize,
}

struct Hub<const W: usize> {
    levels: Vec<u16>,
    groups: Groups<W>,
}

/// Beyond this, hubs are counted again instead of kept.
const MOST_BYTES: usize = 512 << 20;

/// From so few cells a node is counted without hubs between.
const FEW: usize = 2_000;

impl<'a, const W: usize> Hubs<'a, W> {
    /// `fields` are those of the quasi columns, then those of the sensitive columns at the places `sensitive`.
    pub fn new(
        table: &EquivalenceTable,
        hierarchies: &'a [Hierarchy],
        sensitive: &[usize],
        fields: Vec<Field>,
    ) -> Self {
        let spread: Vec<f64> = table.codes.iter().zip(hierarchies).map(|(codes, h)| entropy(codes, h)).collect();
        let mut order: Vec<usize> = (0..hierarchies.len()).collect();
        order.sort_by(|&a, &b| spread[b].total_cmp(&spread[a]));
        let labels = hierarchies.iter().map(labels).collect();
        let groups = Groups::finest(table, hierarchies, sensitive, &fields);
        let bytes = groups.bytes();
        let finest = Hub { levels: vec![0; hierarchies.len()], groups };
        let kept = RwLock::new(Kept { hubs: vec![Arc::new(finest)], bytes });
        Self { hierarchies, fields, order, labels, kept }
    }

    /// Fills `into` with the cells under the node with these levels.
    pub fn count(&self, levels: &[u16], into: &mut Groups<W>, scratch: &mut Scratch) {
        self.source(levels, scratch).roll_up(self, levels, into, scratch);
    }

    /// Nodes that share more of the way stand closer together in this order.
    pub fn way(&self, levels: &[u16]) -> Vec<u16> {
        self.order.iter().map(|&column| levels[column]).collect()
    }

    /// The bits of a key that tell classes apart.
    pub fn quasi(&self) -> Key<W> {
        mask(&self.fields[..self.hierarchies.len()])
    }

    /// The best hub to count a node from.
    fn source(&self, levels: &[u16], scratch: &mut Scratch) -> Arc<Hub<W>> {
        let finest = self.smallest_finer(levels);
        let last = self.order.iter().rev().find(|&&column| levels[column] > 0);
        let Some(&last) = last.filter(|_| finest.groups.list.len() > FEW) else { return finest };
        let mut before = levels.to_vec();
        before[last] = 0;
        if finest.levels.iter().zip(&before).all(|(f, b)| f >= b) {
            return finest;
        }
        let mut groups = Groups::default();
        self.source(&before, scratch).roll_up(self, &before, &mut groups, scratch);
        let hub = Arc::new(Hub { levels: before, groups });
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.bytes + hub.groups.bytes() <= MOST_BYTES {
            kept.bytes += hub.groups.bytes();
            kept.hubs.push(hub.clone());
        }
        hub
    }

    fn smallest_finer(&self, levels: &[u16]) -> Arc<Hub<W>> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let mut best = &kept.hubs[0];
        for hub in &kept.hubs {
            if hub.groups.list.len() < best.groups.list.len() && hub.levels.iter().zip(levels).all(|(h, l)| h <= l) {
                best = hub;
            }
        }
        best.clone()
    }
}

impl<const W: usize> Hub<W> {
    fn roll_up(&self, hubs: &Hubs<'_, W>, levels: &[u16], into: &mut Groups<W>, scratch: &mut Scratch) {
        let change = |column: usize| {
            let (from, to) = (usize::from(self.levels[column]), usize::from(levels[column]));
            (from < to).then(|| (hubs.fields[column], &hubs.labels[column][from][to - from - 1][..]))
        };
        let changes: Vec<(Field, &[u32])> = (0..levels.len()).filter_map(change).collect();
        self.groups.roll_up(&changes, into, scratch);
    }
}

/// How much the values of a column differ from combination to combination, in nats.
fn entropy(codes: &[u32], hierarchy: &Hierarchy) -> f64 {
    let mut counts = vec![0_u64; hierarchy.levels[0].label_of.len()];
    codes.iter().for_each(|&code| counts[code as usize] += 1);
    let share = |&count: &u64| count as f64 / codes.len() as f64;
    counts.iter().filter(|&&count| count > 0).map(share).map(|p| -p * p.ln()).sum()
}

fn labels(hierarchy: &Hierarchy) -> Labels {
    let between = |from: usize, to: usize| {
        let (from, to) = (&hierarchy.levels[from], &hierarchy.levels[to]);
        let mut labels = vec![0; from.labels.len()];
        for (&below, &above) in from.label_of.iter().zip(&to.label_of) {
            labels[below as usize] = above;
        }
        labels
    };
    let levels = hierarchy.levels.len();
    (0..levels).map(|from| (from + 1..levels).map(|to| between(from, to)).collect()).collect()
}
