//! Pass 1 on one batch: sensitive cells as they are released, subjects in their canonical form, into a part of a tally.

use std::path::PathBuf;

use super::apply::placed;
use super::limits::seen;
use crate::detect::Kind;
use crate::error::{Error, Place, Result};
use crate::source::{Batch, Wanted};
use crate::spec::ColumnType;
use crate::table::Finest;
#[cfg(feature = "cluster")]
use crate::table::tally::SubjectKey;
use crate::table::tally::{Labeller, NullOr, TallyPart};
use crate::treatment::{Beside, Rows, Treatment, canonical_cells};

/// What pass 1 counts.
pub struct Counted<'a> {
    pub quasi: Vec<Wanted>,
    /// Per quasi column: values that have one label here are counted as one.
    pub coarse: Vec<Option<Finest>>,
    /// The sensitive columns that a model speaks of, with what becomes of them: what is released is counted.
    pub sensitive: Vec<(Wanted, &'a Treatment)>,
    pub subject: Option<Wanted>,
    /// Subjects written in several ways are told apart by the canonical form of this kind of identifier.
    pub subject_form: Option<Kind>,
}

impl Counted<'_> {
    /// How many records and subjects have each value of a column: what treatments are fitted to.
    pub fn column(column: Wanted, subject: Option<Wanted>, subject_form: Option<Kind>) -> Self {
        Self { quasi: vec![column], coarse: vec![None], sensitive: Vec::new(), subject, subject_form }
    }
}

/// How batches are counted.
pub(super) struct Counting<'a> {
    counted: &'a Counted<'a>,
    /// The quasi columns and the sensitive ones.
    names: Vec<Wanted>,
    /// The second column of each sensitive column's treatment.
    others: Vec<Option<Wanted>>,
    /// What a quasi column's values are counted under.
    labellers: Vec<Option<Labeller>>,
}

/// The second column of a treatment, as it is read.
pub fn second(name: String) -> Wanted {
    Wanted { name, kind: ColumnType::Number }
}

impl<'a> Counting<'a> {
    pub fn new(counted: &'a Counted<'a>) -> Self {
        let names = counted.quasi.iter().chain(counted.sensitive.iter().map(|(column, _)| column)).cloned().collect();
        let others = counted.sensitive.iter().map(|(_, treatment)| treatment.needs().other.map(second)).collect();
        let labellers = counted.coarse.iter().map(|finest| finest.as_ref().map(Finest::labeller)).collect();
        Self { counted, names, others, labellers }
    }

    /// What the values of each quasi column are counted under.
    #[cfg(feature = "cluster")]
    pub fn labellers(&self) -> &[Option<Labeller>] {
        &self.labellers
    }

    /// The columns to read.
    pub fn wanted(&self) -> Vec<Wanted> {
        self.names.iter().chain(&self.counted.subject).chain(self.others.iter().flatten()).cloned().collect()
    }

    /// Names of the columns that are counted, the sensitive ones last.
    pub fn names(&self) -> Vec<String> {
        self.names.iter().map(|column| column.name.clone()).collect()
    }

    /// Gives a part its coarse columns.
    pub fn coarse(&self, part: TallyPart) -> TallyPart {
        self.labellers.iter().enumerate().fold(part, |part, (column, label)| match label {
            Some(label) => part.coarse(column, label.clone()),
            None => part,
        })
    }

    /// A part by itself; `subjects` where subjects are counted.
    #[cfg(feature = "cluster")]
    pub fn part(&self, subjects: impl FnOnce() -> Result<SubjectKey>) -> Result<TallyPart> {
        let subjects = self.counted.subject.is_some().then(subjects).transpose()?;
        Ok(self.coarse(TallyPart::new(self.names.len(), subjects)))
    }

    /// Counts a batch that begins with the wanted columns; `path` is what an error names.
    ///
    /// # Errors
    /// A record without a subject; a cell that cannot be treated.
    pub fn add(&self, part: &mut TallyPart, batch: &Batch, path: Option<&PathBuf>) -> Result<()> {
        let Counted { quasi, sensitive, subject, subject_form, .. } = self.counted;
        let columns = batch.cells.columns();
        let subject_cells = subject.as_ref().map(|_| &columns[self.names.len()]);
        let mut cells = columns[..self.names.len()].to_vec();
        let mut second = self.names.len() + usize::from(subject.is_some());
        for ((cells, (column, treatment)), other) in cells[quasi.len()..].iter_mut().zip(sensitive).zip(&self.others) {
            let other = other.as_ref().map(|_| {
                second += 1;
                &columns[second - 1]
            });
            let beside = Beside {
                subject: subject_cells,
                other,
                rows: Some(Rows { first: batch.first_row, kept: batch.rows.as_deref() }),
            };
            let treated = treatment.apply(cells, &beside);
            *cells = treated.map_err(|error| placed(error, batch, None, &column.name))?;
        }
        let canonical = match (subject_form, subject_cells) {
            (Some(kind), Some(cells)) => Some(canonical_cells(*kind, cells)?),
            _ => None,
        };
        seen(batch.cells.num_rows());
        part.add(&cells, canonical.as_ref().or(subject_cells), batch.cells.num_rows()).map_err(|error| match error {
            NullOr::Error(error) => error,
            NullOr::Null(row) => Error::Input {
                message: "a record has no subject".into(),
                place: Some(Place {
                    path: path.cloned(),
                    row: Some(batch.row(row as u32) + 1),
                    column: subject.as_ref().map(|subject| subject.name.clone()),
                    line: None,
                }),
                help: Some("every record belongs to a subject: complete the column, or name another".into()),
            },
        })
    }
}
