//! Draws from a fixed stream. Only integer and basic float arithmetic, so that every machine and every
//! version of a random library gives the same data.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// A key for one purpose of one dataset: SHA-256 over seed, name and purpose.
pub fn key(seed: u64, name: &str, purpose: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"tuomin sample");
    hash.update(seed.to_be_bytes());
    for part in [name, purpose] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

/// The random stream of one block of rows.
pub struct Draw(ChaCha8Rng);

impl Draw {
    pub fn new(key: [u8; 32], block: u64) -> Self {
        let mut stream = ChaCha8Rng::from_seed(key);
        stream.set_stream(block);
        Self(stream)
    }

    /// A whole number below `n`; 0 if `n` is 0. Off from uniform by less than `n / 2^32`.
    pub fn below(&mut self, n: u32) -> u32 {
        ((u64::from(self.0.next_u32()) * u64::from(n)) >> 32) as u32
    }

    /// True `per_mille` times out of a thousand.
    pub fn chance(&mut self, per_mille: u32) -> bool {
        self.below(1000) < per_mille
    }

    /// One of the list, all alike.
    pub fn one_of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u32) as usize]
    }

    /// Nearly normal, mean 0, deviation 1, never beyond ±3.5: a sum of four uniform draws.
    pub fn normal(&mut self) -> f64 {
        let bits = self.0.next_u64();
        let sum: u32 = (0..4).map(|i| (bits >> (16 * i)) as u32 & 0xffff).sum();
        (f64::from(sum) / 65_536.0 - 2.0) * 1.732_050_807_568_877_2
    }

    /// Nearly log-normal with this median and this deviation of the logarithm.
    pub fn log_normal(&mut self, median: f64, deviation: f64) -> f64 {
        median * exp(self.normal() * deviation)
    }
}

/// e to the power `x` for |x| below 20, to about ten digits: the system's own differs from machine to machine.
pub fn exp(x: f64) -> f64 {
    let small = x / 32.0;
    let mut term = 1.0;
    let mut sum = 1.0;
    for n in 1..9 {
        term = term * small / f64::from(n);
        sum += term;
    }
    for _ in 0..5 {
        sum = sum * sum;
    }
    sum
}

/// Indices drawn in proportion to weights, by one look into a table.
pub struct Weighted(Vec<u16>);

impl Weighted {
    const SLOTS: u64 = 4096;

    /// Every index gets its share of 4,096 slots, rounded by its cumulated weight.
    pub fn new(weights: &[u32]) -> Self {
        let total = weights.iter().map(|&w| u64::from(w)).sum::<u64>().max(1);
        let mut slots = Vec::with_capacity(Self::SLOTS as usize);
        let mut cumulated = 0;
        for (index, &weight) in weights.iter().enumerate() {
            cumulated += u64::from(weight);
            slots.resize((cumulated * Self::SLOTS / total) as usize, index as u16);
        }
        Self(slots)
    }

    pub fn draw(&self, draw: &mut Draw) -> usize {
        usize::from(draw.one_of(&self.0))
    }
}
