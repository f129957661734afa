use std::io::Cursor;

use arrow::array::*;
use arrow::datatypes::Int32Type;
use arrow::ipc::writer::{FileWriter, StreamWriter};

use super::*;

fn table(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, cells)| (name, cells, true))).unwrap()
}

fn ipc(batch: &RecordBatch, stream: bool) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    if stream {
        let mut writer = StreamWriter::try_new(&mut bytes, &batch.schema()).unwrap();
        writer.write(batch).unwrap();
        writer.finish().unwrap();
    } else {
        let mut writer = FileWriter::try_new(&mut bytes, &batch.schema()).unwrap();
        writer.write(batch).unwrap();
        writer.finish().unwrap();
    }
    bytes.into_inner()
}

fn read(files: &[Vec<u8>]) -> Result<Vec<RecordBatch>> {
    let folder = tempfile::tempdir().unwrap();
    let paths = files.iter().enumerate().map(|(number, bytes)| {
        let path = folder.path().join(format!("{number}.arrow"));
        std::fs::write(&path, bytes).unwrap();
        path
    });
    let mut tables = Tables::open(paths.collect(), Form::Ipc, Keys::default())?;
    let mut batches = Vec::new();
    while let Some(batch) = tables.next()? {
        assert_eq!(batch.schema(), tables.schema());
        batches.push(batch);
    }
    Ok(batches)
}

#[test]
fn every_type_becomes_one_that_is_kept() {
    let decimal = Decimal128Array::from(vec![Some(120_101_199_001_011_231), Some(-5), None]);
    let decimal = decimal.with_precision_and_scale(18, 2).unwrap();
    let utc = TimestampMillisecondArray::from(vec![Some(0), Some(1500), None]).with_timezone("UTC");
    let words = || [Some("河西区"), Some("河东区"), None].into_iter().collect::<DictionaryArray<Int32Type>>();
    let given = table(vec![
        ("dictionary", Arc::new(words())),
        ("large", Arc::new(LargeStringArray::from(vec![Some("天"), None, Some("")]))),
        ("small", Arc::new(Int8Array::from(vec![Some(-1), None, Some(127)]))),
        ("unsigned", Arc::new(UInt64Array::from(vec![Some(u64::MAX), None, Some(0)]))),
        ("single", Arc::new(Float32Array::from(vec![Some(0.5), None, Some(-2.0)]))),
        ("decimal", Arc::new(decimal)),
        ("truth", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]))),
        ("day", Arc::new(Date64Array::from(vec![Some(86_400_000), None, Some(0)]))),
        ("second", Arc::new(TimestampSecondArray::from(vec![Some(-1), None, Some(1)]))),
        ("utc", Arc::new(utc)),
        ("nothing", Arc::new(NullArray::new(3))),
        ("binary", Arc::new(BinaryArray::from(vec![Some(&b"x"[..]), None, None]))),
    ]);
    let expected = table(vec![
        ("dictionary", Arc::new(StringArray::from(vec![Some("河西区"), Some("河东区"), None]))),
        ("large", Arc::new(StringViewArray::from(vec![Some("天"), None, Some("")]))),
        ("small", Arc::new(Int64Array::from(vec![Some(-1), None, Some(127)]))),
        ("unsigned", Arc::new(StringArray::from(vec![Some("18446744073709551615"), None, Some("0")]))),
        ("single", Arc::new(Float64Array::from(vec![Some(0.5), None, Some(-2.0)]))),
        ("decimal", Arc::new(StringArray::from(vec![Some("1201011990010112.31"), Some("-0.05"), None]))),
        ("truth", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]))),
        ("day", Arc::new(Date32Array::from(vec![Some(1), None, Some(0)]))),
        ("second", Arc::new(TimestampMicrosecondArray::from(vec![Some(-1_000_000), None, Some(1_000_000)]))),
        ("utc", Arc::new(TimestampMicrosecondArray::from(vec![Some(0), Some(1_500_000), None]))),
        ("nothing", Arc::new(StringArray::from(vec![None::<&str>; 3]))),
    ]);
    for stream in [false, true] {
        assert_eq!(read(&[ipc(&given, stream)]).unwrap(), vec![expected.clone()], "stream: {stream}");
    }
}

#[test]
fn files_are_matched_by_name() {
    let (a, b): (ArrayRef, ArrayRef) = (Arc::new(Int8Array::from(vec![1])), Arc::new(StringArray::from(vec!["x"])));
    let (one, other) = (table(vec![("a", a.clone()), ("b", b.clone())]), table(vec![("b", b.clone()), ("a", a)]));
    let batches = read(&[ipc(&one, false), ipc(&other, true)]).unwrap();
    assert_eq!(batches[0], batches[1]);
    let Err(Error::Input { place: Some(place), .. }) =
        read(&[ipc(&one, true), ipc(&table(vec![("b", b.clone()), ("a", b)]), true)])
    else {
        panic!("read")
    };
    assert_eq!(place.column.as_deref(), Some("a"));
}

#[test]
fn what_is_cut_off_damaged_or_in_a_zone_is_refused() {
    let cells = || -> ArrayRef { Arc::new(Int64Array::from_iter_values(0..1000)) };
    for stream in [false, true] {
        let whole = ipc(&table(vec![("a", cells())]), stream);
        for length in [0, 5, 100, whole.len() / 2, whole.len() - 9] {
            assert_eq!(read(&[whole[..length].to_vec()]).unwrap_err().exit_code(), 4, "{length} of a stream: {stream}");
        }
    }
    let zone = TimestampSecondArray::from(vec![0]).with_timezone("Asia/Shanghai");
    let error = read(&[ipc(&table(vec![("a", Arc::new(zone))]), true)]).unwrap_err();
    assert!(error.to_string().contains("time zone"), "{error}");
}
