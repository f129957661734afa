//! The distinct values of a column, numbered as they come.

use std::hash::BuildHasher;

use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray};
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type, UInt32Type};
use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

use super::Domain;
use crate::error::{Error, Result};

/// Bytes of a text that stand in a view itself: its lower 32 bits are the length, what follows the text and zeros.
/// Source: Arrow columnar format 1.4, variable-size binary view layout.
const SHORT: u32 = 12;
/// How many short texts are known by their views: those that repeat come early.
const FEW: usize = 4096;

/// Numbers the distinct values of a column in order of first appearance. Null is a value of its own.
///
/// Takes text (plain, view or dictionary), 64-bit integers and floats, and dates. `-0.0` is `0.0` and
/// all NaN are one.
#[derive(Debug, Default)]
pub struct Interner {
    null: Option<u32>,
    texts: HashTable<(u64, u32)>,
    /// The first [`FEW`] texts of at most [`SHORT`] bytes by their views, which hold them whole.
    short: HashMap<u128, u32>,
    numbers: HashMap<i64, u32>,
    values: Vec<Value>,
    hasher: DefaultHashBuilder,
}

#[derive(Debug, Clone)]
enum Value {
    Null,
    Text(Box<str>),
    Integer(i64),
    Float(u64),
    Date(i32),
}

/// The canonical text of a number: shortest decimal that reads back as the same.
pub fn number_text(number: f64) -> String {
    if number == 0.0 { "0".into() } else { format!("{number}") }
}

/// The canonical text of a date, `YYYY-MM-DD`, from days since 1970-01-01.
pub fn date_text(days: i32) -> String {
    chrono::NaiveDate::from_epoch_days(days).map_or_else(String::new, |date| date.format("%Y-%m-%d").to_string())
}

impl Value {
    fn text(&self) -> Option<String> {
        match self {
            Value::Null => None,
            Value::Text(text) => Some(text.to_string()),
            Value::Integer(number) => Some(number.to_string()),
            Value::Float(bits) => Some(number_text(f64::from_bits(*bits))),
            Value::Date(days) => Some(date_text(*days)),
        }
    }
}

/// One pattern for equal floats: zero has one sign, and all NaN are one.
pub fn float_bits(number: f64) -> u64 {
    if number == 0.0 {
        0
    } else if number.is_nan() {
        f64::NAN.to_bits()
    } else {
        number.to_bits()
    }
}

impl Interner {
    pub fn len(&self) -> usize {
        self.values.len()
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The values in order of their numbers, in canonical text.
    pub fn texts(&self) -> Vec<Option<String>> {
        self.texts_from(0).collect()
    }

    /// The values from this number on.
    pub fn texts_from(&self, first: usize) -> impl Iterator<Item = Option<String>> + '_ {
        self.values[first..].iter().map(Value::text)
    }

    /// Writes the number of each cell to `codes`; new values get the next number.
    ///
    /// # Errors
    /// An internal error for a type that sources do not make.
    pub fn encode(&mut self, cells: &ArrayRef, codes: &mut Vec<u32>) -> Result<()> {
        codes.clear();
        codes.reserve(cells.len());
        match cells.data_type() {
            DataType::Utf8 => codes.extend(cells.as_string::<i32>().iter().map(|cell| self.text_or_null(cell))),
            DataType::Utf8View => {
                let cells = cells.as_string_view();
                for (row, &view) in cells.views().iter().enumerate() {
                    let valid = cells.is_valid(row);
                    codes.push(match valid && view as u32 <= SHORT {
                        true => match self.short.get(&view) {
                            Some(&number) => number,
                            None => {
                                let number = self.text(cells.value(row));
                                if self.short.len() < FEW {
                                    self.short.insert(view, number);
                                }
                                number
                            }
                        },
                        false => self.text_or_null(valid.then(|| cells.value(row))),
                    });
                }
            }
            DataType::Int64 => {
                self.numbers(cells, codes, cells.as_primitive::<Int64Type>().values(), |&n| (n, Value::Integer(n)))
            }
            DataType::Float64 => self.numbers(cells, codes, cells.as_primitive::<Float64Type>().values(), |&n| {
                (float_bits(n) as i64, Value::Float(float_bits(n)))
            }),
            DataType::Date32 => self.numbers(cells, codes, cells.as_primitive::<Date32Type>().values(), |&n| {
                (i64::from(n), Value::Date(n))
            }),
            DataType::Dictionary(key, _) if **key == DataType::UInt32 => {
                let cells: &DictionaryArray<UInt32Type> = cells.as_dictionary();
                let mut labels = Vec::new();
                self.encode(cells.values(), &mut labels)?;
                let null = if cells.null_count() > 0 { self.null() } else { 0 };
                codes.extend(cells.keys().iter().map(|key| key.map_or(null, |key| labels[key as usize])));
            }
            other => return Err(Error::Internal(format!("a column of type {other} cannot be counted"))),
        }
        Ok(())
    }

    fn push(values: &mut Vec<Value>, value: Value) -> u32 {
        values.push(value);
        values.len() as u32 - 1
    }

    fn null(&mut self) -> u32 {
        *self.null.get_or_insert_with(|| Self::push(&mut self.values, Value::Null))
    }

    fn text_or_null(&mut self, cell: Option<&str>) -> u32 {
        match cell {
            None => self.null(),
            Some(text) => self.text(text),
        }
    }

    fn text(&mut self, text: &str) -> u32 {
        let Self { texts, values, hasher, .. } = self;
        let hash = hasher.hash_one(text);
        let same =
            |&(h, id): &(u64, u32)| h == hash && matches!(&values[id as usize], Value::Text(known) if **known == *text);
        if let Some(&(_, id)) = texts.find(hash, same) {
            return id;
        }
        let id = Self::push(values, Value::Text(text.into()));
        texts.insert_unique(hash, (hash, id), |&(hash, _)| hash);
        id
    }

    fn numbers<T>(&mut self, cells: &ArrayRef, codes: &mut Vec<u32>, raw: &[T], key: impl Fn(&T) -> (i64, Value)) {
        for (row, number) in raw.iter().enumerate() {
            if cells.is_null(row) {
                codes.push(self.null());
                continue;
            }
            let (key, value) = key(number);
            let values = &mut self.values;
            codes.push(*self.numbers.entry(key).or_insert_with(|| Self::push(values, value)));
        }
    }
}

/// Looks values up in a [`Domain`] that is already known.
#[derive(Debug)]
pub struct Encoder {
    seen: Interner,
    by_text: HashMap<Option<String>, u32>,
    /// Number given by `seen` → code in the domain.
    code_of: Vec<u32>,
}

impl Encoder {
    pub fn new(domain: &Domain) -> Self {
        let by_text = domain.values().iter().cloned().zip(0..).collect();
        Self { seen: Interner::default(), by_text, code_of: Vec::new() }
    }

    /// Whether the domain has each cell. For an encoder that is asked nothing else.
    pub fn knows(&mut self, cells: &ArrayRef) -> Result<Vec<bool>> {
        let mut codes = Vec::new();
        self.seen.encode(cells, &mut codes)?;
        for value in &self.seen.values[self.code_of.len()..] {
            self.code_of.push(self.by_text.get(&value.text()).copied().unwrap_or(u32::MAX));
        }
        Ok(codes.iter().map(|&code| self.code_of[code as usize] != u32::MAX).collect())
    }

    /// Writes the domain's code of each cell to `codes`; `false` if there is a value that it has not.
    pub fn encode(&mut self, cells: &ArrayRef, codes: &mut Vec<u32>) -> Result<bool> {
        self.seen.encode(cells, codes)?;
        for value in &self.seen.values[self.code_of.len()..] {
            match self.by_text.get(&value.text()) {
                Some(&code) => self.code_of.push(code),
                None => return Ok(false),
            }
        }
        codes.iter_mut().for_each(|code| *code = self.code_of[*code as usize]);
        Ok(true)
    }
}
