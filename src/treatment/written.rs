//! How treatments are written for another machine: there they give the same cells for the same cells.

use super::Treatment;
use crate::error::Result;
use crate::written::{Reader, Writer, Written, broken};

impl Written for Treatment {
    fn write(&self, to: &mut Writer) {
        to.form(match self {
            Self::Keep => 0,
            Self::Mask(_) => 1,
            Self::Round(_) => 2,
            Self::Generalize(_) => 3,
            Self::Token(_) => 4,
            Self::TopBottom(_) => 5,
            Self::Microaggregate(_) => 6,
            Self::Noise(_) => 7,
            Self::Shift(_) => 8,
            Self::Pram(_) => 9,
            Self::Swap(_) => 10,
            Self::Grid(_) => 11,
            Self::Fpe(_) => 12,
            Self::Redact(_) => 13,
        });
        match self {
            Self::Keep => {}
            Self::Mask(mask) => mask.write(to),
            Self::Round(round) => round.write(to),
            Self::Generalize(generalize) => generalize.write(to),
            Self::Token(token) => token.write(to),
            Self::TopBottom(top_bottom) => top_bottom.write(to),
            Self::Microaggregate(microaggregate) => microaggregate.write(to),
            Self::Noise(noise) => noise.write(to),
            Self::Shift(shift) => shift.write(to),
            Self::Pram(pram) => pram.write(to),
            Self::Swap(swap) => swap.write(to),
            Self::Grid(grid) => grid.write(to),
            Self::Fpe(fpe) => fpe.write(to),
            // all detectors are the same
            Self::Redact(_) => {}
        }
    }

    fn read(from: &mut Reader) -> Result<Self> {
        Ok(match from.form()? {
            0 => Self::Keep,
            1 => Self::Mask(from.value()?),
            2 => Self::Round(from.value()?),
            3 => Self::Generalize(from.value()?),
            4 => Self::Token(from.value()?),
            5 => Self::TopBottom(from.value()?),
            6 => Self::Microaggregate(from.value()?),
            7 => Self::Noise(from.value()?),
            8 => Self::Shift(from.value()?),
            9 => Self::Pram(from.value()?),
            10 => Self::Swap(from.value()?),
            11 => Self::Grid(from.value()?),
            12 => Self::Fpe(from.value()?),
            13 => Self::Redact(super::Redact::new()),
            _ => return Err(broken("an unknown treatment")),
        })
    }
}
