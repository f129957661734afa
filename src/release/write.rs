//! The shuffled rows become the files of the release, several at a time.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use rayon::prelude::*;

use super::parquet;
use super::shuffle::Shuffle;
use super::staging::Staging;
use crate::error::Result;
use crate::source::interrupted;
use crate::treatment::{Beside, Generalize, Treatment};

/// Row groups per file.
pub const GROUPS: usize = 4;

/// Turns the rows of a shuffled bucket into what is released of them.
pub struct Labelling {
    /// The schema as released: codes become text.
    pub schema: SchemaRef,
    labellers: Vec<Option<Treatment>>,
}

impl Labelling {
    /// `labels` are those of each column of `coded` that has codes.
    pub fn new(coded: &Schema, labels: &[Option<&[Option<String>]>]) -> Self {
        let text = DataType::Dictionary(Box::new(DataType::UInt32), Box::new(DataType::Utf8));
        let field = |(field, labels): (&Arc<Field>, &Option<&[Option<String>]>)| match labels {
            Some(_) => Field::new(field.name(), text.clone(), true),
            None => field.as_ref().clone(),
        };
        let schema = Arc::new(Schema::new(coded.fields().iter().zip(labels).map(field).collect::<Vec<_>>()));
        let labeller = |labels: &[Option<String>]| Treatment::Generalize(Generalize::new(labels.to_vec()));
        Self { schema, labellers: labels.iter().map(|labels| labels.map(labeller)).collect() }
    }

    /// The columns of a row group.
    pub fn group(&self, rows: &RecordBatch) -> Result<Vec<ArrayRef>> {
        interrupted()?;
        crate::engine::seen(rows.num_rows());
        let column = |(cells, labeller): (&ArrayRef, &Option<Treatment>)| match labeller {
            Some(labeller) => labeller.apply(cells, &Beside::default()),
            None => Ok(cells.clone()),
        };
        rows.columns().iter().zip(&self.labellers).map(column).collect()
    }
}

/// Writes every bucket as a row group; gives the names of the files within the release.
pub fn write(
    shuffle: &Shuffle,
    coded: &Schema,
    labels: &[Option<&[Option<String>]>],
    staging: &Staging,
) -> Result<Vec<String>> {
    let labelling = Labelling::new(coded, labels);
    let parts = shuffle.buckets().div_ceil(GROUPS);
    (0..parts)
        .into_par_iter()
        .map(|part| {
            let name = part_name(part);
            let buckets = part * GROUPS..shuffle.buckets().min((part + 1) * GROUPS);
            let groups = buckets.map(|bucket| labelling.group(&shuffle.bucket(bucket)?));
            parquet::write(staging.create(&name)?, &staging.folder().join(&name), &labelling.schema, groups)?;
            Ok(name)
        })
        .collect()
}

/// The name of a file within the release.
pub fn part_name(part: usize) -> String {
    format!("data/part-{part:05}.parquet")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_coded_columns_become_text() {
        let coded = Schema::new(vec![Field::new("a", DataType::UInt32, true), Field::new("b", DataType::Int64, true)]);
        let labels = [Some("x".to_owned())];
        let schema = Labelling::new(&coded, &[Some(&labels), None]).schema;
        assert!(matches!(schema.field(0).data_type(), DataType::Dictionary(..)));
        assert_eq!(schema.field(1).data_type(), &DataType::Int64);
    }
}
