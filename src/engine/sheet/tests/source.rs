use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};

use super::plans::wanted;
use super::{refused_unless_whole, write_csv};
use crate::engine::sheet::SourceSheet;
use crate::error::Error;
use crate::secret::Secret;
use crate::source::{Batch, Draw, Source, Wanted, example_of_store};
use crate::spec::{ColumnType, Encoding, SourceFormat, SourceSpec, Subject};

fn open(path: &str, format: SourceFormat, folder: &Path) -> Source {
    let spec = SourceSpec { path: path.into(), format, subject: Subject::Row, nulls: vec!["NA".into()] };
    Source::open(&spec, folder).unwrap()
}

fn csv() -> SourceFormat {
    SourceFormat::Csv { delimiter: b',', encoding: Encoding::Utf8 }
}

/// All cells, as they are printed.
fn read(source: &Source, columns: &[Wanted]) -> Vec<String> {
    let keep = |batches: &mut Vec<String>, batch: &Batch| {
        batches.push(format!("{} {:?}", batch.first_row, batch.cells));
        Ok(())
    };
    source.scan(columns, vec![Vec::new()], &AtomicBool::new(false), keep).unwrap().0.remove(0)
}

fn write_parquet(path: &Path) {
    let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None, Some("NA")]));
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(-2)]));
    let batch = RecordBatch::try_from_iter([("t", texts), ("n", numbers)]).unwrap();
    let file = std::fs::File::create(path).unwrap();
    let mut writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

/// Sent and opened again, it has the same cells.
fn same(source: &Source, columns: &[Wanted]) {
    let sheet = source.shared().unwrap();
    let bytes = sheet.to_bytes().unwrap();
    refused_unless_whole(bytes.expose(), 1, SourceSheet::from_bytes, |sheet| drop(Source::from_shared(sheet)));
    let back = SourceSheet::from_bytes(bytes.expose()).unwrap();
    assert_eq!(back.to_bytes().unwrap().expose(), bytes.expose());
    let there = Source::from_shared(&back).unwrap();
    assert_eq!((&there.format, &there.columns), (&source.format, &source.columns));
    assert_eq!(read(&there, columns), read(source, columns));
    assert!(there.unchanged().is_ok());
    for file in 0..source.files.len() {
        assert_eq!(there.told_by_folders(file), source.told_by_folders(file));
    }
    assert_eq!(there.shared().unwrap().to_bytes().unwrap().expose(), bytes.expose());
}

#[test]
fn what_is_read_in_place_is_read_there_too() {
    let folder = tempfile::tempdir().unwrap();
    write_csv(folder.path());
    same(&open("a.csv", csv(), folder.path()), &wanted());
    let text = |name: &str| Wanted { name: name.into(), kind: ColumnType::Text };
    let integer = |name: &str| Wanted { name: name.into(), kind: ColumnType::Integer };
    write_parquet(&folder.path().join("b.parquet"));
    same(&open("b.parquet", SourceFormat::Parquet, folder.path()), &[text("t"), integer("n")]);
    for part in ["hive/y=2024/d=%E5%8D%97", "hive/y=2025/d=__HIVE_DEFAULT_PARTITION__"] {
        std::fs::create_dir_all(folder.path().join(part)).unwrap();
        write_parquet(&folder.path().join(part).join("c.parquet"));
    }
    for format in [SourceFormat::Hive, SourceFormat::Parquet] {
        same(&open("hive", format, folder.path()), &[integer("y"), text("d"), text("t"), integer("n")]);
    }
}

#[test]
fn objects_of_a_store_are_told_with_the_keys_and_nothing_prints_these() {
    let folder = tempfile::tempdir().unwrap();
    let source = example_of_store(folder.path());
    let sheet = source.shared().unwrap();
    let bytes = sheet.to_bytes().unwrap();
    let holds = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(holds(bytes.expose(), "canary-access") && holds(bytes.expose(), "canary-hidden"));
    for print in [format!("{sheet:?}"), format!("{source:?}")] {
        assert!(!print.contains("canary"), "{print}");
    }
    refused_unless_whole(bytes.expose(), 1, SourceSheet::from_bytes, |_| ());
    let there = Source::from_shared(&SourceSheet::from_bytes(bytes.expose()).unwrap()).unwrap();
    assert_eq!((&there.format, &there.columns), (&source.format, &source.columns));
    assert_eq!((there.origins(), there.bytes()), (source.origins(), 1 << 34));
    assert_eq!(there.shared().unwrap().to_bytes().unwrap().expose(), bytes.expose());
}

#[test]
fn relative_paths_are_told_from_the_root() {
    let file = Path::new("src/engine/sheet/tests/source.rs");
    let source = open(&file.to_string_lossy(), csv(), Path::new("."));
    assert!(source.files[0].is_relative());
    let there = Source::from_shared(&source.shared().unwrap()).unwrap();
    assert_eq!(there.files, [std::path::absolute(file).unwrap()]);
}

#[test]
fn what_one_machine_alone_has_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.ndjson"), "{\"a\": 1}\n{\"a\": 2}\n").unwrap();
    write_csv(folder.path());
    let taken = open("a.ndjson", SourceFormat::Ndjson, folder.path());
    let drawn = open("a.csv", csv(), folder.path()).drawn(Draw::new(None, 0.5, Secret::new([213; 32])));
    for source in [taken, drawn] {
        let error = source.shared().unwrap_err();
        assert!(matches!(&error, Error::Usage { help: Some(_), .. }), "{error:?}");
        assert!(error.to_string().contains("cannot be read by several machines"), "{error}");
    }
}

#[test]
fn another_file_under_the_same_path_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    write_csv(folder.path());
    let path = folder.path().join("a.csv");
    let sheet = open("a.csv", csv(), folder.path()).shared().unwrap();
    let text = std::fs::read(&path).unwrap();
    let changed = std::fs::metadata(&path).unwrap().modified().unwrap();
    let write = |text: &[u8], modified| {
        std::fs::write(&path, text).unwrap();
        std::fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    };
    let refused = || {
        let error = Source::from_shared(&sheet).unwrap_err();
        assert!(error.to_string().contains("not the one that the other machine sees"), "{error}");
        assert_eq!(error.exit_code(), 4);
    };
    // a copy that has the size and time of the file is the file
    write(&text, changed);
    assert!(Source::from_shared(&sheet).is_ok());
    write(&text[..text.len() - 1], changed);
    refused();
    write(&text, changed + std::time::Duration::from_secs(2));
    refused();
    std::fs::remove_file(&path).unwrap();
    assert!(Source::from_shared(&sheet).is_err());
}
