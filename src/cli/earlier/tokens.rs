//! [`Tokens`]: the tokens of a release, to see whether they recur.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, UInt32Type};

use crate::engine::RowHasher;
use crate::error::Result;
use crate::release::measure::Witness;
use crate::risk::AttackOutcome;
use crate::risk::attack::tokens::TokenSet;

/// Signs of a token where a column shows none.
const DIGITS: u32 = 16;

/// The token columns of a release while its rows are seen. Two compare only if their hasher is one.
#[derive(Clone)]
pub struct Tokens {
    hasher: RowHasher,
    columns: Vec<Column>,
}

#[derive(Clone)]
struct Column {
    name: String,
    /// Place in the files.
    place: usize,
    set: TokenSet,
    /// The most signs that a token was seen to have: all tokens of a column have the same number.
    digits: u32,
}

impl Tokens {
    /// Columns by name and place in the files.
    pub fn new(hasher: &RowHasher, columns: impl IntoIterator<Item = (String, usize)>) -> Self {
        let column = |(name, place)| Column { name, place, set: TokenSet::default(), digits: 0 };
        Self { hasher: hasher.clone(), columns: columns.into_iter().map(column).collect() }
    }

    /// The same columns with no token seen.
    pub fn twin(&self) -> Self {
        Self::new(&self.hasher, self.columns.iter().map(|column| (column.name.clone(), column.place)))
    }

    pub fn hasher(&self) -> &RowHasher {
        &self.hasher
    }

    /// Takes rows whose cells are hashed already, by the same hasher; all columns in the order of the files.
    pub fn feed(&mut self, columns: &[ArrayRef], hashes: &[Vec<u64>]) {
        for column in &mut self.columns {
            column.feed(&columns[column.place], &hashes[column.place]);
        }
    }

    /// Adds the tokens of other rows.
    pub fn merge(&mut self, other: Self) {
        for (own, other) in self.columns.iter_mut().zip(other.columns) {
            own.set.merge(other.set);
            own.digits = own.digits.max(other.digits);
        }
    }

    /// For each column the tokens that stand in any column of an earlier release.
    pub fn reused(&self, id: &str, earlier: &Self) -> Vec<AttackOutcome> {
        let mut others = TokenSet::default();
        earlier.columns.iter().for_each(|column| others.merge(column.set.clone()));
        let one = |column: &Column| {
            let digits = if column.digits == 0 { DIGITS } else { column.digits };
            let outcome = column.set.reused(id, &others, digits);
            let outcome = if outcome.attempted() { outcome } else { AttackOutcome::nothing_there(id) };
            outcome.on([column.name.as_str()])
        };
        match self.columns.is_empty() || earlier.columns.is_empty() {
            true => vec![AttackOutcome::nothing_there(id)],
            false => self.columns.iter().map(one).collect(),
        }
    }
}

impl Witness for Tokens {
    fn see(&mut self, _: u64, columns: &[ArrayRef]) -> Result<()> {
        for column in &mut self.columns {
            let cells = &columns[column.place];
            column.feed(cells, &self.hasher.cells(cells)?);
        }
        Ok(())
    }
}

impl Column {
    fn feed(&mut self, cells: &ArrayRef, hashes: &[u64]) {
        let digits = first(cells).map_or(0, |token| token.chars().count());
        self.digits = self.digits.max(u32::try_from(digits).unwrap_or(u32::MAX));
        match cells.null_count() {
            0 => self.set.feed(hashes),
            _ => {
                let valid = hashes.iter().enumerate().filter(|&(row, _)| cells.is_valid(row));
                self.set.feed(&valid.map(|(_, &hash)| hash).collect::<Vec<u64>>());
            }
        }
    }
}

/// The first text of a column.
fn first(cells: &ArrayRef) -> Option<&str> {
    match cells.data_type() {
        DataType::Utf8 => cells.as_string::<i32>().iter().flatten().next(),
        DataType::Utf8View => cells.as_string_view().iter().flatten().next(),
        DataType::Dictionary(key, _) if **key == DataType::UInt32 => {
            let cells = cells.as_dictionary::<UInt32Type>();
            cells.downcast_dict::<arrow::array::StringArray>()?.into_iter().flatten().next()
        }
        _ => None,
    }
}
