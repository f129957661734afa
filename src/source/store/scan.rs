//! Objects read where they are, by as many machines as wish.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::datatypes::{Schema, SchemaRef};

use super::Objects;
use super::object::Failed;
use super::parquet::Fetched;
use crate::error::{Error, Place, Result};
use crate::source::csv::{self, Form, Texts};
use crate::source::pieces::Group;
use crate::source::typed::typed_batch;
use crate::source::{Batch, Piece, Wanted, fan_out};
use crate::spec::SourceFormat;

impl Objects {
    /// See [`crate::source::Source::scan`].
    pub fn scan<W: Send>(
        &self,
        nulls: &[String],
        wanted: &[Wanted],
        workers: Vec<W>,
        enough: &AtomicBool,
        work: impl Fn(&mut W, &Batch) -> Result<()> + Sync,
    ) -> Result<(Vec<W>, u64)> {
        if self.form != SourceFormat::Parquet {
            return self.texts(0..self.objects.len(), nulls, wanted, workers, enough, work);
        }
        let (mut groups, mut rows) = (Vec::new(), 0);
        for object in 0..self.objects.len() {
            let mut offset = 0;
            for (group, records) in self.footer(object)?.groups().into_iter().enumerate() {
                groups.push((object, group, offset, rows));
                offset += records;
                rows += records;
            }
        }
        let (schema, columns) = self.narrowed(wanted)?;
        let handle = |worker: &mut W, (object, group, offset, first_row): (usize, usize, u64, u64)| {
            let fetched = self.footer(object)?.fetch(&self.objects[object], group, &columns)?;
            let origin = Origin { object, offset, first_row };
            self.group(fetched, &origin, &schema, nulls, wanted, |batch| match enough.load(Ordering::Relaxed) {
                true => Ok(()),
                false => work(worker, batch),
            })
        };
        let workers = fan_out(workers, enough, handle, |push| groups.iter().copied().try_for_each(push))?;
        Ok((workers, rows))
    }

    /// What pieces of an object are made of; CSV is read for that.
    ///
    /// # Errors
    /// Those of the store and of the data.
    pub(in crate::source) fn groups(&self, number: usize) -> Result<Vec<Group>> {
        if self.form == SourceFormat::Parquet {
            let groups = self.footer(number)?.groups().into_iter();
            return Ok(groups.map(|rows| Group { rows, span: None }).collect());
        }
        let (object, failed) = (self.objects.get(number).ok_or_else(super::none)?, Failed::default());
        if object.is_packed() {
            let none = |(): &mut (), _: &Batch| Ok(());
            let (_, rows) = self.texts(number..number + 1, &[], &[], vec![()], &AtomicBool::new(false), none)?;
            return Ok(vec![Group { rows, span: None }]);
        }
        let text = Box::new(object.bytes(0..object.meta.size, &failed));
        let spans = csv::spans(&object.key(), text, &self.csv(&[])?).map_err(|error| failed.reason(error))?;
        Ok(spans.into_iter().map(Group::from).collect())
    }

    fn csv<'a>(&self, nulls: &'a [String]) -> Result<Form<'a>> {
        match self.form {
            SourceFormat::Csv { delimiter, encoding } => Ok(Form { delimiter, encoding, nulls }),
            _ => Err(Error::internal("objects of this format are not read")),
        }
    }

    /// Reads a piece; `first_row` of the batches counts from it.
    ///
    /// # Errors
    /// Those of the store, of the data and of `work`.
    pub(in crate::source) fn scan_part(
        &self,
        piece: &Piece,
        nulls: &[String],
        wanted: &[Wanted],
        work: &mut (dyn FnMut(&Batch) -> Result<()> + Send),
    ) -> Result<()> {
        let Piece { file: object, offset, rows, span, .. } = *piece;
        if let Some(span) = span {
            let (header, form, failed) = (self.columns(object)?, self.csv(nulls)?, Failed::default());
            let header: Vec<String> = header.fields().iter().map(|field| field.name().clone()).collect();
            let object = &self.objects[object];
            let text = Box::new(object.bytes(span.at..span.at + span.bytes, &failed));
            let key = object.key();
            let scanned = csv::scan_span((&key, text), (span, offset), &header, &form, wanted, work);
            return scanned.map_err(|error| failed.reason(error));
        }
        if self.form != SourceFormat::Parquet {
            self.texts(object..object + 1, nulls, wanted, vec![work], &AtomicBool::new(false), |work, batch| {
                work(batch)
            })?;
            return Ok(());
        }
        let (mut groups, mut starts, mut at) = (Vec::new(), Vec::new(), 0);
        for (group, records) in self.footer(object)?.groups().into_iter().enumerate() {
            if at >= offset && at + records <= offset + rows && records > 0 {
                groups.push((object, group));
                starts.push(at);
            }
            at += records;
        }
        let (schema, columns) = self.narrowed(wanted)?;
        let mut starts = starts.into_iter();
        self.ahead(&groups, &columns, |_, fetched| {
            let start = starts.next().ok_or_else(|| Error::internal("a row group too many"))?;
            let origin = Origin { object, offset: start, first_row: start - offset };
            self.group(fetched, &origin, &schema, nulls, wanted, &mut *work)
        })
    }

    /// The batches of a row group, each handed on as it is wanted.
    fn group(
        &self,
        mut fetched: Fetched,
        origin: &Origin,
        schema: &SchemaRef,
        nulls: &[String],
        wanted: &[Wanted],
        mut work: impl FnMut(&Batch) -> Result<()>,
    ) -> Result<()> {
        let mut rows = 0;
        while let Some(cells) = fetched.next(schema)? {
            crate::source::interrupted()?;
            let place = |row: Option<usize>, column: &str| Place {
                path: Some(self.objects[origin.object].key()),
                row: row.map(|row| origin.offset + rows + row as u64 + 1),
                column: Some(column.to_owned()),
                line: None,
            };
            let found = |column: &Wanted| cells.column_by_name(&column.name).cloned();
            let typed = typed_batch(found, cells.num_rows(), wanted, nulls, place)?;
            let here = cells.num_rows() as u64;
            work(&Batch { first_row: origin.first_row + rows, rows: None, cells: typed })?;
            rows += here;
        }
        Ok(())
    }

    /// The wanted columns, each once, and their names.
    fn narrowed(&self, wanted: &[Wanted]) -> Result<(SchemaRef, Vec<&str>)> {
        let fields = self.schema.fields().iter();
        let fields: Vec<_> = fields.filter(|field| wanted.iter().any(|column| column.name == *field.name())).collect();
        let names = fields.iter().map(|field| field.name().as_str()).collect();
        Ok((Arc::new(Schema::new(fields.into_iter().cloned().collect::<Vec<_>>())), names))
    }

    /// Scans CSV objects.
    pub(super) fn texts<W: Send>(
        &self,
        objects: Range<usize>,
        nulls: &[String],
        wanted: &[Wanted],
        workers: Vec<W>,
        enough: &AtomicBool,
        work: impl Fn(&mut W, &Batch) -> Result<()> + Sync,
    ) -> Result<(Vec<W>, u64)> {
        let objects = self.objects.get(objects).ok_or_else(super::none)?;
        let failed = Failed::default();
        let paths: Vec<PathBuf> = objects.iter().map(super::Object::key).collect();
        let open = |number: usize| objects[number].text(&failed);
        let form = self.csv(nulls)?;
        let scanned = csv::scan_texts(&Texts { paths: &paths, open: &open }, &form, wanted, workers, enough, work);
        scanned.map_err(|error| failed.reason(error))
    }
}

/// Where a row group is.
struct Origin {
    object: usize,
    /// Records of the object before it.
    offset: u64,
    /// What its first record is counted as.
    first_row: u64,
}
