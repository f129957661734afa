//! Kernels in rows per second: one column in, one out; the tally and the CSV reader on whole tables.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};
use arrow::datatypes::Field;
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use rand::rngs::ChaCha20Rng;
use rand::{RngExt, SeedableRng};
use tuomin::error::Result;
use tuomin::release::digest::leaf;
use tuomin::secret::Secret;
use tuomin::source::{Batch, Source, Wanted};
use tuomin::spec::{ColumnType, Encoding, SourceFormat, SourceSpec, Subject, TokenAlgorithm};
use tuomin::table::tally::{PARTITIONS, Spill, TallyPart, finish};
use tuomin::treatment::{Beside, Key, Mask, Round, Scope, Token, Treatment};

fn main() {
    divan::main();
}

/// Cells of one column.
const CELLS: usize = 250_000;
/// Records of one tally.
const RECORDS: usize = 1_000_000;
/// Rows of one batch.
const BATCH: usize = 65_536;

fn draws() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(42)
}

/// Texts of 18 characters, such as identity numbers, with this many distinct ones.
fn texts(distinct: u64) -> ArrayRef {
    let mut draws = draws();
    let cells = (0..CELLS).map(|_| format!("{:018}", draws.random_range(0..distinct) * 7_919));
    Arc::new(StringArray::from_iter_values(cells))
}

fn integers() -> ArrayRef {
    let mut draws = draws();
    Arc::new(Int64Array::from_iter_values((0..CELLS).map(|_| draws.random_range(0..1_000_000))))
}

fn numbers() -> ArrayRef {
    let mut draws = draws();
    Arc::new(Float64Array::from_iter_values((0..CELLS).map(|_| (draws.random::<f64>() * 1e6).round() / 100.0)))
}

fn treat(bencher: Bencher, treatment: &Treatment, cells: &ArrayRef) {
    bencher.counter(ItemsCount::new(cells.len())).bench(|| treatment.apply(black_box(cells), &Beside::from_row(0)));
}

fn token(bencher: Bencher, algorithm: TokenAlgorithm) {
    let scope = Scope { release: "r", recipient: "b", column: "c" };
    let token = Token::new(algorithm, &Key::ephemeral(&mut draws()), scope, 32).expect("a valid length");
    treat(bencher, &Treatment::Token(token), &texts(u64::MAX / 10_000));
}

#[divan::bench]
fn token_hmac_sha256(bencher: Bencher) {
    token(bencher, TokenAlgorithm::HmacSha256);
}

#[divan::bench]
fn token_hmac_sm3(bencher: Bencher) {
    token(bencher, TokenAlgorithm::HmacSm3);
}

#[divan::bench]
fn mask(bencher: Bencher) {
    let mask = Mask::new(3, 4, '*').expect("a visible character");
    treat(bencher, &Treatment::Mask(mask), &texts(u64::MAX / 10_000));
}

#[divan::bench(args = [10.0, 0.5])]
fn round_floats(bencher: Bencher, step: f64) {
    treat(bencher, &Treatment::Round(Round::new(step).expect("a valid step")), &numbers());
}

#[divan::bench]
fn round_integers(bencher: Bencher) {
    treat(bencher, &Treatment::Round(Round::new(10.0).expect("a valid step")), &integers());
}

fn digest(bencher: Bencher, cells: &ArrayRef) {
    let field = Field::new("c", cells.data_type().clone(), true);
    bencher.counter(ItemsCount::new(cells.len())).bench(|| leaf(&field, black_box(cells)));
}

#[divan::bench]
fn leaf_text_all_distinct(bencher: Bencher) {
    digest(bencher, &texts(u64::MAX / 10_000));
}

#[divan::bench]
fn leaf_text_100_distinct(bencher: Bencher) {
    digest(bencher, &texts(100));
}

#[divan::bench]
fn leaf_int64(bencher: Bencher) {
    digest(bencher, &integers());
}

/// Spilled bytes, in memory.
struct Memory(Vec<Vec<u8>>);

impl Spill for Memory {
    fn append(&mut self, partition: usize, bytes: &[u8]) -> Result<()> {
        self.0[partition].extend_from_slice(bytes);
        Ok(())
    }

    fn read(&mut self, partition: usize) -> Result<Vec<u8>> {
        Ok(std::mem::take(&mut self.0[partition]))
    }
}

/// Batches of five skewed quasi columns, of 2 to 300 values, and a subject with four records.
fn table() -> Vec<(Vec<ArrayRef>, ArrayRef)> {
    let mut draws = draws();
    let starts = (0..RECORDS).step_by(BATCH);
    let batch = |start: usize| {
        let rows = BATCH.min(RECORDS - start);
        let quasi = [2, 90, 16, 300, 12].map(|values| -> ArrayRef {
            let cell = |_| format!("value {}", (draws.random::<f64>().powi(3) * f64::from(values)) as u32);
            Arc::new(StringArray::from_iter_values((0..rows).map(cell)))
        });
        let subject = (start..start + rows).map(|row| format!("{:018}", row * 7_919 % RECORDS / 4));
        let subject: ArrayRef = Arc::new(StringArray::from_iter_values(subject));
        (quasi.to_vec(), subject)
    };
    starts.map(batch).collect()
}

fn tally(bencher: Bencher, subjects: bool) {
    let batches = table();
    let names = ["a", "b", "c", "d", "e"].map(String::from);
    bencher.counter(ItemsCount::new(RECORDS)).bench(|| {
        let spill = || Box::new(Memory(vec![Vec::new(); PARTITIONS])) as Box<dyn Spill>;
        let mut part = TallyPart::new(names.len(), subjects.then(|| (Secret::new([7; 32]), spill())));
        for (quasi, subject) in &batches {
            part.add(quasi, subjects.then_some(subject), subject.len()).expect("texts without nulls");
        }
        finish(&names, vec![part]).expect("nothing is spilled to disk")
    });
}

#[divan::bench(sample_count = 10)]
fn tally_1e6_records_5_columns(bencher: Bencher) {
    tally(bencher, false);
}

#[divan::bench(sample_count = 10)]
fn tally_1e6_records_5_columns_subjects(bencher: Bencher) {
    tally(bencher, true);
}

/// All cores read a file of typed and quoted cells; `rows/s` by the time, bytes by the size of the file.
fn read(bencher: Bencher, encoding: Encoding) {
    const ROWS: usize = 500_000;
    let mut draws = draws();
    let mut text = String::from("id,day,amount,place,note\n");
    for row in 0..ROWS {
        let (day, amount) = (1 + row % 28, draws.random_range(0..100_000));
        let note = ["plain", "\"quoted, with a comma\"", ""][row % 3];
        text += &format!("{row:010},2025-03-{day:02},{}.{:02},天津市南开区,{note}\n", amount / 100, amount % 100);
    }
    let bytes = match encoding {
        Encoding::Utf8 => text.into_bytes(),
        _ => encoding_rs::GB18030.encode(&text).0.into_owned(),
    };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("d.csv");
    std::fs::write(&path, &bytes).expect("a file");
    let format = SourceFormat::Csv { delimiter: b',', encoding };
    let spec = SourceSpec { path, format, subject: Subject::Row, nulls: vec![] };
    let source = Source::open(&spec, Path::new("")).expect("a source");
    let date = ColumnType::Date { format: "%Y-%m-%d".into() };
    let kinds = [ColumnType::Text, date, ColumnType::Number, ColumnType::Text, ColumnType::Text];
    let names = source.columns.iter().cloned();
    let wanted: Vec<Wanted> = names.zip(kinds).map(|(name, kind)| Wanted { name, kind }).collect();
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    bencher.counter(ItemsCount::new(ROWS)).counter(BytesCount::new(bytes.len())).bench(|| {
        let see = |rows: &mut usize, batch: &Batch| {
            *rows += batch.cells.num_rows();
            Ok(())
        };
        source.scan(&wanted, vec![0; workers], &AtomicBool::new(false), see).expect("well-formed records")
    });
}

#[divan::bench(sample_count = 10)]
fn csv_utf8_5_columns(bencher: Bencher) {
    read(bencher, Encoding::Utf8);
}

#[divan::bench(sample_count = 10)]
fn csv_gb18030_5_columns(bencher: Bencher) {
    read(bencher, Encoding::Gb18030);
}
