//! A workbook of one of four forms, and the sheet that is read of it.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use calamine::{
    Data, Dimensions, Ods, OdsError, Reader, SheetType, Xls, XlsError, Xlsb, XlsbError, Xlsx, XlsxError, open_workbook,
};

use crate::error::{Error, Result};
use crate::source::input;
use crate::spec::{Book, SheetName, SheetSpec};

enum Form {
    Xlsx(Box<Xlsx<BufReader<File>>>),
    Xlsb(Box<Xlsb<BufReader<File>>>),
    Xls(Box<Xls<BufReader<File>>>),
    Ods(Box<Ods<BufReader<File>>>),
}

pub(super) struct Workbook {
    form: Form,
    path: PathBuf,
    sheet: String,
}

/// What is said of a workbook that the library cannot read: its own words may quote cells.
pub(super) fn unread(path: &Path, book: Book) -> Error {
    let help = "open it and save it anew; if it has another form than its name says, say `format`";
    let what = match book {
        Book::Xlsx => "xlsx",
        Book::Xlsb => "xlsb",
        Book::Xls => "xls",
        Book::Ods => "ods",
    };
    input(path, format!("this is not an {what} workbook that can be read, or it is damaged"), Some(help.into()))
}

fn locked(path: &Path) -> Error {
    input(path, "the workbook is protected by a password".into(), Some("save it without a password".into()))
}

impl Workbook {
    /// Opens the workbook and finds the sheet.
    ///
    /// # Errors
    /// A password; another form; no such sheet, with those that are there.
    pub fn open(path: &Path, asked: &SheetSpec) -> Result<Self> {
        let form = match asked.book {
            Book::Xlsx => open_workbook(path).map(|book| Form::Xlsx(Box::new(book))).map_err(|error| match error {
                XlsxError::Password => locked(path),
                _ => unread(path, Book::Xlsx),
            }),
            Book::Xlsb => open_workbook(path).map(|book| Form::Xlsb(Box::new(book))).map_err(|error| match error {
                XlsbError::Password => locked(path),
                _ => unread(path, Book::Xlsb),
            }),
            Book::Xls => open_workbook(path).map(|book| Form::Xls(Box::new(book))).map_err(|error| match error {
                XlsError::Password => locked(path),
                _ => unread(path, Book::Xls),
            }),
            Book::Ods => open_workbook(path).map(|book| Form::Ods(Box::new(book))).map_err(|error| match error {
                OdsError::Password => locked(path),
                _ => unread(path, Book::Ods),
            }),
        }?;
        let mut book = Self { form, path: path.into(), sheet: String::new() };
        book.sheet = book.chosen(asked)?;
        Ok(book)
    }

    fn chosen(&self, asked: &SheetSpec) -> Result<String> {
        let sheets = match &self.form {
            Form::Xlsx(book) => book.sheets_metadata(),
            Form::Xlsb(book) => book.sheets_metadata(),
            Form::Xls(book) => book.sheets_metadata(),
            Form::Ods(book) => book.sheets_metadata(),
        };
        let names: Vec<&String> =
            sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet).map(|sheet| &sheet.name).collect();
        let found = match &asked.sheet {
            None => names.first().copied(),
            Some(SheetName::Name(name)) => names.iter().copied().find(|known| *known == name),
            Some(SheetName::Number(number)) => {
                number.checked_sub(1).and_then(|at| names.get(usize::try_from(at).ok()?).copied())
            }
        };
        found.cloned().ok_or_else(|| {
            let listed: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            let help = match listed.is_empty() {
                true => "it has no sheet of cells".to_owned(),
                false => format!("its sheets are {}", listed.join(", ")),
            };
            input(&self.path, "the workbook has no such sheet".into(), Some(help))
        })
    }

    /// Whether this form of workbook tells which cells are merged.
    pub fn tells_merged(&self) -> bool {
        matches!(self.form, Form::Xlsx(_) | Form::Xls(_))
    }

    /// The merged ranges of the sheet; none where the form does not tell them.
    pub fn merged(&mut self) -> Result<Vec<Dimensions>> {
        match &mut self.form {
            Form::Xlsx(book) => book.merge_cells_by_sheet_name(&self.sheet).map_err(|_| unread(&self.path, Book::Xlsx)),
            Form::Xls(book) => book.merge_cells_by_sheet_name(&self.sheet).map_err(|_| unread(&self.path, Book::Xls)),
            Form::Xlsb(_) | Form::Ods(_) => Ok(Vec::new()),
        }
    }

    /// Hands each cell on with row and column from 0, row by row.
    pub fn each_cell(&mut self, mut work: impl FnMut(u32, u32, Data) -> Result<()>) -> Result<()> {
        let path = self.path.clone();
        let range = match &mut self.form {
            Form::Xlsx(book) => {
                let wrong = |_| unread(&path, Book::Xlsx);
                let mut cells = book.worksheet_cells_reader(&self.sheet).map_err(wrong)?;
                while let Some(cell) = cells.next_cell().map_err(wrong)? {
                    let (row, column) = cell.get_position();
                    work(row, column, cell.get_value().clone().into())?;
                }
                return Ok(());
            }
            Form::Xlsb(book) => {
                let wrong = |_| unread(&path, Book::Xlsb);
                let mut cells = book.worksheet_cells_reader(&self.sheet).map_err(wrong)?;
                while let Some(cell) = cells.next_cell().map_err(wrong)? {
                    let (row, column) = cell.get_position();
                    work(row, column, cell.get_value().clone().into())?;
                }
                return Ok(());
            }
            Form::Xls(book) => book.worksheet_range(&self.sheet).map_err(|_| unread(&path, Book::Xls))?,
            Form::Ods(book) => book.worksheet_range(&self.sheet).map_err(|_| unread(&path, Book::Ods))?,
        };
        let Some((first_row, first_column)) = range.start() else { return Ok(()) };
        for (row, column, cell) in range.used_cells() {
            work(first_row + row as u32, first_column + column as u32, cell.clone())?;
        }
        Ok(())
    }
}
