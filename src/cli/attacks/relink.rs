//! The search for people by all that is known of them, prepared and ended.

use arrow::array::{Array, ArrayRef};

use super::look::{floats, is_number, known};
use super::{Attacks, Sight, panicked};
use crate::engine::{ApplyPlan, RowHasher};
use crate::error::{Error, Result};
use crate::risk::AttackOutcome;
use crate::risk::attack::relink::{Bounds, Coarser, Compared, Known, Part, Relink, Relinked};

/// The search for records by all that is known of them, and what would happen if a measure were rounded.
pub fn prepared(plan: &ApplyPlan, released: &[ArrayRef], hasher: &RowHasher, sights: &[Sight]) -> Result<Relink> {
    let seen = |sight: Sight| match sight {
        Sight::Quasi => Some(Part::Quasi),
        Sight::Measure => Some(Part::Measure),
        Sight::Drawn | Sight::Pseudonym => None,
    };
    let columns = plan.outputs.iter().zip(sights).filter_map(|(output, &sight)| {
        Some(Known { name: output.name.clone(), part: seen(sight)?, compared: Compared::Equal })
    });
    let hashes = released.iter().map(|cells| hasher.cells(cells)).collect::<Result<Vec<_>>>()?;
    let images = known(&hashes, released, sights)?;
    let mut relink = Relink::new(columns.collect(), &images, Bounds::default());
    let visible = released.iter().zip(sights).filter(|(_, sight)| sight.computable());
    for (column, (cells, _)) in visible.enumerate().filter(|(_, (cells, _))| is_number(cells.data_type())) {
        if let Some(step) = coarse_step(&floats(cells)?) {
            relink.what_if(Coarser::round(column, step), &images);
        }
    }
    Ok(relink)
}

/// A round step of about the spread of the values; `None` where they do not vary.
fn coarse_step(values: &[f64]) -> Option<f64> {
    let values: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    let spread = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len().max(1) as f64).sqrt();
    let power = 10f64.powf(spread.log10().floor());
    (spread > 0.0 && power.is_finite())
        .then(|| [5.0, 2.0, 1.0].map(|n| n * power).into_iter().find(|step| *step <= spread))?
}

/// The change that leaves the fewest records to be found by all columns.
fn advice(relinked: &Relinked) -> Option<String> {
    let before = relinked.by_all.len() as u64;
    let rounded = relinked.repaired.iter().map(|repaired| (repaired.by_all.1, repaired.sentence(relinked.targets)));
    let dropped = relinked.most_telling().map(|(column, left)| {
        (
            left,
            format!(
                "drop `{column}`: re-linkable records fall from {before} to {left} of {} attacked",
                relinked.targets
            ),
        )
    });
    let (left, sentence) = rounded.chain(dropped).min_by_key(|(left, _)| *left)?;
    (left < before).then_some(sentence)
}

impl Attacks<'_> {
    /// Ends the search.
    pub fn relinked(&self) -> Result<Vec<AttackOutcome>> {
        let relink = self.relink.lock().map_err(|_| panicked())?.take();
        let relinked = relink.ok_or_else(|| Error::Internal("the attacks were ended twice".into()))?.finish();
        let whose = |subjects: &Vec<u64>| self.targets.values().iter().map(|&row| subjects[row as usize]).collect();
        let subjects: Option<Vec<u64>> = self.subjects.as_ref().map(whose);
        let outcomes = relinked.outcomes(self.source_rows, subjects.as_deref()).into_iter();
        Ok(outcomes
            .map(|outcome| outcome.judged(self.given.conditions))
            .map(|outcome| match outcome.met() {
                Some(false) => outcome.advised(advice(&relinked)),
                _ => outcome,
            })
            .collect())
    }
}
