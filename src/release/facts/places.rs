//! [`Places`]: where the rows that a witness sees stand.

use std::path::PathBuf;

use crate::release::parquet::Part;

/// File and row group by the number of rows before them, in the order of
/// [`measure`](crate::release::measure::measure).
#[derive(Debug, Clone)]
pub struct Places(Vec<(u64, usize, usize)>);

impl Places {
    /// Row groups without rows are left out: no witness needs to see them.
    ///
    /// # Errors
    /// A text: what is wrong with a file.
    pub fn new(files: &[PathBuf]) -> Result<Self, String> {
        let mut places = Vec::new();
        let mut rows = 0;
        for (index, file) in files.iter().enumerate() {
            let part = Part::open(file, None)?;
            for (group, told) in part.metadata().row_groups().iter().enumerate() {
                let here = u64::try_from(told.num_rows()).map_err(|_| "its row counts are not numbers".to_owned())?;
                if here > 0 {
                    places.push((rows, index, group));
                }
                rows += here;
            }
        }
        Ok(Self(places))
    }

    /// How many row groups of a file have rows.
    pub fn groups(&self, file: usize) -> usize {
        self.0.iter().filter(|(_, index, _)| *index == file).count()
    }

    /// The file and row group that begin with this row.
    pub fn at(&self, first_row: u64) -> Option<(usize, usize)> {
        let at = self.0.binary_search_by_key(&first_row, |&(row, ..)| row).ok()?;
        let (_, file, group) = self.0[at];
        Some((file, group))
    }
}
