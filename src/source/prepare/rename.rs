//! Columns get other names.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, Schema, SchemaRef};

use super::{Records, Stage, Told, find, internal, wrong};
use crate::error::Result;

pub(super) struct Rename {
    schema: SchemaRef,
}

impl Rename {
    /// All names change at once: `{ a = "b", b = "a" }` exchanges two.
    ///
    /// # Errors
    /// A column that is not there; two columns with one name.
    pub fn new(schema: &SchemaRef, map: &BTreeMap<String, String>) -> Result<Self> {
        map.keys().try_for_each(|old| find(schema, old).map(|_| ()))?;
        let renamed = |field: &Arc<Field>| {
            let name = map.get(field.name()).unwrap_or(field.name());
            Field::new(name, field.data_type().clone(), true)
        };
        let fields: Vec<Field> = schema.fields().iter().map(renamed).collect();
        let mut names: Vec<&String> = fields.iter().map(Field::name).collect();
        names.sort();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(wrong(format!("two columns would have the name `{}`", twice[0]), "choose another name"));
        }
        Ok(Self { schema: Arc::new(Schema::new(fields)) })
    }
}

impl Stage for Rename {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn apply(&mut self, records: Records, _: &mut Told) -> Result<Option<Records>> {
        let cells = RecordBatch::try_new(self.schema.clone(), records.cells.columns().to_vec()).map_err(internal)?;
        Ok(Some(records.with(cells)))
    }
}
