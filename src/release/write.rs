//! The shuffled rows become the files of the release, several at a time.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use rayon::prelude::*;

use super::parquet;
use super::shuffle::Shuffle;
use super::staging::Staging;
use crate::error::Result;
use crate::source::interrupted;
use crate::treatment::{Beside, Generalize, Treatment};

/// Row groups per file.
const GROUPS: usize = 4;

/// The schema as released: codes become text.
fn released_schema(coded: &Schema, labels: &[Option<&[Option<String>]>]) -> SchemaRef {
    let text = DataType::Dictionary(Box::new(DataType::UInt32), Box::new(DataType::Utf8));
    let field = |(field, labels): (&Arc<Field>, &Option<&[Option<String>]>)| match labels {
        Some(_) => Field::new(field.name(), text.clone(), true),
        None => field.as_ref().clone(),
    };
    Arc::new(Schema::new(coded.fields().iter().zip(labels).map(field).collect::<Vec<_>>()))
}

/// Writes every bucket as a row group; gives the names of the files within the release.
pub fn write(
    shuffle: &Shuffle,
    coded: &Schema,
    labels: &[Option<&[Option<String>]>],
    staging: &Staging,
) -> Result<Vec<String>> {
    let schema = released_schema(coded, labels);
    let labellers: Vec<Option<Treatment>> = labels
        .iter()
        .map(|labels| labels.map(|labels| Treatment::Generalize(Generalize::new(labels.to_vec()))))
        .collect();
    let parts = shuffle.buckets().div_ceil(GROUPS);
    (0..parts)
        .into_par_iter()
        .map(|part| {
            let name = format!("data/part-{part:05}.parquet");
            let buckets = part * GROUPS..shuffle.buckets().min((part + 1) * GROUPS);
            let groups = buckets.map(|bucket| {
                interrupted()?;
                let rows = shuffle.bucket(bucket)?;
                crate::engine::seen(rows.num_rows());
                let column = |(cells, labeller): (&ArrayRef, &Option<Treatment>)| match labeller {
                    Some(labeller) => labeller.apply(cells, &Beside::default()),
                    None => Ok(cells.clone()),
                };
                rows.columns().iter().zip(&labellers).map(column).collect::<Result<Vec<_>>>()
            });
            parquet::write(staging.create(&name)?, &staging.folder().join(&name), &schema, groups)?;
            Ok(name)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_coded_columns_become_text() {
        let coded = Schema::new(vec![Field::new("a", DataType::UInt32, true), Field::new("b", DataType::Int64, true)]);
        let labels = [Some("x".to_owned())];
        let schema = released_schema(&coded, &[Some(&labels), None]);
        assert!(matches!(schema.field(0).data_type(), DataType::Dictionary(..)));
        assert_eq!(schema.field(1).data_type(), &DataType::Int64);
    }
}
