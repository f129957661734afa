//! The distinct values of one column.

use crate::error::Result;
use crate::written::{Reader, Writer, Written, ensure};

/// The distinct values of a column in canonical text, null first, then by bytes. A code is an index.
///
/// Canonical text: integers and numbers in their shortest decimal form, dates as `YYYY-MM-DD`, text as
/// it is. Null is a value of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    pub column: String,
    values: Vec<Option<String>>,
}

impl Domain {
    /// Sorts `values` and returns, beside the domain, the new code of each old index.
    ///
    /// Equal values get one code.
    pub fn sorted(column: impl Into<String>, values: Vec<Option<String>>) -> (Self, Vec<u32>) {
        let mut order: Vec<u32> = (0..values.len() as u32).collect();
        order.sort_by(|&a, &b| values[a as usize].cmp(&values[b as usize]));
        let mut code = vec![0; values.len()];
        let mut sorted: Vec<Option<String>> = Vec::with_capacity(values.len());
        for old in order {
            let value = &values[old as usize];
            if sorted.last() != Some(value) {
                sorted.push(value.clone());
            }
            code[old as usize] = sorted.len() as u32 - 1;
        }
        (Self { column: column.into(), values: sorted }, code)
    }

    pub fn values(&self) -> &[Option<String>] {
        &self.values
    }

    pub fn len(&self) -> usize {
        self.values.len()
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub fn has_null(&self) -> bool {
        self.values.first().is_some_and(Option::is_none)
    }
}

impl Written for Domain {
    fn write(&self, to: &mut Writer) {
        self.column.write(to);
        to.labels(&self.values);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        let (column, values) = (from.value()?, from.labels()?);
        ensure(u32::try_from(values.len()).is_ok(), "a column has too many values")?;
        ensure(values.is_sorted_by(|a, b| a < b), "the values of a column are not in order")?;
        Ok(Self { column, values })
    }
}
