//! Cells gathered to rows, merged ranges filled.

use std::collections::BTreeMap;
use std::path::Path;

use calamine::Dimensions;

use super::Fault;
use super::book::Workbook;
use super::value::value;
use crate::error::{Error, Place, Result};
use crate::source::cells::Value;

type Cell = Result<Value<'static>, Fault>;

/// A row of a sheet.
pub(super) struct Row {
    /// From 0.
    pub number: u32,
    /// The cells that hold something, by column from 0.
    pub cells: BTreeMap<u32, Cell>,
    /// Whether one of them stands in this row itself.
    pub own: bool,
}

impl Row {
    /// The name of a cell, such as `D7`.
    pub fn cell(&self, column: u32) -> String {
        format!("{}{}", letters(column), u64::from(self.number) + 1)
    }
}

/// The name of a column, such as `D`.
pub(super) fn letters(column: u32) -> String {
    let (mut letters, mut rest) = (Vec::new(), u64::from(column) + 1);
    while rest > 0 {
        letters.push(char::from(b'A' + ((rest - 1) % 26) as u8));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

/// Ranges whose value stands for all their cells.
struct Ranges {
    /// Those that come, the next one last.
    coming: Vec<Dimensions>,
    here: Vec<(Dimensions, Option<Cell>)>,
}

impl Ranges {
    fn new(mut ranges: Vec<Dimensions>) -> Self {
        ranges.sort_by_key(|range| std::cmp::Reverse(range.start));
        Self { coming: ranges, here: Vec::new() }
    }

    /// Fills a row; rows come in ascending order, and those between that have no cell may be left out.
    fn fill(&mut self, row: u32, cells: &mut BTreeMap<u32, Cell>) {
        while let Some(range) = self.coming.pop_if(|range| range.start.0 <= row) {
            // a range whose first row has no cell has no value
            let value = if range.start.0 == row { cells.get(&range.start.1).cloned() } else { None };
            self.here.push((range, value));
        }
        self.here.retain(|(range, _)| range.end.0 >= row);
        for (range, value) in &self.here {
            let Some(value) = value else { continue };
            for column in range.start.1..=range.end.1 {
                cells.entry(column).or_insert_with(|| value.clone());
            }
        }
    }

    /// Whether a row that has no cells may get some.
    fn reach(&self, row: u32) -> bool {
        self.here.iter().any(|(range, _)| range.end.0 >= row)
    }
}

/// Hands the rows on that hold something.
///
/// # Errors
/// Cells that do not come row by row, and what `work` says.
pub(super) fn each_row(
    book: &mut Workbook,
    path: &Path,
    merged: Vec<Dimensions>,
    nulls: &[String],
    mut work: impl FnMut(&mut Row) -> Result<()>,
) -> Result<()> {
    let mut ranges = Ranges::new(merged);
    let mut row = Row { number: 0, cells: BTreeMap::new(), own: false };
    let mut done = |row: &mut Row, next: Option<u32>| -> Result<()> {
        row.own = !row.cells.is_empty();
        ranges.fill(row.number, &mut row.cells);
        if !row.cells.is_empty() {
            work(row)?;
        }
        // a header of two rows may have merged cells only in its second
        while let Some(number) = (row.number + 1 < next.unwrap_or(0)).then_some(row.number + 1) {
            if !ranges.reach(number) {
                break;
            }
            *row = Row { number, cells: BTreeMap::new(), own: false };
            ranges.fill(number, &mut row.cells);
            if !row.cells.is_empty() {
                work(row)?;
            }
        }
        Ok(())
    };
    book.each_cell(|number, column, cell| {
        if number != row.number {
            if number < row.number {
                let place = Place { path: Some(path.into()), line: Some(u64::from(number) + 1), ..Place::default() };
                return Err(Error::input("the rows of the sheet are out of order").at(place));
            }
            done(&mut row, Some(number))?;
            row = Row { number, cells: BTreeMap::new(), own: false };
        }
        match value(cell, nulls) {
            Ok(Value::Null) => {}
            cell => {
                row.cells.insert(column, cell);
            }
        }
        Ok(())
    })?;
    done(&mut row, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_have_the_names_that_people_use() {
        let row = Row { number: 6, cells: BTreeMap::new(), own: false };
        let names = [(0, "A7"), (25, "Z7"), (26, "AA7"), (701, "ZZ7"), (702, "AAA7"), (16_383, "XFD7")];
        names.iter().for_each(|(column, name)| assert_eq!(row.cell(*column), *name));
    }

    #[test]
    fn a_range_has_one_value() {
        let mut ranges = Ranges::new(vec![Dimensions::new((1, 0), (3, 0)), Dimensions::new((1, 1), (1, 3))]);
        let text = |text: &str| -> Cell { Ok(Value::Text(text.to_owned().into())) };
        let mut filled = |row, cells: &[(u32, &str)]| {
            let mut cells: BTreeMap<u32, Cell> = cells.iter().map(|&(column, cell)| (column, text(cell))).collect();
            ranges.fill(row, &mut cells);
            cells
                .into_iter()
                .map(|(column, cell)| (column, cell.unwrap().text().unwrap().into_owned()))
                .collect::<Vec<_>>()
        };
        let pairs = |pairs: &[(u32, &str)]| pairs.iter().map(|&(at, text)| (at, text.to_owned())).collect::<Vec<_>>();
        assert_eq!(filled(0, &[(0, "x")]), pairs(&[(0, "x")]));
        assert_eq!(filled(1, &[(0, "a"), (1, "b")]), pairs(&[(0, "a"), (1, "b"), (2, "b"), (3, "b")]));
        assert_eq!(filled(3, &[(2, "c")]), pairs(&[(0, "a"), (2, "c")]));
        assert_eq!(filled(4, &[(2, "c")]), pairs(&[(2, "c")]));
    }
}
