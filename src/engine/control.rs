//! The control group: records that were not drawn for the release, as they would have been released.

use std::sync::atomic::{AtomicBool, Ordering};

use arrow::array::UInt32Array;
use arrow::compute::take_record_batch;

use super::apply::{Applier, ApplyPlan, Reading};
use super::row_sample::{RowSample, SampledRows};
use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::source::{Batch, Source};
use crate::table::Recoded;
use crate::table::intern::Encoder;

/// The first records, about `rows`, of those that were not drawn; `None` where all were, where the recoding has labels
/// of its own for each class, and where a treatment was fitted to the drawn records and takes no others.
///
/// A record with a quasi value that no drawn record has is left out: nothing says how it would have been released.
pub fn control(source: &Source, plan: &ApplyPlan, rows: u64) -> Result<Option<SampledRows>> {
    let (Some(rest), Recoded::Global { .. }) = (source.undrawn(), plan.recoded) else { return Ok(None) };
    let encoders: Vec<Encoder> = plan.table.domains.iter().map(Encoder::new).collect();
    let (enough, unfit) = (AtomicBool::new(false), AtomicBool::new(false));
    let all = RowSample::new(Secret::new([0; 32]), rows, 0); // everything is picked, nothing is drawn
    let worker = (encoders, Applier::new(plan, Reading::Released)?, all, 0);
    let see = |(encoders, applier, picked, seen): &mut (Vec<Encoder>, Applier, RowSample, u64), batch: &Batch| {
        let mut known = vec![true; batch.cells.num_rows()];
        for (encoder, &column) in encoders.iter_mut().zip(&plan.quasi) {
            let knows = encoder.knows(batch.cells.column(column))?;
            known.iter_mut().zip(knows).for_each(|(known, knows)| *known &= knows);
        }
        let kept: Vec<u32> = (0..known.len() as u32).filter(|&row| known[row as usize]).collect();
        let cells = take_record_batch(&batch.cells, &UInt32Array::from(kept.clone()))
            .map_err(|error| Error::Internal(error.to_string()))?;
        let places = kept.iter().map(|&row| batch.place(row)).collect();
        let batch = Batch { first_row: batch.first_row, rows: Some(places), cells };
        match applier.treat(&batch) {
            Ok(treated) => picked.add(&batch, &treated)?,
            Err(Error::Environment { message, path, source, help }) => {
                return Err(Error::Environment { message, path, source, help });
            }
            Err(_) => unfit.store(true, Ordering::Relaxed),
        }
        *seen += u64::from(batch.cells.num_rows() as u32);
        if *seen >= rows || unfit.load(Ordering::Relaxed) {
            enough.store(true, Ordering::Relaxed);
        }
        Ok(())
    };
    let (mut workers, _) = rest.scan(&plan.wanted, vec![worker], &enough, see)?;
    match workers.pop() {
        Some((_, _, picked, _)) if !unfit.load(Ordering::Relaxed) => picked.finish(plan).map(Some),
        _ => Ok(None),
    }
}
