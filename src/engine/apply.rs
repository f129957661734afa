//! Pass 2 on one batch: withheld rows go, every released column is treated.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::relabel::Relabel;
use crate::error::{Error, Place, Result};
use crate::source::{Batch, Wanted, changed};
use crate::spec::ColumnType;
use crate::table::intern::Encoder;
use crate::table::{EquivalenceTable, Recoded};
use crate::treatment::{Beside, Rows, Treatment};

/// A released column and what it is made of.
pub struct Output<'a> {
    pub name: String,
    pub made: Made<'a>,
}

/// How a released column comes about.
pub enum Made<'a> {
    /// The label of this quasi column, by its place in the table.
    Label(usize),
    /// The cells of this column of the scan, treated, with the columns beside it that the treatment needs.
    Treated { column: usize, treatment: &'a Treatment, subject: Option<usize>, other: Option<usize> },
}

/// What pass 2 does with every row.
pub struct ApplyPlan<'a> {
    /// The columns to read.
    pub wanted: Vec<Wanted>,
    /// Place in `wanted` of each quasi column of the table.
    pub quasi: Vec<usize>,
    pub table: &'a EquivalenceTable,
    pub recoded: Recoded<'a>,
    pub outputs: Vec<Output<'a>>,
    /// Place in `wanted` of the subject's column; absent where every record is a subject.
    pub subject: Option<usize>,
}

impl ApplyPlan<'_> {
    /// The schema of treated batches: labels as UInt32 codes.
    pub fn coded_schema(&self) -> Result<SchemaRef> {
        self.schema(Reading::Released)
    }

    fn schema(&self, reading: Reading) -> Result<SchemaRef> {
        let fields = self.outputs.iter().map(|output| {
            let kind = match &output.made {
                Made::Label(_) => DataType::UInt32,
                Made::Treated { column, treatment, subject, other } => {
                    let empty = |column: usize| arrow::array::new_empty_array(&arrow_type(&self.wanted[column].kind));
                    let (subject, other) = (subject.map(empty), other.map(empty));
                    let beside = Beside { subject: subject.as_ref(), other: other.as_ref(), ..Beside::from_row(0) };
                    let treated = match reading {
                        Reading::Released => treatment.apply(&empty(*column), &beside)?,
                        Reading::Compared => treatment.readable(&empty(*column), &beside)?,
                    };
                    plain(treated)?.data_type().clone()
                }
            };
            Ok(Field::new(&output.name, kind, true))
        });
        Ok(Arc::new(Schema::new(fields.collect::<Result<Vec<_>>>()?)))
    }

    /// The labels of each released column that is coded.
    pub fn labels(&self) -> Vec<Option<&[Option<String>]>> {
        let of = |output: &Output| match output.made {
            Made::Label(quasi) => Some(self.recoded.labels(quasi)),
            Made::Treated { .. } => None,
        };
        self.outputs.iter().map(of).collect()
    }
}

/// Which cells are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Those of the release.
    Released,
    /// What can be read from these, for comparisons: see [`Treatment::readable`].
    Compared,
}

pub(super) fn arrow_type(kind: &ColumnType) -> DataType {
    match kind {
        ColumnType::Text => DataType::Utf8,
        ColumnType::Integer => DataType::Int64,
        ColumnType::Number => DataType::Float64,
        ColumnType::Date { .. } => DataType::Date32,
    }
}

/// The distinct values of a column as cells of its type.
pub fn typed(kind: &ColumnType, values: &[Option<String>]) -> Result<ArrayRef> {
    arrow::compute::cast(&crate::treatment::texts(values), &arrow_type(kind))
        .map_err(|error| Error::Internal(error.to_string()))
}

/// Without views and dictionaries: what is shuffled owns its bytes.
fn plain(cells: ArrayRef) -> Result<ArrayRef> {
    match cells.data_type() {
        DataType::Utf8View | DataType::Dictionary(..) => {
            arrow::compute::cast(&cells, &DataType::Utf8).map_err(|error| Error::Internal(error.to_string()))
        }
        _ => Ok(cells),
    }
}

/// One worker's state for a plan.
pub struct Applier<'a> {
    plan: &'a ApplyPlan<'a>,
    encoders: Vec<Encoder>,
    relabel: Relabel<'a>,
    schema: SchemaRef,
    reading: Reading,
    codes: Vec<Vec<u32>>,
}

/// The rows of a batch that are released.
pub struct Treated {
    /// Index in the batch of each released row.
    pub kept: Vec<u32>,
    pub cells: RecordBatch,
}

impl<'a> Applier<'a> {
    pub fn new(plan: &'a ApplyPlan<'a>, reading: Reading) -> Result<Self> {
        Ok(Self {
            plan,
            encoders: plan.table.domains.iter().map(Encoder::new).collect(),
            relabel: Relabel::new(plan),
            schema: plan.schema(reading)?,
            reading,
            codes: vec![Vec::new(); plan.quasi.len()],
        })
    }

    /// Treats a batch of the wanted columns.
    ///
    /// # Errors
    /// A value that pass 1 has not seen: the source changed. What a treatment cannot treat.
    pub fn treat(&mut self, rows_read: &Batch) -> Result<Treated> {
        let (plan, batch) = (self.plan, &rows_read.cells);
        for (quasi, (encoder, codes)) in self.encoders.iter_mut().zip(&mut self.codes).enumerate() {
            if !encoder.encode(batch.column(plan.quasi[quasi]), codes)? {
                return Err(changed());
            }
        }
        let kept = self.relabel.apply(&mut self.codes, batch.num_rows())?;
        let all = kept.len() == batch.num_rows();
        let places: Vec<u32> = kept.iter().map(|&row| rows_read.place(row)).collect();
        let rows = UInt32Array::from(kept.clone());
        let cells = plan.outputs.iter().map(|output| {
            let cells: ArrayRef = match &output.made {
                Made::Label(quasi) => {
                    Arc::new(kept.iter().map(|&row| self.codes[*quasi][row as usize]).collect::<UInt32Array>())
                }
                Made::Treated { column, treatment, subject, other } => {
                    let of = |column: usize| match all {
                        true => Ok(batch.column(column).clone()),
                        false => {
                            take(batch.column(column), &rows, None).map_err(|error| Error::Internal(error.to_string()))
                        }
                    };
                    let source = of(*column)?;
                    let (subject, other) = (subject.map(of).transpose()?, other.map(of).transpose()?);
                    let rows = Some(Rows { first: rows_read.first_row, kept: Some(&places) });
                    let beside = Beside { rows, subject: subject.as_ref(), other: other.as_ref() };
                    let cells = match self.reading {
                        Reading::Released => treatment.apply(&source, &beside),
                        Reading::Compared => treatment.readable(&source, &beside),
                    };
                    let cells = cells.map_err(|error| placed(error, rows_read, Some(&kept), &output.name))?;
                    plain(cells)?
                }
            };
            Ok(cells)
        });
        let cells = cells.collect::<Result<Vec<_>>>()?;
        let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(kept.len()));
        let cells = RecordBatch::try_new_with_options(self.schema.clone(), cells, &options)
            .map_err(|error| Error::Internal(error.to_string()))?;
        Ok(Treated { kept, cells })
    }
}

/// Gives a treatment's error its row in the source and its column; `kept` are the rows that were treated, all
/// of the batch where it is absent.
pub(super) fn placed(error: Error, batch: &Batch, kept: Option<&[u32]>, column: &str) -> Error {
    match error {
        Error::Input { message, place, help } => {
            let index = place.and_then(|place| place.row).and_then(|row| row.checked_sub(1));
            let row = match kept {
                Some(kept) => index.and_then(|index| kept.get(index as usize)).copied(),
                None => index.map(|index| index as u32),
            };
            let row = row.map(|row| batch.row(row) + 1);
            Error::Input { message, place: Some(Place { row, column: Some(column.into()), ..Place::default() }), help }
        }
        other => other,
    }
}
