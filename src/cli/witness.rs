//! What a run looks for in its own files while they are measured.

use arrow::array::ArrayRef;

use crate::engine::OrderSample;
use crate::error::Result;
use crate::release::measure::Witness;

/// One worker's look at the written rows.
pub struct Look {
    pub order: OrderSample,
}

impl Look {
    /// Looks for the rows that `order` has sampled.
    pub fn new(order: &OrderSample) -> Self {
        Self { order: order.twin() }
    }

    pub fn merge(&mut self, other: Self) {
        self.order.merge(other.order);
    }
}

impl Witness for Look {
    fn see(&mut self, first_row: u64, columns: &[ArrayRef]) -> Result<()> {
        let hashes = columns.iter().map(|cells| self.order.hasher.cells(cells)).collect::<Result<Vec<_>>>()?;
        let rows = columns.first().map_or(0, |cells| cells.len());
        self.order.add(&hashes, (0..rows).map(|row| first_row + row as u64));
        Ok(())
    }
}
