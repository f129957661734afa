//! Columns of another table.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, UInt32Array};
use arrow::compute::{cast, concat_batches, take};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::row::{RowConverter, SortField};

use super::{Records, Stage, Told, find, internal, is_new, without_nulls, wrong};
use crate::error::{Error, Result};
use crate::source::formats::{self, Opened};
use crate::source::interrupted;
use crate::spec::prepare::{Join, JoinKind, TableFormat, TableSource};
use crate::spec::{Encoding, SourceFormat, SourceSpec, Subject};

/// The other table is in memory as a whole; the records stream by.
pub(super) struct Joined {
    schema: SchemaRef,
    /// Places of the key's columns in the records.
    key: Vec<usize>,
    converter: RowConverter,
    /// The places of each key in the other table, in its order.
    places: HashMap<Box<[u8]>, Vec<u32>>,
    /// The columns that are added.
    added: Vec<ArrayRef>,
    inner: bool,
}

impl Joined {
    /// # Errors
    /// A table that cannot be read; columns that are not there, or are there already; key columns of different types;
    /// a key that is there twice, unless the step says `many`.
    pub fn new(schema: &SchemaRef, step: &Join, base: &Path) -> Result<Self> {
        let table = load(&step.source, base)?;
        let place = |error: Error| match error {
            Error::Input { message, place, help } => {
                Error::Input { message: format!("in the joined table: {message}"), place, help }
            }
            other => other,
        };
        let there: Vec<usize> =
            step.on.iter().map(|name| find(&table.schema(), name)).collect::<Result<_>>().map_err(place)?;
        let key: Vec<usize> = step.on.iter().map(|name| find(schema, name)).collect::<Result<_>>()?;
        for (name, (&here, &there)) in step.on.iter().zip(key.iter().zip(&there)) {
            let (here, there) = (kind(schema.field(here).data_type()), kind(table.schema().field(there).data_type()));
            if here != there {
                let message = format!("`{name}` holds {here} here and {there} in the joined table");
                return Err(wrong(
                    message,
                    "columns of CSV are text: cast the column to the same type before the join",
                ));
            }
        }
        let (mut fields, mut added) = (schema.fields().to_vec(), Vec::new());
        for name in &step.columns {
            is_new(schema, name)?;
            let at = find(&table.schema(), name).map_err(place)?;
            fields.push(Arc::new(Field::new(name, table.schema().field(at).data_type().clone(), true)));
            added.push(table.column(at).clone());
        }
        let sorts = key.iter().map(|&at| SortField::new(kind(schema.field(at).data_type()))).collect();
        let converter = RowConverter::new(sorts).map_err(internal)?;
        let schema = Arc::new(Schema::new(fields));
        let mut joined =
            Self { schema, key, converter, places: HashMap::new(), added, inner: step.how == JoinKind::Inner };
        joined.index(&table, &there, step.many)?;
        Ok(joined)
    }

    /// Notes where each key is.
    fn index(&mut self, table: &RecordBatch, there: &[usize], many: bool) -> Result<()> {
        for (at, key) in keys(&self.converter, table, there)?.into_iter().enumerate() {
            let Some(key) = key else { continue };
            match self.places.entry(key) {
                Entry::Vacant(free) => {
                    free.insert(vec![at as u32]);
                }
                Entry::Occupied(mut taken) if many => taken.get_mut().push(at as u32),
                Entry::Occupied(_) => {
                    let message = format!("record {} of the joined table has the key of one before", at + 1);
                    return Err(wrong(
                        message,
                        "make the keys unique, or say `many = true`: records are then repeated",
                    ));
                }
            }
        }
        Ok(())
    }
}

impl Stage for Joined {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn apply(&mut self, records: Records, told: &mut Told) -> Result<Option<Records>> {
        let (mut here, mut there): (Vec<u32>, Vec<Option<u32>>) = (Vec::new(), Vec::new());
        for (at, key) in keys(&self.converter, &records.cells, &self.key)?.into_iter().enumerate() {
            match key.and_then(|key| self.places.get(&key)) {
                Some(places) => {
                    here.extend(places.iter().map(|_| at as u32));
                    there.extend(places.iter().map(|&place| Some(place)));
                }
                None => {
                    told.failed += 1;
                    if !self.inner {
                        here.push(at as u32);
                        there.push(None);
                    }
                }
            }
        }
        if here.is_empty() {
            return Ok(None);
        }
        let records = records.take(&here)?;
        let (mut columns, there) = (records.cells.columns().to_vec(), UInt32Array::from(there));
        for column in &self.added {
            let cells = take(column, &there, None).map_err(internal)?;
            told.changed += (cells.len() - cells.null_count()) as u64;
            columns.push(cells);
        }
        let cells = RecordBatch::try_new(self.schema.clone(), columns).map_err(internal)?;
        Ok(Some(records.with(cells)))
    }

    fn moves_records(&self) -> bool {
        true
    }
}

/// Both kinds of text are one.
fn kind(kind: &DataType) -> DataType {
    if *kind == DataType::Utf8View { DataType::Utf8 } else { kind.clone() }
}

/// The bytes of each record's key; `None` where one of its cells is null.
fn keys(converter: &RowConverter, cells: &RecordBatch, places: &[usize]) -> Result<Vec<Option<Box<[u8]>>>> {
    let columns: Vec<ArrayRef> = places
        .iter()
        .map(|&at| cast(cells.column(at), &kind(cells.column(at).data_type())).map_err(internal))
        .collect::<Result<_>>()?;
    let rows = converter.convert_columns(&columns).map_err(internal)?;
    let null = |at: usize| columns.iter().any(|column| column.is_null(at));
    Ok(rows.iter().enumerate().map(|(at, row)| (!null(at)).then(|| row.as_ref().into())).collect())
}

/// All records of a table.
pub(super) fn load(table: &TableSource, base: &Path) -> Result<RecordBatch> {
    let format = match table.format() {
        Some(TableFormat::Parquet) => SourceFormat::Parquet,
        Some(TableFormat::Csv) => {
            let delimiter = u8::try_from(table.delimiter.unwrap_or(',')).map_err(internal)?;
            SourceFormat::Csv { delimiter, encoding: table.encoding.unwrap_or(Encoding::Utf8) }
        }
        None => return Err(Error::Internal("a table has no format".into())),
    };
    let spec = SourceSpec { path: (&table.path).into(), format, subject: Subject::Row, nulls: table.nulls.clone() };
    let Opened { mut reader, .. } = formats::reader(&spec, base)?;
    let mut batches = Vec::new();
    while let Some(batch) = reader.next()? {
        interrupted()?;
        batches.push(without_nulls(batch, &table.nulls)?);
    }
    let whole = concat_batches(&reader.schema(), &batches).map_err(internal)?;
    match u32::try_from(whole.num_rows()) {
        Ok(_) => Ok(whole),
        Err(_) => Err(wrong("the table has more than four billion records", "it must fit into memory")),
    }
}
