//! Code tables that are built in; each file tells at its head what it covers.

use crate::spec::prepare::CODE_TABLES;

/// A code table: its columns, and its rows with their lines.
#[derive(Debug)]
pub(super) struct CodeTable {
    pub columns: Vec<String>,
    pub rows: Vec<(u64, Vec<String>)>,
}

/// The built-in table of this name.
pub(super) fn built_in(name: &str) -> Option<CodeTable> {
    let text = match name {
        "gbt2260" => include_str!("tables/gbt2260.csv"),
        "gbt2261.1" => include_str!("tables/gbt2261_1.csv"),
        "gbt3304" => include_str!("tables/gbt3304.csv"),
        "gbt4754" => include_str!("tables/gbt4754.csv"),
        "gbt4658" => include_str!("tables/gbt4658.csv"),
        "icd10" => include_str!("tables/icd10.csv"),
        _ => return None,
    };
    debug_assert!(CODE_TABLES.iter().any(|(known, _)| *known == name));
    parse(text).ok()
}

/// Reads a CSV table; between cells stands what stands between the names of its columns, a comma or a semicolon. Lines
/// that begin with `#` before these are comments. The error is the line.
pub(super) fn parse(text: &str) -> Result<CodeTable, u64> {
    let text = text.trim_start_matches('\u{feff}');
    let comments: usize = text.split_inclusive('\n').take_while(|line| line.starts_with('#')).count();
    let from: usize = text.split_inclusive('\n').take(comments).map(str::len).sum();
    let text = &text[from..];
    let header = text.lines().next().unwrap_or_default();
    let delimiter = if header.contains(';') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).delimiter(delimiter).from_reader(text.as_bytes());
    let mut rows = Vec::new();
    let mut record = csv::StringRecord::new();
    loop {
        let line = comments as u64 + reader.position().line();
        match reader.read_record(&mut record) {
            Ok(true) => rows.push((line, record.iter().map(|cell| cell.trim().to_owned()).collect::<Vec<String>>())),
            Ok(false) => break,
            Err(_) => return Err(line),
        }
    }
    if rows.is_empty() {
        return Err(1);
    }
    let (_, columns) = rows.remove(0);
    Ok(CodeTable { columns, rows })
}

/// Whether a text is six digits.
pub(super) fn is_district(code: &str) -> bool {
    code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit())
}

/// The range of ICD-10 that a code belongs to, by its letter and the two digits behind it: `A08.0`, `a08`, `A08.000x001`.
pub(super) fn icd10_range(code: &str) -> Option<&'static str> {
    const RANGES: [&str; 22] = [
        "A00-B99", "C00-D48", "D50-D89", "E00-E90", "F00-F99", "G00-G99", "H00-H59", "H60-H95", "I00-I99", "J00-J99",
        "K00-K93", "L00-L99", "M00-M99", "N00-N99", "O00-O99", "P00-P96", "Q00-Q99", "R00-R99", "S00-T98", "V01-Y98",
        "Z00-Z99", "U00-U99",
    ];
    let bytes = code.as_bytes();
    let form = bytes.len() >= 3 && bytes[0].is_ascii_alphabetic() && bytes[1..3].iter().all(u8::is_ascii_digit);
    if !form || bytes.get(3).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let category = code[..3].to_ascii_uppercase();
    RANGES.into_iter().find(|range| range[..3] <= *category && *category <= range[4..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_whole_and_says_one_thing_of_each_code() {
        let rows = [34 + 1 + 16 + 8, 4, 56, 20 + 97, 8 + 32, 22];
        for ((name, columns), count) in CODE_TABLES.iter().zip(rows) {
            let table = built_in(name).unwrap();
            assert_eq!(table.columns, *columns, "{name}");
            assert_eq!(table.rows.len(), count, "{name}");
            let mut codes: Vec<&String> = table.rows.iter().map(|(_, row)| &row[0]).collect();
            codes.sort();
            codes.dedup();
            assert_eq!(codes.len(), count, "{name}");
            assert!(table.rows.iter().all(|(_, row)| row.iter().all(|cell| !cell.is_empty())), "{name}");
        }
    }

    #[test]
    fn districts_agree_with_the_hierarchy_and_the_detectors() {
        let table = built_in("gbt2260").unwrap();
        for (_, row) in &table.rows {
            assert!(crate::detect::area::is_area_code(row[0].as_bytes()), "{}", row[0]);
        }
        let hierarchy = include_str!("../../../pipelines/hierarchies/tianjin_district.csv");
        let names: Vec<&str> = hierarchy.lines().filter_map(|line| line.split(';').next()).collect();
        assert_eq!(names.len(), 16);
        for name in names {
            assert_eq!(table.rows.iter().filter(|(_, row)| row[1] == name).count(), 1, "{name}");
        }
    }

    #[test]
    fn numbers_and_letters_of_peoples_are_each_there_once() {
        let table = built_in("gbt3304").unwrap();
        for column in 0..3 {
            let mut cells: Vec<&String> = table.rows.iter().map(|(_, row)| &row[column]).collect();
            cells.sort();
            cells.dedup();
            assert_eq!(cells.len(), 56, "column {column}");
        }
        assert!(table.rows.iter().all(|(_, row)| row[2].len() == 2 && row[2].bytes().all(|b| b.is_ascii_uppercase())));
    }

    #[test]
    fn chapters_of_icd10() {
        for (code, range) in [
            ("A08.0", Some("A00-B99")),
            ("b24", Some("A00-B99")),
            ("D48.9", Some("C00-D48")),
            ("D49", None),
            ("D50", Some("D50-D89")),
            ("H59.9", Some("H00-H59")),
            ("H60", Some("H60-H95")),
            ("I10.x00x002", Some("I00-I99")),
            ("T98.3", Some("S00-T98")),
            ("V00", None),
            ("U07.1", Some("U00-U99")),
            ("1A00", None),
            ("A0", None),
            ("A0８", None),
            ("A001", None),
            ("", None),
        ] {
            assert_eq!(icd10_range(code), range, "{code}");
        }
        for (_, row) in &built_in("icd10").unwrap().rows {
            for end in [&row[0][..3], &row[0][4..]] {
                assert_eq!(icd10_range(end), Some(row[0].as_str()));
            }
        }
    }
}
