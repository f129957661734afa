//! All records of an object, once, in order: for one machine, and for what is hashed.

use std::sync::atomic::AtomicBool;

use arrow::array::RecordBatch;

use super::Objects;
use super::parquet::Fetched;
use crate::error::{Error, Result};
use crate::source::hashed::{Hashed, Part};
use crate::source::{Wanted, in_order};
use crate::spec::{ColumnType, SourceFormat};

impl Objects {
    /// The digest of all records, in hex: see [`Hashed`]. Several objects are read at the same time.
    ///
    /// # Errors
    /// Those of the store and of the data.
    pub fn digest(&self) -> Result<String> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let parts = in_order(self.objects.len(), threads, |object| {
            let mut part = Part::default();
            self.each(object, |batch| part.add(&batch))?;
            Ok(part)
        })?;
        let mut hashed = Hashed::new(&self.schema)?;
        parts.into_iter().for_each(|part| hashed.add(part));
        Ok(hashed.finish())
    }

    /// Hands on all records of one object, in order and in the columns of the first object.
    ///
    /// # Errors
    /// Those of the store and of the data, and those of `take`.
    pub fn each(&self, object: usize, mut take: impl FnMut(RecordBatch) -> Result<()> + Send) -> Result<()> {
        if self.form != SourceFormat::Parquet {
            let fields = self.schema.fields().iter();
            let wanted: Vec<Wanted> =
                fields.map(|field| Wanted { name: field.name().clone(), kind: ColumnType::Text }).collect();
            let worker: &mut (dyn FnMut(RecordBatch) -> Result<()> + Send) = &mut take;
            let one = object..object + 1;
            self.texts(one, &[], &wanted, vec![worker], &AtomicBool::new(false), |take, batch| {
                take(batch.cells.clone())
            })?;
            return Ok(());
        }
        let groups: Vec<(usize, usize)> =
            (0..self.footer(object)?.groups().len()).map(|group| (object, group)).collect();
        let columns: Vec<&str> = self.schema.fields().iter().map(|field| field.name().as_str()).collect();
        self.ahead(&groups, &columns, |_, mut fetched| {
            while let Some(batch) = fetched.next(&self.schema)? {
                take(batch)?;
            }
            Ok(())
        })
    }

    /// Fetches row groups in order, one while another is worked on.
    pub(super) fn ahead(
        &self,
        groups: &[(usize, usize)],
        columns: &[&str],
        mut work: impl FnMut((usize, usize), Fetched) -> Result<()>,
    ) -> Result<()> {
        std::thread::scope(|scope| {
            let (send, fetched) = crossbeam_channel::bounded(0);
            scope.spawn(move || {
                for &(object, group) in groups {
                    let fetch = || self.footer(object)?.fetch(&self.objects[object], group, columns);
                    let fetch = fetch();
                    let failed = fetch.is_err();
                    // whoever worked has had enough, or this is the end
                    if send.send(((object, group), fetch)).is_err() || failed {
                        return;
                    }
                }
            });
            let mut seen = 0;
            for (place, here) in &fetched {
                work(place, here?)?;
                seen += 1;
            }
            match seen == groups.len() {
                true => Ok(()),
                false => Err(Error::internal("a reading thread panicked")),
            }
        })
    }
}
