//! What was found: in a piece of text, in a column.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::kind::{Kind, Kinds};

/// What the check digit of an identifier said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Checked {
    Passed,
    Failed,
    /// The kind has no check digit.
    None,
}

/// An identifier inside a text. Holds no part of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    pub kind: Kind,
    /// Byte offsets into the text as it was given, at `char` borders.
    pub start: usize,
    pub end: usize,
    pub checked: Checked,
}

/// What a whole cell can be, judged without its neighbours and its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Whole {
    pub kinds: Kinds,
    /// Those of `kinds` whose check digit is right.
    pub passed: Kinds,
    /// Those of `kinds` whose check digit is wrong.
    pub failed: Kinds,
}

impl Whole {
    pub fn checked(&self, kind: Kind) -> Checked {
        match (self.passed.contains(kind), self.failed.contains(kind)) {
            (true, _) => Checked::Passed,
            (_, true) => Checked::Failed,
            _ => Checked::None,
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (Kind, Checked)> {
        let all = *self;
        all.kinds.iter().map(move |kind| (kind, all.checked(kind)))
    }
}

/// How many different cells a column has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Distinct {
    /// So many, nulls not counted.
    Exactly(u64),
    /// Counted no further than this.
    MoreThan(u64),
}

impl Distinct {
    /// The number, or the bound that it exceeds.
    pub fn at_least(self) -> u64 {
        match self {
            Self::Exactly(count) => count,
            Self::MoreThan(bound) => bound + 1,
        }
    }
}

/// A kind that a column may have, with the evidence. No text of a cell is in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Candidate {
    pub kind: Kind,
    /// From 0 to 1. Comparable between candidates of one column; not a probability.
    pub confidence: f64,
    /// Share of the cells (nulls not counted) that have the form of the kind.
    pub match_rate: f64,
    /// Share of the cells of this form whose check digit is right; `None` for kinds without one.
    pub check_rate: Option<f64>,
    /// Whether the name of the column speaks for the kind.
    pub header_hit: bool,
    /// Why, in plain words.
    pub reason: String,
}

/// Identifiers found inside the cells of a column, beside what the column is as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Inside {
    pub kind: Kind,
    /// Cells that hold at least one.
    pub cells: u64,
    /// Of those, cells with more than one.
    pub several: u64,
}

/// What is known of a column after its cells were fed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnFinding {
    pub header: String,
    /// Cells fed, nulls among them.
    pub rows: u64,
    /// Nulls, empty cells and words for 'nothing' such as `NULL` and `-`.
    pub nulls: u64,
    pub distinct: Distinct,
    /// The kind decided on; `None` if nothing speaks for any.
    pub kind: Option<Candidate>,
    /// All kinds that anything speaks for, best first; the decided one stands first.
    pub candidates: Vec<Candidate>,
    /// Identifiers inside longer cells (free text, JSON, URLs), most frequent first.
    pub inside: Vec<Inside>,
    /// Fewest and most characters of a cell that is not null; `None` without such cells.
    pub lengths: Option<(u64, u64)>,
    /// What was wrong with the cells: identifiers stored as floats, lost zeros, masked parts, Excel serial dates.
    pub remarks: Vec<Remark>,
}

/// Damage and disguise of identifiers that a pipeline has to reckon with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Remark {
    /// Identifiers were stored as floating point numbers: digits are lost, several subjects may share a cell.
    StoredAsFloat,
    /// Zeros at the start of codes or phone numbers are missing in some cells.
    LeadingZerosLost,
    /// Part of each identifier is masked: what is left may still single people out.
    Masked,
    /// Dates are stored as day numbers of a spreadsheet.
    ExcelSerials,
    /// Some cells hold more than one identifier.
    SeveralInOneCell,
    /// Cells are written in more than one form (spaces, dashes, full-width digits, country code).
    MixedForms,
}

impl ColumnFinding {
    /// Cells that are not null.
    pub fn cells(&self) -> u64 {
        self.rows - self.nulls
    }

    /// Distinct cells as a share of the cells that are not null; a lower bound where counting stopped. 0 if there
    /// are no cells.
    pub fn distinct_share(&self) -> f64 {
        match self.cells() {
            0 => 0.0,
            cells => self.distinct.at_least() as f64 / cells as f64,
        }
    }
}
