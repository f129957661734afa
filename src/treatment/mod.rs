//! Column kernels: array in, array out, one file per treatment.
//!
//! A kernel takes text (any physical form), `Int64`, `Float64`, `Date32` or `Boolean` cells, as far as its treatment
//! makes sense for them, and leaves nulls null. Cutting a batch in two changes nothing: each cell is treated by
//! itself, by what was fitted to the whole column before, and by draws that belong to its record or subject.

mod beside;
mod draws;
mod fpe;
mod generalize;
mod grid;
mod mask;
mod microaggregate;
mod noise;
mod numbers;
mod pram;
mod recipe;
mod redact;
mod round;
mod shift;
mod swap;
mod text;
mod token;
mod top_bottom;
mod written;

use std::fmt;

use arrow::array::ArrayRef;

use crate::error::{Error, Place, Result};
use crate::spec::Claim;

pub use beside::{Beside, Needs, Rows};
pub use draws::Draws;
pub use fpe::{Fpe, least_length};
pub use generalize::Generalize;
pub use grid::Grid;
pub use mask::Mask;
pub use microaggregate::Microaggregate;
pub use noise::Noise;
pub use numbers::Numbers;
pub use pram::Pram;
pub use recipe::{Recipe, RecipeColumn};
pub use redact::{Redact, redact};
pub use round::Round;
pub use shift::Shift;
pub use swap::{Member, Swap, texts};
pub use token::{Key, KeyId, KeyLife, Scope, Token, canonical_cells};
pub use top_bottom::TopBottom;

/// What happens to the cells of one released column; only what can be done exists.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one for each column")]
pub enum Treatment {
    /// The cells as they are.
    Keep,
    Mask(Mask),
    Round(Round),
    Generalize(Generalize),
    Token(Token),
    TopBottom(TopBottom),
    Microaggregate(Microaggregate),
    Noise(Noise),
    Shift(Shift),
    Pram(Pram),
    Swap(Swap),
    Grid(Grid),
    Fpe(Fpe),
    Redact(Redact),
}

/// Which results a scheduler may have again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeats {
    /// Masks, rounding, generalization: may be cached, reordered and retried.
    Always,
    /// Tokens, noise: a retried task gives the same again, another release does not.
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
            Self::Token(token) => token.allows(),
            // PIPL 73(3): there is a way back, and a key was there to go it
            Self::Fpe(_) => Claim::Deidentified,
            // no detector finds everything
            Self::Redact(_) => Claim::Deidentified,
            Self::Keep
            | Self::Mask(_)
            | Self::Round(_)
            | Self::Generalize(_)
            | Self::TopBottom(_)
            | Self::Microaggregate(_)
            | Self::Noise(_)
            | Self::Shift(_)
            | Self::Pram(_)
            | Self::Swap(_)
            | Self::Grid(_) => Claim::Anonymized,
        }
    }

    /// Returns whether the same cells give the same result again.
    pub fn repeats(&self) -> Repeats {
        match self {
            Self::Keep
            | Self::Mask(_)
            | Self::Round(_)
            | Self::Generalize(_)
            | Self::TopBottom(_)
            | Self::Microaggregate(_)
            | Self::Grid(_)
            | Self::Redact(_) => Repeats::Always,
            Self::Token(_) | Self::Noise(_) | Self::Shift(_) | Self::Pram(_) | Self::Swap(_) | Self::Fpe(_) => {
                Repeats::WithinRelease
            }
        }
    }

    /// Returns whether the cells become pseudonyms: other values, one for one, that only a key leads back from.
    pub fn is_pseudonym(&self) -> bool {
        matches!(self, Self::Token(_) | Self::Fpe(_))
    }

    /// Returns what must stand beside the cells.
    pub fn needs(&self) -> Needs {
        match self {
            Self::Shift(_) | Self::Noise(_) | Self::Pram(_) => Needs { subject: true, other: None },
            Self::Grid(grid) => Needs { subject: false, other: grid.latitude().map(str::to_owned) },
            _ => Needs::default(),
        }
    }

    /// Treats a column of a batch; the result has as many cells, and nulls where `cells` has them, if they are not
    /// swapped.
    ///
    /// # Errors
    /// [`Error::Internal`] for an array type that the treatment does not take and for what it needs and is not
    /// beside the cells, [`Error::Input`] for a cell that it cannot treat: the row is counted from 1 within `cells`,
    /// path and column are left to the caller, the cell is never quoted.
    pub fn apply(&self, cells: &ArrayRef, beside: &Beside) -> Result<ArrayRef> {
        match self {
            Self::Keep => Ok(cells.clone()),
            Self::Mask(mask) => mask.apply(cells),
            Self::Round(round) => round.apply(cells),
            Self::Generalize(generalize) => generalize.apply(cells),
            Self::Token(token) => token.apply(cells),
            Self::TopBottom(top_bottom) => top_bottom.apply(cells),
            Self::Microaggregate(microaggregate) => microaggregate.apply(cells),
            Self::Noise(noise) => noise.apply(cells, beside),
            Self::Shift(shift) => shift.apply(cells, beside),
            Self::Pram(pram) => pram.apply(cells, beside),
            Self::Swap(swap) => swap.apply(cells, beside),
            Self::Grid(grid) => grid.apply(cells, beside),
            Self::Fpe(fpe) => fpe.apply(cells),
            Self::Redact(redact) => redact.apply(cells),
        }
    }

    /// What of the cells the treatment leaves to be read, for comparisons of columns.
    ///
    /// Draws make nearly every cell unique, and unique cells determine every column: that says nothing. So noise is
    /// compared as rounding to its scale, a shift of dates as periods as long as it may move them, and PRAM and
    /// swapping, which leave values as they are, as the values. All others are compared as what they release.
    ///
    /// # Errors
    /// As [`Self::apply`].
    pub fn readable(&self, cells: &ArrayRef, beside: &Beside) -> Result<ArrayRef> {
        match self {
            Self::Noise(noise) => noise.readable(cells),
            Self::Shift(shift) => shift.readable(cells),
            Self::Pram(_) | Self::Swap(_) => Ok(cells.clone()),
            _ => self.apply(cells, beside),
        }
    }

    /// What the report tells beside the phrase, where there is more to tell: what was fitted, and how.
    pub fn facts(&self) -> Option<serde_json::Value> {
        match self {
            Self::TopBottom(top_bottom) => Some(top_bottom.facts()),
            Self::Microaggregate(microaggregate) => Some(microaggregate.facts()),
            Self::Pram(pram) => Some(pram.facts()),
            Self::Swap(swap) => Some(swap.facts()),
            _ => None,
        }
    }
}

/// One phrase without key and without cells, as the plan shows it.
impl Treatment {
    /// What it does, in Chinese; in English by `Display`.
    pub fn zh(&self) -> String {
        match self {
            Self::Keep => "原样发布".into(),
            Self::Mask(mask) => mask.zh(),
            Self::Round(round) => round.zh(),
            Self::Generalize(generalize) => generalize.zh(),
            Self::Token(token) => token.zh(),
            Self::TopBottom(top_bottom) => top_bottom.zh(),
            Self::Microaggregate(microaggregate) => microaggregate.zh(),
            Self::Noise(noise) => noise.zh(),
            Self::Shift(shift) => shift.zh(),
            Self::Pram(pram) => pram.zh(),
            Self::Swap(swap) => swap.zh(),
            Self::Grid(grid) => grid.zh(),
            Self::Fpe(fpe) => fpe.zh(),
            Self::Redact(redact) => redact.zh(),
        }
    }
}

impl fmt::Display for Treatment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keep => f.write_str("keep"),
            Self::Mask(mask) => mask.fmt(f),
            Self::Round(round) => round.fmt(f),
            Self::Generalize(generalize) => generalize.fmt(f),
            Self::Token(token) => token.fmt(f),
            Self::TopBottom(top_bottom) => top_bottom.fmt(f),
            Self::Microaggregate(microaggregate) => microaggregate.fmt(f),
            Self::Noise(noise) => noise.fmt(f),
            Self::Shift(shift) => shift.fmt(f),
            Self::Pram(pram) => pram.fmt(f),
            Self::Swap(swap) => swap.fmt(f),
            Self::Grid(grid) => grid.fmt(f),
            Self::Fpe(fpe) => fpe.fmt(f),
            Self::Redact(redact) => redact.fmt(f),
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
