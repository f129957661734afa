//! The first of the records with the same key.

use std::collections::HashSet;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::SchemaRef;
use arrow::row::{RowConverter, SortField};

use super::{Records, Stage, Told, find, internal};
use crate::error::Result;
use crate::spec::prepare::Keys;

/// Keeps the keys themselves, not hashes: two records are the same only where every byte of their keys is. Needs memory
/// for the distinct keys: their bytes and some 40 more each.
pub(super) struct Deduplicate {
    schema: SchemaRef,
    /// Places of the key's columns.
    key: Vec<usize>,
    /// Whether a null makes a record the same as none.
    named: bool,
    converter: RowConverter,
    seen: HashSet<Box<[u8]>>,
}

impl Deduplicate {
    /// # Errors
    /// A column that is not there.
    pub fn new(schema: &SchemaRef, keys: &Keys) -> Result<Self> {
        let (key, named) = match keys {
            Keys::All(_) => ((0..schema.fields().len()).collect(), false),
            Keys::Columns(names) => (names.iter().map(|name| find(schema, name)).collect::<Result<Vec<_>>>()?, true),
        };
        let fields = key.iter().map(|&at| SortField::new(schema.field(at).data_type().clone())).collect();
        let converter = RowConverter::new(fields).map_err(internal)?;
        Ok(Self { schema: schema.clone(), key, named, converter, seen: HashSet::new() })
    }
}

impl Stage for Deduplicate {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn apply(&mut self, records: Records, _: &mut Told) -> Result<Option<Records>> {
        let columns: Vec<ArrayRef> = self.key.iter().map(|&at| records.cells.column(at).clone()).collect();
        let keys = self.converter.convert_columns(&columns).map_err(internal)?;
        let mut kept = Vec::new();
        for (at, key) in keys.iter().enumerate() {
            let unknown = self.named && columns.iter().any(|column| column.is_null(at));
            if unknown || !self.seen.contains(key.as_ref()) {
                if !unknown {
                    self.seen.insert(key.as_ref().into());
                }
                kept.push(at as u32);
            }
        }
        match kept.len() {
            0 => Ok(None),
            all if all == records.cells.num_rows() => Ok(Some(records)),
            _ => records.take(&kept).map(Some),
        }
    }

    fn moves_records(&self) -> bool {
        true
    }
}
