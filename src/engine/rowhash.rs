//! Hashes of released rows, to see whether the order of the source shows in the order of the release.

use std::hash::BuildHasher;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type, UInt32Type};
use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::error::{Error, Result};

const NULL: u64 = 0x9e37_79b9_7f4a_7c15;

/// Hashes cells and rows; those of one seed agree with each other, on every machine.
#[derive(Debug, Clone)]
pub struct RowHasher(FixedState);

impl Default for RowHasher {
    /// With a seed that nothing else has.
    fn default() -> Self {
        Self::seeded(hashbrown::DefaultHashBuilder::default().hash_one(0u8))
    }
}

impl RowHasher {
    pub fn seeded(seed: u64) -> Self {
        Self(FixedState::with_seed(seed))
    }

    /// One hash per cell. Text hashes alike in every physical form.
    pub fn cells(&self, cells: &ArrayRef) -> Result<Vec<u64>> {
        let text = |cell: Option<&str>| cell.map_or(NULL, |text| self.0.hash_one(text));
        let number = |bits: Option<u64>| bits.map_or(NULL, |bits| self.0.hash_one(bits));
        Ok(match cells.data_type() {
            DataType::Utf8 => cells.as_string::<i32>().iter().map(text).collect(),
            DataType::Utf8View => cells.as_string_view().iter().map(text).collect(),
            DataType::Int64 => cells.as_primitive::<Int64Type>().iter().map(|n| number(n.map(|n| n as u64))).collect(),
            DataType::Float64 => {
                cells.as_primitive::<Float64Type>().iter().map(|n| number(n.map(f64::to_bits))).collect()
            }
            DataType::Date32 => {
                cells.as_primitive::<Date32Type>().iter().map(|n| number(n.map(|n| n as u64))).collect()
            }
            DataType::Dictionary(key, _) if **key == DataType::UInt32 => {
                let cells = cells.as_dictionary::<UInt32Type>();
                let labels = self.cells(cells.values())?;
                cells.keys().iter().map(|key| key.map_or(NULL, |key| labels[key as usize])).collect()
            }
            other => return Err(Error::Internal(format!("cells of type {other} cannot be hashed"))),
        })
    }

    /// One hash per row over all columns, in their order.
    pub fn rows(&self, columns: &[impl AsRef<[u64]>], rows: usize) -> Vec<u64> {
        let mut all = vec![0u64; rows];
        for column in columns {
            for (row, cell) in all.iter_mut().zip(column.as_ref()) {
                *row = (row.rotate_left(23) ^ cell).wrapping_mul(0x9fb2_1c65_1e98_df25);
                *row ^= *row >> 29;
            }
        }
        all
    }
}

/// The rows whose hash falls into the sample, with their positions.
#[derive(Debug, Clone)]
pub struct OrderSample {
    pub hasher: RowHasher,
    /// One hash in this many is sampled.
    pub every: u64,
    positions: Vec<(u64, u64)>,
}

impl OrderSample {
    /// About 50,000 of `rows` rows.
    pub fn new(hasher: RowHasher, rows: u64) -> Self {
        Self { hasher, every: (rows / 50_000).max(1), positions: Vec::new() }
    }

    /// An empty sample that picks the same rows.
    pub fn twin(&self) -> Self {
        Self { positions: Vec::new(), ..self.clone() }
    }

    pub fn add(&mut self, columns: &[impl AsRef<[u64]>], positions: impl ExactSizeIterator<Item = u64>) {
        let rows = self.hasher.rows(columns, positions.len());
        let sampled = rows.into_iter().zip(positions).filter(|(hash, _)| (hash >> 7) % self.every == 0);
        self.positions.extend(sampled);
    }

    pub fn merge(&mut self, other: Self) {
        self.positions.extend(other.positions);
    }

    /// What was sampled, for [`Self::add_bytes`] of a sample that picks the same rows.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.positions.iter().flat_map(|&(hash, at)| [hash.to_be_bytes(), at.to_be_bytes()]).flatten().collect()
    }

    /// Adds what another machine sampled.
    ///
    /// # Errors
    /// [`Error::Internal`] for what no sample wrote.
    pub fn add_bytes(&mut self, bytes: &[u8]) -> Result<()> {
        let (numbers, rest) = bytes.as_chunks::<8>();
        let (pairs, odd) = numbers.as_chunks::<2>();
        if !rest.is_empty() || !odd.is_empty() {
            return Err(Error::internal("a sample of rows cannot be read"));
        }
        self.positions.extend(pairs.iter().map(|&[hash, at]| (u64::from_be_bytes(hash), u64::from_be_bytes(at))));
        Ok(())
    }

    /// Mean position and number of rows of each sampled distinct row.
    fn means(&self) -> HashMap<u64, (f64, u64)> {
        let mut sums: HashMap<u64, (u128, u64)> = HashMap::new();
        for &(hash, position) in &self.positions {
            let entry = sums.entry(hash).or_default();
            *entry = (entry.0 + u128::from(position), entry.1 + 1);
        }
        sums.into_iter().map(|(hash, (sum, count))| (hash, (sum as f64 / count as f64, count))).collect()
    }

    /// Pairs of mean positions in source and release of each sampled distinct row.
    ///
    /// # Errors
    /// An internal error if the two do not hold the same rows: something was lost or invented on the way.
    pub fn pairs(&self, released: &Self) -> Result<Vec<(f64, f64)>> {
        let (source, released) = (self.means(), released.means());
        let mut pairs = Vec::with_capacity(source.len());
        for (hash, (position, count)) in &source {
            match released.get(hash) {
                Some((there, same)) if same == count => pairs.push((*position, *there)),
                _ => return Err(Error::Internal("treated and written rows differ".into())),
            }
        }
        if released.len() != source.len() {
            return Err(Error::Internal("treated and written rows differ".into()));
        }
        pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        Ok(pairs)
    }
}
