//! Values of statistics, indexes and dictionaries, in the form of cells.

use parquet::basic::{ConvertedType, LogicalType, Type};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescriptor;

use super::footer::CUT;
use crate::risk::attack::metadata::Stated;
use crate::table::intern::{date_text, number_text};

/// How the values of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Integer,
    Number,
    Date,
    Boolean,
}

impl Form {
    /// `None` for a column that releases do not have.
    pub fn of(column: &ColumnDescriptor) -> Option<Self> {
        let logical = column.logical_type_ref();
        match (column.physical_type(), column.converted_type()) {
            (Type::BYTE_ARRAY, converted) => {
                let text = matches!(logical, Some(LogicalType::String)) || converted == ConvertedType::UTF8;
                text.then_some(Self::Text)
            }
            (Type::INT32, converted) => {
                let date = matches!(logical, Some(LogicalType::Date)) || converted == ConvertedType::DATE;
                date.then_some(Self::Date)
            }
            (Type::INT64, ConvertedType::NONE | ConvertedType::INT_64) => {
                matches!(logical, None | Some(LogicalType::Integer { .. })).then_some(Self::Integer)
            }
            (Type::DOUBLE, _) => Some(Self::Number),
            (Type::BOOLEAN, _) => Some(Self::Boolean),
            _ => None,
        }
    }

    /// Minimum and maximum.
    pub fn statistics(self, statistics: &Statistics) -> Vec<Stated> {
        match statistics {
            Statistics::Boolean(values) => ends(values.min_opt(), values.max_opt(), bool::to_string),
            Statistics::Int32(values) => ends(values.min_opt(), values.max_opt(), |value| self.int32(*value)),
            Statistics::Int64(values) => ends(values.min_opt(), values.max_opt(), i64::to_string),
            Statistics::Double(values) => ends(values.min_opt(), values.max_opt(), |value| number_text(*value)),
            Statistics::ByteArray(values) => {
                let low = values.min_opt().map(|value| text(value.data()));
                let high = values.max_opt().map(|value| text(value.data()));
                let low = low.map(if values.min_is_exact() { Stated::Value } else { Stated::Start });
                let high = high.map(if values.max_is_exact() { Stated::Value } else { Stated::StartBelow });
                low.into_iter().chain(high).collect()
            }
            // columns of these types were refused: see `Form::of`
            Statistics::Int96(_) | Statistics::Float(_) | Statistics::FixedLenByteArray(_) => Vec::new(),
        }
    }

    /// Minima and maxima of the pages.
    pub fn index(self, index: &ColumnIndexMetaData) -> Vec<Stated> {
        let exact = |texts: Vec<String>| texts.into_iter().map(Stated::Value).collect();
        match index {
            ColumnIndexMetaData::BOOLEAN(pages) => {
                let values = pages.min_values_iter().chain(pages.max_values_iter()).flatten();
                exact(values.map(bool::to_string).collect())
            }
            ColumnIndexMetaData::INT32(pages) => {
                let values = pages.min_values_iter().chain(pages.max_values_iter()).flatten();
                exact(values.map(|value| self.int32(*value)).collect())
            }
            ColumnIndexMetaData::INT64(pages) => {
                let values = pages.min_values_iter().chain(pages.max_values_iter()).flatten();
                exact(values.map(i64::to_string).collect())
            }
            ColumnIndexMetaData::DOUBLE(pages) => {
                let values = pages.min_values_iter().chain(pages.max_values_iter()).flatten();
                exact(values.map(|value| number_text(*value)).collect())
            }
            ColumnIndexMetaData::BYTE_ARRAY(pages) => {
                let maybe_cut = |bytes: &[u8], cut: fn(String) -> Stated| {
                    let stated = if bytes.len() < CUT { Stated::Value } else { cut };
                    stated(text(bytes))
                };
                let low = pages.min_values_iter().flatten().map(|value| maybe_cut(value, Stated::Start));
                let high = pages.max_values_iter().flatten().map(|value| maybe_cut(value, Stated::StartBelow));
                low.chain(high).collect()
            }
            ColumnIndexMetaData::NONE
            | ColumnIndexMetaData::INT96(_)
            | ColumnIndexMetaData::FLOAT(_)
            | ColumnIndexMetaData::FIXED_LEN_BYTE_ARRAY(_) => Vec::new(),
        }
    }

    /// The values of a dictionary page, which are written plainly.
    ///
    /// # Errors
    /// The page holds other bytes than those of so many values.
    pub fn dictionary(self, page: &[u8], count: u32) -> Result<Vec<Stated>, String> {
        let damaged = || "a dictionary page is damaged".to_owned();
        let count = count as usize;
        let texts: Vec<String> = match self {
            Self::Text => {
                let (mut rest, mut texts) = (page, Vec::new());
                while let Some((length, after)) = rest.split_first_chunk::<4>() {
                    let (value, after) =
                        after.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or_else(damaged)?;
                    texts.push(text(value));
                    rest = after;
                }
                if !rest.is_empty() {
                    return Err(damaged());
                }
                texts
            }
            Self::Integer => fixed(page, i64::from_le_bytes).ok_or_else(damaged)?.map(|n| n.to_string()).collect(),
            Self::Number => fixed(page, f64::from_le_bytes).ok_or_else(damaged)?.map(number_text).collect(),
            Self::Date => fixed(page, i32::from_le_bytes).ok_or_else(damaged)?.map(date_text).collect(),
            // one bit each, filled up to whole bytes
            Self::Boolean if page.len() == count.div_ceil(8) => {
                (0..count).map(|at| (page[at / 8] >> (at % 8) & 1 == 1).to_string()).collect()
            }
            Self::Boolean => return Err(damaged()),
        };
        match texts.len() == count {
            true => Ok(texts.into_iter().map(Stated::Value).collect()),
            false => Err(damaged()),
        }
    }

    fn int32(self, value: i32) -> String {
        if self == Self::Date { date_text(value) } else { value.to_string() }
    }
}

/// What is exact.
fn ends<'a, T: 'a>(low: Option<&'a T>, high: Option<&'a T>, text: impl Fn(&'a T) -> String) -> Vec<Stated> {
    low.into_iter().chain(high).map(|value| Stated::Value(text(value))).collect()
}

/// The numbers of a page that holds nothing else.
fn fixed<const N: usize, T>(page: &[u8], number: impl Fn([u8; N]) -> T) -> Option<impl Iterator<Item = T>> {
    let (chunks, rest) = page.as_chunks::<N>();
    rest.is_empty().then(|| chunks.iter().map(move |bytes| number(*bytes)))
}

/// As the cell would be; what is not UTF-8 is no cell of ours, and equals none.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
