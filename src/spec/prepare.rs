//! `[[prepare]]`: what happens to the source's columns before anything counts them, step by step.
//!
//! A list of tables with one key each: the steps stand in the file in the order in which they are done, the same kind of
//! step may come twice, and each has a line of its own that findings can point at.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::pipeline::Encoding;

/// One step of the preparation; each sees the columns as the steps before it left them.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// New names by old names: `rename = { old = "new" }`; all at once, so that names may be exchanged
    Rename(BTreeMap<String, String>),
    /// Cells as another type
    Cast(Cast),
    /// Texts and numbers become calendar dates
    Date(Dates),
    /// Columns whose texts lose white space at both ends; a text of which nothing is left becomes null
    Trim(Vec<String>),
    /// 全角→半角: columns whose characters `！` to `～` and the ideographic space become ASCII; all others stay
    HalfWidth(Vec<String>),
    /// Columns whose letters become capitals
    Upper(Vec<String>),
    /// Columns whose letters become small
    Lower(Vec<String>),
    /// Whole texts of a column become others
    Replace(Replace),
    /// Codes become what a code table says of them
    Code(Code),
    /// A new column that follows from another one
    Derive(Derive),
    /// Keeps the records for which this SQL expression over the columns of the record is true
    Filter(String),
    /// Adds columns of another table
    Join(Join),
    /// Keeps the first of the records with the same key: columns by name, or `true` for all of them
    Deduplicate(Keys),
    /// A SELECT over the table `source`, which is held in memory as a whole
    Sql(Sql),
}

impl Step {
    /// The key of the step in the file.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Rename(_) => "rename",
            Self::Cast(_) => "cast",
            Self::Date(_) => "date",
            Self::Trim(_) => "trim",
            Self::HalfWidth(_) => "half_width",
            Self::Upper(_) => "upper",
            Self::Lower(_) => "lower",
            Self::Replace(_) => "replace",
            Self::Code(_) => "code",
            Self::Derive(_) => "derive",
            Self::Filter(_) => "filter",
            Self::Join(_) => "join",
            Self::Deduplicate(_) => "deduplicate",
            Self::Sql(_) => "sql",
        }
    }
}

/// What becomes of a cell that a step cannot change as it should.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnError {
    /// The run ends with an error that tells the record and the column.
    #[default]
    Error,
    /// It becomes null, and is counted.
    Null,
}

/// Cells as another type.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cast {
    /// The new type of each column
    pub columns: BTreeMap<String, CastType>,
    /// `error` unless it is given, or `null`
    #[serde(default)]
    pub on_error: OnError,
}

/// The types of prepared columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CastType {
    /// A whole number that fits 64 bits with sign.
    Integer,
    /// A finite decimal number, held as a 64-bit float.
    Number,
    /// Text that loses nothing.
    Text,
    /// A calendar date; of text `YYYY-MM-DD`, the step `date` reads other forms.
    Date,
    /// `true` and `false`, `1` and `0`.
    Boolean,
}

/// Texts and numbers become calendar dates.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dates {
    /// The columns
    #[schemars(length(min = 1))]
    pub columns: Vec<String>,
    /// Forms that are tried in this order, the first that fits wins: `strftime` forms such as `%Y年%m月%d日`, `excel`
    /// for the serials of its 1900 calendar, `民国` for years of the Republic of China (民國113年5月1日, 113/05/01,
    /// 113.5.1, 1130501). `99/05/01` fits `%y/%m/%d` (1999) and `民国` (2010): the order decides. Years are 1800 to 2199
    #[schemars(length(min = 1))]
    pub formats: Vec<String>,
    /// `error` unless it is given, or `null`
    #[serde(default)]
    pub on_error: OnError,
}

/// Whole texts of a column become others.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replace {
    /// The column
    pub column: String,
    /// New texts by old ones; other texts stay
    pub map: BTreeMap<String, String>,
}

/// Codes become what a code table says of them.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// The column with the codes
    pub column: String,
    /// `gbt2260` districts, `gbt2261.1` sex, `gbt3304` ethnic groups, `gbt4754` sections and divisions of industry,
    /// `gbt4658` education, `icd10` chapters; or the path of a CSV table in UTF-8 whose first line names its columns
    pub table: String,
    /// The column of the table that the cells are looked up in; its first one unless it is given
    pub from: Option<String>,
    /// The column of the table that is taken
    pub to: String,
    /// The name of a new column for it; the codes themselves are replaced unless it is given
    pub into: Option<String>,
    /// What becomes of codes that the table has not: `error` unless it is given, `null` or `keep`
    #[serde(default)]
    pub unknown: UnknownCodes,
}

/// What becomes of codes that a table has not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum UnknownCodes {
    /// The run ends with an error that tells the record and the column.
    #[default]
    Error,
    /// It becomes null, and is counted.
    Null,
    /// It stays as it is, and is counted.
    Keep,
}

/// A new column that follows from another one.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Derive {
    /// The name of the new column
    pub column: String,
    /// The column it follows from: dates, or the texts of resident ids of 15 or 18 characters
    pub from: String,
    /// What it is
    pub what: Derived,
    /// Of `age`: the day at which it is told, `YYYY-MM-DD`; or `run`, the day that the run is for (`--as-of`)
    pub as_of: Option<String>,
    /// What becomes of ids that are none, check digit included, and of days before the birth: `error` unless it is
    /// given, or `null`
    #[serde(default)]
    pub on_error: OnError,
}

/// What stands for the day that a run is for.
pub const RUN: &str = "run";

/// Puts the day of the run where steps ask for it; tells whether one did.
pub fn of_run(steps: &mut [Step], day: NaiveDate) -> bool {
    let mut asked = false;
    for step in steps {
        if let Step::Derive(Derive { as_of: Some(as_of), .. }) = step
            && as_of == RUN
        {
            (*as_of, asked) = (day.to_string(), true);
        }
    }
    asked
}

/// What can be derived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Derived {
    /// Whole years since birth; who is born on 29 February is a year older on 1 March of other years.
    Age,
    /// The date of birth in a resident id.
    BirthDate,
    /// The sex in a resident id in the codes of GB/T 2261.1: `1` male, `2` female.
    Sex,
    /// The six digits of the district in a resident id (GB/T 2260, as on the day it was given out).
    District,
}

/// Adds columns of another table, which is held in memory.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// The other table
    pub source: TableSource,
    /// The columns that must be equal, by the names that they have in both tables; nulls equal nothing
    #[schemars(length(min = 1))]
    pub on: Vec<String>,
    /// `left`, which keeps every record, unless it is given; or `inner`
    #[serde(default)]
    pub how: JoinKind,
    /// The columns of the other table that are added
    pub columns: Vec<String>,
    /// Whether a key may be there many times: a record is then repeated for each
    #[serde(default)]
    pub many: bool,
}

/// Which records a join keeps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum JoinKind {
    /// All; without a match the new columns are null.
    #[default]
    Left,
    /// Those with a match.
    Inner,
}

/// A table beside the source.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableSource {
    /// A file, a folder, or a pattern with `*`; seen from the pipeline file's folder
    pub path: String,
    /// `csv` or `parquet`; follows from the path's extension unless it is given
    pub format: Option<TableFormat>,
    /// The encoding of CSV text; utf-8 unless it is given
    pub encoding: Option<Encoding>,
    /// The one character between CSV cells; a comma unless it is given
    pub delimiter: Option<char>,
    /// Texts that mean 'no value'; in CSV the empty cell is always one
    #[serde(default)]
    pub nulls: Vec<String>,
}

/// The formats of tables beside the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TableFormat {
    Csv,
    Parquet,
}

impl TableSource {
    /// The format as given, or as the extension tells; `None` where neither does.
    pub fn format(&self) -> Option<TableFormat> {
        let path = self.path.to_lowercase();
        let ends = |endings: &[&str]| endings.iter().any(|ending| path.ends_with(ending));
        let told = match () {
            () if ends(&[".csv", ".tsv", ".txt"]) => Some(TableFormat::Csv),
            () if ends(&[".parquet", ".pq"]) => Some(TableFormat::Parquet),
            () => None,
        };
        self.format.or(told)
    }
}

/// Which columns make a record the same as another one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Keys {
    /// All columns; nulls equal each other.
    All(bool),
    /// These columns; a record with a null in one of them equals none.
    Columns(Vec<String>),
}

/// A SELECT over the table `source` and others.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Sql {
    /// The query alone.
    Query(String),
    /// With other tables by the names that the query has for them.
    With(SqlWith),
}

/// A SELECT with other tables.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SqlWith {
    /// The query
    pub query: String,
    /// Other tables by name, held in memory too
    pub tables: BTreeMap<String, TableSource>,
}

impl Sql {
    /// The text of the query.
    pub fn query(&self) -> &str {
        match self {
            Self::Query(query) | Self::With(SqlWith { query, .. }) => query,
        }
    }

    /// The other tables, by name.
    pub fn tables(&self) -> impl Iterator<Item = (&str, &TableSource)> {
        let tables = match self {
            Self::Query(_) => None,
            Self::With(with) => Some(&with.tables),
        };
        tables.into_iter().flatten().map(|(name, table)| (name.as_str(), table))
    }
}

/// The code tables that are built in, with their columns; the first one is looked up unless another is named.
pub const CODE_TABLES: [(&str, &[&str]); 6] = [
    ("gbt2260", &["code", "name", "province"]),
    ("gbt2261.1", &["code", "name"]),
    ("gbt3304", &["code", "name", "letters"]),
    ("gbt4754", &["code", "section", "section_name"]),
    ("gbt4658", &["code", "name", "level"]),
    ("icd10", &["code", "chapter", "name"]),
];
