use std::collections::VecDeque;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arrow::array::*;
use arrow::compute::concat_batches;
use arrow::datatypes::{Field, Schema};
use proptest::prelude::*;

use super::*;
use crate::source::{Batch, Source, Wanted};
use crate::spec::{ColumnType, SourceFormat};

/// Batches as a reader gives them.
struct Given {
    schema: SchemaRef,
    batches: VecDeque<RecordBatch>,
}

impl Given {
    fn new(batches: Vec<RecordBatch>) -> Self {
        Self { schema: batches[0].schema(), batches: batches.into() }
    }
}

impl Reader for Given {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn next(&mut self) -> Result<Option<RecordBatch>> {
        Ok(self.batches.pop_front())
    }
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, cells)| (name, cells, true))).unwrap()
}

/// One column of each type, with nulls and the ends of each range.
fn every_type() -> RecordBatch {
    batch(vec![
        ("text", Arc::new(StringArray::from(vec![Some("天津市"), None, Some("")]))),
        ("view", Arc::new(StringViewArray::from(vec![None, Some("longer than twelve bytes"), Some("a")]))),
        ("integer", Arc::new(Int64Array::from(vec![Some(i64::MIN), None, Some(i64::MAX)]))),
        ("number", Arc::new(Float64Array::from(vec![Some(-0.0), Some(f64::MAX), None]))),
        ("boolean", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]))),
        ("date", Arc::new(Date32Array::from(vec![Some(-719_162), None, Some(2_932_896)]))),
        ("moment", Arc::new(TimestampMicrosecondArray::from(vec![Some(-1), None, Some(1_700_000_000_123_456)]))),
    ])
}

fn taken(batches: Vec<RecordBatch>) -> Intake {
    Intake::new(&mut Given::new(batches), &std::env::temp_dir()).unwrap()
}

/// All kept records as one batch.
fn kept(intake: &Intake) -> RecordBatch {
    let all: Vec<Wanted> = intake.schema.fields().iter().map(|field| text(field.name())).collect();
    let groups = (0..intake.starts.len() - 1).flat_map(|group| intake.group(group, &all).unwrap());
    concat_batches(&intake.schema, &groups.collect::<Vec<_>>()).unwrap()
}

fn text(name: &str) -> Wanted {
    Wanted { name: name.into(), kind: ColumnType::Text }
}

#[test]
fn rows_nulls_and_types_stay_as_they_were() {
    let given = every_type();
    let kept = kept(&taken(vec![given.slice(0, 1), given.slice(1, 0), given.slice(1, 2)]));
    assert_eq!(kept, given);
    assert!(
        kept.column_by_name("number")
            .unwrap()
            .as_primitive::<arrow::datatypes::Float64Type>()
            .value(0)
            .is_sign_negative()
    );
}

#[test]
fn nothing_is_kept_of_nothing() {
    let intake = taken(vec![every_type().slice(0, 0)]);
    assert_eq!((intake.records(), kept(&intake).num_rows()), (0, 0));
}

#[test]
fn many_row_groups_are_scanned_whole_and_in_place() {
    let number = 300_001i64;
    let cells: ArrayRef = Arc::new(Int64Array::from_iter_values(0..number));
    let all = batch(vec![("n", cells.clone()), ("m", cells)]);
    let parts = (0..).map(|at| at * 50_000).take_while(|&at| at < all.num_rows());
    let parts = parts.map(|at| all.slice(at, 50_000.min(all.num_rows() - at))).collect();
    let source =
        Source::taken_in(Box::new(Given::new(parts)), SourceFormat::Parquet, &[], &std::env::temp_dir()).unwrap();
    let wanted = [("m", ColumnType::Text), ("n", ColumnType::Integer), ("m", ColumnType::Number)];
    let wanted = wanted.map(|(name, kind)| Wanted { name: name.into(), kind });
    let see = |seen: &mut Vec<i64>, batch: &Batch| {
        let numbers = batch.cells.column(1).as_primitive::<arrow::datatypes::Int64Type>();
        for (row, &number) in numbers.values().iter().enumerate() {
            assert_eq!(batch.row(row as u32), number as u64);
        }
        assert_eq!(batch.cells.column(0).as_string::<i32>().value(0), numbers.value(0).to_string());
        seen.extend(numbers.values());
        Ok(())
    };
    let (seen, count) = source.scan(&wanted, vec![vec![], vec![], vec![]], &AtomicBool::new(false), see).unwrap();
    let mut seen: Vec<i64> = seen.into_iter().flatten().collect();
    seen.sort_unstable();
    assert!(seen.into_iter().eq(0..number) && count == number as u64);
    let rows = |batch: &Batch| batch.cells.num_rows() as u64;
    let (none, count) = source
        .scan(&[], vec![0], &AtomicBool::new(false), |seen, batch| {
            *seen += rows(batch);
            Ok(())
        })
        .unwrap();
    assert_eq!((none[0], count), (number as u64, number as u64));

    let part = source.spread(&wanted, 10_000).unwrap();
    let numbers = part
        .batches
        .iter()
        .flat_map(|batch| batch.cells.column(1).as_primitive::<arrow::datatypes::Int64Type>().values().to_vec());
    let numbers: Vec<i64> = numbers.collect();
    assert!(!part.whole && numbers.is_sorted_by(|a, b| a < b), "each once, in order");
    assert_eq!((numbers.len() as u64, part.blocks), (part.records, 32));
    assert!((10_000..11_000).contains(&part.records) && *numbers.last().unwrap() > number - 1000);
    assert!(source.spread(&wanted, 400_000).unwrap().whole);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_table_cut_anywhere_comes_back_with_one_digest(
        rows in proptest::collection::vec((any::<Option<String>>(), any::<Option<i64>>(), any::<Option<f64>>(), any::<Option<bool>>(), any::<Option<i32>>()), 1..60),
        cut in any::<proptest::sample::Index>(),
    ) {
        let all = batch(vec![
            ("t", Arc::new(rows.iter().map(|row| row.0.as_deref()).collect::<StringArray>()) as ArrayRef),
            ("v", Arc::new(rows.iter().map(|row| row.0.as_deref()).collect::<StringViewArray>())),
            ("i", Arc::new(rows.iter().map(|row| row.1).collect::<Int64Array>())),
            ("n", Arc::new(rows.iter().map(|row| row.2).collect::<Float64Array>())),
            ("b", Arc::new(rows.iter().map(|row| row.3).collect::<BooleanArray>())),
            ("d", Arc::new(rows.iter().map(|row| row.4).collect::<Date32Array>())),
        ]);
        let cut = cut.index(rows.len());
        let (whole, parts) = (taken(vec![all.clone()]), taken(vec![all.slice(0, cut), all.slice(cut, rows.len() - cut)]));
        prop_assert_eq!(kept(&whole), all.clone());
        prop_assert_eq!(kept(&parts), all);
        prop_assert_eq!(whole.digest().unwrap(), parts.digest().unwrap());
    }
}

/// Batches of which each is of an object of its own.
struct OfObjects(Given, usize);

impl Reader for OfObjects {
    fn schema(&self) -> SchemaRef {
        self.0.schema()
    }

    fn next(&mut self) -> Result<Option<RecordBatch>> {
        self.1 += 1;
        self.0.next()
    }

    fn origin(&self) -> Option<PathBuf> {
        Some(format!("object-{}", self.1).into())
    }
}

#[test]
fn objects_can_be_hashed_apart() {
    let numbers = |from: i64, count: i64| {
        let cells: ArrayRef = Arc::new((from..from + count).collect::<Int64Array>());
        batch(vec![("n", cells)])
    };
    // the second begins in the first row group of the intake, the third ends beyond it
    let objects = [numbers(0, 1000), numbers(1000, 5), numbers(1005, 200_000), numbers(0, 1)];
    let mut reader = OfObjects(Given::new(objects.to_vec()), 0);
    let taken = Intake::new(&mut reader, &std::env::temp_dir()).unwrap();
    let mut hashed = Hashed::new(&objects[0].schema()).unwrap();
    for object in &objects {
        let mut part = Part::default();
        part.add(&object.slice(0, 1)).unwrap();
        part.add(&object.slice(1, object.num_rows() - 1)).unwrap();
        hashed.add(part);
        // an object without records
        hashed.add(Part::default());
    }
    assert_eq!(taken.digest().unwrap(), hashed.finish());
    assert_ne!(taken.digest().unwrap(), self::taken(objects.to_vec()).digest().unwrap(), "of one origin");
    let place = taken.place(Some(1004), "n");
    assert_eq!((place.path, place.row), (Some("object-2".into()), Some(5)));
}

#[test]
fn the_digest_knows_names_types_values_and_their_order() {
    let table = |name: &str, cells: ArrayRef| taken(vec![batch(vec![(name, cells)])]).digest().unwrap();
    let integers = |cells: [Option<i64>; 2]| -> ArrayRef { Arc::new(Int64Array::from(cells.to_vec())) };
    let texts = |cells: [Option<&str>; 2]| -> ArrayRef { Arc::new(StringArray::from(cells.to_vec())) };
    let here = table("a", texts([Some("1"), None]));
    assert_eq!(here, table("a", Arc::new(StringViewArray::from(vec![Some("1"), None]))));
    let others = [
        table("b", texts([Some("1"), None])),
        table("a", texts([None, Some("1")])),
        table("a", texts([Some("1"), Some("")])),
        table("a", integers([Some(1), None])),
        table("a", Arc::new(StringArray::from(vec!["1"]))),
    ];
    assert!(others.iter().all(|other| *other != here));
}

#[test]
fn the_file_has_no_name_and_no_cell_in_clear() {
    let folder = tempfile::tempdir().unwrap();
    let word = "天津市南开区鞍山西道-told-nobody";
    let cells: ArrayRef = Arc::new(StringArray::from(vec![word; 3]));
    let column = "a-name-told-nobody";
    let intake = Intake::new(&mut Given::new(vec![batch(vec![(column, cells)])]), folder.path()).unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let bytes = intake.handles.with(|file| {
        let mut bytes = vec![0; file.metadata().unwrap().len() as usize];
        file.read_exact_at(&mut bytes, 0).unwrap();
        use std::os::unix::fs::MetadataExt;
        assert_eq!((file.metadata().unwrap().mode() & 0o777, file.metadata().unwrap().nlink()), (0o600, 0));
        Ok(bytes)
    });
    let bytes = bytes.unwrap();
    assert!(bytes.ends_with(b"PARE"), "the footer is encrypted");
    for part in [&word.as_bytes()[..12], b"told-nobody", column.as_bytes()] {
        assert!(!bytes.windows(part.len()).any(|window| window == part));
    }
}

#[test]
fn a_damaged_or_shortened_file_is_an_error() {
    let cells: ArrayRef = Arc::new(StringArray::from_iter_values((0..5000).map(|i| i.to_string())));
    let make = || {
        let Temporary { file, handles } = file::temporary(&std::env::temp_dir()).unwrap();
        let copy = file.try_clone().unwrap();
        let given = &mut Given::new(vec![batch(vec![("a", cells.clone())])]);
        (Intake::kept(given, Path::new("/"), file, handles).unwrap(), copy)
    };
    let fails = |intake: &Intake| {
        let Err(error) = intake.group(0, &[text("a")]) else { panic!("read") };
        assert_eq!(error.exit_code(), 5);
        assert!(error.to_string().contains("damaged"), "{error}");
    };
    let (intake, file) = make();
    intake.group(0, &[text("a")]).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, 2000).unwrap();
    file.write_all_at(&[byte[0] ^ 1], 2000).unwrap();
    fails(&intake);
    let (intake, file) = make();
    file.set_len(1000).unwrap();
    fails(&intake);
}

#[test]
fn a_full_disk_is_told() {
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let Temporary { handles, .. } = file::temporary(&std::env::temp_dir()).unwrap();
    let given = &mut Given::new(vec![every_type()]);
    let Err(error) = Intake::kept(given, Path::new("/out"), full(), handles) else { panic!("kept") };
    assert_eq!(error.exit_code(), 5);
    assert!(error.render(false).contains("free space"), "{}", error.render(false));
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let Err(error) = Intake::new(&mut Given::new(vec![every_type()]), Path::new("/not/there")) else { panic!("kept") };
    assert_eq!(error.exit_code(), 5);
}

#[test]
fn what_no_reader_may_give_is_refused() {
    let fails = |batch: RecordBatch, code: u8| {
        let Err(error) = Intake::new(&mut Given::new(vec![batch]), &std::env::temp_dir()) else { panic!("kept") };
        assert_eq!(error.exit_code(), code, "{error}");
    };
    let text = || -> ArrayRef { Arc::new(StringArray::from(vec!["a"])) };
    fails(batch(vec![("a", text()), ("a", text())]), 4);
    fails(RecordBatch::new_empty(Arc::new(Schema::empty())), 4);
    fails(batch(vec![("a", Arc::new(Int32Array::from(vec![1])))]), 1);
    let strict = Arc::new(Schema::new(vec![Field::new("a", DataType::Utf8, false)]));
    fails(RecordBatch::try_new(strict, vec![text()]).unwrap(), 1);
}
