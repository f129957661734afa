//! What one run means by its pipeline file: the day it is for, and keys set on the command line.

use std::path::Path;

use chrono::{FixedOffset, NaiveDate, Utc};

use crate::error::{Error, Findings, Result};
use crate::spec::{self, Given, Meant};

/// How a pipeline file is meant.
#[derive(clap::Args, Debug, Clone, Default)]
pub struct Meaning {
    /// Set a key of the file, such as `privacy.k=10`; may be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// The day that `{date}` means, such as 2026-07-01; today in China (UTC+8) unless it is given
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,
}

impl Meaning {
    /// The day that the run is for. The same moment is the same day on every machine, whatever its time zone.
    pub fn day(&self) -> NaiveDate {
        let china = FixedOffset::east_opt(8 * 3600);
        self.as_of.unwrap_or_else(|| match china {
            Some(china) => Utc::now().with_timezone(&china).date_naive(),
            None => Utc::now().date_naive(),
        })
    }

    /// The text of the file at `path` as it is meant.
    ///
    /// # Errors
    /// [`Error::Usage`] for a setting without a place, [`Error::Pipeline`] for templates.
    pub fn of(&self, path: &Path, text: &str) -> Result<Meant> {
        let env = |name: &str| std::env::var(name).ok();
        let meant = spec::meant(text, &self.set, &Given { as_of: self.day(), env: &env })?;
        meant
            .map_err(|(meant, list)| Error::Pipeline(Box::new(Findings { path: path.into(), text: meant.shown, list })))
    }
}
