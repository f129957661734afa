//! [`Noise`]: Laplace noise on numbers, drawn by a secret that dies with the release.

use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use rand::distr::Distribution;
use rand_distr::Geometric;

use super::beside::Beside;
use super::draws::Draws;
use super::{Round, cell_error, refused};
use crate::error::{Error, Result};
use crate::spec::NoiseKind;
use crate::written::{Reader, Writer, Written};

/// Largest scale: with larger ones, the probability of a step would not be told exactly enough by a float.
const MOST: f64 = (1u64 << 30) as f64;
/// The scale of Laplace noise is 2^20 to 2^21 steps of its grid.
const STEPS: i32 = 20;

/// Adds noise of mean 0 and a scale: half of the draws are within 0.69 of it, 95 % within 3.
///
/// Both kinds draw whole numbers: the difference of two geometric draws is discrete Laplace (Inusah and Kozubowski, A
/// discrete analogue of the Laplace distribution, 2006). Laplace noise rounds each number to a grid of a power of two,
/// about a million steps in the scale, and adds steps of the grid: noise computed in floats would tell the number by
/// its last bits (Mironov, On significance of the least significant bits for differential privacy, 2012). Every value of a
/// subject has draws of its own, and the same ones again, so that its records cannot be averaged: see [`Draws`]. The scale is as asked, no share of a privacy budget:
/// nothing bounds how much a number can differ.
#[derive(Debug)]
pub struct Noise {
    kind: NoiseKind,
    scale: f64,
    step: Option<f64>,
    /// One step of the grid; 1 for whole numbers.
    grid: f64,
    steps: Geometric,
    /// Rounds what comes out.
    round: Option<Round>,
    draws: Draws,
}

impl Noise {
    /// Adds noise of this scale, in the unit of the numbers; `step` rounds the result to its multiples.
    ///
    /// # Errors
    /// [`Error::Usage`] for a scale that is not above 0 or above 2^30, and a step that no rounding takes.
    pub fn new(kind: NoiseKind, scale: f64, step: Option<f64>, draws: Draws) -> Result<Self> {
        let wrong =
            || refused("the scale of a noise is out of range".into(), "use a scale above 0 in the column's unit");
        if !(f64::MIN_POSITIVE * MOST * MOST..=MOST).contains(&scale) {
            return Err(wrong());
        }
        // powers of two: exact
        let grid = match kind {
            NoiseKind::Laplace => 2f64.powi(scale.log2().floor() as i32 - STEPS),
            NoiseKind::DiscreteLaplace => 1.0,
        };
        // a step further is e^(-1/scale) times as likely
        let steps = Geometric::new(-(-grid / scale).exp_m1()).map_err(|_| wrong())?;
        let round = step.map(Round::new).transpose()?;
        Ok(Self { kind, scale, step, grid, steps, round, draws })
    }

    /// What noise of this scale leaves readable, about: which multiple of the scale is nearest.
    pub(super) fn readable(&self, cells: &ArrayRef) -> Result<ArrayRef> {
        let width = self.step.map_or(self.scale, |step| step.max(self.scale));
        let nearest: Float64Array = match cells.data_type() {
            // whole numbers are no nearer to each other than 1
            DataType::Int64 => cells.as_primitive::<Int64Type>().unary(|value| (value as f64 / width.max(1.0)).round()),
            DataType::Float64 => cells.as_primitive::<Float64Type>().unary(|value| (value / width).round()),
            other => return Err(Error::Internal(format!("noise does not take cells of type {other}"))),
        };
        Ok(Arc::new(nearest))
    }

    /// Adds noise to `Int64` cells (discrete Laplace) or `Float64` ones, which keep their type; nulls stay null.
    pub(super) fn apply(&self, cells: &ArrayRef, beside: &Beside) -> Result<ArrayRef> {
        let mut draws = self.draws.of_cells(beside, cells)?;
        let far = |cell| cell_error(cell, "expected a finite number that noise keeps in range");
        let mut steps = |cell: usize, value: u64| {
            let draws = draws.of(cell, value);
            i128::from(self.steps.sample(draws)) - i128::from(self.steps.sample(draws))
        };
        let noised: ArrayRef = match (cells.data_type(), self.kind) {
            (DataType::Int64, NoiseKind::DiscreteLaplace) => {
                let noised: Result<Int64Array> = cells
                    .as_primitive::<Int64Type>()
                    .iter()
                    .enumerate()
                    .map(|(cell, value)| {
                        let Some(value) = value else { return Ok(None) };
                        let sum = i128::from(value).checked_add(steps(cell, value as u64));
                        sum.and_then(|sum| i64::try_from(sum).ok()).map(Some).ok_or_else(|| far(cell))
                    })
                    .collect();
                Arc::new(noised?)
            }
            (DataType::Float64, NoiseKind::Laplace) => {
                let noised: Result<Float64Array> = cells
                    .as_primitive::<Float64Type>()
                    .iter()
                    .enumerate()
                    .map(|(cell, value)| {
                        let Some(value) = value else { return Ok(None) };
                        let on_grid = (value / self.grid).round();
                        if on_grid.is_nan() || on_grid.abs() >= 2f64.powi(120) {
                            return Err(far(cell));
                        }
                        let sum =
                            (on_grid as i128).checked_add(steps(cell, value.to_bits())).ok_or_else(|| far(cell))?;
                        Ok(Some(sum as f64 * self.grid))
                    })
                    .collect();
                Arc::new(noised?)
            }
            (other, _) => {
                return Err(Error::Internal(format!("noise of this kind does not take cells of type {other}")));
            }
        };
        match &self.round {
            Some(round) => round.apply(&noised),
            None => Ok(noised),
        }
    }
}

impl Written for Noise {
    fn write(&self, to: &mut Writer) {
        self.kind.write(to);
        self.scale.write(to);
        self.step.write(to);
        self.draws.write(to);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        Self::new(from.value()?, from.value()?, from.value()?, from.value()?)
    }
}

impl Noise {
    /// What it does, in Chinese.
    pub(super) fn zh(&self) -> String {
        let kind = match self.kind {
            NoiseKind::Laplace => "拉普拉斯",
            NoiseKind::DiscreteLaplace => "离散拉普拉斯",
        };
        let step = self.step.map(|step| format!("，取整到 {step}")).unwrap_or_default();
        format!("加{kind}噪声，尺度 {}{step}", self.scale)
    }
}

impl fmt::Display for Noise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            NoiseKind::Laplace => "Laplace",
            NoiseKind::DiscreteLaplace => "discrete Laplace",
        };
        write!(f, "{kind} noise of scale {}", self.scale)?;
        match self.step {
            Some(step) => write!(f, ", rounded to {step}"),
            None => Ok(()),
        }
    }
}
