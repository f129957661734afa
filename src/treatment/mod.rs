//! Column kernels: array in, array out, one file per treatment.
//!
//! Every kernel takes text (any physical form), `Int64`, `Float64`, `Date32` or `Boolean` cells and
//! leaves nulls null. Cutting a batch in two changes nothing: each cell is treated by itself.

mod generalize;
mod mask;
mod recipe;
mod round;
mod text;
mod token;

use std::fmt;

use arrow::array::ArrayRef;

use crate::error::{Error, Place, Result};
use crate::spec::Claim;

pub use generalize::Generalize;
pub use mask::Mask;
pub use recipe::{Recipe, RecipeColumn};
pub use round::Round;
pub use token::{Key, KeyId, KeyLife, Scope, Token};

/// What happens to the cells of one released column; only what can be done exists.
#[derive(Debug)]
pub enum Treatment {
    /// The cells as they are.
    Keep,
    Mask(Mask),
    Round(Round),
    Generalize(Generalize),
    Token(Token),
}

/// Which results a scheduler may have again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeats {
    /// Masks, rounding, generalization: may be cached, reordered and retried.
    Always,
    /// Tokens: a retried task gives the same again, another release does not.
    WithinRelease,
    /// The shuffle of rows: runs once.
    Never,
}

impl Treatment {
    /// Returns the strongest claim that a release with this treatment may make.
    ///
    /// Speaks of the treatment alone: whether the cells identify anybody is measured afterwards.
    pub fn allows(&self) -> Claim {
        match self {
            Self::Keep | Self::Mask(_) | Self::Round(_) | Self::Generalize(_) => Claim::Anonymized,
            Self::Token(token) => token.allows(),
        }
    }

    /// Returns whether the same cells give the same result again.
    pub fn repeats(&self) -> Repeats {
        match self {
            Self::Keep | Self::Mask(_) | Self::Round(_) | Self::Generalize(_) => Repeats::Always,
            Self::Token(_) => Repeats::WithinRelease,
        }
    }

    /// Treats a column of a batch; the result has as many cells, and nulls where `cells` has them.
    ///
    /// # Errors
    /// [`Error::Internal`] for an array type that the treatment does not take, [`Error::Input`] for a
    /// cell that it cannot treat: the row is counted from 1 within `cells`, path and column are left to
    /// the caller, the cell is never quoted.
    pub fn apply(&self, cells: &ArrayRef) -> Result<ArrayRef> {
        match self {
            Self::Keep => Ok(cells.clone()),
            Self::Mask(mask) => mask.apply(cells),
            Self::Round(round) => round.apply(cells),
            Self::Generalize(generalize) => generalize.apply(cells),
            Self::Token(token) => token.apply(cells),
        }
    }
}

/// One phrase without key and without cells, as the plan shows it.
impl fmt::Display for Treatment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keep => f.write_str("keep"),
            Self::Mask(mask) => mask.fmt(f),
            Self::Round(round) => round.fmt(f),
            Self::Generalize(generalize) => generalize.fmt(f),
            Self::Token(token) => token.fmt(f),
        }
    }
}

/// A setting that no constructor takes; `spec` finds it earlier and shows its place.
fn refused(message: String, help: &str) -> Error {
    Error::Usage { message, help: Some(help.to_owned()) }
}

/// A cell that cannot be treated; `row` counts from 0.
fn cell_error(row: usize, message: &str) -> Error {
    Error::Input {
        message: message.to_owned(),
        place: Some(Place { row: Some(row as u64 + 1), ..Place::default() }),
        help: None,
    }
}

#[cfg(test)]
mod tests;
