//! [`Generalize`]: values to the labels of one level of a hierarchy.

mod written;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, StringArray, UInt32Array};
use arrow::datatypes::{DataType, Float64Type, Int64Type, UInt32Type};

use crate::error::{Error, Result};
use crate::spec::UnknownValues;
use crate::table::hierarchy::level_name_zh;
use crate::table::intern::{Interner, float_bits, number_text};

/// Replaces values by labels; the result is a dictionary of the distinct labels.
#[derive(Debug, Clone)]
pub struct Generalize {
    level: Option<LevelName>,
    from: From,
    /// Label index → key in `dictionary`; `None` for the label null.
    key_of: Vec<Option<u32>>,
    /// Distinct labels in the order of their first index.
    dictionary: Arc<StringArray>,
}

/// What the cells hold.
#[derive(Debug, Clone)]
enum From {
    /// Label indexes, as the join with the recoding gives them.
    Codes,
    /// Values, looked up by canonical text; the key of `*` where unknown values get it.
    Values { label_of: HashMap<String, u32>, numbers: Numbers, unknown: Option<u32> },
}

/// Labels of those values that are numbers: cells of numbers are looked up without being written out.
#[derive(Debug, Clone, Default)]
struct Numbers {
    integers: hashbrown::HashMap<i64, u32>,
    /// By bits, as [`float_bits`] gives them.
    floats: hashbrown::HashMap<u64, u32>,
}

impl Numbers {
    /// Takes the texts that are what a number is written as.
    fn of(label_of: &HashMap<String, u32>) -> Self {
        let mut numbers = Self::default();
        for (text, &label) in label_of {
            if let Some(number) = text.parse::<i64>().ok().filter(|number| number.to_string() == *text) {
                numbers.integers.insert(number, label);
            }
            if let Some(number) = text.parse::<f64>().ok().filter(|number| number_text(*number) == *text) {
                numbers.floats.insert(float_bits(number), label);
            }
        }
        numbers
    }
}

#[derive(Debug, Clone)]
struct LevelName {
    name: String,
    index: usize,
    top: usize,
}

impl Generalize {
    /// Takes cells that are indexes of `labels` (`UInt32`); the label `None` gives null.
    pub fn new(labels: Vec<Option<String>>) -> Self {
        let (key_of, distinct) = distinct(&labels);
        Self { level: None, from: From::Codes, key_of, dictionary: Arc::new(StringArray::from(distinct)) }
    }

    /// Takes cells that hold values: `label_of` gives the index in `labels` for each canonical text.
    ///
    /// For columns with a level fixed in the pipeline. Values that `label_of` does not know become `*`, or
    /// an error with their number.
    ///
    /// # Errors
    /// [`Error::Internal`] where `label_of` holds an index beyond `labels`.
    pub fn fixed(label_of: HashMap<String, u32>, labels: Vec<Option<String>>, unknown: UnknownValues) -> Result<Self> {
        if label_of.values().any(|&label| label as usize >= labels.len()) {
            return Err(Error::Internal("a value has a label beyond the labels of its level".into()));
        }
        let (key_of, mut distinct) = distinct(&labels);
        let unknown = match unknown {
            UnknownValues::Error => None,
            UnknownValues::Suppress => Some(distinct.iter().position(|&label| label == "*").unwrap_or_else(|| {
                distinct.push("*");
                distinct.len() - 1
            }) as u32),
        };
        let dictionary = Arc::new(StringArray::from(distinct));
        let numbers = Numbers::of(&label_of);
        Ok(Self { level: None, from: From::Values { label_of, numbers, unknown }, key_of, dictionary })
    }

    /// Adds what the plan shows: the name of the level, its index from 0, and the index of the last level.
    pub fn at_level(mut self, name: impl Into<String>, index: usize, top: usize) -> Self {
        self.level = Some(LevelName { name: name.into(), index, top });
        self
    }

    /// Labels each cell; nulls stay null.
    ///
    /// # Errors
    /// [`Error::Internal`] for a code beyond the labels or another array type, [`Error::Input`] with the
    /// number of cells that the hierarchy does not know.
    pub(super) fn apply(&self, cells: &ArrayRef) -> Result<ArrayRef> {
        let keys: UInt32Array = match &self.from {
            From::Codes => self.keys_of_codes(cells)?,
            From::Values { label_of, numbers, unknown } => {
                let keys = self.keys_of_values(cells, label_of, numbers)?;
                known(keys, *unknown)?
            }
        };
        let dictionary = DictionaryArray::<UInt32Type>::try_new(keys, self.dictionary.clone());
        Ok(Arc::new(dictionary.map_err(|e| Error::Internal(format!("a label column is not well formed: {e}")))?))
    }

    fn keys_of_codes(&self, cells: &ArrayRef) -> Result<UInt32Array> {
        if cells.data_type() != &DataType::UInt32 {
            return Err(Error::Internal(format!("labels are found by UInt32 codes, not {}", cells.data_type())));
        }
        let key = |code: u32| match self.key_of.get(code as usize) {
            Some(&key) => Ok(key),
            None => Err(Error::Internal("a code has no label".into())),
        };
        let codes = cells.as_primitive::<UInt32Type>();
        codes.iter().map(|cell| cell.map_or(Ok(None), key)).collect()
    }

    /// The key of each cell, if it has one; `None` for a value without a label.
    fn keys_of_values(
        &self,
        cells: &ArrayRef,
        label_of: &HashMap<String, u32>,
        numbers: &Numbers,
    ) -> Result<Vec<Option<Option<u32>>>> {
        let key = |label: Option<&u32>| label.map(|&label| self.key_of[label as usize]);
        Ok(match cells.data_type() {
            DataType::Int64 => {
                let cells = cells.as_primitive::<Int64Type>().iter();
                cells.map(|cell| cell.map_or(Some(None), |number| key(numbers.integers.get(&number)))).collect()
            }
            DataType::Float64 => {
                let cells = cells.as_primitive::<Float64Type>().iter();
                cells.map(|cell| cell.map_or(Some(None), |n| key(numbers.floats.get(&float_bits(n))))).collect()
            }
            _ => {
                // each distinct value is looked up once
                let (mut interner, mut codes) = (Interner::default(), Vec::new());
                interner.encode(cells, &mut codes)?;
                let texts = interner.texts();
                let key_of: Vec<Option<Option<u32>>> =
                    texts.iter().map(|text| text.as_ref().map_or(Some(None), |text| key(label_of.get(text)))).collect();
                codes.iter().map(|&code| key_of[code as usize]).collect()
            }
        })
    }
}

/// The keys, with that for unknown values where there is one.
fn known(keys: Vec<Option<Option<u32>>>, suppressed: Option<u32>) -> Result<UInt32Array> {
    let unknown = keys.iter().filter(|key| key.is_none()).count();
    if unknown > 0 && suppressed.is_none() {
        return Err(Error::Input {
            message: format!("{unknown} cells hold values that the hierarchy does not know"),
            place: None,
            help: Some("add them to the hierarchy, or set `unknown = \"suppress\"`".into()),
        });
    }
    Ok(keys.into_iter().map(|key| key.unwrap_or(suppressed)).collect())
}

/// The key of each label in the list of distinct labels, and that list.
fn distinct(labels: &[Option<String>]) -> (Vec<Option<u32>>, Vec<&str>) {
    let mut seen: HashMap<&str, u32> = HashMap::new();
    let mut list = Vec::new();
    let mut key_of = Vec::with_capacity(labels.len());
    for label in labels {
        key_of.push(label.as_deref().map(|label| {
            *seen.entry(label).or_insert_with(|| {
                list.push(label);
                list.len() as u32 - 1
            })
        }));
    }
    (key_of, list)
}

impl Generalize {
    /// What it does, in Chinese.
    pub(super) fn zh(&self) -> String {
        match &self.level {
            Some(LevelName { name, index, top }) => {
                format!("泛化为{}（第 {index} 级，共 {top} 级）", level_name_zh(name))
            }
            None => "泛化".into(),
        }
    }
}

impl fmt::Display for Generalize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.level {
            Some(LevelName { name, index, top }) => write!(f, "{name} (level {index} of {top})"),
            None => f.write_str("generalize"),
        }
    }
}
