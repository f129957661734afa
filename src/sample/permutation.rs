//! [`Permutation`]: distinct numbers in a mixed order, for columns that identify.

/// A bijection of `0..size` that looks random: a Feistel network, walked until it falls below `size`.
///
/// Row numbers at and above `size` start over: identifiers are unique only among the first `size` rows.
/// Mixes well enough for made-up data; not a cipher.
pub struct Permutation {
    size: u64,
    half: u32,
    keys: [u64; 4],
}

impl Permutation {
    /// `size` is at least 1 and at most 2^60.
    pub fn new(key: [u8; 32], size: u64) -> Self {
        let mut keys = [0; 4];
        for (to, from) in keys.iter_mut().zip(key.chunks_exact(8)) {
            *to = from.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte));
        }
        let bits = u64::BITS - (size.max(2) - 1).leading_zeros();
        Self { size, half: bits.div_ceil(2), keys }
    }

    pub fn at(&self, row: u64) -> u64 {
        let mut x = row % self.size;
        loop {
            x = self.mix(x);
            if x < self.size {
                return x;
            }
        }
    }

    fn mix(&self, x: u64) -> u64 {
        let mask = (1 << self.half) - 1;
        let (mut left, mut right) = (x >> self.half, x & mask);
        for key in self.keys {
            let mut f = (right ^ key).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            f = (f ^ f >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93);
            (left, right) = (right, left ^ (f >> 30 & mask));
        }
        left << self.half | right
    }
}
