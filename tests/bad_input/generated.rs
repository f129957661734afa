//! What is too large for a file of the corpus, or is a folder: made here, with its exit code and its words.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;

use super::{Project, pipeline, run};

/// Bytes that follow each other, each so many times.
type Pieces<'a> = &'a [(&'a [u8], usize)];

/// A ZIP archive of parts by their names.
fn zip(parts: &[(&str, Pieces)]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, pieces) in parts {
        let (mut packed, mut sum, mut length) = (Vec::new(), flate2::Crc::new(), 0);
        for (piece, times) in *pieces {
            // packed once, and then repeated: no piece refers to another
            let mut deflated = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
            deflated.write_all(piece).unwrap();
            deflated.flush().unwrap();
            let mut of_piece = flate2::Crc::new();
            of_piece.update(piece);
            for _ in 0..*times {
                packed.extend_from_slice(deflated.get_ref());
                sum.combine(&of_piece);
                length += piece.len();
            }
        }
        // an empty last block
        packed.extend([3, 0]);
        let word = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
        let told =
            [&sum.sum().to_le_bytes()[..], &word(packed.len()), &word(length), &[name.len() as u8, 0, 0, 0]].concat();
        let fixed = [20, 0, 0, 0, 8, 0, 0, 0, 0x21, 0x50];
        directory.extend(
            [b"PK\x01\x02\x14\x00", &fixed[..], &told, &[0; 10], &word(archive.len()), name.as_bytes()].concat(),
        );
        archive.extend([b"PK\x03\x04", &fixed[..], &told, name.as_bytes(), &packed].concat());
    }
    let counts = [parts.len() as u8, 0, parts.len() as u8, 0];
    let word = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
    let end = [b"PK\x05\x06\0\0\0\0", &counts[..], &word(directory.len()), &word(archive.len()), &[0, 0]].concat();
    [archive, directory, end].concat()
}

const BOOK: &[u8] = br#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const RELATED: &[u8] = br#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;
const ROOT: &[u8] = br#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const SHEET: &[u8] = br#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>"#;
const END: &[u8] = b"</sheetData></worksheet>";
const STRINGS: &[u8] = br#"<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">"#;

/// A workbook with this text between the start and the end of its sheet, and of its shared texts.
fn workbook(rows: Pieces, texts: Pieces) -> Vec<u8> {
    let sheet = [&[(SHEET, 1)], rows, &[(END, 1)]].concat();
    let strings = [&[(STRINGS, 1)], texts, &[(&b"</sst>"[..], 1)]].concat();
    zip(&[
        ("_rels/.rels", &[(ROOT, 1)]),
        ("xl/workbook.xml", &[(BOOK, 1)]),
        ("xl/_rels/workbook.xml.rels", &[(RELATED, 1)]),
        ("xl/sharedStrings.xml", &strings),
        ("xl/worksheets/sheet1.xml", &sheet),
    ])
}

/// A row of cells in the sheet's XML.
fn cells(number: usize, texts: &[String]) -> String {
    let cell = |text: &String| match text.parse::<i64>() {
        Ok(whole) => format!("<c><v>{whole}</v></c>"),
        Err(_) => format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>"),
    };
    format!("<row r=\"{number}\">{}</row>", texts.iter().map(cell).collect::<String>())
}

fn table(header: &[&str], more: usize) -> String {
    let columns = |first: Vec<String>, word: &str| {
        first.into_iter().chain((0..more).map(|i| format!("{word}{i}"))).collect::<Vec<_>>()
    };
    let mut text = cells(1, &columns(header.iter().map(|&name| name.to_owned()).collect(), "c"));
    for i in 0..12 {
        let first = vec![i.to_string(), (20 + i).to_string(), "QzCanary".to_owned(), (i % 2).to_string()];
        text += &cells(i + 2, &columns(first, "QzCanary"));
    }
    text
}

const HEADER: [&str; 4] = ["id", "age", "city", "note"];

#[test]
fn workbooks_too_large_for_a_file_have_their_answers() {
    let mut told = String::new();
    let mut add = |what: &str, name: &str, bytes: &[u8]| {
        let answer = run(&pipeline(name, "", ""), |project| fs::write(project.path(name), bytes).unwrap());
        let _ = writeln!(told, "## {what}\n{answer}");
    };
    let plain = table(&HEADER, 0);
    add("a workbook made by hand: all is well", "d.xlsx", &workbook(&[(plain.as_bytes(), 1)], &[]));
    let wide = table(&HEADER, 9_996);
    add("ten thousand columns: all is well", "d.xlsx", &workbook(&[(wide.as_bytes(), 1)], &[]));
    let wider = table(&HEADER, 30_000);
    add("more columns than workbooks have: all is well", "d.xlsx", &workbook(&[(wider.as_bytes(), 1)], &[]));
    let long =
        format!("<row r=\"99\"><c><v>99</v></c><c t=\"inlineStr\"><is><t>{}</t></is></c></row>", "x".repeat(100 << 20));
    add(
        "a cell of 100 MiB among whole numbers",
        "d.xlsx",
        &workbook(&[(plain.as_bytes(), 1), (long.as_bytes(), 1)], &[]),
    );
    let blank = vec![b' '; 16 << 20];
    add("a sheet that unpacks to more than a GiB", "d.xlsx", &workbook(&[(plain.as_bytes(), 1), (&blank, 70)], &[]));
    add("texts that unpack to more than 512 MiB", "d.xlsx", &workbook(&[(plain.as_bytes(), 1)], &[(&blank, 33)]));
    let open = zip(&[
        ("mimetype", &[(b"application/vnd.oasis.opendocument.spreadsheet", 1)]),
        ("content.xml", &[(&blank, 33)]),
    ]);
    add("an open workbook that unpacks to more than 512 MiB", "d.ods", &open);
    insta::assert_snapshot!("workbooks", told);
}

#[test]
fn lines_and_packed_texts_too_large_for_a_file_have_their_answers() {
    let mut told = String::new();
    let mut add = |what: &str, name: &str, bytes: &[u8]| {
        let answer = run(&pipeline(name, "", ""), |project| fs::write(project.path(name), bytes).unwrap());
        let _ = writeln!(told, "## {what}\n{answer}");
    };
    let object = |i: usize, more: &str| {
        format!("{{\"id\": {i}, \"age\": {}, \"city\": \"QzCanary\", \"note\": {}{more}}}\n", 20 + i, i % 2)
    };
    let good: String = (0..12).map(|i| object(i, "")).collect();
    let wide: String = (0..10_000).map(|i| format!(", \"c{i}\": 1")).collect();
    add("ten thousand keys: all is well", "d.ndjson", (good.clone() + &object(13, &wide)).as_bytes());
    let long = format!(", \"long\": \"{}\"", "x".repeat(100 << 20));
    add("a text of 100 MiB: all is well", "d.ndjson", (good.clone() + &object(13, &long)).as_bytes());
    let longer = "x".repeat(257 << 20);
    add("a line of 257 MiB", "d.ndjson", (good.clone() + "{\"id\": \"" + &longer + "\"}").as_bytes());
    drop(longer);
    // frames and members of 64 MiB of lines without a cell
    let blank = [" ".repeat((1 << 20) - 1).as_bytes(), b"\n"].concat().repeat(64);
    let frame = zstd::stream::encode_all(&blank[..], 1).unwrap();
    let text = zstd::stream::encode_all(good.as_bytes(), 1).unwrap();
    add("NDJSON that unpacks to more than a GiB", "d.ndjson.zst", &[text, frame.repeat(17)].concat());
    let head = zstd::stream::encode_all(&b"id,age,city,note\n"[..], 1).unwrap();
    let lines = zstd::stream::encode_all(&vec![b'\n'; 64 << 20][..], 1).unwrap();
    add("CSV that unpacks to more than a GiB", "d.csv.zst", &[head, lines.repeat(17)].concat());
    insta::assert_snapshot!("large_texts", told);
}

fn part(path: &Path, columns: &[&str]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let column = |name: &&str| {
        let numbers = |number: fn(i64) -> i64| Arc::new(Int64Array::from_iter_values((0..12).map(number))) as ArrayRef;
        let cells = match *name {
            "id" => numbers(|i| i),
            "age" => numbers(|i| 20 + i),
            "note" => numbers(|i| i % 2),
            _ => Arc::new(StringArray::from_iter_values((0..12).map(|_| "QzCanary"))),
        };
        (name.to_string(), cells)
    };
    let batch = RecordBatch::try_from_iter(columns.iter().map(column)).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

#[test]
fn folders_of_keys_have_their_answers() {
    let mut told = String::new();
    let mut add = |what: &str, prepare: &dyn Fn(&Project)| {
        let answer = run(&pipeline("hive", "format = \"parquet\"\nhive = true", ""), |project| {
            fs::create_dir(project.path("hive")).unwrap();
            prepare(project);
        });
        let _ = writeln!(told, "## {what}\n{answer}");
    };
    let columns = ["id", "age", "note"];
    add("folders of one key: all is well", &|p| {
        part(&p.path("hive/city=QzCanaryA/a.parquet"), &columns);
    });
    add("an empty folder", &|_| {});
    add("no key", &|p| part(&p.path("hive/a.parquet"), &columns));
    add("a file without the key", &|p| {
        part(&p.path("hive/city=A/a.parquet"), &columns);
        part(&p.path("hive/a.parquet"), &columns);
    });
    add("different keys", &|p| {
        part(&p.path("hive/city=A/a.parquet"), &columns);
        part(&p.path("hive/town=B/a.parquet"), &columns);
    });
    add("keys in another order", &|p| {
        part(&p.path("hive/city=A/year=1/a.parquet"), &columns);
        part(&p.path("hive/year=1/city=A/a.parquet"), &columns);
    });
    add("a key twice", &|p| part(&p.path("hive/city=A/city=B/a.parquet"), &columns));
    add("a key that is a column too", &|p| part(&p.path("hive/city=A/a.parquet"), &["id", "age", "city", "note"]));
    add("a name that is not UTF-8", &|p| part(&p.path("hive/city=%FF/a.parquet"), &columns));
    add("a folder that leads back", &|p| {
        part(&p.path("hive/city=A/a.parquet"), &columns);
        std::os::unix::fs::symlink(p.path("hive"), p.path("hive/city=B")).unwrap();
    });
    add("files with other columns", &|p| {
        part(&p.path("hive/city=A/a.parquet"), &columns);
        part(&p.path("hive/city=B/a.parquet"), &["id", "age"]);
    });
    add("files with a column of another type", &|p| {
        part(&p.path("hive/city=A/a.parquet"), &columns);
        fs::create_dir_all(p.path("hive/city=B")).unwrap();
        let texts = |text: &str| Arc::new(StringArray::from(vec![text; 12])) as ArrayRef;
        let batch =
            RecordBatch::try_from_iter([("id", texts("a")), ("age", texts("QzCanary")), ("note", texts("1"))]).unwrap();
        let file = File::create(p.path("hive/city=B/b.parquet")).unwrap();
        let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
    });
    add("an empty file among others", &|p| {
        part(&p.path("hive/city=A/a.parquet"), &columns);
        fs::create_dir(p.path("hive/city=B")).unwrap();
        fs::write(p.path("hive/city=B/b.parquet"), "").unwrap();
    });
    insta::assert_snapshot!("hive", told);
}
