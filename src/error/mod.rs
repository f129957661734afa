//! What can go wrong, whose turn it is then, and how it is shown. No message ever quotes a cell.

mod diagnostic;
mod render;

pub use diagnostic::{Diagnostic, Findings};

use std::io;
use std::path::PathBuf;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error by who can act on it; [`Error::exit_code`] follows from the variant.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Exit 2: the pipeline file, or a text it names (hierarchy, rule pack), is wrong at known places.
    #[error("{0}")]
    Pipeline(Box<Findings>),
    /// Exit 2: the command line is wrong.
    #[error("{message}")]
    Usage { message: String, help: Option<String> },
    /// Exit 3: conditions are not met; nothing was published.
    #[error("refused: {} conditions are not met", .0.reasons.len())]
    Refused(Refusal),
    /// Exit 4: the input data are not what the pipeline says. Where, never what.
    #[error("{message}")]
    Input { message: String, place: Option<Place>, help: Option<String> },
    /// Exit 5: a file, folder, key, lock or the space on the disk.
    #[error("{message}")]
    Environment { message: String, path: Option<PathBuf>, source: Option<io::Error>, help: Option<String> },
    /// Exit 6: a release is not what its certificate says.
    #[error("verification failed: {}", .0.join("; "))]
    Verification(Vec<String>),
    /// Exit 1: a promise of our own code was broken, for example plan and measurement disagree.
    #[error("internal error: {0}")]
    Internal(String),
}

/// Where in the input data: the row counts records from 1 without the header, the line counts lines of
/// the file from 1.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    pub path: Option<PathBuf>,
    pub row: Option<u64>,
    pub line: Option<u64>,
    pub column: Option<String>,
}

/// Why nothing was published, and what would help.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Refusal {
    pub reasons: Vec<Reason>,
}

/// One unmet condition.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct Reason {
    /// The identifier of the measure or check, such as `k_anonymity`.
    pub condition: String,
    pub message: String,
    pub help: Option<String>,
}
