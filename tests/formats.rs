//! The same table in every form gives the same release; what is wrong with a file is told in plain words.
#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use arrow::array::*;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type};
use common::Project;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

const HEADER: [&str; 7] = ["id", "age", "city", "born", "amount", "insured", "note"];

/// The 1st of January 1950, in days since 1970.
const EPOCH: i32 = -7305;

/// `YYYY-MM-DD`.
fn day(days: i32) -> String {
    (chrono::NaiveDate::default() + chrono::TimeDelta::days(days.into())).to_string()
}

/// The table of `tests/formats/make.py`.
struct Row {
    id: String,
    age: i64,
    city: &'static str,
    born: i32,
    amount: f64,
    insured: bool,
    note: Option<&'static str>,
}

fn row(i: usize) -> Row {
    let subject = i % 150;
    Row {
        id: format!("A{subject:04}"),
        age: 20 + (subject * 7 % 40) as i64,
        city: ["南开区", "和平区"][subject % 2],
        born: EPOCH + subject as i32 * 97,
        amount: (i % 11) as f64 + 0.5,
        insured: i.is_multiple_of(3),
        note: [None, Some("x"), Some("007")][i % 3],
    }
}

impl Row {
    fn cells(&self) -> [String; 7] {
        let (age, amount, insured) = (self.age.to_string(), self.amount.to_string(), self.insured.to_string());
        [self.id.clone(), age, self.city.into(), day(self.born), amount, insured, self.note.unwrap_or_default().into()]
    }

    fn json(&self) -> String {
        let mut object = serde_json::json!({
            "id": self.id, "age": self.age, "city": self.city, "born": day(self.born), "amount": self.amount,
            "insured": self.insured, "note": self.note,
        });
        if self.note.is_none() && self.insured {
            object.as_object_mut().unwrap().remove("note");
        }
        object.to_string() + "\n"
    }
}

/// CSV of some records, with the columns in this order.
fn csv(rows: std::ops::Range<usize>, order: [usize; 7]) -> String {
    let line = |cells: [String; 7]| order.map(|at| cells[at].clone()).join(",") + "\n";
    line(HEADER.map(str::to_owned)) + &rows.map(|i| line(row(i).cells())).collect::<String>()
}

const ORDER: [usize; 7] = [0, 1, 2, 3, 4, 5, 6];

fn batch(rows: &[Row]) -> RecordBatch {
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(rows.iter().map(|row| &row.id))),
        Arc::new(Int16Array::from_iter_values(rows.iter().map(|row| row.age as i16))),
        Arc::new(rows.iter().map(|row| Some(row.city)).collect::<DictionaryArray<Int32Type>>()),
        Arc::new(Date32Array::from_iter_values(rows.iter().map(|row| row.born))),
        Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| row.amount))),
        Arc::new(BooleanArray::from_iter(rows.iter().map(|row| Some(row.insured)))),
        Arc::new(StringArray::from_iter(rows.iter().map(|row| row.note))),
    ];
    RecordBatch::try_from_iter_with_nullable(HEADER.into_iter().zip(columns).map(|(name, cells)| (name, cells, true)))
        .unwrap()
}

fn ipc(batch: &RecordBatch, stream: bool) -> Vec<u8> {
    use arrow::ipc::writer::{FileWriter, StreamWriter};
    let (mut bytes, half) = (Vec::new(), batch.num_rows() / 2);
    let parts = [batch.slice(0, half), batch.slice(half, batch.num_rows() - half)];
    if stream {
        let mut writer = StreamWriter::try_new(&mut bytes, &batch.schema()).unwrap();
        parts.iter().for_each(|part| writer.write(part).unwrap());
        writer.finish().unwrap();
    } else {
        let mut writer = FileWriter::try_new(&mut bytes, &batch.schema()).unwrap();
        parts.iter().for_each(|part| writer.write(part).unwrap());
        writer.finish().unwrap();
    }
    bytes
}

fn parquet(path: &Path, batch: &RecordBatch) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(bytes, 1).unwrap()
}

const COLUMNS: &str = r#"
[privacy]
k = 3
[columns.id]
role = "identifier"
treatment = { token = { algorithm = "hmac-sha256", key = "ephemeral", length = 32 } }
[columns.age]
role = "quasi"
type = "integer"
hierarchy = { interval = { widths = [10, 50] } }
[columns.city]
role = "quasi"
[columns.born]
role = "quasi"
type = "date"
hierarchy = { date = ["year", "decade", "20-year"] }
[columns.amount]
role = "sensitive"
type = "number"
treatment = "keep"
[columns.insured]
role = "sensitive"
treatment = "keep"
[columns.note]
role = "sensitive"
treatment = "keep"
"#;

fn project() -> Project {
    let project = Project::new("");
    asked(&project, "path = \"d.csv\"");
    project
}

/// Writes the pipeline of a source.
fn asked(project: &Project, source: &str) {
    let text = format!("{}[source]\n{source}\nsubject = \"id\"\n{COLUMNS}", Project::HEAD);
    fs::write(project.path("p.toml"), text).unwrap();
    project.without_measures();
}

/// What a release says of its classes and records, and its rows without their tokens, in any order.
fn released(project: &Project, source: &str) -> (Value, Vec<Vec<Option<String>>>) {
    asked(project, source);
    let run = project.tuomin(&["run", "p.toml"]);
    assert_eq!(run.code, 0, "{source}: {}", run.err);
    let folder = project.release("test");
    let verified = project.tuomin(&["verify", folder.to_str().unwrap(), "--ledger", "out/ledger.jsonl"]);
    assert_eq!(verified.code, 0, "{source}: {}", verified.err);
    let report: Value = serde_json::from_str(&fs::read_to_string(folder.join("report.json")).unwrap()).unwrap();
    let told = [
        "records_read",
        "subjects_read",
        "records_released",
        "suppressed_records",
        "k",
        "before",
        "after",
        "columns",
        "loss",
        "lattice_size",
    ];
    let told: serde_json::Map<String, Value> = told.iter().map(|&key| (key.into(), report[key].clone())).collect();
    let mut rows = Vec::new();
    for file in fs::read_dir(folder.join("data")).unwrap() {
        let file = File::open(file.unwrap().path()).unwrap();
        for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
            let batch = batch.unwrap();
            let columns: Vec<ArrayRef> = HEADER[1..]
                .iter()
                .map(|name| cast(batch.column_by_name(name).unwrap(), &DataType::Utf8).unwrap())
                .collect();
            rows.extend((0..batch.num_rows()).map(|row| {
                let cell = |cells: &ArrayRef| cells.is_valid(row).then(|| cells.as_string::<i32>().value(row).into());
                columns.iter().map(cell).collect::<Vec<Option<String>>>()
            }));
        }
    }
    fs::remove_dir_all(project.path("out")).unwrap();
    rows.sort();
    (Value::Object(told), rows)
}

#[test]
fn every_form_of_one_table_gives_the_same_release() {
    let project = project();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats");
    let (text, rows) = (csv(0..300, ORDER), (0..300).map(row).collect::<Vec<Row>>());
    let write = |name: &str, bytes: &[u8]| fs::write(project.path(name), bytes).unwrap();
    write("d.csv", text.as_bytes());
    let (told, whole) = released(&project, "path = \"d.csv\"");
    assert_eq!((&told["records_read"], &told["subjects_read"], &told["k"]), (&300.into(), &150.into(), &3.into()));
    assert!(told["after"].as_array().is_some_and(|sizes| !sizes.is_empty()), "{told}");
    let notes = |note: Option<&str>| whole.iter().filter(|row| row[5].as_deref() == note).count();
    let released_rows = usize::try_from(told["records_released"].as_u64().unwrap()).unwrap();
    assert_eq!((whole.len(), notes(None) + notes(Some("x")) + notes(Some("007"))), (released_rows, released_rows));
    assert!(notes(None) > 0 && notes(Some("007")) > 0, "{told}");

    // in two members and two frames, as programs that append write them
    let (head, tail) = text.split_at(text.len() / 2);
    write("d.csv.gz", &[gzip(head.as_bytes()), gzip(tail.as_bytes())].concat());
    write("d.csv.zst", &[zstd(head.as_bytes()), zstd(tail.as_bytes())].concat());
    for name in ["table.xlsx", "table1904.xlsx", "table.xls", "table.xlsb", "table.ods"] {
        fs::copy(fixtures.join(name), project.path(name)).unwrap();
    }
    let lines: String = rows.iter().map(Row::json).collect();
    write("d.ndjson", lines.as_bytes());
    write("d.jsonl.gz", &gzip(lines.as_bytes()));
    write("d.arrow", &ipc(&batch(&rows), false));
    write("d.arrows", &ipc(&batch(&rows), true));
    for city in ["南开区", "和平区"] {
        let held: Vec<Row> = (0..300).map(row).filter(|row| row.city == city).collect();
        let (first, rest) = (batch(&held).slice(0, 50), batch(&held).slice(50, held.len() - 50));
        let encoded: String = city.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for (number, mut part) in [first, rest].into_iter().enumerate() {
            part.remove_column(2);
            parquet(&project.path(&format!("hive/city={encoded}/part-{number}.parquet")), &part);
        }
    }
    write("hive/_SUCCESS", b"");
    fs::create_dir(project.path("parts")).unwrap();
    write("parts/a.csv", csv(0..100, ORDER).as_bytes());
    write("parts/b.csv", csv(100..300, [6, 3, 0, 5, 1, 4, 2]).as_bytes());
    fs::create_dir(project.path("packed")).unwrap();
    write("packed/a.csv.gz", &gzip(csv(0..100, [6, 3, 0, 5, 1, 4, 2]).as_bytes()));
    write("packed/b.csv.zst", &zstd(csv(100..200, ORDER).as_bytes()));
    write("packed/c.csv", csv(200..300, [1, 0, 2, 3, 4, 6, 5]).as_bytes());

    for source in [
        "path = \"d.csv.gz\"",
        "path = \"d.csv.zst\"",
        "path = \"table.xlsx\"",
        "path = \"table.xlsx\"\nsheet = \"台账\"\nheader_row = 1\nheader_rows = 1",
        "path = \"table1904.xlsx\"\nsheet = 1",
        "path = \"table.xls\"",
        "path = \"table.xlsb\"",
        "path = \"table.xlsb\"\nsheet = \"台账\"",
        "path = \"table.ods\"\nsheet = \"台账\"",
        "path = \"d.ndjson\"",
        "path = \"d.jsonl.gz\"",
        "path = \"d.arrow\"",
        "path = \"d.arrows\"\nformat = \"ipc\"",
        "path = \"hive\"",
        "path = \"hive\"\nformat = \"parquet\"\nhive = true",
        "path = \"parts/*.csv\"",
        "path = \"packed\"\nformat = \"csv\"",
    ] {
        let (other, rows) = released(&project, source);
        assert_eq!(other, told, "{source}");
        assert!(rows == whole, "{source}");
    }
}

#[test]
fn a_pipeline_is_drafted_for_every_form() {
    let project = Project::new("");
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats");
    let (text, rows) = (csv(0..300, ORDER), (0..300).map(row).collect::<Vec<Row>>());
    for name in ["table.xlsx", "table.xls", "table.ods"] {
        fs::copy(fixtures.join(name), project.path(name)).unwrap();
    }
    let write = |name: &str, bytes: &[u8]| fs::write(project.path(name), bytes).unwrap();
    write("d.csv.gz", &gzip(text.as_bytes()));
    write("d.csv.zst", &zstd(text.as_bytes()));
    write("d.jsonl", rows.iter().map(Row::json).collect::<String>().as_bytes());
    write("d.arrow", &ipc(&batch(&rows), false));
    let mut part = batch(&rows[..200]);
    part.remove_column(0);
    parquet(&project.path("hive/id=A/a.parquet"), &part);
    parquet(&project.path("hive/id=B/a.parquet"), &part.slice(0, 100));
    let cases: [(&str, &[&str], &str); 8] = [
        ("table.xlsx", &["--sheet", "台账"], "sheet   = \"台账\""),
        ("table.xls", &[], "format  = \"xls\""),
        ("table.ods", &["--sheet", "1"], "sheet   = 1"),
        ("d.csv.gz", &[], "path    = \"d.csv.gz\""),
        ("d.csv.zst", &[], "path    = \"d.csv.zst\""),
        ("d.jsonl", &[], "format  = \"ndjson\""),
        ("d.arrow", &[], "format  = \"ipc\""),
        ("hive", &[], "format  = \"parquet\""),
    ];
    for (number, (data, more, says)) in cases.into_iter().enumerate() {
        let draft = format!("draft{number}.toml");
        let run = project.tuomin(&[&["init", data, "--out", &draft, "--json"], more].concat());
        assert_eq!(run.code, 0, "{data}: {}", run.err);
        let told: Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!((&told["records"], &told["whole"]), (&300.into(), &true.into()), "{data}");
        let columns = told["columns"].as_array().unwrap().iter();
        let mut columns: Vec<&str> = columns.map(|column| column["column"].as_str().unwrap()).collect();
        columns.sort_unstable();
        assert_eq!(columns, ["age", "amount", "born", "city", "id", "insured", "note"], "{data}");
        let text = fs::read_to_string(project.path(&draft)).unwrap();
        assert!(text.contains(says), "{data}: {text}");
        let checked = project.tuomin(&["check", &draft]);
        assert_eq!(checked.code, 0, "{data}: {}", checked.err);
        let planned = project.tuomin(&["plan", &draft]);
        assert_eq!(planned.code, 0, "{data}: {}", planned.err);
    }
    let run = project.tuomin(&["init", "d.jsonl", "--sheet", "1", "--out", "no.toml"]);
    assert_eq!((run.code, project.path("no.toml").exists()), (2, false), "{}", run.err);
}

/// Runs on a source that is wrong: all that is said, with `PATH` for the project's folder.
fn refused(project: &Project, source: &str) -> String {
    asked(project, source);
    let run = project.tuomin(&["run", "p.toml"]);
    assert_eq!(run.code, 4, "{source}: {}{}", run.out, run.err);
    assert!(!project.path("out/test").exists(), "{source}: something was published");
    for secret in ["told-nobody", "110101", "622202"] {
        assert!(!run.err.contains(secret) && !run.out.contains(secret), "{source}: {}", run.err);
    }
    run.err
}

#[test]
fn what_a_workbook_hides_or_lost_is_told_with_its_place() {
    let project = project();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats");
    let cases = [
        (
            "locked.xlsx",
            "",
            "error: the workbook is protected by a password\n --> ./locked.xlsx\n  = help: save it without a password\n",
        ),
        (
            "table.xlsx",
            "sheet = \"2025\"",
            "error: the workbook has no such sheet\n --> ./table.xlsx\n  = help: its sheets are `台账`, `other`\n",
        ),
        (
            "table.ods",
            "sheet = 2",
            "error: the workbook has no such sheet\n --> ./table.ods\n  = help: its sheets are `台账`\n",
        ),
        ("table.xls", "header_row = 999", "error: there is no header in this row\n --> ./table.xls, line 999\n"),
        ("table.xlsx", "header_row = 302", "error: there is no header in this row\n --> ./table.xlsx, line 302\n"),
        (
            "error.xlsx",
            "",
            "error: the cell B3 holds the error `#N/A`\n --> ./error.xlsx, row 2 (line 3), column `sum`\n  = help: mend the formula, or say that it means 'no value': `nulls = [\"#N/A\"]`\n",
        ),
        (
            "long.xlsx",
            "",
            "error: the cell B3 holds a number of more than 15 digits\n --> ./long.xlsx, row 2 (line 3), column `证件号`\n  = help: the workbook has lost the digits after the 15th: enter the column as text, from its source\n",
        ),
        (
            "sixteen.xlsx",
            "",
            "error: the cell B3 holds a number of more than 15 digits\n --> ./sixteen.xlsx, row 2 (line 3), column `卡号`\n  = help: the workbook has lost the digits after the 15th: enter the column as text, from its source\n",
        ),
        (
            "unnamed.xlsx",
            "",
            "error: the cell B2 stands in a column without a name\n --> ./unnamed.xlsx, row 1 (line 2)\n  = help: name the column in the header, or clear the cell; `header_row` says which row the header is\n",
        ),
        (
            "twice.xlsx",
            "",
            "error: columns A and B have the same name\n --> ./twice.xlsx, line 1\n  = help: if this row is a title, say `header_row`; if the header has two rows, `header_rows = 2`\n",
        ),
        ("empty.xlsx", "", "error: the sheet is empty\n --> ./empty.xlsx\n"),
        (
            "table.xls",
            "format = \"xlsx\"",
            "error: this is not an xlsx workbook that can be read, or it is damaged\n --> ./table.xls\n  = help: open it and save it anew; if it has another form than its name says, say `format`\n",
        ),
    ];
    for (name, more, expected) in cases {
        fs::copy(fixtures.join(name), project.path(name)).unwrap();
        assert_eq!(refused(&project, &format!("path = \"{name}\"\n{more}")), expected, "{name} {more}");
    }
}

#[test]
fn a_line_that_is_no_record_is_told_by_its_number() {
    let project = project();
    let good = row(0).json();
    let cases: [(&str, &[u8], &str); 4] = [
        (
            "bad.ndjson",
            b"{\"id\": \"told-nobody\", \"age\": }",
            "error: the line is not a JSON object\n --> ./bad.ndjson, row 2 (line 3)\n  = help: each line holds one whole object, in UTF-8, and no list\n",
        ),
        (
            "twice.jsonl",
            b"{\"id\": \"told-nobody\", \"age\": 1, \"id\": \"told-nobody\"}",
            "error: a key stands twice in the object\n --> ./twice.jsonl, row 2 (line 3)\n",
        ),
        (
            "long.ndjson",
            b"{\"id\": 110101199001011234567}",
            "error: a number has more digits than can be kept\n --> ./long.ndjson, row 2 (line 3)\n  = help: write identifiers as text, in quotes\n",
        ),
        (
            "bytes.ndjson",
            b"{\"id\": \"\xc4\xcf\"}",
            "error: the line is not a JSON object\n --> ./bytes.ndjson, row 2 (line 3)\n  = help: each line holds one whole object, in UTF-8, and no list\n",
        ),
    ];
    for (name, line, expected) in cases {
        fs::write(project.path(name), [good.as_bytes(), b"\n", line, b"\n", good.as_bytes()].concat()).unwrap();
        assert_eq!(refused(&project, &format!("path = \"{name}\"")), expected);
    }
    let wide: Vec<u8> = [0xfeff].into_iter().chain(good.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    fs::write(project.path("wide.ndjson"), wide).unwrap();
    let expected = "error: the text is UTF-16\n --> ./wide.ndjson, row 1 (line 1)\n  = help: save it as UTF-8\n";
    assert_eq!(refused(&project, "path = \"wide.ndjson\""), expected);
}

#[test]
fn a_file_that_was_cut_off_is_never_a_shorter_table() {
    let project = project();
    let write = |name: &str, bytes: &[u8]| fs::write(project.path(name), bytes).unwrap();
    let text = csv(0..300, ORDER);
    for (name, bytes) in [("d.csv.gz", gzip(text.as_bytes())), ("d.csv.zst", zstd(text.as_bytes()))] {
        let expected = format!(
            "error: the packed text ends too early\n --> ./{name}\n  = help: it was not copied to its end: fetch it again\n"
        );
        for length in [0, bytes.len() / 2, bytes.len() - 1] {
            write(name, &bytes[..length]);
            assert_eq!(refused(&project, &format!("path = \"{name}\"")), expected, "{length} bytes");
        }
        write(name, text.as_bytes());
        let expected = format!(
            "error: the packed text is damaged, or not packed as its name says\n --> ./{name}\n  = help: fetch it again; a text that is not packed, or in another way, has another ending\n"
        );
        assert_eq!(refused(&project, &format!("path = \"{name}\"")), expected);
    }
    // of several files it is the one that is named
    fs::create_dir(project.path("lines")).unwrap();
    let lines: String = (0..300).map(|i| row(i).json()).collect();
    write("lines/a.jsonl.gz", &gzip(lines.as_bytes()));
    let whole = gzip(lines.as_bytes());
    write("lines/b.jsonl.gz", &whole[..whole.len() - 8]);
    let expected = "error: the packed text ends too early\n --> ./lines/b.jsonl.gz\n  = help: it was not copied to its end: fetch it again\n";
    assert_eq!(refused(&project, "path = \"lines\"\nformat = \"ndjson\""), expected);

    let rows: Vec<Row> = (0..300).map(row).collect();
    for (name, stream) in [("d.arrow", false), ("d.arrows", true)] {
        let bytes = ipc(&batch(&rows), stream);
        let expected = format!(
            "error: this is not Arrow IPC that can be read, or it is damaged\n --> ./{name}\n  = help: compressed buffers are not read: write the file without compression, or as Parquet\n"
        );
        // without the second half of the records, and without the last bytes
        for length in [bytes.len() / 2, bytes.len() - 8] {
            write(name, &bytes[..length]);
            assert_eq!(refused(&project, &format!("path = \"{name}\"")), expected, "{length} bytes");
        }
    }
}

#[test]
fn what_unpacks_without_an_end_is_refused() {
    let project = project();
    // 17 frames of 64 MiB, of lines without a cell
    let blank = zstd(&[" ".repeat((1 << 20) - 1).as_bytes(), b"\n"].concat().repeat(64));
    let bomb = [zstd(row(0).json().as_bytes()), blank.repeat(17)].concat();
    assert!(bomb.len() < 1 << 20, "{}", bomb.len());
    fs::write(project.path("d.ndjson.zst"), bomb).unwrap();
    let expected = "error: the file unpacks to more than 1000 times its size and more than 1 GiB\n --> ./d.ndjson.zst\n  = help: unpack it yourself if you trust it, and name the unpacked file\n";
    assert_eq!(refused(&project, "path = \"d.ndjson.zst\""), expected);
}

#[test]
fn files_that_do_not_belong_together_are_refused() {
    let project = project();
    let write = |name: &str, bytes: &[u8]| fs::write(project.path(name), bytes).unwrap();
    fs::create_dir(project.path("parts")).unwrap();
    let (first, more) = (csv(0..9, ORDER), "id,age,city,born,amount,insured,note,extra\n");
    write("parts/a.csv", first.as_bytes());
    write("parts/b.csv", more.as_bytes());
    let expected = "error: this file has the column, the first file does not\n --> ./parts/b.csv, column `extra`\n";
    assert_eq!(refused(&project, "path = \"parts/*.csv\""), expected);
    write("parts/b.csv", b"id,age,city,born,amount,insured\n");
    let expected =
        "error: this file does not have the column, the first file does\n --> ./parts/b.csv, column `note`\n";
    assert_eq!(refused(&project, "path = \"parts/*.csv\""), expected);

    let wide = |big: bool| -> Vec<u8> {
        let units = [0xfeff].into_iter().chain(first.encode_utf16());
        units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    for (name, bytes) in [("le.csv", wide(false)), ("be.csv", wide(true)), ("le.csv.gz", gzip(&wide(false)))] {
        write(name, &bytes);
        let expected = format!(
            "error: the text is UTF-16, which is not read\n --> ./{name}\n  = help: save it as UTF-8 or GB18030: in Excel as `CSV UTF-8`, elsewhere with `iconv -f utf-16 -t utf-8`\n"
        );
        assert_eq!(refused(&project, &format!("path = \"{name}\"")), expected);
    }
}

#[test]
fn folders_that_do_not_tell_their_keys_are_refused() {
    let project = project();
    let whole = batch(&(0..9).map(row).collect::<Vec<Row>>());
    let mut part = whole.clone();
    part.remove_column(2);
    parquet(&project.path("hive/city=A/a.parquet"), &part);
    parquet(&project.path("hive/b.parquet"), &part);
    let expected = "error: the folders above this file do not tell `city`\n --> ./hive/b.parquet\n  = help: all files are told by the same keys in the same order\n";
    assert_eq!(refused(&project, "path = \"hive\""), expected);
    fs::remove_file(project.path("hive/b.parquet")).unwrap();
    parquet(&project.path("hive/city=A/b.parquet"), &whole);
    let expected = "error: `city` is a column of the file and a key of its folder\n --> ./hive/city=A/b.parquet\n";
    assert_eq!(refused(&project, "path = \"hive\""), expected);
    parquet(&project.path("flat/a.parquet"), &whole);
    let expected = "error: no folder here is named `key=value`\n --> ./flat\n  = help: name the folders by the column's values, as in `year=2025`, or leave `hive` out\n";
    assert_eq!(refused(&project, "path = \"flat\"\nhive = true"), expected);
    let expected = "error: `hive` is of no use: this is not a folder\n --> ./flat/a.parquet\n";
    assert_eq!(refused(&project, "path = \"flat/a.parquet\"\nhive = true"), expected);
}
