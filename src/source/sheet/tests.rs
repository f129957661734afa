use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, Int64Type};

use super::*;
use crate::spec::{Book, SheetName};

fn asked() -> SheetSpec {
    SheetSpec { book: Book::Xlsx, sheet: None, header_row: None, header_rows: 1 }
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats").join(name)
}

fn read(name: &str, asked: SheetSpec, nulls: &[&str]) -> Result<RecordBatch> {
    let nulls = nulls.iter().map(|&null| null.to_owned()).collect();
    let mut reader = reader(vec![path(name)], asked, nulls)?;
    let mut batches = Vec::new();
    while let Some(batch) = reader.next()? {
        batches.push(batch);
    }
    Ok(arrow::compute::concat_batches(&reader.schema(), &batches).unwrap())
}

fn names(batch: &RecordBatch) -> Vec<String> {
    batch.schema().fields().iter().map(|field| field.name().clone()).collect()
}

fn fails(name: &str, asked: SheetSpec, says: &[&str]) {
    let Err(error) = read(name, asked, &[]) else { panic!("{name} was read") };
    let shown = error.render(false);
    assert_eq!(error.exit_code(), 4, "{shown}");
    says.iter().for_each(|says| assert!(shown.contains(says), "{says}: {shown}"));
    assert!(!shown.contains("told-nobody") && !shown.contains("110101"), "{shown}");
}

#[test]
fn every_workbook_has_the_same_table() {
    let table = read("table.xlsx", asked(), &[]).unwrap();
    assert_eq!((table.num_rows(), names(&table).join(" ")), (300, "id age city born amount insured note".to_owned()));
    use DataType::{Boolean, Date32, Float64, Int64, Utf8};
    let kinds: Vec<DataType> = table.schema().fields().iter().map(|field| field.data_type().clone()).collect();
    assert_eq!(kinds, [Utf8, Int64, Utf8, Date32, Float64, Boolean, Utf8]);
    let days = table.column(3).as_primitive::<arrow::datatypes::Date32Type>();
    assert_eq!((days.value(0), days.value(1) - days.value(0)), (-7305, 97));
    assert_eq!(table.column(6).null_count(), 100);
    for (name, book) in
        [("table1904.xlsx", Book::Xlsx), ("table.xls", Book::Xls), ("table.xlsb", Book::Xlsb), ("table.ods", Book::Ods)]
    {
        assert_eq!(read(name, SheetSpec { book, ..asked() }, &[]).unwrap(), table, "{name}");
    }
}

#[test]
fn a_sheet_is_found_by_name_and_number() {
    for sheet in [SheetName::Name("other".into()), SheetName::Number(2)] {
        let table = read("table.xlsx", SheetSpec { sheet: Some(sheet), ..asked() }, &[]).unwrap();
        assert_eq!((names(&table), table.num_rows()), (vec!["nothing".to_owned()], 0));
    }
    for sheet in [SheetName::Name("2025".into()), SheetName::Number(3), SheetName::Number(0)] {
        fails("table.xlsx", SheetSpec { sheet: Some(sheet), ..asked() }, &["no such sheet", "`台账`, `other`"]);
    }
}

#[test]
fn merged_cells_have_one_value_in_headers_and_records() {
    let sheet = Some(SheetName::Name("数据".into()));
    let given = SheetSpec { sheet: sheet.clone(), header_row: Some(3), header_rows: 2, ..asked() };
    let table = read("titled.xlsx", given.clone(), &[]).unwrap();
    assert_eq!(names(&table), ["户号", "用电量_一月", "用电量_二月", "地址_区"]);
    assert_eq!(table.column(1).as_primitive::<Int64Type>().values().to_vec(), [1, 3, 5]);
    let second: Vec<_> = table.column(2).as_primitive::<Float64Type>().iter().collect();
    assert_eq!(second, [Some(2.5), Some(4.0), None]);
    let districts: Vec<_> = table.column(3).as_string::<i32>().iter().flatten().collect();
    assert_eq!(districts, ["南开区", "南开区", "和平区"]);
    fails(
        "titled.xlsx",
        SheetSpec { header_row: None, header_rows: 1, ..given.clone() },
        &["have the same name", "header_row"],
    );
    fails("titled.xlsx", SheetSpec { header_row: Some(2), header_rows: 1, ..given }, &["no header in this row"]);
}

#[test]
fn what_a_workbook_has_lost_or_hides_is_refused() {
    fails("long.xlsx", asked(), &["B3", "more than 15 digits", "column `证件号`", "row 2", "line 3"]);
    fails("error.xlsx", asked(), &["B3", "`#N/A`", "column `sum`"]);
    let table = read("error.xlsx", asked(), &["#N/A"]).unwrap();
    assert_eq!(table.column(1).as_primitive::<Int64Type>().iter().collect::<Vec<_>>(), [Some(1), None]);
    fails("unnamed.xlsx", asked(), &["B2", "column without a name"]);
    fails("twice.xlsx", asked(), &["columns A and B have the same name"]);
    fails("empty.xlsx", asked(), &["the sheet is empty"]);
    fails("locked.xlsx", asked(), &["protected by a password"]);
    for book in [Book::Xlsx, Book::Xlsb, Book::Xls, Book::Ods] {
        fails("make.py", SheetSpec { book, ..asked() }, &["workbook that can be read"]);
    }
}

#[test]
fn a_workbook_that_was_cut_off_is_refused_or_read_whole() {
    let folder = tempfile::tempdir().unwrap();
    for (name, book) in [("table.xlsx", Book::Xlsx), ("table.xls", Book::Xls), ("table.ods", Book::Ods)] {
        let bytes = std::fs::read(path(name)).unwrap();
        let whole = read(name, SheetSpec { book, ..asked() }, &[]).unwrap();
        let cut = folder.path().join(name);
        let (mut refused, lengths) = (0, (0..40).map(|part| bytes.len() * part / 40).chain([bytes.len() - 1]));
        for length in lengths {
            std::fs::write(&cut, &bytes[..length]).unwrap();
            // a path that is not relative stands for itself
            match read(cut.to_str().unwrap(), SheetSpec { book, ..asked() }, &[]) {
                Ok(table) => assert_eq!(table, whole, "{length} bytes of {name}"),
                Err(error) => {
                    refused += 1;
                    let Error::Input { place: Some(place), .. } = &error else { panic!("{name}: {error:?}") };
                    assert_eq!(place.path.as_deref(), Some(&*cut), "{name}: {error}");
                }
            }
        }
        assert!(refused >= 20, "{refused} of {name}");
    }
}
