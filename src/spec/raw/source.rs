//! `[source]` as written: where the data are and how they are read.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::spec::pipeline::Encoding;
use crate::spec::remote::{RawDatabase, RawStore};

/// The data to be de-identified.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawSource {
    /// A file, a folder, or a pattern with `*`, seen from the pipeline file's folder; or `s3://bucket/…`. CSV and NDJSON
    /// may be packed: `.csv.gz`, `.csv.zst`
    pub path: Option<String>,
    /// A table or a query of a database, in place of `path`
    pub database: Option<RawDatabase>,
    /// How the store of an `s3://` path is reached
    pub store: Option<RawStore>,
    /// The file format; follows from the path's extension unless it is given
    pub format: Option<RawFormat>,
    /// The encoding of CSV text; utf-8 unless it is given
    pub encoding: Option<Encoding>,
    /// The one character between CSV cells; a comma unless it is given
    pub delimiter: Option<char>,
    /// Texts that mean 'no value'; in CSV the empty cell is always one. In a workbook also errors of formulas: `#N/A`
    #[serde(default)]
    pub nulls: Vec<String>,
    /// The sheet of a workbook, by its name or its number from 1; the first one unless it is given
    pub sheet: Option<RawSheet>,
    /// The row of a sheet that names the columns, from 1; the first one that is not empty unless it is given
    #[schemars(range(min = 1, max = 1_048_576))]
    pub header_row: Option<u32>,
    /// How many rows of a sheet name the columns, 1 or 2; two names above each other are joined with `_`
    #[schemars(range(min = 1, max = 2))]
    pub header_rows: Option<u32>,
    /// Says that a folder of Parquet has to have folders named `key=value`; without it they are read where they are
    pub hive: Option<bool>,
    /// 数据提供者: the column whose distinct values are the subjects
    pub subject: Option<String>,
    /// Declares that every record is a subject of its own, in place of `subject`
    pub subject_is_row: Option<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RawFormat {
    Csv,
    Parquet,
    Xlsx,
    Xlsb,
    Xls,
    Ods,
    /// An object on each line
    Ndjson,
    /// Arrow IPC, as a file or as a stream
    Ipc,
}

/// The name of a sheet, or its number from 1.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RawSheet {
    Number(u32),
    Name(String),
}
