//! Drafts of pipeline files: from what was found in a table to a commented text that [`super::parse`] accepts.
//!
//! A draft errs on the safe side: identifiers, free text and what nobody knows are dropped. It is where somebody
//! starts who knows the data, and never the last word.

mod facts;
mod propose;
#[cfg(test)]
mod tests;
mod words;
mod write;

pub use facts::Facts;
pub use propose::{Bands, Clue, Meaning, Proposal, Proposed, propose};

use super::pipeline::{Role, SourceFormat};

/// What a draft is written from.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Any text: it becomes a name that releases can have.
    pub name: String,
    /// The path of the data as seen from the pipeline file.
    pub path: String,
    pub format: SourceFormat,
    /// Words that mean 'no value' in the source.
    pub nulls: Vec<&'static str>,
    /// The column that tells the subjects apart, and why; without it every record is taken as one.
    pub subject: Option<(String, String)>,
    /// Lines for the top: how much was read, which sets of columns single people out.
    pub notes: Vec<String>,
    /// Whether the data are about health: then stricter rules hold.
    pub health: bool,
    /// In the order of the source.
    pub columns: Vec<DraftColumn>,
}

/// One column of a draft.
#[derive(Debug, Clone)]
pub struct DraftColumn {
    pub header: String,
    pub proposal: Proposal,
    /// What was found, line by line, without a value of the column.
    pub found: Vec<String>,
}

impl Draft {
    /// The text of the pipeline file.
    ///
    /// Passes [`super::parse`] once [`Draft::complete`] has said yes. Columns without a name are left out. Headers may
    /// hold any characters.
    pub fn text(&self) -> String {
        write::text(self)
    }

    /// Sees to it that the draft has a quasi-identifier that is released, as a pipeline must: if there is none,
    /// the first released sensitive column becomes one, then the first dropped one that names nobody.
    ///
    /// False if every column names somebody or is free text: then nothing can be released.
    pub fn complete(&mut self) -> bool {
        let named = |column: &DraftColumn| !column.header.trim().is_empty();
        let released = |column: &DraftColumn| named(column) && column.proposal.treatment != Proposed::Drop;
        let quasi = |column: &DraftColumn| named(column) && column.proposal.role == Role::Quasi;
        if self.columns.iter().any(|column| quasi(column) && released(column)) {
            return true;
        }
        let at = self.columns.iter().position(released).or_else(|| self.columns.iter().position(quasi));
        let Some(at) = at else { return false };
        let proposal = &mut self.columns[at].proposal;
        let why = "a pipeline needs a quasi-identifier, and nothing better is there; rare values become `*`";
        *proposal = Proposal { role: Role::Quasi, treatment: Proposed::Suppress, why: why.into() };
        true
    }
}
