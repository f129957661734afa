//! [`Sheet`]: a table under construction, filled row by row.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Builder, Int64Builder};
use arrow::datatypes::DataType;

use super::draw::Draw;
use super::text::Text;

/// The columns under construction. The cells of a row are written from left to right, each kind by itself: texts in
/// the order of the text columns, numbers in the order of the number columns.
pub struct Sheet {
    texts: Vec<Text>,
    integers: Vec<Int64Builder>,
    numbers: Vec<Float64Builder>,
    /// The next text, integer and number column.
    next: [usize; 3],
}

impl Sheet {
    fn new(columns: &[(&str, DataType)], rows: usize) -> Self {
        let of = |wanted: &DataType| columns.iter().filter(|(_, kind)| kind == wanted).count();
        Self {
            texts: (0..of(&DataType::Utf8)).map(|_| Text::new(rows, 14)).collect(),
            integers: (0..of(&DataType::Int64)).map(|_| Int64Builder::with_capacity(rows)).collect(),
            numbers: (0..of(&DataType::Float64)).map(|_| Float64Builder::with_capacity(rows)).collect(),
            next: [0; 3],
        }
    }

    /// The next of the columns of a kind; after the last the first.
    fn turn(&mut self, kind: usize, columns: usize) -> usize {
        let at = self.next[kind];
        self.next[kind] = (at + 1) % columns;
        at
    }

    /// The cell of the next text column, to be written and ended.
    pub fn text(&mut self) -> &mut Text {
        let at = self.turn(0, self.texts.len());
        &mut self.texts[at]
    }

    /// The whole cell of the next text column.
    pub fn cell(&mut self, text: &str) {
        self.text().cell(text);
    }

    /// The whole cell of the next text column, or none.
    pub fn maybe(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.cell(text),
            None => self.text().null(),
        }
    }

    /// The cell of the next column of whole numbers.
    pub fn integer(&mut self, value: i64) {
        let at = self.turn(1, self.integers.len());
        self.integers[at].append_value(value);
    }

    /// The cell of the next column of numbers, or none.
    pub fn number(&mut self, value: impl Into<Option<f64>>) {
        let at = self.turn(2, self.numbers.len());
        self.numbers[at].append_option(value.into());
    }

    fn finish(self, columns: &[(&str, DataType)]) -> Vec<ArrayRef> {
        let mut texts = self.texts.into_iter().map(|mut text| text.finish());
        let mut integers = self.integers.into_iter().map(|mut cells| Arc::new(cells.finish()) as ArrayRef);
        let mut numbers = self.numbers.into_iter().map(|mut cells| Arc::new(cells.finish()) as ArrayRef);
        let column = |(_, kind): &(&str, DataType)| match kind {
            DataType::Int64 => integers.next(),
            DataType::Float64 => numbers.next(),
            _ => texts.next(),
        };
        columns.iter().filter_map(column).collect()
    }
}

/// Makes the columns of `rows`, whose first row is the first of a block of `block` rows: `fill` writes one row with
/// the random stream of its block, which is of `stream`.
pub fn fill(
    columns: &[(&str, DataType)],
    stream: [u8; 32],
    rows: Range<u64>,
    block: u64,
    mut fill: impl FnMut(&mut Sheet, &mut Draw, u64),
) -> Vec<ArrayRef> {
    let mut sheet = Sheet::new(columns, (rows.end - rows.start) as usize);
    let mut draw = Draw::new(stream, rows.start / block);
    for row in rows {
        if row % block == 0 {
            draw = Draw::new(stream, row / block);
        }
        fill(&mut sheet, &mut draw, row);
    }
    sheet.finish(columns)
}
