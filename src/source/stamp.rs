//! Whether files stayed what they were while a run read them several times.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::{input, unreadable};
use crate::error::Result;

/// What the system says of files at one moment: device, number, size, and when they were changed last.
#[derive(Debug, Clone, Default)]
pub(super) struct Stamps(Vec<(PathBuf, [i128; 5])>);

fn stamp(path: &Path) -> Result<[i128; 5]> {
    let told = std::fs::metadata(path).map_err(|source| unreadable(path, source))?;
    Ok([told.dev().into(), told.ino().into(), told.size().into(), told.mtime().into(), told.mtime_nsec().into()])
}

impl Stamps {
    /// # Errors
    /// A file is not there.
    pub fn of(files: &[PathBuf]) -> Result<Self> {
        files.iter().map(|path| Ok((path.clone(), stamp(path)?))).collect::<Result<_>>().map(Self)
    }

    /// The size of each file and when it was changed last, in seconds: what other machines see alike.
    pub fn seen(&self) -> Vec<[i128; 2]> {
        self.0.iter().map(|(_, [_, _, size, changed, _])| [*size, *changed]).collect()
    }

    /// # Errors
    /// The first file that is another one now, or gone.
    pub fn unchanged(&self) -> Result<()> {
        match self.0.iter().find(|(path, before)| stamp(path).ok() != Some(*before)) {
            None => Ok(()),
            Some((path, _)) => {
                let help = Some("run again when nobody writes to it".into());
                Err(input(path, "the input was changed while it was read".into(), help))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_grows_is_replaced_or_goes_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        std::fs::write(&a, "one").unwrap();
        std::fs::write(&b, "two").unwrap();
        let stamps = Stamps::of(&[a.clone(), b.clone()]).unwrap();
        assert!(stamps.unchanged().is_ok());
        std::fs::rename(&a, folder.path().join("c")).unwrap();
        std::fs::write(&a, "one").unwrap();
        assert!(stamps.unchanged().is_err(), "another file of the same size");
        let stamps = Stamps::of(&[a, b.clone()]).unwrap();
        std::fs::remove_file(b).unwrap();
        assert!(stamps.unchanged().is_err());
    }
}
