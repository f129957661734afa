//! Singling out, linkability and inference in the sense of WP216: the sampled records against the written rows.

use arrow::array::{Array, ArrayRef};
use arrow::compute::concat;
use arrow::datatypes::DataType;

use super::look::floats;
use super::{Given, Sight, sight, texts};
use crate::engine::{Made, SampledRows};
use crate::error::{Error, Result};
use crate::risk::attack::{
    AttackOutcome, Cells, Coder, Rows, Tables, Tolerance, inference, inference_changes, linkability,
    linkability_changes, singling_out_changes, singling_out_multivariate, singling_out_univariate,
};
use crate::secret::{Secret, stream};

/// Questions that each attack asks.
const QUERIES: usize = 2_000;
/// Columns in the conditions that single out.
const WIDTHS: std::ops::RangeInclusive<usize> = 2..=4;
/// Released rows that are looked up for each set of known columns.
const NEIGHBOURS: usize = 1;

/// Written rows, column by column, in the order of the release.
pub struct Written<'a> {
    pub columns: &'a [Vec<ArrayRef>],
    /// Of so many rows of the release.
    pub of: u64,
}

/// Asks all questions, held against what the rules allow them; with the subject of each sampled record where it is known.
///
/// Where the tables are samples, singling out is overstated: a row that is alone in a sample may not be in the whole.
/// [`relink`](super::Attacks) tells it exactly.
pub fn outcomes(
    given: &Given,
    control: Option<&SampledRows>,
    written: &Written,
    secrets: &[String],
    subjects: Option<&[u64]>,
    seed: &Secret<[u8; 32]>,
) -> Result<Vec<AttackOutcome>> {
    let Given { plan, sampled, conditions, .. } = *given;
    let mut rows = (Vec::new(), Vec::new(), Vec::new());
    let mut quasi = Vec::new();
    for (at, output) in plan.outputs.iter().enumerate().filter(|(_, output)| sight(output).computable()) {
        let parts: Vec<&dyn Array> = written.columns.iter().map(|columns| columns[at].as_ref()).collect();
        let image = sampled.released.column(at);
        let released = match parts.is_empty() {
            true => image.slice(0, 0),
            false => concat(&parts).map_err(|error| Error::Internal(error.to_string()))?,
        };
        let cells = match is_numeric(image.data_type()) {
            true => {
                let numbers = |rows: &SampledRows| {
                    let original = match &output.made {
                        Made::Treated { column, .. } => rows.source.column(*column),
                        Made::Label(_) => rows.released.column(at),
                    };
                    let numeric = is_numeric(original.data_type());
                    floats(if numeric { original } else { rows.released.column(at) }).map(Cells::Numbers)
                };
                (Cells::Numbers(floats(&released)?), numbers(sampled)?, control.map(numbers).transpose()?)
            }
            false => {
                let mut coder = Coder::default();
                let released = coder.column(&texts(&released)?);
                let mut labels = |rows: &SampledRows| Ok::<_, Error>(coder.column(&texts(rows.released.column(at))?));
                (released, labels(sampled)?, control.map(labels).transpose()?)
            }
        };
        if sight(output) == Sight::Quasi {
            quasi.push(rows.0.len());
        }
        rows.0.push((output.name.clone(), cells.0));
        rows.1.push((output.name.clone(), cells.1));
        rows.2.extend(cells.2.map(|cells| (output.name.clone(), cells)));
    }
    let internal = |error: &dyn std::fmt::Display| Error::Internal(error.to_string());
    let released = Rows::new(rows.0).map_err(|error| internal(&error))?;
    let source = Rows::new(rows.1).map_err(|error| internal(&error))?;
    let control = Rows::new(rows.2).map_err(|error| internal(&error))?;
    let tables =
        Tables::new(&released, &source, (!control.is_empty()).then_some(&control)).map_err(|error| internal(&error))?;
    let tables = tables.sampled_from(plan.table.total_records(), written.of);
    let tables = subjects.map_or(tables, |subjects| tables.of_subjects(subjects));

    let draws = |purpose: &str| stream(seed, purpose, 0);
    let width = released.columns().len();
    let halves: (Vec<usize>, Vec<usize>) = (0..width).partition(|column| column % 2 == 0);
    let univariate = |tables: &Tables| singling_out_univariate(tables, QUERIES, &mut draws("univariate"));
    let multivariate = |tables: &Tables| singling_out_multivariate(tables, WIDTHS, QUERIES, &mut draws("multivariate"));
    let sets = (&halves.0[..], &halves.1[..]);
    let linking = || draws("linkability");
    let linked = linkability(&tables, sets, QUERIES, NEIGHBOURS, &mut linking()).judged(conditions);
    let mut outcomes = vec![
        univariate(&tables)
            .judged(conditions)
            .helped("persons singled out", |_| singling_out_changes(&tables, univariate)),
        multivariate(&tables)
            .judged(conditions)
            .helped("persons singled out", |_| singling_out_changes(&tables, multivariate)),
        linked.helped("links", |_| linkability_changes(&tables, sets, QUERIES, NEIGHBOURS, linking)),
    ];
    for name in secrets {
        let Some(secret) = released.place(name) else { continue };
        let (tolerance, guessing) = (Tolerance::default(), || draws(name));
        let outcome = inference(&tables, &quasi, secret, tolerance, QUERIES, &mut guessing()).judged(conditions);
        let changes = |_: &AttackOutcome| inference_changes(&tables, &quasi, secret, tolerance, QUERIES, guessing);
        outcomes.push(outcome.helped("right guesses", changes));
    }
    Ok(outcomes)
}

fn is_numeric(kind: &DataType) -> bool {
    matches!(kind, DataType::Int64 | DataType::Float64 | DataType::Date32)
}
