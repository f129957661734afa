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
                let names = Names::new(distinct);
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
            Self::Equal(names) => names.names.len(),
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

/// A set of 64-bit names, each with its place among them: a filter that most strangers fail at, small enough for the
/// nearest cache, then open addressing, at most half full.
#[derive(Debug)]
pub(super) struct Names {
    filter: Vec<u64>,
    slots: Vec<u32>,
    names: Vec<u64>,
    /// What leaves of a hash the number of a bit, and of a slot.
    shifts: (u32, u32),
}

/// Bits of the filter for each name.
const BITS: usize = 32;

impl Names {
    /// `names` must be distinct.
    pub(super) fn new(names: Vec<u64>) -> Self {
        let bits = (names.len() * BITS).next_power_of_two().max(64);
        let size = (names.len() * 2).next_power_of_two().max(2);
        let shifts = (64 - bits.trailing_zeros(), 64 - size.trailing_zeros());
        let (mut filter, mut slots) = (vec![0; bits / 64], vec![NONE; size]);
        for (place, &name) in names.iter().enumerate() {
            let hash = spread(name);
            let bit = (hash >> shifts.0) as usize;
            filter[bit / 64] |= 1_u64 << (bit % 64);
            let mut at = (hash >> shifts.1) as usize;
            while slots[at] != NONE {
                at = (at + 1) & (size - 1);
            }
            slots[at] = place as u32;
        }
        Self { filter, slots, names, shifts }
    }

    /// The place of a name, or [`NONE`].
    #[inline]
    pub(super) fn get(&self, name: u64) -> u32 {
        let hash = spread(name);
        let bit = (hash >> self.shifts.0) as usize;
        if self.filter[bit / 64] >> (bit % 64) & 1 == 0 {
            return NONE;
        }
        let mut at = (hash >> self.shifts.1) as usize;
        loop {
            let place = self.slots[at];
            if place == NONE || self.names[place as usize] == name {
                return place;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }
}

/// Spreads names over the high bits: all bits move up by a product, after the high ones came down.
#[inline]
fn spread(name: u64) -> u64 {
    (name ^ (name >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
