//! What the files say beside their cells, held against the cells file by file.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use arrow::array::ArrayRef;

use super::panicked;
use crate::error::{Error, Result};
use crate::release::facts::{self, Places};
use crate::release::parquet::CERTIFICATE_KEY;
use crate::risk::attack::AttackOutcome;
use crate::risk::attack::metadata::{Allowed, Metadata};
use crate::source::Source;

/// The files of a release. What a file says is read when its first rows are seen and dropped after its last: memory is
/// that of a file for each worker.
pub struct Footers {
    places: Places,
    allowed: Allowed,
    files: Vec<(PathBuf, Mutex<File>)>,
}

#[derive(Default)]
struct File {
    metadata: Option<Metadata>,
    /// Row groups that were seen.
    seen: usize,
    /// `metadata_values` and `metadata_traces`.
    done: Option<[AttackOutcome; 2]>,
}

impl Footers {
    pub fn new(files: &[PathBuf], source: &Source) -> Result<Self> {
        let files = files.iter().map(|file| (file.clone(), Mutex::default())).collect::<Vec<_>>();
        let paths: Vec<PathBuf> = files.iter().map(|(path, _)| path.clone()).collect();
        Ok(Self { places: Places::new(&paths).map_err(Error::Internal)?, allowed: allowed(source), files })
    }

    /// Strikes off what the cells of a row group account for.
    pub fn see(&self, first_row: u64, names: &[String], columns: &[ArrayRef]) -> Result<()> {
        let Some((index, group)) = self.places.at(first_row) else { return Ok(()) };
        let (path, file) = &self.files[index];
        let mut file = file.lock().map_err(|_| panicked())?;
        let mut metadata = match file.metadata.take() {
            Some(metadata) => metadata,
            None => read(path)?,
        };
        facts::strike(&mut metadata, 0, group, names, columns)?;
        file.seen += 1;
        if file.seen == self.places.groups(index) {
            file.done = Some([metadata.values(), metadata.traces(&self.allowed).0]);
        } else {
            file.metadata = Some(metadata);
        }
        Ok(())
    }

    /// The outcomes over all files. One that was not seen whole was not attempted, and so are all.
    pub fn outcomes(&self) -> Result<Vec<AttackOutcome>> {
        let mut all: [Vec<AttackOutcome>; 2] = Default::default();
        for (_, file) in &self.files {
            let file = file.lock().map_err(|_| panicked())?;
            let Some(done) = &file.done else {
                return Ok(["metadata_values", "metadata_traces"]
                    .map(|id| AttackOutcome::new(id, 0, 0, None))
                    .to_vec());
            };
            all.iter_mut().zip(done).for_each(|(all, one)| all.push(one.clone()));
        }
        Ok(all.iter().filter_map(|outcomes| together(outcomes)).collect())
    }
}

/// The same attack on several files, as one.
fn together(outcomes: &[AttackOutcome]) -> Option<AttackOutcome> {
    let id = &outcomes.first()?.id;
    let sum = |of: fn(&AttackOutcome) -> u64| outcomes.iter().map(of).sum::<u64>();
    let mut columns: Vec<String> = outcomes.iter().flat_map(|outcome| outcome.columns.clone()).collect();
    columns.sort();
    columns.dedup();
    let all = AttackOutcome::new(id, sum(|o| o.successes), sum(|o| o.trials), None);
    Some(all.not_asked(sum(|o| o.not_asked)).on(columns))
}

fn read(path: &Path) -> Result<Metadata> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let facts = facts::facts(path, &name).map_err(|what| Error::Internal(format!("{name} of the release: {what}")))?;
    Ok(Metadata::new(vec![facts]))
}

/// The metadata may hold the certificate; nothing may tell of the source, the host or the user.
fn allowed(source: &Source) -> Allowed {
    let stems = source.origins().into_iter().filter_map(|file| Some(file.file_stem()?.to_string_lossy().into_owned()));
    let who = ["USER", "LOGNAME", "HOSTNAME"].into_iter().filter_map(|name| std::env::var(name).ok());
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").ok().map(|name| name.trim().to_owned());
    Allowed::new([CERTIFICATE_KEY.to_owned()], ["tuomin".to_owned()], stems.chain(who).chain(host))
}
