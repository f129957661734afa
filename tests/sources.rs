//! What is read is what the files say: CSV in its dialects and encodings, Parquet in its types.
#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arrow::array::*;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type};
use common::Project;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tuomin::error::{Error, Place};
use tuomin::source::{Source, Wanted};
use tuomin::spec::{ColumnType, Encoding, SourceFormat, SourceSpec, Subject};

type Rows = Vec<Vec<Option<String>>>;

fn spec(path: &Path, format: SourceFormat) -> SourceSpec {
    SourceSpec { path: path.into(), format, subject: Subject::Row, nulls: vec![] }
}

fn csv(path: &Path) -> SourceSpec {
    spec(path, SourceFormat::Csv { delimiter: b',', encoding: Encoding::Utf8 })
}

fn text(names: &[&str]) -> Vec<Wanted> {
    names.iter().map(|name| Wanted { name: (*name).into(), kind: ColumnType::Text }).collect()
}

/// All records in order, as text, read by three workers.
fn read(spec: &SourceSpec, wanted: &[Wanted]) -> Result<Rows, Error> {
    let source = Source::open(spec, Path::new(""))?;
    let see = |seen: &mut Vec<(u64, Rows)>, batch: &tuomin::source::Batch| {
        let columns: Vec<ArrayRef> =
            batch.cells.columns().iter().map(|cells| cast(cells, &DataType::Utf8).unwrap()).collect();
        let cell = |cells: &ArrayRef, row| {
            let cells = cells.as_string::<i32>();
            cells.is_valid(row).then(|| cells.value(row).to_owned())
        };
        let rows = (0..batch.cells.num_rows()).map(|row| columns.iter().map(|cells| cell(cells, row)).collect());
        seen.push((batch.first_row, rows.collect()));
        Ok(())
    };
    let (seen, count) = source.scan(wanted, vec![vec![], vec![], vec![]], &AtomicBool::new(false), see)?;
    let mut batches: Vec<(u64, Rows)> = seen.into_iter().flatten().collect();
    batches.sort();
    let mut rows = Rows::new();
    for (first, batch) in batches {
        assert_eq!(first, rows.len() as u64, "a batch knows its place");
        rows.extend(batch);
    }
    assert_eq!(rows.len() as u64, count, "as many records are counted as are read");
    Ok(rows)
}

/// Records as they are expected; the empty text is null.
fn rows<const N: usize>(cells: &[[&str; N]]) -> Rows {
    let cell = |cell: &&str| (!cell.is_empty()).then(|| (*cell).to_owned());
    cells.iter().map(|row| row.iter().map(cell).collect()).collect()
}

/// Reads bytes as a file.
fn read_bytes(bytes: &[u8], delimiter: u8, encoding: Encoding, names: &[&str]) -> Result<Rows, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d.csv");
    fs::write(&path, bytes).unwrap();
    read(&spec(&path, SourceFormat::Csv { delimiter, encoding }), &text(names))
}

#[test]
fn dialects_of_csv_say_the_same() {
    let expected = rows(&[["007", "x, y; z\tw"], ["010", "two\nlines and \"quotes\""], ["", "南开区"]]);
    for delimiter in [b',', b';', b'\t', b'|'] {
        for end in ["\n", "\r\n"] {
            for bom in ["", "\u{feff}"] {
                for last in [end, ""] {
                    let d = char::from(delimiter);
                    let body = format!(
                        "{bom}\"code\"{d}note{end}007{d}\"x, y; z\tw\"{end}010{d}\"two\nlines and \"\"quotes\"\"\"{end}\
                         {end}{d}\"南开区\"{last}"
                    );
                    let read = read_bytes(body.as_bytes(), delimiter, Encoding::Utf8, &["code", "note"]).unwrap();
                    assert_eq!(read, expected, "{body:?}");
                }
            }
        }
    }
}

#[test]
fn chinese_encodings_say_the_same() {
    let body = "姓名|住址\n王|\"天津市\n南开区\"\n龘|𠀀\n";
    let expected = rows(&[["王", "天津市\n南开区"], ["龘", "𠀀"]]);
    let (bytes, _, lost) = encoding_rs::GB18030.encode(body);
    assert!(!lost && encoding_rs::GB18030.encode("𠀀").0.len() == 4);
    assert_eq!(read_bytes(&bytes, b'|', Encoding::Gb18030, &["姓名", "住址"]).unwrap(), expected);
    let (bytes, _, lost) = encoding_rs::GBK.encode("姓名,住址\r\n王,和平区\r\n");
    assert!(!lost);
    let expected = rows(&[["王", "和平区"]]);
    assert_eq!(read_bytes(&bytes, b',', Encoding::Gbk, &["姓名", "住址"]).unwrap(), expected);
    let marked = [b"\x84\x31\x95\x33", &bytes[..]].concat();
    assert_eq!(read_bytes(&marked, b',', Encoding::Gb18030, &["姓名", "住址"]).unwrap(), expected, "byte order mark");
    // a pipe is the second byte of some characters
    let name = encoding_rs::GBK.decode(b"\x81|").0.into_owned();
    assert_eq!(name.chars().count(), 1);
    let pipe = b"\x81|";
    let bytes = [b"a|b\n", &pipe[..], b"|\"", &pipe[..], b"\n\"\nx|y\n"].concat();
    let inside = format!("{name}\n");
    let expected = rows(&[[&name, &inside], ["x", "y"]]);
    assert_eq!(read_bytes(&bytes, b'|', Encoding::Gbk, &["a", "b"]).unwrap(), expected, "a pipe within a character");
}

#[test]
fn empty_lines_and_lone_carriage_returns_are_counted_as_they_are_read() {
    for body in [
        "a\n1\n\n\r\n2\n",
        "a\n1\n\r\r\n2\n",
        "a\n1\r2\n",
        "a\n1\r\r2\r\n",
        "a\r1\r2\r",
        "a\r1\n\"2\"\n",
        "a\n1\r\"2\"\r",
    ] {
        assert_eq!(
            read_bytes(body.as_bytes(), b',', Encoding::Utf8, &["a"]).unwrap(),
            rows(&[["1"], ["2"]]),
            "{body:?}"
        );
    }
}

#[test]
fn columns_in_another_order_are_matched_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("a.csv", "id,city,note\n1,河西区,x\n2,,y\n");
    write("b.csv", "note,id,city\nz,3,河东区\n");
    write("c.csv", "\u{feff}\"city\",\"note\",\"id\"\r\n和平区,,4\r\n");
    let expected = rows(&[["1", "x", "河西区"], ["2", "y", ""], ["3", "z", "河东区"], ["4", "", "和平区"]]);
    let wanted = text(&["id", "note", "city"]);
    let plain = csv(&folder.path().join("*.csv"));
    assert_eq!(Source::open(&plain, Path::new("")).unwrap().columns, ["id", "city", "note"]);
    assert_eq!(read(&plain, &wanted).unwrap(), expected);
    // packed, they are taken in: the columns are those of the first file there too
    let packed = zstd::stream::encode_all(&fs::read(folder.path().join("b.csv")).unwrap()[..], 1).unwrap();
    fs::write(folder.path().join("b.csv.zst"), packed).unwrap();
    fs::remove_file(folder.path().join("b.csv")).unwrap();
    let spread = spec(folder.path(), plain.format);
    assert_eq!(read(&spread, &wanted).unwrap(), expected);
    let wanted = [Wanted { name: "id".into(), kind: ColumnType::Integer }];
    write("c.csv", "note,city,id\nx,和平区,none\n");
    let Err(Error::Input { place: Some(Place { path, row, line, column }), .. }) = read(&spread, &wanted) else {
        panic!("read")
    };
    assert!(path.is_some_and(|path| path.ends_with("c.csv")));
    assert_eq!((row, line.is_none_or(|line| line == 2), column.as_deref()), (Some(1), true, Some("id")));
    // one column more or less in a later file
    for (header, wrong) in [("id,city,note,more", "more"), ("id,note", "city")] {
        write("c.csv", &format!("{header}\n"));
        let Err(Error::Input { place: Some(Place { path, column, .. }), .. }) = read(&spread, &wanted) else {
            panic!("{header} was read")
        };
        assert_eq!((path.is_some_and(|path| path.ends_with("c.csv")), column.as_deref()), (true, Some(wrong)));
    }
}

#[test]
fn utf_16_is_refused() {
    for order in [u16::to_le_bytes, u16::to_be_bytes] {
        for encoding in [Encoding::Utf8, Encoding::Gb18030, Encoding::Gbk] {
            // one byte of the character is that of a quote
            let units = [0xfeff].into_iter().chain("id,note\n1,told-nobody ∴\n".encode_utf16());
            let bytes: Vec<u8> = units.flat_map(order).collect();
            let Err(error) = read_bytes(&bytes, b',', encoding, &["id"]) else { panic!("read") };
            let shown = error.render(false);
            assert!(error.exit_code() == 4 && shown.contains("the text is UTF-16, which is not read"), "{shown}");
            assert!(shown.contains("d.csv") && shown.contains("iconv") && !shown.contains("told-nobody"), "{shown}");
        }
    }
}

/// A parser of well-formed CSV, character by character.
fn naive(text: &str) -> Rows {
    let (mut rows, mut row, mut cell, mut inside) = (vec![], vec![], String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if inside && chars.peek() == Some(&'"') => cell.extend(chars.next()),
            '"' => inside = !inside,
            ',' | '\n' if !inside => {
                let cell = std::mem::take(&mut cell);
                row.push((!cell.is_empty()).then_some(cell));
                if c == '\n' {
                    rows.push(std::mem::take(&mut row));
                }
            }
            c => cell.push(c),
        }
    }
    rows
}

#[test]
fn what_stands_on_the_border_of_two_blocks_is_read_whole() {
    const BLOCK: usize = 4 << 20;
    let special = "\"天\n\"\"\n\",\"\"\"\n\"\n";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d.csv");
    for before in 0..=special.len() {
        let mut body = String::from("a,b\n");
        for border in [BLOCK, 2 * BLOCK] {
            while body.len() + 200 < border - before {
                body += "\"filler, with a comma and\na line\",and some more of it to make the rows fewer\n";
            }
            let rest = border - before - body.len();
            body += &format!("{},\n", "x".repeat(rest - 2));
            body += special;
        }
        body += "last,row\n";
        fs::write(&path, &body).unwrap();
        let read = read(&csv(&path), &text(&["a", "b"])).unwrap();
        assert!(read == naive(&body)[1..], "{before} bytes before the border");
    }
}

#[test]
fn cells_that_mean_nothing_are_null_and_dates_have_their_form() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d.csv");
    fs::write(&path, "n,t,d\nNA,NA,20240229\n 7 ,x,NA\n,-,19491001\n").unwrap();
    let spec = SourceSpec { nulls: vec!["NA".into(), "-".into()], ..csv(&path) };
    let kinds = [ColumnType::Integer, ColumnType::Text, ColumnType::Date { format: "%Y%m%d".into() }];
    let wanted: Vec<Wanted> =
        ["n", "t", "d"].iter().zip(kinds).map(|(name, kind)| Wanted { name: (*name).into(), kind }).collect();
    let expected = rows(&[["", "", "2024-02-29"], ["7", "x", ""], ["", "", "1949-10-01"]]);
    assert_eq!(read(&spec, &wanted).unwrap(), expected);

    fs::write(&path, "n,t,d\n1,\"a\nb\",20240229\n2,x,20230229\n").unwrap();
    let Err(Error::Input { place: Some(Place { row, line, column, .. }), .. }) = read(&spec, &wanted) else {
        panic!("no day is 2023-02-29")
    };
    assert_eq!((row, line, column.as_deref()), (Some(2), Some(4), Some("d")));
}

fn parquet(path: &Path, columns: Vec<(&str, ArrayRef)>) {
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, cells)| (name, cells, true)));
    let batch = batch.unwrap();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

#[test]
fn parquet_types_become_the_declared_ones() {
    use ColumnType::{Integer, Number, Text};
    let date = || ColumnType::Date { format: "%Y-%m-%d".into() };
    let decimal = |cells: [i128; 2], precision, scale| -> ArrayRef {
        let cells = Decimal128Array::from(vec![Some(cells[0]), Some(cells[1]), None]);
        Arc::new(cells.with_precision_and_scale(precision, scale).unwrap())
    };
    let dictionary = || -> ArrayRef {
        Arc::new([Some("河西区"), Some("河东区"), None].into_iter().collect::<DictionaryArray<Int32Type>>())
    };
    let ids = [120_101_199_001_011_231, 120_101_199_001_011_232];
    let cases: Vec<(ArrayRef, ColumnType, [&str; 2])> = vec![
        (Arc::new(Int8Array::from(vec![Some(-1), Some(7), None])), Integer, ["-1", "7"]),
        (Arc::new(UInt32Array::from(vec![Some(u32::MAX), Some(7), None])), Integer, ["4294967295", "7"]),
        (Arc::new(Int64Array::from(vec![Some(i64::MIN), Some(7), None])), Text, ["-9223372036854775808", "7"]),
        (Arc::new(Float32Array::from(vec![Some(0.5), Some(-2.0), None])), Number, ["0.5", "-2.0"]),
        (Arc::new(Float64Array::from(vec![Some(0.1), Some(-2.0), None])), Text, ["0.1", "-2"]),
        (Arc::new(Int32Array::from(vec![Some(3), Some(-2), None])), Number, ["3.0", "-2.0"]),
        (Arc::new(Date32Array::from(vec![Some(0), Some(19_782), None])), date(), ["1970-01-01", "2024-02-29"]),
        (Arc::new(Date32Array::from(vec![Some(0), Some(-1), None])), Text, ["1970-01-01", "1969-12-31"]),
        (Arc::new(StringArray::from(vec![Some("007"), Some("北"), None])), Text, ["007", "北"]),
        (Arc::new(LargeStringArray::from(vec![Some("12"), Some("-3"), None])), Integer, ["12", "-3"]),
        (
            Arc::new(StringArray::from(vec![Some("2024-02-29"), Some("1999-01-01"), None])),
            date(),
            ["2024-02-29", "1999-01-01"],
        ),
        (Arc::new(BooleanArray::from(vec![Some(true), Some(false), None])), Text, ["true", "false"]),
        (decimal([1250, -5], 10, 2), Number, ["12.5", "-0.05"]),
        (decimal([1250, -5], 10, 2), Text, ["12.50", "-0.05"]),
        (decimal(ids, 18, 0), Text, ["120101199001011231", "120101199001011232"]),
        (decimal(ids, 18, 0), Integer, ["120101199001011231", "120101199001011232"]),
        (dictionary(), Text, ["河西区", "河东区"]),
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d.parquet");
    for (cells, kind, expected) in cases {
        let what = format!("{} as {kind:?}", cells.data_type());
        parquet(&path, vec![("c", cells)]);
        let read = read(&spec(&path, SourceFormat::Parquet), &[Wanted { name: "c".into(), kind }]);
        let expected = rows(&[[expected[0]], [expected[1]], [""]]);
        assert!(matches!(&read, Ok(read) if *read == expected), "{what}: {read:?}");
    }
}

#[test]
fn parquet_cells_that_are_not_of_the_declared_type_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d.parquet");
    let date = ColumnType::Date { format: "%Y-%m-%d".into() };
    let cases: Vec<(ArrayRef, ColumnType, Option<u64>)> = vec![
        (Arc::new(StringArray::from(vec!["1", "x"])), ColumnType::Integer, Some(2)),
        (Arc::new(Float64Array::from(vec![1.0, f64::NAN])), ColumnType::Number, Some(2)),
        (Arc::new(Float64Array::from(vec![1.0, 2.0])), ColumnType::Integer, None),
        (Arc::new(Int64Array::from(vec![20_240_229, 1])), date, None),
    ];
    for (cells, kind, at) in cases {
        let what = format!("{} as {kind:?}", cells.data_type());
        parquet(&path, vec![("c", cells)]);
        let read = read(&spec(&path, SourceFormat::Parquet), &[Wanted { name: "c".into(), kind }]);
        let Err(Error::Input { place: Some(Place { row, column, .. }), .. }) = read else { panic!("{what}: {read:?}") };
        assert_eq!((row, column.as_deref()), (at, Some("c")), "{what}");
    }
}

#[test]
fn folders_tell_columns_of_the_parquet_in_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = |path: &str, ids: std::ops::Range<i64>| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let notes = ids.clone().map(|id| (id % 2 == 0).then(|| format!("n{id}")));
        let (notes, ids) = (StringArray::from_iter(notes), Int64Array::from_iter_values(ids));
        parquet(&path, vec![("id", Arc::new(ids)), ("note", Arc::new(notes))]);
    };
    file("year=2024/city=%E5%92%8C%E5%B9%B3/a.parquet", 0..2);
    file("year=2024/city=__HIVE_DEFAULT_PARTITION__/a.parquet", 2..3);
    file("year=2025/city=a b/a.parquet", 3..4);
    file("year=2025/city=a b/b.parquet", 4..5);
    let year = Wanted { name: "year".into(), kind: ColumnType::Integer };
    let wanted = [&text(&["city", "id"])[..], &[year], &text(&["note"])].concat();
    let expected = rows(&[
        ["和平", "0", "2024", "n0"],
        ["和平", "1", "2024", ""],
        ["", "2", "2024", "n2"],
        ["a b", "3", "2025", ""],
        ["a b", "4", "2025", "n4"],
    ]);
    for format in [SourceFormat::Parquet, SourceFormat::Hive] {
        let spec = spec(folder.path(), format);
        let source = Source::open(&spec, Path::new("")).unwrap();
        assert_eq!(source.columns, ["id", "note", "year", "city"]);
        assert_eq!(read(&spec, &wanted).unwrap(), expected);
        // no column of the files is needed to read what the folders tell
        let cities: Rows = expected.iter().map(|row| row[..1].to_vec()).collect();
        assert_eq!(read(&spec, &text(&["city"])).unwrap(), cities);
        let spread = source.spread(&text(&["city"]), 3).unwrap();
        let cells: usize = spread.batches.iter().map(|batch| batch.cells.num_rows()).sum();
        assert!(cells as u64 == spread.records && cells >= 3, "{spread:?}");
        // words for nothing are so in names of folders too
        let spec = SourceSpec { nulls: vec!["a b".into()], ..spec };
        assert_eq!(read(&spec, &text(&["city"])).unwrap(), rows(&[["和平"], ["和平"], [""], [""], [""]]));
    }
    let hive = spec(folder.path(), SourceFormat::Hive);
    let wrong = Wanted { name: "city".into(), kind: ColumnType::Integer };
    let Err(Error::Input { message, place: Some(place), .. }) = read(&hive, &[wrong]) else { panic!("read") };
    assert_eq!(place.column.as_deref(), Some("city"), "{message}");
    assert!(place.path.is_some_and(|path| path.ends_with("year=2024/city=%E5%92%8C%E5%B9%B3/a.parquet")));
}

/// The released rows without their tokens, in any order.
fn released(project: &Project, source: &str) -> Rows {
    let pipeline = fs::read_to_string(project.path("p.toml")).unwrap();
    fs::write(project.path("q.toml"), pipeline.replace("path = \"d.csv\"", source)).unwrap();
    let run = project.tuomin(&["run", "q.toml"]);
    assert_eq!(run.code, 0, "{source}: {}", run.err);
    let folder = project.release("test");
    let mut rows = Rows::new();
    for file in fs::read_dir(folder.join("data")).unwrap() {
        let file = File::open(file.unwrap().path()).unwrap();
        for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
            let batch = batch.unwrap();
            for row in 0..batch.num_rows() {
                let cell = |name| {
                    let cells = batch.column_by_name(name).unwrap().as_string::<i32>();
                    cells.is_valid(row).then(|| cells.value(row).to_owned())
                };
                rows.push(["age", "city", "note"].map(cell).to_vec());
            }
        }
    }
    fs::remove_dir_all(project.path("out")).unwrap();
    rows.sort();
    rows
}

#[test]
fn many_files_are_released_as_one() {
    let row = |i: usize| (i, 20 + i * 7 % 40, ["A", "B"][i % 2], ["x\ny", "\"q\"", "007"][i % 3]);
    let line = |i: usize| {
        let (id, age, city, note) = row(i);
        format!("{id},{age},{city},\"{}\"\n", note.replace('"', "\"\""))
    };
    let table = |rows: std::ops::Range<usize>| "id,age,city,note\n".to_owned() + &rows.map(line).collect::<String>();
    let project = Project::new(&table(0..300));
    let whole = released(&project, "path = \"d.csv\"");
    assert_eq!(whole.len(), 300);
    let notes = |note: &str| whole.iter().filter(|row| row[2].as_deref() == Some(note)).count();
    assert_eq!(["x\ny", "\"q\"", "007"].map(notes), [100; 3]);

    fs::create_dir(project.path("parts")).unwrap();
    fs::create_dir(project.path("tables")).unwrap();
    for (part, rows) in [0..1, 1..200, 200..300].into_iter().enumerate() {
        fs::write(project.path(&format!("parts/m{part}.csv")), table(rows.clone())).unwrap();
        fs::write(project.path("parts/other.csv"), "a\n1\n").unwrap();
        parquet(
            &project.path(&format!("tables/{part}.parquet")),
            vec![
                ("id", Arc::new(Int64Array::from_iter_values(rows.clone().map(|i| i as i64)))),
                ("age", Arc::new(Int16Array::from_iter_values(rows.clone().map(|i| row(i).1 as i16)))),
                ("city", Arc::new(StringArray::from_iter_values(rows.clone().map(|i| row(i).2)))),
                ("note", Arc::new(StringArray::from_iter_values(rows.map(|i| row(i).3)))),
            ],
        );
    }
    for source in ["path = \"parts/m*.csv\"", "path = \"tables\"", "path = \"tables/*.parquet\""] {
        assert!(released(&project, source) == whole, "{source}");
    }
}

#[test]
fn a_number_that_is_declared_a_date_is_told_by_row_and_column() {
    let project = Project::new("id,age,city,note\n1,31,A,2024-02-29\n2,32,A,20240229\n3,33,A,\n");
    let pipeline = fs::read_to_string(project.path("p.toml")).unwrap();
    fs::write(project.path("p.toml"), pipeline + "type = \"date\"\n").unwrap();
    let run = project.tuomin(&["run", "p.toml"]);
    assert_eq!(run.code, 4, "{}", run.err);
    for says in ["row 2", "line 3", "column `note`", "calendar date"] {
        assert!(run.err.contains(says), "{says}: {}", run.err);
    }
    assert!(!run.err.contains("20240229"), "{}", run.err);
}
