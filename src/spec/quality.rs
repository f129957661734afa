//! What is asked of the source's cells before they are de-identified: GB/T 36344-2018.

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::compute::regexp_is_match_scalar;
use arrow::datatypes::DataType;
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A characteristic of data quality of GB/T 36344-2018.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Dimension {
    /// 规范性: cells are written as a pattern or a code table says.
    Conformity,
    /// 完整性: cells that must be there are.
    Completeness,
    /// 准确性: cells lie in their range, and what must be unique is.
    Accuracy,
    /// 一致性: cells of one record agree with one another.
    Consistency,
    /// 时效性: records are of the time that the data are for.
    Timeliness,
    /// 可访问性: the share of records that could be read; a run reads all of them or ends.
    Accessibility,
}

impl Dimension {
    pub const ALL: [Self; 6] = [
        Self::Conformity,
        Self::Completeness,
        Self::Accuracy,
        Self::Consistency,
        Self::Timeliness,
        Self::Accessibility,
    ];

    /// Its word in the pipeline file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Conformity => "conformity",
            Self::Completeness => "completeness",
            Self::Accuracy => "accuracy",
            Self::Consistency => "consistency",
            Self::Timeliness => "timeliness",
            Self::Accessibility => "accessibility",
        }
    }

    /// The measure that tells its score.
    pub fn measure(self) -> String {
        format!("quality_{}", self.word())
    }
}

/// What the cells of a column have to be. A null breaks `required` only: the other rules are for the cells that are there.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CellRules {
    /// 完整性: no cell is null
    #[serde(default)]
    pub required: bool,
    /// 规范性: a regular expression that the whole text of the cell fits, as the source writes it
    pub pattern: Option<String>,
    /// 规范性: the texts that there may be
    #[schemars(length(min = 1))]
    pub codes: Option<Vec<String>>,
    /// 规范性: a code table that has the cells: `gbt2260`, `gbt2261.1`, `gbt3304`, `gbt4754`, `gbt4658`, `icd10`, or the
    /// path of a CSV table in UTF-8 whose first line names its columns
    pub table: Option<String>,
    /// The column of the code table that has the cells; its first one unless it is given
    pub table_column: Option<String>,
    /// 准确性: the least number, or day as `YYYY-MM-DD`
    pub least: Option<Bound>,
    /// 准确性: the largest number, or day as `YYYY-MM-DD`
    pub most: Option<Bound>,
    /// 准确性: no value stands twice
    #[serde(default)]
    pub unique: bool,
    /// 时效性: the days that the data are for
    pub period: Option<Period>,
}

impl CellRules {
    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        self.dimensions().is_empty()
    }

    /// What its rules count for.
    pub fn dimensions(&self) -> Vec<Dimension> {
        let asked = [
            (self.pattern.is_some() || self.codes.is_some() || self.table.is_some(), Dimension::Conformity),
            (self.required, Dimension::Completeness),
            (self.least.is_some() || self.most.is_some() || self.unique, Dimension::Accuracy),
            (self.period.is_some(), Dimension::Timeliness),
        ];
        asked.into_iter().filter_map(|(asked, dimension)| asked.then_some(dimension)).collect()
    }
}

/// The end of a range.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Bound {
    Integer(i64),
    Number(f64),
    /// `YYYY-MM-DD`
    Day(String),
}

impl Bound {
    /// Whether it lies above another one; `None` where the two cannot be compared.
    pub fn above(&self, other: &Self) -> Option<bool> {
        let number = |bound: &Self| match bound {
            Self::Integer(number) => Some(*number as f64),
            Self::Number(number) => Some(*number),
            Self::Day(_) => None,
        };
        match (self, other) {
            (Self::Integer(one), Self::Integer(other)) => Some(one > other),
            (Self::Day(one), Self::Day(other)) => Some(day(one)? > day(other)?),
            _ => Some(number(self)? > number(other)?),
        }
    }
}

/// Days, both ends included; at least one of them is given.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// The first day, as `YYYY-MM-DD`
    pub from: Option<String>,
    /// The last day, as `YYYY-MM-DD`
    pub to: Option<String>,
}

/// A rule for the cells of one record.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordRule {
    /// What the report calls it
    pub name: String,
    /// What a broken rule counts for; `consistency` unless it is given
    #[serde(default = "consistency")]
    pub dimension: Dimension,
    /// A SQL expression over the columns that is true of a good record, such as `峰电量 + 谷电量 <= 用电量`; a record of
    /// which it is unknown, because a cell is null, is not tested
    pub expression: String,
}

fn consistency() -> Dimension {
    Dimension::Consistency
}

/// `[quality]`: the least share, 0 to 1, of tests that are passed in each dimension of GB/T 36344, and rules for whole
/// records; rules for cells stand with their columns.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawQuality {
    /// 规范性: less refuses the release
    #[schemars(range(min = 0, max = 1))]
    pub conformity: Option<f64>,
    /// 完整性: less refuses the release
    #[schemars(range(min = 0, max = 1))]
    pub completeness: Option<f64>,
    /// 准确性: less refuses the release
    #[schemars(range(min = 0, max = 1))]
    pub accuracy: Option<f64>,
    /// 一致性: less refuses the release
    #[schemars(range(min = 0, max = 1))]
    pub consistency: Option<f64>,
    /// 时效性: less refuses the release
    #[schemars(range(min = 0, max = 1))]
    pub timeliness: Option<f64>,
    /// 可访问性: less refuses the release
    #[schemars(range(min = 0, max = 1))]
    pub accessibility: Option<f64>,
    /// Rules for the cells of one record
    #[serde(default)]
    pub rules: Vec<RecordRule>,
}

/// What a pipeline asks of its source's cells; empty where it asks nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Quality {
    /// The least share of tests that are passed, 0 to 1, each dimension once.
    pub limits: Vec<(Dimension, f64)>,
    /// The rules of each column that has any, in the order of the file.
    pub cells: Vec<(String, CellRules)>,
    pub records: Vec<RecordRule>,
}

impl Quality {
    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        self.limits.is_empty() && self.cells.is_empty() && self.records.is_empty()
    }
}

/// A regular expression that fits whole texts only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// `None` for what is no regular expression.
    pub fn new(pattern: &str) -> Option<Self> {
        // alone first: `a)|(b` would be one between the brackets
        let whole = Self(format!(r"\A(?:{pattern})\z"));
        let none = StringArray::from(Vec::<&str>::new());
        let read = |pattern: &str| regexp_is_match_scalar(&none, pattern, None).is_ok();
        (read(pattern) && read(&whole.0)).then_some(whole)
    }

    /// How many texts of a column do not fit; null is no text. `None` for a column that is not text.
    pub fn broken_by(&self, cells: &ArrayRef) -> Option<u64> {
        let fitting = match cells.data_type() {
            DataType::Utf8 => regexp_is_match_scalar(cells.as_string::<i32>(), &self.0, None),
            DataType::Utf8View => regexp_is_match_scalar(cells.as_string_view(), &self.0, None),
            _ => return None,
        };
        Some((cells.len() - cells.null_count() - fitting.ok()?.true_count()) as u64)
    }
}

/// A day written as `YYYY-MM-DD`, in days since 1970-01-01.
pub fn day(text: &str) -> Option<i32> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| text.len() == 10)?;
    Some(day.to_epoch_days())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::StringViewArray;

    use super::*;

    fn broken(pattern: &str, texts: &[Option<&str>]) -> u64 {
        let (pattern, texts) = (Pattern::new(pattern).unwrap(), texts.to_vec());
        let views: ArrayRef = Arc::new(StringViewArray::from(texts.clone()));
        let texts: ArrayRef = Arc::new(StringArray::from(texts));
        assert_eq!(pattern.broken_by(&texts), pattern.broken_by(&views));
        let part = pattern.broken_by(&texts.slice(0, 1)).unwrap()
            + pattern.broken_by(&texts.slice(1, texts.len() - 1)).unwrap();
        assert_eq!(pattern.broken_by(&texts), Some(part));
        part
    }

    #[test]
    fn patterns_fit_whole_texts() {
        assert_eq!(broken("[0-9]{2}|x", &[Some("12"), Some("x"), None]), 0);
        for wrong in ["123", "x1", "12\n", " 12", "", "１２", "\n12"] {
            assert_eq!(broken("[0-9]{2}|x", &[Some(wrong), None]), 1, "{wrong:?}");
        }
        assert_eq!(broken("天.", &[Some("天津"), Some("天"), Some("天津市"), Some("longer than twelve bytes")]), 3);
        assert_eq!(broken("", &[Some(""), Some("x"), None]), 1);
        assert_eq!(broken("(?m)a$", &[Some("a"), Some("a\nb")]), 1);
        for wrong in ["a)|(b", "[", "(?P<n>a", "*", "a{1001}{1001}{1001}"] {
            assert!(Pattern::new(wrong).is_none(), "{wrong}");
        }
        let numbers: ArrayRef = Arc::new(arrow::array::Int64Array::from(vec![1]));
        assert_eq!(Pattern::new("1").unwrap().broken_by(&numbers), None);
    }

    #[test]
    fn days_are_days_of_the_calendar() {
        assert_eq!((day("1970-01-02"), day("1969-12-31"), day("2024-02-29")), (Some(1), Some(-1), Some(19_782)));
        for wrong in ["2023-02-29", "2024-2-29", "2024/02/29", "today", ""] {
            assert_eq!(day(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn bounds_are_compared_in_their_kind() {
        let day = |text: &str| Bound::Day(text.into());
        assert_eq!(Bound::Integer(3).above(&Bound::Number(2.5)), Some(true));
        assert_eq!(Bound::Integer(i64::MAX).above(&Bound::Integer(i64::MAX - 1)), Some(true));
        assert_eq!(day("2024-01-01").above(&day("2024-01-01")), Some(false));
        assert_eq!(day("2024-01-01").above(&Bound::Integer(3)), None);
    }
}
