//! The pipeline as meant: checked types that cannot be wrong in themselves.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::catalog::Catalog;
use super::metric::Metric;
use super::models::ModelSpec;
use super::prepare::Step;
use super::quality::Quality;
use super::remote::{DatabaseSpec, PlaceSpec, StoreSpec};
use super::rules::RulePack;
use crate::detect::Kind;

/// A checked pipeline file. Paths are as written: the edge resolves them against the file's folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    pub name: String,
    pub purpose: Purpose,
    pub claim: Claim,
    pub context: Context,
    pub rules: RulePack,
    pub declaration: Declaration,
    /// Absent only where nothing demands it: see [`Catalog`].
    pub catalog: Option<Catalog>,
    pub source: SourceSpec,
    /// In the order in which they are done; empty where the source is read as it is.
    pub prepare: Vec<Step>,
    /// What is asked of the source's cells, as the preparation leaves them.
    pub quality: Quality,
    pub privacy: PrivacySpec,
    pub search: SearchSpec,
    pub attacker: Option<Attacker>,
    /// In the order of the file: also the order of the released columns.
    pub columns: Vec<ColumnSpec>,
    pub signing_key: Option<KeyRef>,
    pub encryption: Option<EncryptionSpec>,
    /// Where releases are put beside the output folder; nowhere where it is absent.
    pub delivery: Option<PlaceSpec>,
    /// How many superseded releases keep their data; all of them where it is absent.
    pub keep: Option<usize>,
}

/// 用途: what the release is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    Share,
    Open,
    Trade,
}

/// 结论: what the certificate states. The order counts: more is stronger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Claim {
    /// 去标识化, PIPL 73(3): not identifiable without additional information.
    Deidentified,
    /// 匿名化, PIPL 73(4) and article 29: not identifiable and not restorable.
    Anonymized,
}

/// 场景 of GB/T 42460: who will hold the release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Context {
    /// 完全公开
    Public,
    /// 受控公开
    Controlled,
    /// 领地公开
    Enclave,
}

/// Articles 7 and 10: without a declaration no run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// On what lawful ground the data were obtained.
    pub source_basis: String,
    /// Who provides the release.
    pub provider: String,
    /// Who receives it.
    pub recipient: String,
    /// What the recipient may use it for.
    #[serde(rename = "use")]
    pub purpose_of_use: String,
}

/// How a drafted declaration begins until somebody has filled it in.
pub const PLACEHOLDER: &str = "待填写 FILL IN";

impl Declaration {
    /// The first key that still has the text of a draft.
    pub fn placeholder(&self) -> Option<&'static str> {
        let keys = [
            ("source_basis", &self.source_basis),
            ("provider", &self.provider),
            ("recipient", &self.recipient),
            ("use", &self.purpose_of_use),
        ];
        keys.into_iter().find(|(_, text)| text.trim_start().starts_with(PLACEHOLDER)).map(|(key, _)| key)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct SourceSpec {
    /// A file, a folder, or a pattern with `*`, as written.
    pub path: PathBuf,
    pub format: SourceFormat,
    pub subject: Subject,
    /// Texts that mean 'no value'; in CSV the empty cell is always one.
    pub nulls: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceFormat {
    Csv {
        delimiter: u8,
        encoding: Encoding,
    },
    /// Also in folders named `key=value`, where they are there.
    Parquet,
    /// Parquet in folders named `key=value`, which have to be there.
    Hive,
    Sheet(SheetSpec),
    Ndjson,
    Ipc,
    Database(Box<DatabaseSpec>),
    Store(Box<StoreSpec>),
}

impl SourceFormat {
    /// The names of the files that are read of a folder; `*` stands for any characters. None where the records do not
    /// come from files of this machine.
    pub fn patterns(&self) -> &'static [&'static str] {
        match self {
            Self::Csv { .. } => &["*.csv", "*.csv.gz", "*.csv.zst"],
            Self::Parquet | Self::Hive => &["*.parquet"],
            Self::Sheet(SheetSpec { book: Book::Xlsx, .. }) => &["*.xlsx", "*.xlsm"],
            Self::Sheet(SheetSpec { book: Book::Xlsb, .. }) => &["*.xlsb"],
            Self::Sheet(SheetSpec { book: Book::Xls, .. }) => &["*.xls"],
            Self::Sheet(SheetSpec { book: Book::Ods, .. }) => &["*.ods"],
            Self::Ndjson => &["*.ndjson", "*.jsonl", "*.ndjson.gz", "*.jsonl.gz", "*.ndjson.zst", "*.jsonl.zst"],
            Self::Ipc => &["*.arrow", "*.arrows", "*.ipc", "*.feather"],
            Self::Database(_) | Self::Store(_) => &[],
        }
    }

    /// The format that a file's name tells, by its ending; with `delimiter` and `encoding` where that is CSV.
    pub fn of_name(name: &str, delimiter: u8, encoding: Encoding) -> Option<Self> {
        let name = name.to_lowercase();
        let packed = [".gz", ".zst"].iter().find_map(|ending| name.strip_suffix(ending));
        let (_, ending) = packed.unwrap_or(&name).rsplit_once('.')?;
        let sheet = |book| Self::Sheet(SheetSpec { book, sheet: None, header_row: None, header_rows: 1 });
        Some(match (ending, packed.is_some()) {
            ("csv" | "tsv" | "txt", _) => Self::Csv { delimiter, encoding },
            ("ndjson" | "jsonl", _) => Self::Ndjson,
            ("parquet" | "pq", false) => Self::Parquet,
            ("xlsx" | "xlsm", false) => sheet(Book::Xlsx),
            ("xlsb", false) => sheet(Book::Xlsb),
            ("xls", false) => sheet(Book::Xls),
            ("ods", false) => sheet(Book::Ods),
            ("arrow" | "arrows" | "ipc" | "feather", false) => Self::Ipc,
            _ => return None,
        })
    }
}

/// A sheet of a workbook, and where its header is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetSpec {
    pub book: Book,
    /// The first one unless it is given.
    pub sheet: Option<SheetName>,
    /// From 1; the first row that is not empty unless it is given.
    pub header_row: Option<u32>,
    /// 1 or 2.
    pub header_rows: u32,
}

/// The kinds of workbooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Book {
    Xlsx,
    Xlsb,
    Xls,
    Ods,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SheetName {
    Name(String),
    /// From 1.
    Number(u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Encoding {
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "gb18030")]
    Gb18030,
    #[serde(rename = "gbk")]
    Gbk,
}

/// 数据提供者: whose privacy is protected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Every distinct value of this column is one subject.
    Column(String),
    /// The pipeline declares that every record is a subject of its own.
    Row,
}

#[derive(Debug, Clone, PartialEq)]
pub struct PrivacySpec {
    /// The least number of distinct subjects in a class; at least 2.
    pub k: u64,
    /// Share of records, 0 to 1, that may be withheld.
    pub suppression_limit: f64,
    /// Share of the population that is drawn for the release, above 0 and at most 1; for journalist and
    /// marketer risk. 1 when nothing is known: then both are bounded by what the release itself shows.
    pub sampling_fraction: f64,
    /// Which subjects are drawn; all where absent.
    pub sampling: Option<SamplingSpec>,
    /// A table of the population, as written.
    pub population: Option<PathBuf>,
    /// The models asked for beside k-anonymity, in the order of the keys.
    pub models: Vec<ModelSpec>,
    pub recoding: RecodingKind,
}

/// A random part of the subjects is released; the others are the control group of the attacks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SamplingSpec {
    /// The probability of a subject to be drawn, above 0 and below 1.
    pub rate: f64,
    /// The ε to tell the δ for, at least `−ln(1 − rate)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epsilon: Option<f64>,
    /// The largest δ, above 0 and at most 1; only with `epsilon`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delta: Option<f64>,
}

/// How the search chooses.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SearchSpec {
    pub metric: Metric,
    /// Most nodes that are counted.
    pub nodes: Option<u64>,
    /// Most seconds, above 0.
    pub seconds: Option<f64>,
    /// Of microaggregation.
    pub statistic: Statistic,
}

/// How quasi columns are generalized.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RecodingKind {
    /// One level per column, the same for all records.
    #[default]
    Global,
    /// Each class as coarse as it needs to be.
    Local,
    /// Single cells become `*`, all others stay as they are.
    Cells,
    /// Near records are released with one number in the place of theirs.
    Microaggregation,
}

/// What a group of microaggregation is released as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Statistic {
    /// The mean of the group's records.
    Mean,
    /// The median of the records; of two middle values their mean.
    Median,
    /// The least and the largest value, `[low, high]`, or the value where these are equal: the only one that is true of
    /// every record.
    #[default]
    Interval,
}

/// What is known of the attacker, for pr(context) of GB/T 42460 D.1.4. Without it pr is 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attacker {
    /// Controls that mitigate re-identification at the recipient (T1).
    pub mitigation: Grade,
    /// Motive and capacity of the recipient (T1).
    pub motive: Grade,
    /// Security controls of the recipient (T3).
    pub recipient_control: Grade,
    /// Share of the population that is in the data, 0 to 1 (T2: p).
    #[schemars(range(min = 0, max = 1))]
    pub prevalence: f64,
    /// Number of acquaintances of one person (T2: m).
    pub acquaintances: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    Low,
    Medium,
    High,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ColumnSpec {
    pub name: String,
    pub role: Role,
    pub kind: ColumnType,
    pub treatment: TreatmentSpec,
    /// Present for quasi columns and wherever the treatment is [`TreatmentSpec::Generalize`].
    pub hierarchy: Option<HierarchySpec>,
    /// What becomes of values that a hierarchy table does not know.
    pub unknown: UnknownValues,
    /// Which levels of a quasi column the search may choose from.
    pub levels: LevelRange,
    /// How much the loss of a quasi column counts, above 0.
    pub weight: f64,
    /// Whether local recoding may release ranges between two values instead of the hierarchy's labels.
    pub ranges: bool,
    /// The CSV table of how many people live in each place that the column tells.
    pub inhabitants: Option<PathBuf>,
}

/// Levels of a hierarchy, both ends included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LevelRange {
    pub finest: usize,
    /// The last level where there is none.
    pub coarsest: Option<usize>,
    /// Ascending; these may not be used.
    pub forbidden: Vec<usize>,
}

/// The role of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// 直接标识符
    Identifier,
    /// 准标识符
    Quasi,
    /// 敏感属性
    Sensitive,
    /// 一般属性
    Insensitive,
}

/// The declared type of a column; text unless the pipeline says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnType {
    Text,
    /// A whole number that fits 64 bits with sign.
    Integer,
    /// A finite decimal number, held as a 64-bit float.
    Number,
    /// A calendar date in this `strftime` form.
    Date {
        format: String,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub enum TreatmentSpec {
    /// Not released.
    Drop,
    /// Released as it is.
    Keep,
    /// All but the first and last characters become `with`.
    Mask { keep_first: usize, keep_last: usize, with: char },
    /// Rounded to the nearest multiple of this step, above 0; halves away from zero.
    Round { step: f64 },
    /// Quasi columns: the search chooses the level. Others: this fixed level of the hierarchy.
    Generalize { level: Option<usize> },
    Token {
        algorithm: TokenAlgorithm,
        key: KeyRef,
        length: usize,
        /// Values are brought to the canonical form of this kind first.
        canonical: Option<Kind>,
    },
    /// Identifiers in free text are replaced by what they are.
    Redact,
    /// Numbers beyond these quantiles become the number there; at least one of them.
    TopBottom { bottom: Option<f64>, top: Option<f64> },
    /// Numbers of near records become one, in groups of at least `k` subjects.
    Microaggregate { k: u64, centre: Centre },
    /// Noise of this scale is added, and the sum rounded to multiples of `step`.
    Noise { kind: NoiseKind, scale: f64, step: Option<f64> },
    /// All dates of a subject move by the same secret number of days, at most so many.
    Shift { days: u32 },
    /// Categories stay with this probability, or become others.
    Pram { keep: f64, invariant: bool },
    /// Cells change places among the records of a class.
    Swap,
    /// The cell of the geohash grid; the column holds longitudes where there is a column of latitudes, otherwise
    /// texts `longitude,latitude`.
    Grid { latitude: Option<String>, level: usize },
    /// FF1 over these characters.
    Fpe { alphabet: String, key: KeyRef },
}

/// What a group of numbers is released as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Centre {
    /// The mean of the group's records.
    #[default]
    Mean,
    /// The median of the records; of two middle numbers their mean.
    Median,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoiseKind {
    /// On numbers.
    Laplace,
    /// On whole numbers, which stay whole.
    DiscreteLaplace,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TokenAlgorithm {
    #[serde(rename = "hmac-sha256")]
    HmacSha256,
    #[serde(rename = "hmac-sm3")]
    HmacSm3,
}

/// Where a key comes from; never the key itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyRef {
    /// Random, in memory only, dies with the release.
    Ephemeral,
    /// An environment variable with 64 hex digits.
    Env(String),
    /// A file that only its owner can read.
    File(PathBuf),
    /// A signing key that stays in a device, as a PKCS#11 URI without a PIN.
    Device(String),
}

/// The release's files are encrypted for its recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncryptionSpec {
    /// The recipient's key.
    pub key: KeyRef,
    /// By which name the recipient finds the key; it stands in every file.
    pub id: String,
}

#[derive(Debug, Clone, PartialEq)]
pub enum HierarchySpec {
    /// A CSV table, one column per level, semicolon or comma.
    Table { path: PathBuf },
    /// Numbers in bands of growing width; each width a multiple of the one before.
    Interval { widths: Vec<f64>, origin: f64, bottom: Option<f64>, top: Option<f64> },
    /// The first characters of a code, fewer from level to level.
    Prefix { lengths: Vec<usize> },
    /// Calendar periods, each a union of the ones before.
    Date { periods: Vec<Period> },
    /// Two levels: the value, and `*`. What a quasi column without a `hierarchy` gets.
    Suppress,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Period {
    Month,
    Quarter,
    Half,
    /// This many years together, from year 0: 1 is a year, 10 a decade.
    Years(u32),
}

impl Period {
    /// How many months it has.
    pub fn months(self) -> u64 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Half => 6,
            Self::Years(years) => 12 * u64::from(years),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum UnknownValues {
    /// An error that names the column and how many distinct values.
    Error,
    /// Released as `*` at every level above the first.
    Suppress,
}
