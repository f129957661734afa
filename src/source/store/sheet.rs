//! [`ObjectsSheet`]: what another machine needs to read objects where they are, with the keys of the store.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use chrono::DateTime;
use object_store::ObjectMeta;
use object_store::path::Path as Key;

use super::Objects;
use super::object::Object;
use crate::error::Result;
use crate::source::shared::Format;
use crate::store::{Access, Store};
use crate::written::{Reader, Writer, Written, broken, ensure};

/// Objects as they were listed, how they are read, and how their store is reached.
#[derive(Debug)]
pub struct ObjectsSheet {
    access: Arc<Access>,
    format: Format,
    objects: Vec<Listed>,
    /// Of each column of the source.
    kinds: Vec<Kind>,
}

/// An object as it was listed.
#[derive(Debug)]
struct Listed {
    key: String,
    size: u64,
    etag: String,
}

/// The type of a column as a reader gives it.
#[derive(Debug, Clone, Copy)]
struct Kind(u8);

/// The types that readers give, by their numbers.
const KINDS: [DataType; 6] = [
    DataType::Utf8,
    DataType::Int64,
    DataType::Float64,
    DataType::Boolean,
    DataType::Date32,
    DataType::Timestamp(TimeUnit::Microsecond, None),
];

impl ObjectsSheet {
    /// Columns whose types are told.
    pub fn columns(&self) -> usize {
        self.kinds.len()
    }
}

impl Objects {
    /// What another machine needs to open these objects.
    pub(in crate::source) fn sheet(&self, format: Format) -> ObjectsSheet {
        let listed = |Object { meta, .. }: &Object| Listed {
            key: meta.location.to_string(),
            size: meta.size,
            etag: meta.e_tag.clone().unwrap_or_default(),
        };
        let kind = |kind: &DataType| KINDS.iter().position(|known| known == kind).unwrap_or(0);
        let kinds = self.schema.fields().iter().map(|field| Kind(kind(field.data_type()) as u8)).collect();
        let objects = self.objects.iter().map(listed).collect();
        ObjectsSheet { access: self.access.clone(), format, objects, kinds }
    }

    /// The objects that another machine listed; `columns` are the names of the source's.
    ///
    /// # Errors
    /// A store that cannot be used as it is described; a key that is none.
    pub fn from_sheet(sheet: &ObjectsSheet, columns: &[String]) -> Result<Self> {
        let store = Arc::new(Store::new(&sheet.access)?);
        let object = |listed: &Listed| {
            let meta = ObjectMeta {
                location: Key::parse(&listed.key).map_err(|_| broken("a key of an object is none"))?,
                last_modified: DateTime::UNIX_EPOCH,
                size: listed.size,
                e_tag: Some(listed.etag.clone()),
                version: None,
            };
            Ok(Object { store: store.clone(), meta: Arc::new(meta) })
        };
        let objects = sheet.objects.iter().map(object).collect::<Result<_>>()?;
        let fields = columns.iter().zip(&sheet.kinds);
        let fields = fields.map(|(name, Kind(kind))| Field::new(name, KINDS[usize::from(*kind)].clone(), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        Ok(Self::of(sheet.access.clone(), sheet.format.meant(), objects, schema))
    }
}

impl Written for Listed {
    fn write(&self, to: &mut Writer) {
        self.key.write(to);
        self.size.write(to);
        self.etag.write(to);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        let listed = Self { key: from.value()?, size: from.value()?, etag: from.value()? };
        ensure(!listed.etag.is_empty(), "an object has no ETag")?;
        Ok(listed)
    }
}

impl Written for Kind {
    fn write(&self, to: &mut Writer) {
        to.form(self.0);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        let kind = from.form()?;
        ensure(usize::from(kind) < KINDS.len(), "a column has an unknown type")?;
        Ok(Self(kind))
    }
}

impl Written for ObjectsSheet {
    fn write(&self, to: &mut Writer) {
        self.access.write(to);
        self.format.write(to);
        to.list(&self.objects);
        to.list(&self.kinds);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        let access = Arc::new(from.value()?);
        let (format, objects): (_, Vec<Listed>) = (from.value()?, from.list()?);
        ensure(!objects.is_empty() && format != Format::Hive, "a source of a store that none can be")?;
        Ok(Self { access, format, objects, kinds: from.list()? })
    }
}

/// A source of two objects in a store that nobody asks; its keys are `canary-access` and `canary-hidden`.
#[cfg(test)]
pub(crate) fn example(folder: &std::path::Path) -> crate::source::Source {
    use crate::source::Source;
    use crate::spec::{BucketSpec, KeyRef, SourceFormat};

    let key = |name: &str| {
        std::fs::write(folder.join(name), format!("canary-{name}\n")).unwrap();
        KeyRef::File(name.into())
    };
    let bucket = BucketSpec {
        name: "b".into(),
        endpoint: Some("https://s3.example.cn".into()),
        region: "r".into(),
        keys: Some((key("access"), key("hidden"), None)),
        ca: None,
        allow_http: false,
        timeout_seconds: 7,
    };
    let sheet = ObjectsSheet {
        access: Arc::new(Access::open(&bucket, folder).unwrap()),
        format: Format::Parquet,
        objects: ["in/a.parquet", "in/b.parquet"]
            .map(|key| Listed { key: key.into(), size: 1 << 33, etag: "\"e\"".into() })
            .into(),
        kinds: (0..KINDS.len()).map(|kind| Kind(kind as u8)).collect(),
    };
    let columns: Vec<String> = (0..KINDS.len()).map(|at| format!("c{at}")).collect();
    let objects = Objects::from_sheet(&sheet, &columns).unwrap();
    Source { objects: Some(Arc::new(objects)), ..Source::of(SourceFormat::Parquet, columns, &["NA".into()]) }
}
