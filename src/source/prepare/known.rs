//! Codes that a column may have.

use std::collections::HashSet;
use std::path::Path;

use super::tables::{self, CodeTable, icd10_range};
use crate::detect::area::is_area_code;
use crate::error::{Error, Place, Result};

/// Texts that there may be. Cells are compared as they are: leading zeros count, blanks too.
pub struct Codes {
    known: HashSet<String>,
    also: fn(&str) -> bool,
}

impl Codes {
    /// These texts.
    pub fn listed(codes: &[String]) -> Self {
        Self { known: codes.iter().cloned().collect(), also: |_| false }
    }

    /// A column of a code table, its first one unless another is named. The table is the text of a CSV file where one is
    /// given, otherwise the built-in one of that name.
    ///
    /// Of `gbt2260` areas outside Tianjin are known by province and form, of `icd10` codes by the range that they are in.
    ///
    /// # Errors
    /// A text that is no table; a table or a column that is not there.
    pub fn of_table(table: &str, column: Option<&str>, own: Option<(&Path, &str)>) -> Result<Self> {
        let place = |line| own.map(|(path, _)| Place { path: Some(path.into()), line, ..Place::default() });
        let CodeTable { columns, rows } = match own {
            Some((_, text)) => tables::parse(text).map_err(|line| Error::Input {
                message: "the code table cannot be read".into(),
                place: place(Some(line)),
                help: Some("its first line names its columns, and every line has as many cells".into()),
            })?,
            None => tables::built_in(table).ok_or_else(|| Error::usage(format!("there is no code table `{table}`")))?,
        };
        let at = column.map_or(Some(0), |name| columns.iter().position(|column| column == name));
        let at = at.ok_or_else(|| Error::Input {
            message: format!("the code table has no column `{}`", column.unwrap_or_default()),
            place: place(None),
            help: Some(format!("its columns are {}", columns.join(", "))),
        })?;
        let also: fn(&str) -> bool = match (own, table, at) {
            (None, "gbt2260", 0) => |cell| is_area_code(cell.as_bytes()),
            (None, "icd10", 0) => |cell| icd10_range(cell).is_some() && cell.chars().all(of_icd10),
            _ => |_| false,
        };
        // an empty cell of the table says nothing
        let known = rows.into_iter().map(|(_, mut row)| row.swap_remove(at)).filter(|code| !code.is_empty());
        Ok(Self { known: known.collect(), also })
    }

    /// Whether a cell is one of them.
    pub fn has(&self, cell: &str) -> bool {
        self.known.contains(cell) || (self.also)(cell)
    }
}

/// Whether a character may stand in a code of ICD-10, with the digits and signs that offices put behind it.
fn of_icd10(c: char) -> bool {
    c.is_ascii_alphanumeric() || ".+*/-".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_tables_have_their_codes() {
        for (table, column, good, wrong) in [
            ("gbt2260", None, "120104", "129999"),
            ("gbt2260", None, "440305", "990101"),
            ("gbt2260", Some("name"), "南开区", "120104"),
            ("gbt2261.1", None, "1", "男性"),
            ("gbt2261.1", Some("name"), "男性", "男"),
            ("gbt3304", None, "01", "1"),
            ("gbt4754", None, "66", "21x"),
            ("gbt4658", None, "21", "2100"),
            ("icd10", None, "I10.x00", "1A00"),
            ("icd10", Some("chapter"), "IX", "I10"),
        ] {
            let codes = Codes::of_table(table, column, None).unwrap();
            assert!(codes.has(good) && !codes.has(wrong), "{table} {column:?}");
            assert!(!codes.has("") && !codes.has(&format!("{good} ")), "{table} {column:?}");
        }
        assert!(Codes::of_table("gbt1", None, None).is_err());
        assert!(Codes::of_table("gbt3304", Some("names"), None).is_err());
    }

    #[test]
    fn own_tables_are_read_by_column() {
        let own = |text| Some((Path::new("t.csv"), text));
        let codes = Codes::of_table("t.csv", Some("名"), own("\u{feff}码,名\nx,一\ny,\n")).unwrap();
        assert!(codes.has("一") && !codes.has("x") && !codes.has(""));
        assert!(Codes::of_table("t.csv", None, own("码,名\nx,一\n")).unwrap().has("x"));
        for (text, column) in [("码,名\nx\n", None), ("码,名\nx,一\n", Some("none"))] {
            let Err(error) = Codes::of_table("t.csv", column, own(text)) else { panic!("it is read") };
            assert!(error.exit_code() == 4 && error.render(false).contains("t.csv"), "{error}");
        }
        assert!(Codes::listed(&["a".into()]).has("a") && !Codes::listed(&["a".into()]).has("A"));
    }
}
