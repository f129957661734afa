//! Findings in a text, shown over the text itself.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

/// One finding: what is wrong, exactly where, and what would help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// One lowercase phrase without a full stop.
    pub message: String,
    /// Bytes of the text that the finding speaks of.
    pub span: Range<usize>,
    /// What to do instead.
    pub help: Option<String>,
}

/// All findings in one text, in the order of their places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    pub path: PathBuf,
    pub text: String,
    pub list: Vec<Diagnostic>,
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} findings in {}", self.list.len(), self.path.display())
    }
}
