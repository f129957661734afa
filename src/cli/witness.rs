//! What a run looks for in its own files while they are measured.

use arrow::array::ArrayRef;

use super::attacks::Attacks;
use crate::engine::OrderSample;
use crate::error::Result;
use crate::release::measure::Witness;

/// One worker's look at the written rows.
pub struct Look<'a> {
    pub order: OrderSample,
    attacks: &'a Attacks,
}

impl<'a> Look<'a> {
    /// Looks for the rows that `order` has sampled, and shows the attacks all rows.
    pub fn new(order: &OrderSample, attacks: &'a Attacks) -> Self {
        Self { order: order.twin(), attacks }
    }

    pub fn merge(&mut self, other: Self) {
        self.order.merge(other.order);
    }
}

impl Witness for Look<'_> {
    fn see(&mut self, first_row: u64, columns: &[ArrayRef]) -> Result<()> {
        let hashes = columns.iter().map(|cells| self.order.hasher.cells(cells)).collect::<Result<Vec<_>>>()?;
        self.attacks.see(columns, &hashes)?;
        let rows = columns.first().map_or(0, |cells| cells.len());
        self.order.add(&hashes, (0..rows).map(|row| first_row + row as u64));
        Ok(())
    }
}
