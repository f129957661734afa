//! Hierarchies read from a CSV table: one row per value, one column per level.

use hashbrown::HashMap;

use super::levels::{level, star};
use super::{Domain, Hierarchy, HierarchyError, STAR};
use crate::spec::UnknownValues;

/// A table as read: rows with as many cells each, and the line where each row begins.
struct Rows {
    cells: Vec<Vec<String>>,
    lines: Vec<u64>,
}

/// Builds the levels that a table gives to the values of a domain.
///
/// Cells are separated by `;` if the first line holds one outside quotes, otherwise by `,`; there is no
/// header. The row whose first cell is empty speaks of null: it only counts in `domain_size`, its other
/// cells stay empty. A last column with one single label is the `*` level, otherwise `*` is added.
/// With [`UnknownValues::Suppress`], values without a row are `*` on every level, level 0 too.
pub(super) fn build(text: &str, domain: &Domain, unknown: UnknownValues) -> Result<Hierarchy, HierarchyError> {
    let rows = read(text)?;
    let index = index(&rows)?;
    let columns = rows.cells[0].len();
    let named = || rows.cells.iter().filter(|row| !row[0].is_empty());
    let one_label = named().all(|row| named().next().is_some_and(|first| first[columns - 1] == row[columns - 1]));
    let below_top = if columns > 1 && one_label { columns - 1 } else { columns };
    check_cells(&rows, columns, below_top)?;
    check_refinement(&rows, below_top)?;

    let find = |value: &Option<String>| value.as_deref().filter(|v| !v.is_empty()).and_then(|v| index.get(v).copied());
    let row_of: Vec<Option<usize>> = domain.values().iter().map(find).collect();
    let strangers = row_of.iter().zip(domain.values()).filter(|(row, value)| row.is_none() && value.is_some()).count();
    if strangers > 0 && unknown == UnknownValues::Error {
        return Err(HierarchyError::Unknown { values: strangers as u64 });
    }
    let null_beside = domain.has_null() && !index.contains_key("");
    let domain_size = rows.cells.len() as u64 + u64::from(null_beside);

    let mut levels = Vec::with_capacity(below_top + 1);
    for at in 0..below_top {
        let texts = row_of.iter().zip(domain.values()).map(|(row, value)| match (row, value) {
            (_, None) => None,
            (Some(row), _) => Some(rows.cells[*row][at].clone()),
            (None, Some(_)) => Some(STAR.to_string()),
        });
        let mut level = level(if at == 0 { "value".to_string() } else { format!("level {at}") }, texts);
        let mut shared: HashMap<&str, u64> = HashMap::new();
        for row in named() {
            *shared.entry(&row[at]).or_default() += 1;
        }
        for (label, size) in level.labels.iter().zip(&mut level.sizes) {
            *size = match label.as_deref() {
                None => 1,
                Some(STAR) if strangers > 0 => domain_size,
                Some(label) => shared.get(label).copied().unwrap_or(domain_size),
            };
        }
        levels.push(level);
    }
    levels.push(star(domain, domain_size));
    Ok(Hierarchy { column: domain.column.clone(), levels, domain_size })
}

/// The text of the table without its first `level` columns, each row once: the hierarchy over labels.
pub(super) fn above(text: &str, level: usize) -> Result<String, HierarchyError> {
    let rows = read(text)?;
    let mut seen = hashbrown::HashSet::new();
    // all in quotes: a label may hold the sign that another table's cells are separated by
    let quoted = csv::QuoteStyle::Always;
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter(text)).quote_style(quoted).from_writer(Vec::new());
    for (row, &line) in rows.cells.iter().zip(&rows.lines) {
        let rest = row.get(level..).filter(|rest| !rest.is_empty()).ok_or_else(|| wrong(line, "it lacks the level"))?;
        if seen.insert(rest) {
            writer.write_record(rest).map_err(|_| wrong(line, "it cannot be written again"))?;
        }
    }
    let bytes = writer.into_inner().map_err(|_| wrong(1, "it cannot be written again"))?;
    String::from_utf8(bytes).map_err(|_| wrong(1, "it is not text"))
}

fn wrong(line: u64, message: impl Into<String>) -> HierarchyError {
    HierarchyError::Table { line, message: message.into() }
}

fn read(text: &str) -> Result<Rows, HierarchyError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let mut rows = Rows { cells: Vec::new(), lines: Vec::new() };
    let mut record = csv::StringRecord::new();
    let (mut line, mut counted) = (1, 0);
    loop {
        // The reader's own place may lie before empty lines and inside a `\r\n`.
        let mut start = (reader.position().byte() as usize).min(text.len());
        start += text.as_bytes()[start..].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        line += text.as_bytes()[counted..start].iter().filter(|&&b| b == b'\n').count() as u64;
        counted = start;
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {}
            Err(_) => return Err(wrong(line, "the row cannot be read as CSV")),
        }
        if let Some(first) = rows.cells.first()
            && first.len() != record.len()
        {
            let message = format!("{} cells, but the first row has {}", record.len(), first.len());
            return Err(wrong(line, message));
        }
        rows.cells.push(record.iter().map(str::to_string).collect());
        rows.lines.push(line);
    }
    if rows.cells.is_empty() {
        return Err(wrong(1, "the table is empty"));
    }
    Ok(rows)
}

fn delimiter(text: &str) -> u8 {
    let mut quoted = false;
    for byte in text.trim_start_matches(['\r', '\n']).bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b';' if !quoted => return b';',
            b'\n' if !quoted => break,
            _ => {}
        }
    }
    b','
}

/// The row of each value; two rows for one value are an error.
fn index(rows: &Rows) -> Result<HashMap<&str, usize>, HierarchyError> {
    let mut index = HashMap::with_capacity(rows.cells.len());
    for (at, row) in rows.cells.iter().enumerate() {
        if let Some(first) = index.insert(row[0].as_str(), at) {
            let message = format!("the value of this row already stands in line {}", rows.lines[first]);
            return Err(wrong(rows.lines[at], message));
        }
    }
    Ok(index)
}

/// Empty cells mean null, so only null's row may hold them, and nothing else; what is `*` stays `*`.
fn check_cells(rows: &Rows, columns: usize, below_top: usize) -> Result<(), HierarchyError> {
    for (row, &line) in rows.cells.iter().zip(&rows.lines) {
        if row[0].is_empty() {
            if row[1..below_top].iter().any(|cell| !cell.is_empty()) {
                return Err(wrong(line, "an empty value is null, which stays null: its labels must be empty too"));
            }
            continue;
        }
        if let Some(at) = row[..columns].iter().position(String::is_empty) {
            return Err(wrong(line, format!("the label of level {at} is empty")));
        }
        if let Some(at) = row[..below_top].windows(2).position(|pair| pair[0] == STAR && pair[1] != STAR) {
            let message = format!("the row of line {line} is `*` at level {at}, but not here");
            return Err(HierarchyError::NotARefinement { level: at + 1, message });
        }
    }
    Ok(())
}

/// Over all rows, also those whose values the source does not have.
fn check_refinement(rows: &Rows, below_top: usize) -> Result<(), HierarchyError> {
    for at in 0..below_top.saturating_sub(1) {
        let mut above: HashMap<&str, usize> = HashMap::new();
        for (number, row) in rows.cells.iter().enumerate().filter(|(_, row)| !row[0].is_empty()) {
            let first = *above.entry(&row[at]).or_insert(number);
            if rows.cells[first][at + 1] != row[at + 1] {
                let (first, second) = (rows.lines[first], rows.lines[number]);
                let message = format!("lines {first} and {second} share a label at level {at}, but not here");
                return Err(HierarchyError::NotARefinement { level: at + 1, message });
            }
        }
    }
    Ok(())
}
