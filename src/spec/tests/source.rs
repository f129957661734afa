//! Where the table is, and whose records it has.

use super::*;

#[test]
fn the_format_follows_from_the_path() {
    let format = |path: &str, more: &str| {
        let text = with("../sample_data/residential_electricity.csv", path).replace("encoding = \"gb18030\"", more);
        parsed(&text).map(|pipeline| pipeline.source.format)
    };
    let csv = |delimiter| Ok(SourceFormat::Csv { delimiter, encoding: Encoding::Utf8 });
    assert_eq!(format("a.CSV", "delimiter = \";\""), csv(b';'));
    assert_eq!(format("a.tsv", "delimiter = \"\\t\""), csv(b'\t'));
    for path in ["a.parquet", "folder", "folder/", "folder/*", "folder/*.parquet", "v1.2/data/"] {
        let expected = if path == "v1.2/data/" { format("folder", "") } else { Ok(SourceFormat::Parquet) };
        assert_eq!(format(path, ""), expected, "{path}");
    }
    assert_eq!(format("folder/*.data", "format = \"csv\""), csv(b','));
    assert_eq!(format("a.csv.GZ", ""), csv(b','));
    assert_eq!(format("a.parquet", "hive = true"), Ok(SourceFormat::Hive));
    for path in ["a.ndjson", "a.jsonl", "a.jsonl.zst"] {
        assert_eq!(format(path, ""), Ok(SourceFormat::Ndjson), "{path}");
    }
    for path in ["a.arrow", "a.feather", "a.arrows"] {
        assert_eq!(format(path, ""), Ok(SourceFormat::Ipc), "{path}");
    }
    let sheet = |book, sheet, header_row, header_rows| {
        Ok(SourceFormat::Sheet(SheetSpec { book, sheet, header_row, header_rows }))
    };
    assert_eq!(format("a.xlsm", ""), sheet(Book::Xlsx, None, None, 1));
    assert_eq!(format("a.xlsb", "sheet = 2"), sheet(Book::Xlsb, Some(SheetName::Number(2)), None, 1));
    let named = Some(SheetName::Name("2025".into()));
    assert_eq!(format("a.ods", "sheet = \"2025\"\nheader_row = 3"), sheet(Book::Ods, named, Some(3), 1));
    assert_eq!(format("a.data", "format = \"xls\"\nheader_rows = 2"), sheet(Book::Xls, None, None, 2));
    for (path, more) in [
        ("a.csv", "sheet = 1"),
        ("a.csv", "hive = true"),
        ("a.ndjson", "encoding = \"gbk\""),
        ("a.arrow", "header_row = 1"),
        ("a.xlsx", "delimiter = \";\""),
        ("a.parquet", "header_rows = 2"),
        ("a.xlsx", "sheet = 0"),
        ("a.xlsx", "header_row = 0"),
        ("a.xlsx", "header_rows = 3"),
        ("a.parquet", "hive = false"),
    ] {
        assert_eq!(format(path, more).map_err(|found| found.len()), Err(1), "{path} {more}");
    }
}

#[test]
fn sources_and_subjects_are_checked() {
    only(&with("subject  = \"account_no\"", ""), "source -- nothing says who the subjects are");
    only(
        &with("subject  =", "subject_is_row = true\nsubject  ="),
        "subject_is_row -- `subject` and `subject_is_row` cannot both be given",
    );
    let row = parsed(&with("subject  = \"account_no\"", "subject_is_row = true")).unwrap();
    assert_eq!(row.source.subject, Subject::Row);
    only(
        &with("subject  = \"account_no\"", "subject = \"district\""),
        "\"quasi\" -- column `district` tells the subjects apart: it is an identifier",
    );
    assert!(parsed(&with("subject  = \"account_no\"", "subject = \"undeclared\"")).is_ok());
    let path = "\"../sample_data/residential_electricity.dat\"";
    only(&with("city.csv", "city.dat"), &format!("{path} -- the extension `dat` does not tell the format"));
    only(&with("city.csv", "city.parquet"), "encoding -- `encoding` is of no use: the source is Parquet");
    only(&with("subject  =", "delimiter = \"，\"\nsubject ="), "\"，\" -- this character cannot stand between cells");
}
