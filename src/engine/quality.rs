//! The quality of the source's cells by GB/T 36344, counted while pass 1 counts its combinations.

mod kernels;

use std::path::PathBuf;

use arrow::array::{Array, ArrayRef};

use self::kernels::{Edge, edge, gather, outside, texts, untyped};
use super::limits::Limits;
use super::local::{Spills, parts, workers};
use crate::error::{Error, Result};
use crate::risk::quality::Tested;
use crate::secret::Secret;
use crate::source::Wanted;
use crate::source::prepare::{Codes, RecordTest};
use crate::spec::quality::{Bound, CellRules, Dimension, Pattern, Quality, RecordRule, day};
use crate::spec::{ColumnSpec, ColumnType};
use crate::table::tally::{TallyPart, finish};

/// The rules of a pipeline, ready to be counted.
pub struct Rules {
    /// The columns that they need, each in the types that it is needed in.
    wanted: Vec<Wanted>,
    cells: Vec<CellTest>,
    records: Vec<(RecordRule, RecordTest, Vec<usize>)>,
}

/// A rule for the cells of a column.
struct CellTest {
    /// The place in `wanted`.
    column: usize,
    /// The key of the rule in the pipeline file.
    rule: &'static str,
    dimension: Dimension,
    test: Test,
}

enum Test {
    Required,
    Pattern(Pattern),
    Codes(Codes),
    Within { least: Option<Edge>, most: Option<Edge> },
    Unique,
}

/// Reads a code table that is a file: its path and its text.
pub type ReadTable<'a> = &'a mut dyn FnMut(&str) -> Result<(PathBuf, String)>;

impl Rules {
    /// Makes the rules ready; `None` where nothing is asked. `read` is called for code tables that are not built in.
    ///
    /// # Errors
    /// [`Error::Usage`] for an expression that cannot be tested on these columns; those of code tables.
    pub fn new(quality: &Quality, columns: &[ColumnSpec], read: ReadTable) -> Result<Option<Self>> {
        if quality.is_empty() {
            return Ok(None);
        }
        let mut rules = Self { wanted: Vec::new(), cells: Vec::new(), records: Vec::new() };
        for (name, asked) in &quality.cells {
            let column = columns.iter().find(|column| column.name == *name).ok_or_else(|| lost(name))?;
            rules.column(column, asked, read)?;
        }
        let declared: Vec<Wanted> =
            columns.iter().map(|column| Wanted { name: column.name.clone(), kind: column.kind.clone() }).collect();
        for rule in &quality.records {
            let test = RecordTest::new(&rule.expression, &declared).map_err(|error| of_rule(error, &rule.name))?;
            let places = test.columns().iter().map(|column| place(&mut rules.wanted, column)).collect();
            rules.records.push((rule.clone(), test, places));
        }
        Ok(Some(rules))
    }

    fn column(&mut self, column: &ColumnSpec, asked: &CellRules, read: ReadTable) -> Result<()> {
        let typed = Wanted { name: column.name.clone(), kind: column.kind.clone() };
        // as the source writes it, whatever the pipeline reads it as
        let text = Wanted { kind: ColumnType::Text, ..typed.clone() };
        let wrong = || lost(&column.name);
        let mut tests: Vec<(&Wanted, &'static str, Dimension, Test)> = Vec::new();
        if asked.required {
            tests.push((&typed, "required", Dimension::Completeness, Test::Required));
        }
        if let Some(pattern) = &asked.pattern {
            tests.push((
                &text,
                "pattern",
                Dimension::Conformity,
                Test::Pattern(Pattern::new(pattern).ok_or_else(wrong)?),
            ));
        }
        if let Some(codes) = &asked.codes {
            tests.push((&text, "codes", Dimension::Conformity, Test::Codes(Codes::listed(codes))));
        }
        if let Some(table) = &asked.table {
            let own = if table.to_lowercase().ends_with(".csv") { Some(read(table)?) } else { None };
            let own = own.as_ref().map(|(path, text)| (path.as_path(), text.as_str()));
            let codes = Codes::of_table(table, asked.table_column.as_deref(), own)?;
            tests.push((&text, "table", Dimension::Conformity, Test::Codes(codes)));
        }
        let edge = |bound: &Bound| edge(bound).ok_or_else(wrong);
        if let Some(bound) = &asked.least {
            let within = Test::Within { least: Some(edge(bound)?), most: None };
            tests.push((&typed, "least", Dimension::Accuracy, within));
        }
        if let Some(bound) = &asked.most {
            let within = Test::Within { least: None, most: Some(edge(bound)?) };
            tests.push((&typed, "most", Dimension::Accuracy, within));
        }
        if asked.unique {
            tests.push((&typed, "unique", Dimension::Accuracy, Test::Unique));
        }
        if let Some(period) = &asked.period {
            let end = |text: &Option<String>| match text {
                Some(text) => day(text).map(|day| Some(Edge::Day(day))).ok_or_else(wrong),
                None => Ok(None),
            };
            let within = Test::Within { least: end(&period.from)?, most: end(&period.to)? };
            tests.push((&typed, "period", Dimension::Timeliness, within));
        }
        for (wanted, rule, dimension, test) in tests {
            let column = place(&mut self.wanted, wanted);
            self.cells.push(CellTest { column, rule, dimension, test });
        }
        Ok(())
    }

    /// The places of the columns that the rules need among those that a scan reads; those that it does not read are added.
    pub fn places(&self, read: &mut Vec<Wanted>) -> Vec<usize> {
        self.wanted.iter().map(|column| place(read, column)).collect()
    }

    /// An empty count for each worker. `key` tells values of `unique` columns apart and dies with the count; what does not
    /// fit in memory of their hashes is spilled.
    ///
    /// # Errors
    /// There is no place to spill to.
    pub fn counts(&self, spills: Spills, key: &Secret<[u8; 32]>) -> Result<Vec<Count>> {
        let one = || Count {
            rows: 0,
            cells: vec![(0, 0); self.cells.len()],
            unique: Vec::new(),
            records: vec![(0, 0); self.records.len()],
        };
        let mut counts: Vec<Count> = (0..workers()).map(|_| one()).collect();
        let columns = self.cells.iter().filter(|cell| matches!(cell.test, Test::Unique)).count();
        // all of them together hold as much as the subjects of the tally
        let buffer = Limits::get().tally.map(|bytes| bytes / columns.max(1));
        for _ in 0..columns {
            let parts = parts(0, true, spills, key)?.into_iter().map(|part| part.buffered(buffer));
            counts.iter_mut().zip(parts).for_each(|(count, part)| count.unique.push(part));
        }
        Ok(counts)
    }

    /// Counts some records; `cells` gives the column at a place of the rules' own.
    ///
    /// # Errors
    /// A rule that cannot be told of some record; never with a cell in it.
    pub fn see<'c>(&self, count: &mut Count, rows: usize, cells: impl Fn(usize) -> &'c ArrayRef) -> Result<()> {
        count.rows += rows as u64;
        let mut unique = count.unique.iter_mut();
        for (cell, (tested, failed)) in self.cells.iter().zip(&mut count.cells) {
            let cells = cells(cell.column);
            let there = (cells.len() - cells.null_count()) as u64;
            *tested += if matches!(cell.test, Test::Required) { cells.len() as u64 } else { there };
            *failed += match &cell.test {
                Test::Required => cells.null_count() as u64,
                Test::Pattern(pattern) => pattern.broken_by(cells).ok_or_else(untyped)?,
                Test::Codes(codes) => texts(cells, |text| codes.has(text))?,
                Test::Within { least, most } => outside(cells, *least, *most)?,
                // known when all have been seen
                Test::Unique => {
                    let part = unique.next().ok_or_else(|| Error::Internal("a rule has no place to count".into()))?;
                    gather(part, cells)?;
                    0
                }
            };
        }
        for ((rule, test, places), (tested, failed)) in self.records.iter().zip(&mut count.records) {
            let columns: Vec<ArrayRef> = places.iter().map(|&place| cells(place).clone()).collect();
            let (all, broken) = test.test(&columns).map_err(|error| of_rule(error, &rule.name))?;
            *tested += all;
            *failed += broken;
        }
        Ok(())
    }

    /// What came of every rule: those of columns, those for records, and last the records that were read.
    ///
    /// # Errors
    /// What was spilled cannot be read.
    pub fn told(&self, counts: Vec<Count>) -> Result<Vec<Tested>> {
        let add = |all: &mut [(u64, u64)], more: &[(u64, u64)]| {
            all.iter_mut().zip(more).for_each(|(all, more)| *all = (all.0 + more.0, all.1 + more.1));
        };
        let (mut cells, mut records) = (vec![(0, 0); self.cells.len()], vec![(0, 0); self.records.len()]);
        let (mut rows, mut unique): (u64, Vec<Vec<TallyPart>>) = (0, Vec::new());
        for count in counts {
            rows += count.rows;
            add(&mut cells, &count.cells);
            add(&mut records, &count.records);
            for (column, part) in count.unique.into_iter().enumerate() {
                match unique.get_mut(column) {
                    Some(parts) => parts.push(part),
                    None => unique.push(vec![part]),
                }
            }
        }
        let repeated = self.cells.iter().zip(&mut cells).filter(|(cell, _)| matches!(cell.test, Test::Unique));
        for ((_, (tested, failed)), parts) in repeated.zip(unique) {
            *failed = tested.saturating_sub(finish(&[], parts)?.total_subjects());
        }
        let of_column = |(cell, &(tested, failed)): (&CellTest, &(u64, u64))| Tested {
            rule: cell.rule.into(),
            column: Some(self.wanted[cell.column].name.clone()),
            dimension: cell.dimension,
            tested,
            failed,
        };
        let of_records = |((rule, ..), &(tested, failed)): (&(RecordRule, RecordTest, Vec<usize>), &(u64, u64))| {
            Tested { rule: rule.name.clone(), column: None, dimension: rule.dimension, tested, failed }
        };
        let mut told: Vec<Tested> = self.cells.iter().zip(&cells).map(of_column).collect();
        told.extend(self.records.iter().zip(&records).map(of_records));
        // a record that cannot be read ends the run
        let dimension = Dimension::Accessibility;
        told.push(Tested { rule: "read".into(), column: None, dimension, tested: rows, failed: 0 });
        Ok(told)
    }
}

/// What one worker has seen: of each rule the tests and the failures.
pub struct Count {
    rows: u64,
    cells: Vec<(u64, u64)>,
    /// The distinct values of each `unique` column.
    unique: Vec<TallyPart>,
    records: Vec<(u64, u64)>,
}

/// The place of a column in a list, at its end where it was not there.
fn place(list: &mut Vec<Wanted>, column: &Wanted) -> usize {
    let known = list.iter().position(|known| known == column);
    known.unwrap_or_else(|| {
        list.push(column.clone());
        list.len() - 1
    })
}

fn lost(column: &str) -> Error {
    Error::Internal(format!("the quality of `{column}` was not checked"))
}

/// Says of an error which rule it was.
fn of_rule(error: Error, name: &str) -> Error {
    match error {
        Error::Usage { message, help } => Error::Usage { message: format!("quality rule `{name}`: {message}"), help },
        Error::Input { message, place, help } => {
            Error::Input { message: format!("quality rule `{name}`: {message}"), place, help }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests;
