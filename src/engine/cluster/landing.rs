//! [`Landing`]: where executors leave the files that they wrote, until the driver takes them.

use std::fs::OpenOptions;
use std::io::{Cursor, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::SchemaRef;

use super::seal::Sealer;
use crate::error::{Error, Result};
use crate::release::parquet;
use crate::store::{Access, Place, Store, several};
use crate::written::{Reader, Writer, Written, broken, ensure};

/// A place of one attempt at a job, that all machines reach.
pub enum Landing {
    /// A private folder that all machines see.
    Folder(PathBuf),
    /// Objects of a store below this key. Whoever may read there sees bytes that are sealed under the job's key: nothing
    /// of a release can be read before it was judged.
    Store { store: Box<Store>, access: Arc<Access>, key: String },
}

impl Landing {
    /// A place in a store, below a key.
    ///
    /// # Errors
    /// A store that cannot be used as it is described.
    pub fn in_store(access: &Arc<Access>, key: String) -> Result<Self> {
        Ok(Self::Store { store: Box::new(Store::new(access)?), access: access.clone(), key })
    }

    /// Writes row groups as one file of this name, which is new.
    ///
    /// # Errors
    /// Those of the groups, of the file system and of the store.
    pub fn write(
        &self,
        name: &str,
        sealer: &Sealer,
        schema: &SchemaRef,
        groups: impl Iterator<Item = Result<Vec<ArrayRef>>>,
    ) -> Result<()> {
        match self {
            Self::Folder(folder) => {
                let path = folder.join(name);
                let file = OpenOptions::new().create_new(true).read(true).write(true).mode(0o600).open(&path);
                let file = file.map_err(|e| Error::environment(&path, "could not create a file of the release", e))?;
                parquet::write(file, &path, schema, groups)
            }
            Self::Store { store, key, .. } => {
                let bytes = parquet::written(Cursor::new(Vec::new()), Path::new(name), schema, groups)?.into_inner();
                store.put(&format!("{key}/{name}"), sealer.seal(&bytes)?)
            }
        }
    }

    /// Puts a file that an executor wrote into its place, over what an earlier attempt has put there.
    ///
    /// # Errors
    /// A file that is not there, or is not sealed by this job; those of the file system and of the store.
    pub fn take(&self, name: &str, sealer: &Sealer, place: &Path) -> Result<()> {
        let failed = |e| Error::environment(place, "could not put a file of the release in its place", e);
        match self {
            Self::Folder(folder) => std::fs::rename(folder.join(name), place).map_err(failed),
            Self::Store { store, key, .. } => {
                let bytes = sealer.open(&store.whole(&format!("{key}/{name}"))?)?;
                let file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(place);
                file.and_then(|mut file| file.write_all(&bytes).and_then(|()| file.sync_all())).map_err(failed)
            }
        }
    }

    /// Removes what was left there. What cannot be removed is sealed, or in the staging folder, which goes as a whole.
    pub fn clear(&self) {
        match self {
            Self::Folder(folder) => drop(std::fs::remove_dir_all(folder)),
            Self::Store { store, key, .. } => {
                let left = store.below(key);
                let gone = left.and_then(|left| several(&left, |object| store.remove(object.location.as_ref())));
                if let Err(error) = gone {
                    tracing::warn!(reason = %error, "what executors left in the store could not be removed");
                }
            }
        }
    }
}

/// Removes what tasks of earlier runs have left beside this place after their driver had gone, once it is a day old: it is
/// sealed, and nobody has its key.
pub fn sweep(place: &Place) {
    let Some((beside, _)) = place.key.rsplit_once('/') else { return };
    let old = chrono::Utc::now() - chrono::TimeDelta::days(1);
    let swept = Store::new(&place.access).and_then(|store| {
        let mut left = store.below(beside)?;
        left.retain(|object| object.last_modified < old);
        several(&left, |object| store.remove(object.location.as_ref()))
    });
    if let Err(error) = swept {
        tracing::warn!(reason = %error, "what earlier runs left in the store could not be removed");
    }
}

impl Written for Landing {
    fn write(&self, to: &mut Writer) {
        match self {
            Self::Folder(folder) => {
                to.form(0);
                folder.write(to);
            }
            Self::Store { access, key, .. } => {
                to.form(1);
                access.write(to);
                key.write(to);
            }
        }
    }

    fn read(from: &mut Reader) -> Result<Self> {
        Ok(match from.form()? {
            0 => {
                let folder: PathBuf = from.value()?;
                ensure(folder.is_absolute(), "a folder for the release is relative")?;
                Self::Folder(folder)
            }
            1 => Self::in_store(&Arc::new(from.value()?), from.value()?)?,
            _ => return Err(broken("a release goes to an unknown place")),
        })
    }
}
