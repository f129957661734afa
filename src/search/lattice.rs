//! The lattice: all choices of one level per column.

/// Nodes are numbered so that their order is the lexicographic order of their levels.
#[derive(Debug)]
pub(super) struct Lattice {
    /// Levels per column.
    heights: Vec<usize>,
    pub strides: Vec<usize>,
    pub size: usize,
}

impl Lattice {
    /// The largest lattice that is searched: some 200 MB of notes.
    pub const LARGEST: u128 = 1 << 24;

    /// `None` if the lattice is larger than [`Self::LARGEST`].
    pub fn new(heights: Vec<usize>) -> Option<Self> {
        if size(&heights) > Self::LARGEST {
            return None;
        }
        let mut strides = vec![1; heights.len()];
        for column in (1..heights.len()).rev() {
            strides[column - 1] = strides[column] * heights[column];
        }
        let size = heights.iter().product();
        Some(Self { heights, strides, size })
    }

    pub fn columns(&self) -> usize {
        self.heights.len()
    }

    pub fn top(&self) -> usize {
        self.size - 1
    }

    pub fn level(&self, node: usize, column: usize) -> usize {
        node / self.strides[column] % self.heights[column]
    }

    pub fn levels(&self, node: usize) -> Vec<usize> {
        (0..self.columns()).map(|column| self.level(node, column)).collect()
    }

    /// The nodes one level coarser in one column.
    pub fn coarser(&self, node: usize) -> impl Iterator<Item = usize> {
        let below_top = move |&c: &usize| self.level(node, c) + 1 < self.heights[c];
        (0..self.columns()).filter(below_top).map(move |c| node + self.strides[c])
    }

    /// The nodes one level finer in one column.
    pub fn finer(&self, node: usize) -> impl Iterator<Item = usize> {
        (0..self.columns()).filter(move |&c| self.level(node, c) > 0).map(move |c| node - self.strides[c])
    }

    /// All nodes by the sum of their levels, coarsest layer last; ascending within a layer.
    pub fn layers(&self) -> Vec<Vec<u32>> {
        let highest: usize = self.heights.iter().map(|h| h - 1).sum();
        let mut layers = vec![Vec::new(); highest + 1];
        let mut levels = vec![0; self.columns()];
        let mut sum = 0;
        for node in 0..self.size {
            layers[sum].push(node as u32);
            for column in (0..self.columns()).rev() {
                if levels[column] + 1 < self.heights[column] {
                    levels[column] += 1;
                    sum += 1;
                    break;
                }
                sum -= levels[column];
                levels[column] = 0;
            }
        }
        layers
    }
}

/// The number of nodes of a lattice with these numbers of levels.
pub(super) fn size(heights: &[usize]) -> u128 {
    heights.iter().fold(1, |size: u128, &h| size.saturating_mul(h as u128))
}
