//! Objects of S3-compatible stores: listed once, then read in pieces, one after the other.

mod objects;
mod parquet;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::parquet::file::reader::ChunkReader;
use arrow::datatypes::SchemaRef;

use self::objects::{Keys, Object, Store, at};
use super::reader::Reader;
use super::remote::{Out, Remote, secret};
use super::{compressed, csv};
use crate::error::{Error, Result};
use crate::spec::{Encoding, SourceFormat, StoreSpec};

/// Lists the objects and reads the columns of the first; the records then come by [`Reader::next`].
///
/// # Errors
/// The keys are not there; the store does not answer or refuses; no object is named like that.
pub(super) fn reader(spec: &StoreSpec, base: &Path) -> Result<Box<dyn Reader>> {
    let keys: Option<Keys> = match &spec.keys {
        None => None,
        Some((access, hidden, token)) => Some((
            secret(access, base, "the access key")?,
            secret(hidden, base, "the secret key")?,
            token.as_ref().map(|token| secret(token, base, "the session token")).transpose()?,
        )),
    };
    let spec = spec.clone();
    Remote::start(move |out| read(&spec, keys.as_ref(), out))
}

fn read(spec: &StoreSpec, keys: Option<&Keys>, out: &Out) -> Result<()> {
    let store = Arc::new(Store::new(spec, keys, out.unwanted.clone())?);
    let objects = store.list(spec)?;
    let mut objects = objects.into_iter().map(|meta| Object { store: store.clone(), meta: Arc::new(meta) });
    match &spec.form {
        SourceFormat::Csv { delimiter, encoding } => tables(out, objects, |object| text(object, *delimiter, *encoding)),
        SourceFormat::Parquet => {
            let mut first: Option<SchemaRef> = None;
            objects.try_for_each(|object| {
                let mut records = parquet::Records::open(object.clone())?;
                let schema = agreed(&mut first, records.schema(), out).map_err(|error| at(error, &object.meta))?;
                while let Some(batch) = records.next(&schema)? {
                    out.batch(batch)?;
                }
                Ok(())
            })
        }
        _ => Err(Error::internal("objects of this format are not read")),
    }
}

/// The columns of the first object, which all others must have, in whatever order.
fn agreed(first: &mut Option<SchemaRef>, these: SchemaRef, out: &Out) -> Result<SchemaRef> {
    let Some(first) = first else {
        out.schema(these.clone())?;
        *first = Some(these.clone());
        return Ok(these);
    };
    let named = |name: &str| these.fields().iter().find(|field| field.name() == name);
    let same = first.fields().len() == these.fields().len()
        && first.fields().iter().all(|field| named(field.name()).is_some_and(|f| f.data_type() == field.data_type()));
    if same { Ok(first.clone()) } else { Err(Error::input("the columns differ from those of the first object")) }
}

/// Reads texts one after the other.
fn tables(
    out: &Out,
    mut objects: impl Iterator<Item = Object>,
    open: impl Fn(&Object) -> Result<csv::Text>,
) -> Result<()> {
    let mut first: Option<SchemaRef> = None;
    objects.try_for_each(|object| {
        // a piece that did not come is the reason, whatever the text then looks like
        let reason = |error| object.store.failure().unwrap_or(error);
        let mut records = open(&object).map_err(reason)?;
        let schema = agreed(&mut first, records.schema(), out).map_err(|error| at(error, &object.meta))?;
        while let Some(batch) = records.next().map_err(reason)? {
            let order = schema.fields().iter().map(|field| batch.schema_ref().index_of(field.name()));
            let order = order.collect::<Result<Vec<_>, _>>().map_err(|_| Error::internal("a column went away"))?;
            out.batch(batch.project(&order).map_err(|_| Error::internal("a column went away"))?)?;
        }
        Ok(())
    })
}

fn text(object: &Object, delimiter: u8, encoding: Encoding) -> Result<csv::Text> {
    let read = object.get_read(0).map_err(|_| Error::internal("an object cannot be read from its beginning"))?;
    let name = PathBuf::from(object.meta.location.as_ref());
    let read = compressed::unpacking(&name, read, object.meta.size)?;
    csv::Text::new(name, read, delimiter, encoding)
}
