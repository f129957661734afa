//! The attacks of a run on its own release, against the files as they were written.

use std::sync::Mutex;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type};

use crate::engine::{ApplyPlan, Made, Output, RowHasher, SampledRows};
use crate::error::{Error, Result};
use crate::risk::attack::relink::{Bounds, Compared, Known, Part, Relink};
use crate::risk::attack::{AttackOutcome, Homogeneity};
use crate::risk::{Comparison, Conditions, Limit};
use crate::treatment::Treatment;

/// The cell that stands for no value among the bits of numbers.
const NO_NUMBER: u64 = u64::MAX;

/// What an attacker can make of a released column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    Quasi,
    /// Follows from the source's record.
    Measure,
    /// Nobody can compute it without the key or the draws.
    Hidden,
}

fn sight(output: &Output) -> Sight {
    match &output.made {
        Made::Label(_) => Sight::Quasi,
        Made::Treated { treatment: Treatment::Token(_), .. } => Sight::Hidden,
        Made::Treated { .. } => Sight::Measure,
    }
}

/// Attacks that look at every written row, one batch at a time.
pub struct Attacks {
    hasher: RowHasher,
    sights: Vec<Sight>,
    names: Vec<String>,
    relink: Mutex<Relink>,
    homogeneity: Mutex<Homogeneity>,
    /// The subject of each attacked record.
    subjects: Option<Vec<u64>>,
    source_rows: u64,
}

impl Attacks {
    /// Prepares the attacks with records whose source and release are known.
    pub fn new(plan: &ApplyPlan, sampled: &SampledRows, hasher: &RowHasher) -> Result<Self> {
        let sights: Vec<Sight> = plan.outputs.iter().map(sight).collect();
        let seen = |sight: Sight| match sight {
            Sight::Quasi => Some(Part::Quasi),
            Sight::Measure => Some(Part::Measure),
            Sight::Hidden => None,
        };
        let known = plan.outputs.iter().zip(&sights).filter_map(|(output, &sight)| {
            Some(Known { name: output.name.clone(), part: seen(sight)?, compared: Compared::Equal })
        });
        let images = known_names(hasher, sampled.released.columns(), &sights)?;
        let names = plan.outputs.iter().map(|output| output.name.clone()).collect();
        let measures = sights.iter().filter(|sight| **sight == Sight::Measure).count();
        let subjects = plan.subject.map(|at| hasher.cells(sampled.source.column(at))).transpose()?;
        Ok(Self {
            hasher: hasher.clone(),
            relink: Mutex::new(Relink::new(known.collect(), &images, Bounds::default())),
            homogeneity: Mutex::new(Homogeneity::new(measures)),
            source_rows: plan.table.total_records(),
            sights,
            names,
            subjects,
        })
    }

    /// Shows the attacks written rows, with the hash of each cell.
    pub fn see(&self, columns: &[ArrayRef], hashes: &[Vec<u64>]) -> Result<()> {
        let of = |wanted: Sight| -> Vec<&[u64]> {
            let columns = self.sights.iter().zip(hashes).filter(|(sight, _)| **sight == wanted);
            columns.map(|(_, hashes)| hashes.as_slice()).collect()
        };
        let quasi: Vec<Vec<u64>> = of(Sight::Quasi).into_iter().map(<[u64]>::to_vec).collect();
        let classes = self.hasher.rows(&quasi, columns.first().map_or(0, |cells| cells.len()));
        let names = known_names(&self.hasher, columns, &self.sights)?;
        let names: Vec<&[u64]> = names.iter().map(Vec::as_slice).collect();
        self.homogeneity.lock().map_err(|_| panicked())?.feed(&classes, &of(Sight::Measure));
        self.relink.lock().map_err(|_| panicked())?.feed(&names);
        Ok(())
    }

    /// Ends the attacks and holds each against what the rules allow it.
    pub fn outcomes(self, conditions: &Conditions) -> Result<Vec<AttackOutcome>> {
        let relinked = self.relink.into_inner().map_err(|_| panicked())?.finish();
        let mut outcomes = relinked.outcomes(self.source_rows, self.subjects.as_deref());
        let measures = self.names.iter().zip(&self.sights).filter(|(_, sight)| **sight == Sight::Measure);
        let measures: Vec<String> = measures.map(|(name, _)| name.clone()).collect();
        outcomes.extend(self.homogeneity.into_inner().map_err(|_| panicked())?.outcomes(&measures));
        Ok(outcomes.into_iter().map(|outcome| held(outcome, conditions)).collect())
    }
}

/// With the limit of the rule pack, where it has one for the claim.
fn held(outcome: AttackOutcome, conditions: &Conditions) -> AttackOutcome {
    match conditions.rules.attack_limit(&outcome.id, conditions.claim) {
        Some(threshold) => outcome.held(Limit::rule(Comparison::AtMost, threshold)),
        None => outcome,
    }
}

/// The columns that an attacker can compute, cell by cell under 64-bit names: numbers by their bits, so that they can
/// be rounded, all else by hash.
fn known_names(hasher: &RowHasher, columns: &[ArrayRef], sights: &[Sight]) -> Result<Vec<Vec<u64>>> {
    let known = columns.iter().zip(sights).filter(|(_, sight)| **sight != Sight::Hidden);
    known.map(|(cells, _)| names(hasher, cells)).collect()
}

fn names(hasher: &RowHasher, cells: &ArrayRef) -> Result<Vec<u64>> {
    let bits = |number: Option<f64>| number.map_or(NO_NUMBER, f64::to_bits);
    Ok(match cells.data_type() {
        DataType::Int64 => cells.as_primitive::<Int64Type>().iter().map(|n| bits(n.map(|n| n as f64))).collect(),
        DataType::Float64 => cells.as_primitive::<Float64Type>().iter().map(bits).collect(),
        DataType::Date32 => cells.as_primitive::<Date32Type>().iter().map(|n| bits(n.map(f64::from))).collect(),
        _ => hasher.cells(cells)?,
    })
}

fn panicked() -> Error {
    Error::Internal("a worker panicked".into())
}
