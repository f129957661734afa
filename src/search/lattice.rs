//! The lattice: all choices of one level per column.

use std::ops::Range;

/// Most columns of a lattice whose nodes are numbered: each has two levels at least.
const MOST_COLUMNS: usize = 24;

/// Nodes are numbered so that their order is the lexicographic order of their levels.
#[derive(Debug)]
pub(super) struct Lattice {
    /// Levels per column.
    heights: Vec<usize>,
    /// Columns with more than one level: these alone make nodes differ.
    pub free: Vec<Free>,
    pub size: usize,
}

/// A column with more than one level.
#[derive(Debug, Clone, Copy)]
pub(super) struct Free {
    pub column: usize,
    /// From a node to the one that is a level coarser in this column.
    pub stride: usize,
    pub height: usize,
    /// `⌈2^48 / stride⌉`: a number below 2^24 times this, without its last 48 bits, is the quotient.
    inverse: u64,
}

impl Lattice {
    /// The largest lattice whose nodes are numbered: some 200 MB of notes.
    pub const LARGEST: u128 = 1 << 24;

    /// `None` if the lattice is larger than [`Self::LARGEST`].
    pub fn new(heights: &[usize]) -> Option<Self> {
        if size(heights) > Self::LARGEST {
            return None;
        }
        let (mut free, mut stride) = (Vec::new(), 1);
        for (column, &height) in heights.iter().enumerate().rev().filter(|(_, height)| **height > 1) {
            free.push(Free { column, stride, height, inverse: (1_u64 << 48).div_ceil(stride as u64) });
            stride *= height;
        }
        free.reverse();
        debug_assert!(free.len() <= MOST_COLUMNS);
        Some(Self { heights: heights.to_vec(), free, size: stride })
    }

    pub fn top(&self) -> usize {
        self.size - 1
    }

    /// Writes the level of each column.
    pub fn levels_into(&self, node: usize, levels: &mut [u16]) {
        let mut rest = node as u64;
        for free in &self.free {
            let level = ((u128::from(rest) * u128::from(free.inverse)) >> 48) as u64;
            rest -= level * free.stride as u64;
            levels[free.column] = level as u16;
        }
    }

    pub fn levels(&self, node: usize) -> Vec<u16> {
        let mut levels = vec![0; self.heights.len()];
        self.levels_into(node, &mut levels);
        levels
    }

    /// The nodes one level coarser in one column; `levels` are those of the node.
    pub fn coarser<'a>(&'a self, node: usize, levels: &'a [u16]) -> impl Iterator<Item = usize> + 'a {
        let below_top = |free: &&Free| usize::from(levels[free.column]) + 1 < free.height;
        self.free.iter().filter(below_top).map(move |free| node + free.stride)
    }

    /// The nodes one level finer in one column.
    pub fn finer<'a>(&'a self, node: usize, levels: &'a [u16]) -> impl Iterator<Item = usize> + 'a {
        self.free.iter().filter(|free| levels[free.column] > 0).map(move |free| node - free.stride)
    }

    /// All nodes by the sum of their levels, coarsest layer last; ascending within a layer.
    pub fn layers(&self) -> Layers {
        let highest: usize = self.free.iter().map(|free| free.height - 1).sum();
        let mut starts = vec![0_usize; highest + 2];
        self.sums(|_, sum| starts[sum + 1] += 1);
        for layer in 0..=highest {
            starts[layer + 1] += starts[layer];
        }
        let mut next = starts.clone();
        let mut nodes = vec![0; self.size];
        self.sums(|node, sum| {
            nodes[next[sum]] = node as u32;
            next[sum] += 1;
        });
        Layers { nodes, starts }
    }

    /// Tells each node, in ascending order, and the sum of its levels.
    fn sums(&self, mut tell: impl FnMut(usize, usize)) {
        let mut levels = vec![0; self.free.len()];
        let mut sum = 0;
        for node in 0..self.size {
            tell(node, sum);
            for (level, free) in levels.iter_mut().zip(&self.free).rev() {
                if *level + 1 < free.height {
                    (*level, sum) = (*level + 1, sum + 1);
                    break;
                }
                (*level, sum) = (0, sum - *level);
            }
        }
    }
}

/// Nodes by the sum of their levels.
pub(super) struct Layers {
    nodes: Vec<u32>,
    starts: Vec<usize>,
}

impl Layers {
    /// From the coarsest to the finest.
    pub fn top_down(&self) -> impl Iterator<Item = &[u32]> {
        let layer = |pair: &[usize]| -> Range<usize> { pair[0]..pair[1] };
        self.starts.windows(2).rev().map(move |pair| &self.nodes[layer(pair)])
    }
}

/// The number of nodes of a lattice with these numbers of levels.
pub(super) fn size(heights: &[usize]) -> u128 {
    heights.iter().fold(1, |size: u128, &h| size.saturating_mul(h as u128))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_levels_are_one_to_one() {
        for heights in [vec![], vec![1, 1], vec![2, 1, 3, 5], vec![255, 256, 7], vec![2; 24], vec![3, 1 << 15, 100]] {
            let lattice = Lattice::new(&heights).unwrap();
            assert_eq!(lattice.size as u128, size(&heights));
            let step = (lattice.size / 10_000).max(1);
            let mut before: Option<Vec<usize>> = None;
            for node in (0..lattice.size).step_by(step).chain([lattice.top()]) {
                let levels: Vec<usize> = heights
                    .iter()
                    .rev()
                    .scan(node, |rest, h| {
                        let level = *rest % h;
                        *rest /= h;
                        Some(level)
                    })
                    .collect();
                let levels: Vec<usize> = levels.into_iter().rev().collect();
                let narrow: Vec<u16> = levels.iter().map(|&level| level as u16).collect();
                assert_eq!(lattice.levels(node), narrow);
                assert!(before.is_none_or(|before| before <= levels));
                before = Some(levels);
            }
        }
    }

    #[test]
    fn layers_hold_every_node_once_and_sums_fall() {
        let lattice = Lattice::new(&[3, 1, 2, 4]).unwrap();
        let layers = lattice.layers();
        let sum = |node: &u32| lattice.levels(*node as usize).iter().map(|&l| usize::from(l)).sum::<usize>();
        let sums: Vec<Vec<usize>> = layers.top_down().map(|layer| layer.iter().map(sum).collect()).collect();
        assert_eq!(sums.len(), 7);
        assert!(sums.iter().enumerate().all(|(depth, sums)| sums.iter().all(|sum| *sum == 6 - depth)));
        let mut nodes: Vec<u32> = layers.top_down().flatten().copied().collect();
        nodes.sort_unstable();
        assert_eq!(nodes, (0..24).collect::<Vec<_>>());
        let levels = lattice.levels(5);
        assert_eq!(lattice.coarser(5, &levels).collect::<Vec<_>>(), vec![5 + 8, 6]);
        assert_eq!(lattice.finer(6, &lattice.levels(6)).collect::<Vec<_>>(), vec![2, 5]);
    }
}
