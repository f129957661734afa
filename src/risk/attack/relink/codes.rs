//! The cells of a batch as small numbers: which of the targets' values each is.

/// No target has this value.
pub(super) const NONE: u32 = u32::MAX;

/// How the cells of a released column are compared with the image of a source record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Compared {
    /// Cells are any 64-bit names of values, such as hashes; equal names match.
    Equal,
    /// Cells are the bits of numbers (`f64::to_bits`, NaN for null); numbers at most so far apart match, and nulls
    /// match nulls. For noise: what it hides within its spread.
    Within(f64),
}

/// The distinct values of the targets in one column, numbered.
#[derive(Debug)]
pub(super) enum Values {
    Equal(Names),
    /// Ascending, nulls last; with the distance that still matches.
    Within(Vec<f64>, f64),
}

/// Of each row of a batch the number of its value, or the numbers of all values within reach.
#[derive(Debug)]
pub(super) enum Codes {
    Equal(Vec<u32>),
    /// From the first to before the second.
    Within(Vec<(u32, u32)>),
}

impl Values {
    /// Numbers the values of the targets and returns, beside them, the number of each target.
    pub(super) fn new(cells: &[u64], compared: Compared) -> (Self, Vec<u32>) {
        match compared {
            Compared::Equal => {
                let mut distinct = cells.to_vec();
                distinct.sort_unstable();
                distinct.dedup();
                let names = Names::new(&distinct);
                let own = cells.iter().map(|&cell| names.get(cell)).collect();
                (Self::Equal(names), own)
            }
            Compared::Within(reach) => {
                let numbers: Vec<f64> = cells.iter().map(|&cell| canonical(cell)).collect();
                let mut distinct = numbers.clone();
                distinct.sort_by(f64::total_cmp);
                distinct.dedup_by(|a, b| a.to_bits() == b.to_bits());
                let place = |n: &f64| distinct.partition_point(|d| d.total_cmp(n).is_lt()) as u32;
                let own = numbers.iter().map(place).collect();
                (Self::Within(distinct, reach), own)
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Equal(names) => names.len,
            Self::Within(distinct, _) => distinct.len(),
        }
    }

    pub(super) fn code(&self, cells: &[u64]) -> Codes {
        match self {
            Self::Equal(names) => Codes::Equal(cells.iter().map(|&cell| names.get(cell)).collect()),
            Self::Within(distinct, reach) => {
                let numbers = distinct.partition_point(|n| !n.is_nan());
                let range = |&cell: &u64| {
                    let n = canonical(cell);
                    if n.is_nan() {
                        return (numbers as u32, distinct.len() as u32);
                    }
                    // by difference, as the promise is worded: a sum would round
                    let low = distinct[..numbers].partition_point(|&d| d < n && n - d > *reach);
                    let high = distinct[..numbers].partition_point(|&d| d <= n || d - n <= *reach);
                    (low as u32, high as u32)
                };
                Codes::Within(cells.iter().map(range).collect())
            }
        }
    }
}

/// One bit pattern for each number: no negative zero, one NaN.
fn canonical(bits: u64) -> f64 {
    let n = f64::from_bits(bits);
    if n.is_nan() { f64::NAN } else { n + 0.0 }
}

/// A set of 64-bit names, each with its place among them. Open addressing, at most half full.
#[derive(Debug)]
pub(super) struct Names {
    slots: Vec<(u64, u32)>,
    len: usize,
}

impl Names {
    /// `names` must be distinct.
    pub(super) fn new(names: &[u64]) -> Self {
        let mut slots = vec![(0, NONE); (names.len() * 2).next_power_of_two().max(2)];
        let mask = slots.len() - 1;
        for (place, &name) in names.iter().enumerate() {
            let mut at = spread(name) as usize & mask;
            while slots[at].1 != NONE {
                at = (at + 1) & mask;
            }
            slots[at] = (name, place as u32);
        }
        Self { slots, len: names.len() }
    }

    /// The place of a name, or [`NONE`].
    #[inline]
    pub(super) fn get(&self, name: u64) -> u32 {
        let mask = self.slots.len() - 1;
        let mut at = spread(name) as usize & mask;
        loop {
            let (own, place) = self.slots[at];
            if own == name || place == NONE {
                return place;
            }
            at = (at + 1) & mask;
        }
    }
}

/// Mixes all bits into the low ones (the finalizer of splitmix64).
#[inline]
pub(super) fn spread(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
