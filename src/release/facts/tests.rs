use std::path::PathBuf;

use arrow::array::{
    BooleanArray, Date32Array, DictionaryArray, Float64Array, Int64Array, RecordBatch, StringArray, UInt32Array,
};
use arrow::datatypes::{Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use super::*;
use crate::release::parquet::{CERTIFICATE_KEY, Part, seal, write};
use crate::risk::attack::AttackOutcome;
use crate::risk::attack::metadata::{Allowed, Stated, Trace};

const ROWS: usize = 2000;

/// All types that releases have, with nulls, long texts, and a column of distinct texts.
fn batch(first: usize, rows: usize) -> RecordBatch {
    let rows = || first..first + rows;
    let some = |row: usize| !row.is_multiple_of(7);
    let label = |row: usize| some(row).then(|| format!("label {}", row % 5));
    let long = |row: usize| some(row).then(|| format!("{}{}", "长文本".repeat(30), row % 3));
    let keys = UInt32Array::from_iter(rows().map(|row| some(row).then_some(row as u32 % 3)));
    // the last value is used by no row, the third is null
    let labels = StringArray::from(vec![Some("x"), Some("y"), None, Some("nobody has this")]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("label", Arc::new(StringArray::from_iter(rows().map(label)))),
        ("long", Arc::new(StringArray::from_iter(rows().map(long)))),
        ("token", Arc::new(StringArray::from_iter_values(rows().map(|row| format!("{:032x}", row * 977))))),
        ("coded", Arc::new(DictionaryArray::try_new(keys, Arc::new(labels)).unwrap())),
        ("whole", Arc::new(Int64Array::from_iter(rows().map(|row| some(row).then_some(row as i64 - 900))))),
        ("number", Arc::new(Float64Array::from_iter(rows().map(|row| some(row).then_some((row % 9) as f64 * -0.25))))),
        ("day", Arc::new(Date32Array::from_iter(rows().map(|row| some(row).then_some(row as i32))))),
        ("yes", Arc::new(BooleanArray::from_iter(rows().map(|row| some(row).then_some(row % 2 == 0))))),
        ("nothing", Arc::new(StringArray::new_null(rows().len()))),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, cells)| (name, cells, true))).unwrap()
}

fn names(schema: &SchemaRef) -> Vec<String> {
    schema.fields().iter().map(|field| field.name().clone()).collect()
}

/// A file as releases have it, two row groups.
fn ours(folder: &Path) -> PathBuf {
    let path = folder.join("part-00000.parquet");
    let groups = [batch(0, ROWS), batch(ROWS, 500)];
    write(
        File::create(&path).unwrap(),
        &path,
        &groups[0].schema(),
        groups.iter().map(|group| Ok(group.columns().to_vec())),
    )
    .unwrap();
    path
}

/// A file as any program may write it.
fn theirs(folder: &Path, properties: WriterProperties) -> PathBuf {
    let path = folder.join("other.parquet");
    let rows = batch(0, ROWS);
    let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), rows.schema(), Some(properties)).unwrap();
    writer.write(&rows).unwrap();
    writer.close().unwrap();
    path
}

/// Holds what a file says against its own cells.
fn struck(path: &Path) -> Metadata {
    let mut metadata = Metadata::new(vec![facts(path, "data/part-00000.parquet").unwrap()]);
    let part = Part::open(path, None).unwrap();
    for group in 0..part.groups() {
        strike(&mut metadata, 0, group, &names(part.schema()), &part.read(group).unwrap()).unwrap();
    }
    metadata
}

fn allowed() -> Allowed {
    Allowed::new([CERTIFICATE_KEY.to_owned()], ["tuomin".to_owned()], ["db-host-7".to_owned()])
}

#[test]
fn our_own_files_say_nothing_beside_their_cells() {
    let folder = tempfile::tempdir().unwrap();
    let path = ours(folder.path());
    let says = facts(&path, "data/part-00000.parquet").unwrap();
    assert_eq!(says.chunks.len(), 18, "nine columns in two row groups");
    assert_eq!(says.texts[1..], names(&batch(0, 1).schema()), "the root of the schema, and the columns");
    let chunk = |column: &str| says.chunks.iter().find(|chunk| chunk.column == column).unwrap();
    let stated = |column: &str, text: &str| chunk(column).values.contains(&Stated::Value(text.into()));
    for (column, value) in
        [("label", "label 4"), ("whole", "-899"), ("number", "-0.25"), ("number", "0"), ("day", "1970-01-02")]
    {
        assert!(stated(column, value), "{column}");
    }
    assert!(stated("yes", "false") && !stated("coded", "nobody has this"));
    assert!(chunk("long").values.iter().any(|value| matches!(value, Stated::StartBelow(_))), "cut at 64 bytes");
    assert_eq!((chunk("nothing").null_count, chunk("nothing").values.len()), (Some(ROWS as u64), 0));
    let found = struck(&path);
    let AttackOutcome { successes, trials, .. } = found.values();
    assert!(successes == 0 && trials > 4000, "{:?}", found.values());
    assert_eq!(found.traces(&allowed()).1, []);
    seal(&path, "{}").unwrap();
    let found = struck(&path);
    assert_eq!((found.values().successes, found.values().trials), (0, trials));
    let (outcome, traces) = found.traces(&allowed());
    assert!(traces.is_empty() && outcome.trials > 12, "{traces:?}");
}

#[test]
fn places_tell_the_row_groups() {
    let folder = tempfile::tempdir().unwrap();
    let path = ours(folder.path());
    let places = Places::new(&[path.clone(), path]).unwrap();
    let (rows, all) = (ROWS as u64, ROWS as u64 + 500);
    let at = [0, rows, all, all + rows].map(|row| places.at(row));
    assert_eq!(at, [Some((0, 0)), Some((0, 1)), Some((1, 0)), Some((1, 1))]);
    assert_eq!(places.at(7), None);
}

#[test]
fn values_of_rows_that_are_gone_are_found_in_every_column() {
    let folder = tempfile::tempdir().unwrap();
    let path = theirs(folder.path(), WriterProperties::builder().set_created_by("tuomin".into()).build());
    let mut found = Metadata::new(vec![facts(&path, "f").unwrap()]);
    // the dictionaries and statistics are those of all rows, the cells are fewer
    let cells = batch(0, 6);
    strike(&mut found, 0, 0, &names(&cells.schema()), cells.columns()).unwrap();
    let outcome = found.values();
    assert_eq!(outcome.columns.len(), 9, "{:?}: values, and null counts", outcome.columns);
    assert!(outcome.risk > 0.9, "{outcome:?}");
    assert!(strike(&mut found, 0, 1, &names(&cells.schema()), cells.columns()).is_err(), "no such row group");
}

#[test]
fn a_minimum_that_no_cell_has_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = ours(folder.path());
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(7).rposition(|text| text == b"label 0").unwrap();
    bytes[at + 6] = b'/';
    std::fs::write(&path, bytes).unwrap();
    let outcome = struck(&path).values();
    assert_eq!((outcome.successes, &outcome.columns[..]), (1, &["label".to_owned()][..]), "{outcome:?}");
}

#[test]
fn bloom_filters_schemas_and_paths_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let properties = WriterProperties::builder()
        .set_created_by("tuomin".into())
        .set_bloom_filter_enabled(true)
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_write_page_header_statistics(true)
        .set_data_page_row_count_limit(100)
        .set_write_batch_size(100)
        .set_key_value_metadata(Some(vec![KeyValue::new("tuomin.certificate".into(), "file:///in.csv".to_owned())]));
    let path = theirs(folder.path(), properties.build());
    let found = struck(&path);
    let outcome = found.values();
    assert_eq!(outcome.successes, 9, "a bloom filter each, and nothing in page index and page headers: {outcome:?}");
    let plain = WriterProperties::builder().set_statistics_enabled(EnabledStatistics::Chunk).build();
    let chunks_only = struck(&theirs(folder.path(), plain)).values();
    assert_eq!(chunks_only.successes, 0);
    assert!(outcome.trials > chunks_only.trials + 200, "the pages were looked at");
    let (_, traces) = found.traces(&allowed());
    let kinds: Vec<Trace> = traces.into_iter().map(|(_, trace)| trace).collect();
    assert_eq!(kinds, [Trace::Path, Trace::Key], "the value, and the key of Arrow's schema");
}

#[test]
fn what_arrow_writes_of_its_schema_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("described.parquet");
    let told = [("source".to_owned(), "made on db-host-7".to_owned())].into();
    let field = Field::new("a", DataType::Int64, true).with_metadata(told);
    let schema = Arc::new(Schema::new(vec![field]));
    let rows = RecordBatch::try_new(schema.clone(), vec![Arc::new(Int64Array::from(vec![1, 2]))]).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), schema, None).unwrap();
    writer.write(&rows).unwrap();
    writer.close().unwrap();
    let (_, traces) = Metadata::new(vec![facts(&path, "f").unwrap()]).traces(&allowed());
    assert!(traces.iter().any(|(_, trace)| *trace == Trace::Word), "{traces:?}");
}

/// Changes the footer of a file of ours.
fn with_footer(path: &Path, change: impl Fn(&mut Vec<u8>)) {
    let mut bytes = std::fs::read(path).unwrap();
    let tail = bytes.len() - 8;
    let length = u32::from_le_bytes(bytes[tail..tail + 4].try_into().unwrap()) as usize;
    let mut footer = bytes.split_off(tail - length);
    footer.truncate(length);
    change(&mut footer);
    bytes.extend(&footer);
    bytes.extend((footer.len() as u32).to_le_bytes());
    bytes.extend(b"PAR1");
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_field_that_readers_skip_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = ours(folder.path());
    let hidden = b"/home/li/patients.csv";
    with_footer(&path, |footer| {
        assert_eq!(footer.pop(), Some(0), "the stop of the footer's struct");
        // a binary field three numbers on, which no reader knows
        footer.extend([0x38, hidden.len() as u8]);
        footer.extend(hidden);
        footer.push(0);
    });
    let found = struck(&path);
    assert_eq!(found.values().successes, 0);
    let (_, traces) = found.traces(&allowed());
    assert!(traces.iter().any(|(_, trace)| *trace == Trace::Path), "{traces:?}");
}

#[test]
fn bytes_that_belong_to_nothing_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = ours(folder.path());
    let length = std::fs::metadata(&path).unwrap().len();
    let mut bytes = std::fs::read(&path).unwrap();
    let size = u32::from_le_bytes(bytes[bytes.len() - 8..bytes.len() - 4].try_into().unwrap());
    let footer = bytes.split_off(bytes.len() - 8 - size as usize);
    bytes.extend(b"the footer of before");
    bytes.extend(footer);
    std::fs::write(&path, &bytes).unwrap();
    let error = facts(&path, "f").unwrap_err();
    assert!(error.contains("does not speak of"), "{error}");
    std::fs::write(&path, &bytes[..length as usize / 2]).unwrap();
    assert!(facts(&path, "f").unwrap_err().contains("footer"));
    assert!(facts(&folder.path().join("none"), "f").unwrap_err().contains("opened"));
}

#[test]
fn types_that_releases_do_not_have_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f32.parquet");
    let cells: ArrayRef = Arc::new(arrow::array::Float32Array::from(vec![1.5]));
    let rows = RecordBatch::try_from_iter([("a", cells)]).unwrap();
    let properties = WriterProperties::builder().set_compression(Compression::UNCOMPRESSED).build();
    let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), rows.schema(), Some(properties)).unwrap();
    writer.write(&rows).unwrap();
    writer.close().unwrap();
    assert!(facts(&path, "f").unwrap_err().contains("types"));
}
