//! [`CountSheet`]: what pass 1 needs on another machine.

use std::fmt;

use super::check::countable;
use super::seal::{opened, sealed};
use crate::detect::Kind;
use crate::engine::Counted;
use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::source::Wanted;
use crate::table::Finest;
use crate::treatment::Treatment;
use crate::written::{Reader, Writer, Written, broken};

/// What is counted, and the key under which the subjects of all parts of a tally are told apart.
pub struct CountSheet {
    quasi: Vec<Wanted>,
    coarse: Vec<Option<Finest>>,
    sensitive: Vec<(Wanted, Treatment)>,
    subject: Option<Wanted>,
    subject_form: Option<Kind>,
    key: Secret<[u8; 32]>,
}

impl CountSheet {
    /// The bytes of a sheet, without making one.
    ///
    /// # Errors
    /// [`Error::Internal`] for columns and labels that do not go together, and for what cannot be written.
    pub fn pack(counted: &Counted, key: &Secret<[u8; 32]>) -> Result<Secret<Vec<u8>>> {
        countable(counted).map_err(|why| Error::Internal(why.into()))?;
        sealed("count", |to| write(counted, key, to))
    }

    /// As [`Self::pack`].
    pub fn to_bytes(&self) -> Result<Secret<Vec<u8>>> {
        Self::pack(&self.counted(), &self.key)
    }

    /// Reads what [`Self::pack`] gave.
    ///
    /// # Errors
    /// Bytes that it did not give.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        opened("count", bytes, |from| {
            let sheet = read(from)?;
            countable(&sheet.counted()).map_err(broken)?;
            Ok(sheet)
        })
    }

    /// What is counted, as the engine takes it.
    pub fn counted(&self) -> Counted<'_> {
        Counted {
            quasi: self.quasi.clone(),
            coarse: self.coarse.clone(),
            sensitive: self.sensitive.iter().map(|(column, treatment)| (column.clone(), treatment)).collect(),
            subject: self.subject.clone(),
            subject_form: self.subject_form,
        }
    }

    /// The key that all parts of the tally share.
    pub fn key(&self) -> &Secret<[u8; 32]> {
        &self.key
    }
}

/// With the key: see [`Writer::secret`].
fn write(counted: &Counted, key: &Secret<[u8; 32]>, to: &mut Writer) {
    let Counted { quasi, coarse, sensitive, subject, subject_form } = counted;
    to.list(quasi);
    to.list(coarse);
    sensitive.len().write(to);
    for (column, treatment) in sensitive {
        column.write(to);
        treatment.write(to);
    }
    subject.write(to);
    subject_form.write(to);
    to.secret(key);
}

fn read(from: &mut Reader) -> Result<CountSheet> {
    let (quasi, coarse) = (from.list()?, from.list()?);
    let mut sensitive = Vec::new();
    for _ in 0..from.value::<usize>()? {
        sensitive.push((from.value()?, from.value()?));
    }
    let (subject, subject_form) = (from.value()?, from.value()?);
    Ok(CountSheet { quasi, coarse, sensitive, subject, subject_form, key: from.secret()? })
}

/// Names of columns, no cell and no key.
impl fmt::Debug for CountSheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |columns: &mut dyn Iterator<Item = &Wanted>| {
            columns.map(|column| column.name.clone()).collect::<Vec<String>>()
        };
        f.debug_struct("CountSheet")
            .field("quasi", &names(&mut self.quasi.iter()))
            .field("sensitive", &names(&mut self.sensitive.iter().map(|(column, _)| column)))
            .field("subject", &names(&mut self.subject.iter()))
            .finish_non_exhaustive()
    }
}
