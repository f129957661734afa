//! Objects of S3-compatible stores: listed once, then read under the ETag of the listing, so that all who read see one
//! state of them.
//!
//! One machine takes their records in and reads them again from its own disk; several machines read them where they are.

mod list;
mod object;
mod parquet;
mod read;
mod scan;
mod sheet;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

pub use self::sheet::ObjectsSheet;
#[cfg(test)]
pub(crate) use self::sheet::example;

use self::object::{Failed, Object};
use self::parquet::Footer;
use super::reader::Reader;
use super::remote::Remote;
use super::{csv, in_order, named_twice};
use crate::error::{Error, Result};
use crate::spec::{SourceFormat, StoreSpec};
use crate::store::{Access, Store, at};

/// Objects whose first bytes are read at the same time.
const OPENED: usize = 8;

/// The objects of a source, in ascending order of their keys, with the columns that all of them have.
pub struct Objects {
    access: Arc<Access>,
    pub(super) form: SourceFormat,
    pub(super) objects: Vec<Object>,
    /// Of the first object; types as a [`Reader`] gives them.
    pub(super) schema: SchemaRef,
    /// Of each Parquet object, once it was read.
    footers: Vec<OnceLock<Footer>>,
    /// Of each CSV object, once it was read.
    headers: Vec<OnceLock<SchemaRef>>,
}

impl std::fmt::Debug for Objects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Objects({} of a store)", self.objects.len())
    }
}

impl Objects {
    /// Lists the objects and reads of each what columns it has. Relative paths of secrets count from `base`.
    ///
    /// # Errors
    /// The keys are not there; the store does not answer or refuses; no object is named like that; objects of another
    /// form, or whose columns differ.
    pub fn open(spec: &StoreSpec, base: &Path) -> Result<Self> {
        let access = Arc::new(Access::open(&spec.bucket, base)?);
        let store = Arc::new(Store::new(&access)?);
        let found = list::list(&store, spec)?;
        let objects = found.into_iter().map(|meta| Object { store: store.clone(), meta: Arc::new(meta) });
        let opened = Self::of(access, spec.form.clone(), objects.collect(), Arc::new(Schema::empty()));
        let seen = in_order(opened.objects.len(), OPENED, |number| opened.columns(number))?;
        let schema = seen.first().cloned().ok_or_else(|| Error::internal("no object of the store was read"))?;
        for (object, these) in opened.objects.iter().zip(&seen) {
            alike(&schema, these).map_err(|error| at(error, &object.meta))?;
        }
        Ok(Self { schema, ..opened })
    }

    /// Objects of which nothing was read yet.
    fn of(access: Arc<Access>, form: SourceFormat, objects: Vec<Object>, schema: SchemaRef) -> Self {
        let (footers, headers) = objects.iter().map(|_| (OnceLock::new(), OnceLock::new())).unzip();
        Self { access, form, objects, schema, footers, headers }
    }

    /// The columns of one object, in its own order.
    fn columns(&self, number: usize) -> Result<SchemaRef> {
        let SourceFormat::Csv { delimiter, encoding } = self.form else { return Ok(self.footer(number)?.schema()) };
        let (object, header) = self.objects.get(number).zip(self.headers.get(number)).ok_or_else(none)?;
        if let Some(header) = header.get() {
            return Ok(header.clone());
        }
        let (failed, form) = (Failed::default(), csv::Form { delimiter, encoding, nulls: &[] });
        let names = object.text(&failed).and_then(|text| csv::names_of(&object.key(), text, &form));
        let names = names.map_err(|error| failed.reason(error))?;
        named_twice(&object.key(), &names)?;
        let fields = names.into_iter().map(|name| Field::new(name, DataType::Utf8, true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        Ok(header.get_or_init(|| schema).clone())
    }

    /// The footer of a Parquet object.
    ///
    /// # Errors
    /// Those of the store; what is no Parquet; a column whose type is not read.
    pub(super) fn footer(&self, number: usize) -> Result<&Footer> {
        let (object, footer) = self.objects.get(number).zip(self.footers.get(number)).ok_or_else(none)?;
        match footer.get() {
            Some(footer) => Ok(footer),
            None => {
                let read = Footer::read(object)?;
                Ok(footer.get_or_init(|| read))
            }
        }
    }

    /// Keys of the objects, for messages and for what must not be told.
    pub(super) fn keys(&self) -> Vec<PathBuf> {
        self.objects.iter().map(Object::key).collect()
    }

    /// The key of one object.
    pub(super) fn key(&self, number: usize) -> Option<PathBuf> {
        self.objects.get(number).map(Object::key)
    }

    /// Bytes of all objects.
    pub(super) fn bytes(&self) -> u64 {
        self.objects.iter().map(|object| object.meta.size).sum()
    }

    /// What the footers of Parquet objects say by this name.
    pub(super) fn told(&self, name: &str) -> Vec<String> {
        self.footers.iter().filter_map(|footer| footer.get()?.told(name)).collect()
    }

    /// All records, once and in order.
    ///
    /// # Errors
    /// What fails before the columns are known.
    pub fn reader(self: &Arc<Self>) -> Result<Box<dyn Reader>> {
        let objects = self.clone();
        Remote::start(move |out| {
            out.schema(objects.schema.clone())?;
            (0..objects.objects.len()).try_for_each(|number| {
                let origin = objects.objects[number].key();
                objects.each(number, |batch| out.batch(batch, Some(origin.clone())))
            })
        })
    }
}

fn none() -> Error {
    Error::internal("a source has no such object")
}

/// Refuses columns that are not those of the first object, in whatever order.
fn alike(first: &SchemaRef, these: &SchemaRef) -> Result<()> {
    let named = |name: &str| these.fields().iter().find(|field| field.name() == name);
    let same = first.fields().len() == these.fields().len()
        && first.fields().iter().all(|field| named(field.name()).is_some_and(|f| f.data_type() == field.data_type()));
    if same { Ok(()) } else { Err(Error::input("the columns differ from those of the first object")) }
}
