//! Tables in memory, as attacks see them: the source's rows and the released ones in the same terms.

use hashbrown::HashMap;

/// The cells of one column.
#[derive(Debug, Clone, PartialEq)]
pub enum Cells {
    /// Equal codes are equal cells; a null is a code of its own ([`NULL`] from a [`Coder`]).
    Codes(Vec<u32>),
    /// A null is NaN.
    Numbers(Vec<f64>),
}

/// What [`Coder`] gives to a null.
pub const NULL: u32 = 0;

impl Cells {
    pub fn len(&self) -> usize {
        match self {
            Self::Codes(codes) => codes.len(),
            Self::Numbers(numbers) => numbers.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Each different cell once, ascending; nulls are one.
    pub fn distinct(&self) -> Self {
        match self {
            Self::Codes(codes) => {
                let mut codes = codes.clone();
                codes.sort_unstable();
                codes.dedup();
                Self::Codes(codes)
            }
            Self::Numbers(numbers) => {
                let mut numbers = numbers.clone();
                numbers.sort_by(f64::total_cmp);
                numbers.dedup_by(|a, b| a == b || (a.is_nan() && b.is_nan()));
                Self::Numbers(numbers)
            }
        }
    }

    /// The cells of these rows, in this order.
    pub fn pick(&self, rows: &[u32]) -> Self {
        match self {
            Self::Codes(codes) => Self::Codes(rows.iter().map(|&row| codes[row as usize]).collect()),
            Self::Numbers(numbers) => Self::Numbers(rows.iter().map(|&row| numbers[row as usize]).collect()),
        }
    }
}

/// A table: names, and as many columns of the same length.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    names: Vec<String>,
    columns: Vec<Cells>,
}

/// Columns of one table differ in length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ragged;

impl std::fmt::Display for Ragged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("columns of one table differ in length")
    }
}

impl std::error::Error for Ragged {}

impl Rows {
    /// # Errors
    /// Columns of different lengths.
    pub fn new(columns: Vec<(String, Cells)>) -> Result<Self, Ragged> {
        let (names, columns): (Vec<String>, Vec<Cells>) = columns.into_iter().unzip();
        if columns.windows(2).any(|pair| pair[0].len() != pair[1].len()) {
            return Err(Ragged);
        }
        Ok(Self { names, columns })
    }

    pub fn names(&self) -> &[String] {
        &self.names
    }

    pub fn columns(&self) -> &[Cells] {
        &self.columns
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.columns.first().map_or(0, Cells::len)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The index of a column.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|own| own == name)
    }

    /// All columns but these.
    pub fn without(&self, columns: &[usize]) -> Self {
        let kept = |&column: &usize| !columns.contains(&column);
        let places = || (0..self.columns.len()).filter(kept);
        Self {
            names: places().map(|column| self.names[column].clone()).collect(),
            columns: places().map(|column| self.columns[column].clone()).collect(),
        }
    }

    /// Of these columns the `most` with the most different cells.
    pub fn finest(&self, columns: impl IntoIterator<Item = usize>, most: usize) -> Vec<usize> {
        let mut counted: Vec<(usize, usize)> =
            columns.into_iter().map(|column| (self.columns[column].distinct().len(), column)).collect();
        counted.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        counted.into_iter().take(most).map(|(_, column)| column).collect()
    }

    /// These rows, in this order.
    pub fn pick(&self, rows: &[u32]) -> Self {
        Self { names: self.names.clone(), columns: self.columns.iter().map(|cells| cells.pick(rows)).collect() }
    }
}

/// Gives equal cells equal codes. One for each column, shared by the source and the release: their labels then
/// compare as numbers.
#[derive(Debug, Clone, Default)]
pub struct Coder {
    codes: HashMap<String, u32>,
}

impl Coder {
    /// The code of a cell: [`NULL`] for a null, and the next free number for a text not seen before.
    pub fn code(&mut self, cell: Option<&str>) -> u32 {
        let Some(text) = cell else { return NULL };
        if let Some(&code) = self.codes.get(text) {
            return code;
        }
        let code = self.codes.len() as u32 + 1;
        self.codes.insert(text.into(), code);
        code
    }

    /// As [`Self::code`], for a whole column.
    pub fn column<'a>(&mut self, cells: impl IntoIterator<Item = Option<&'a str>>) -> Cells {
        Cells::Codes(cells.into_iter().map(|cell| self.code(cell)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_cells_have_equal_codes_and_null_its_own() {
        let mut coder = Coder::default();
        let source = coder.column([Some("a"), None, Some(""), Some("b")]);
        let released = coder.column([Some("b"), Some("c"), None]);
        assert_eq!(source, Cells::Codes(vec![1, NULL, 2, 3]));
        assert_eq!(released, Cells::Codes(vec![3, 4, NULL]));
    }

    #[test]
    fn ragged_tables_are_refused_and_rows_picked() {
        let codes = |codes: &[u32]| Cells::Codes(codes.to_vec());
        assert_eq!(Rows::new(vec![("a".into(), codes(&[1])), ("b".into(), codes(&[1, 2]))]), Err(Ragged));
        let rows = Rows::new(vec![("a".into(), codes(&[1, 2, 3])), ("b".into(), Cells::Numbers(vec![0.5, 1.5, 2.5]))])
            .unwrap();
        assert_eq!(rows.without(&[0]).names(), ["b"]);
        assert_eq!((rows.finest([0, 1], 1), rows.finest([1, 0], 9)), (vec![0], vec![0, 1]));
        assert_eq!(rows.pick(&[1, 1, 0]).finest([1], 1), [1]);
        let picked = rows.pick(&[2, 0, 2]);
        assert_eq!(picked.columns(), [codes(&[3, 1, 3]), Cells::Numbers(vec![2.5, 0.5, 2.5])]);
        assert_eq!((picked.len(), picked.place("b"), picked.place("c")), (3, Some(1), None));
    }
}
