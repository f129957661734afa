//! Where classes are counted from: finer classes that were counted before.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use hashbrown::HashMap;

use super::groups::{Field, Groups, Scratch, fields};
use super::lattice::Lattice;
use crate::table::{EquivalenceTable, Hierarchy};

/// Counted nodes that others are rolled up from.
///
/// A node is reached from level 0 by raising one column after the other, those with many values first;
/// the nodes on this way are kept, since other nodes share it. What is kept changes time, not results.
pub(super) struct Hubs<'a, const W: usize> {
    lattice: &'a Lattice,
    hierarchies: &'a [Hierarchy],
    pub fields: Vec<Field>,
    /// Columns, those with many values first.
    order: Vec<usize>,
    /// `labels[column][level][label at level 0]`.
    labels: Vec<Vec<Vec<u32>>>,
    kept: Mutex<HashMap<usize, Arc<OnceLock<Groups<W>>>>>,
    bytes: AtomicUsize,
}

/// Beyond this, hubs are counted again instead of kept.
const MOST_BYTES: usize = 512 << 20;

impl<'a, const W: usize> Hubs<'a, W> {
    pub fn new(table: &EquivalenceTable, hierarchies: &'a [Hierarchy], lattice: &'a Lattice) -> Self {
        let (fields, _) = fields(hierarchies);
        let mut order: Vec<usize> = (0..hierarchies.len()).collect();
        order.sort_by_key(|&column| std::cmp::Reverse(hierarchies[column].levels[0].labels.len()));
        let labels = hierarchies.iter().map(labels_from_finest).collect();
        let finest = Groups::finest(table, hierarchies, &fields);
        let bytes = AtomicUsize::new(finest.bytes());
        let cell = OnceLock::new();
        let _ = cell.set(finest);
        let kept = Mutex::new(HashMap::from([(0, Arc::new(cell))]));
        Self { lattice, hierarchies, fields, order, labels, kept, bytes }
    }

    /// Fills `into` with the classes under `node`.
    pub fn count(&self, node: usize, into: &mut Groups<W>, scratch: &mut Scratch) {
        let Some((before, column)) = self.before(node) else {
            let finest = self.kept(0);
            if let Some(finest) = finest.get() {
                finest.roll_up(&[], into, scratch);
            }
            return;
        };
        let hub = self.hub(before, scratch);
        if let Some(groups) = hub.get() {
            groups.roll_up(&[self.change(node, column)], into, scratch);
        }
    }

    /// The hub of a node, counted if it was not.
    fn hub(&self, node: usize, scratch: &mut Scratch) -> Arc<OnceLock<Groups<W>>> {
        let cell = self.kept(node);
        if cell.get().is_none()
            && let Some((before, column)) = self.before(node)
        {
            let from = self.hub(before, scratch);
            cell.get_or_init(|| {
                let mut groups = Groups::default();
                if let Some(from) = from.get() {
                    from.roll_up(&[self.change(node, column)], &mut groups, scratch);
                }
                let bytes = groups.bytes();
                if self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes > MOST_BYTES {
                    self.bytes.fetch_sub(bytes, Ordering::Relaxed);
                    self.kept.lock().unwrap_or_else(PoisonError::into_inner).remove(&node);
                }
                groups
            });
        }
        cell
    }

    fn kept(&self, node: usize) -> Arc<OnceLock<Groups<W>>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.entry(node).or_default().clone()
    }

    /// The last column on the way to `node`, and the node before it was raised.
    fn before(&self, node: usize) -> Option<(usize, usize)> {
        let column = *self.order.iter().rev().find(|&&column| self.lattice.level(node, column) > 0)?;
        Some((node - self.lattice.level(node, column) * self.lattice.strides[column], column))
    }

    fn change(&self, node: usize, column: usize) -> (Field, &[u32]) {
        (self.fields[column], &self.labels[column][self.lattice.level(node, column)])
    }

    /// `m` of the Loss for each label of a column under `node`.
    pub fn sizes(&self, node: usize, column: usize) -> &'a [u64] {
        &self.hierarchies[column].levels[self.lattice.level(node, column)].sizes
    }
}

fn labels_from_finest(hierarchy: &Hierarchy) -> Vec<Vec<u32>> {
    let finest = &hierarchy.levels[0];
    let level = |level: &crate::table::Level| {
        let mut labels = vec![0; finest.labels.len()];
        for (&from, &to) in finest.label_of.iter().zip(&level.label_of) {
            labels[from as usize] = to;
        }
        labels
    };
    hierarchy.levels.iter().map(level).collect()
}
