//! Kernels in rows per second: one column in, one out; the tally and the CSV reader on whole tables.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arrow::array::{ArrayRef, Date32Array, Float64Array, Int64Array, StringArray};
use arrow::datatypes::{Field, Schema};
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use rand::rngs::ChaCha20Rng;
use rand::{RngExt, SeedableRng};
use tuomin::detect::Kind;
use tuomin::error::Result;
use tuomin::release::digest::leaves;
use tuomin::secret::Secret;
use tuomin::source::{Batch, Source, Wanted};
use tuomin::spec::{Centre, ColumnType, Encoding, NoiseKind, SourceFormat, SourceSpec, Subject, TokenAlgorithm};
use tuomin::table::tally::{PARTITIONS, Spill, TallyPart, finish};
use tuomin::table::{Domain, EquivalenceTable};
use tuomin::treatment::{
    Beside, Draws, Fpe, Grid, Key, Mask, Member, Microaggregate, Noise, Numbers, Pram, Redact, Round, Scope, Shift,
    Swap, Token, TopBottom, Treatment,
};

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

#[divan::bench(args = [20.0, 20_000.0])]
fn noise_integers(bencher: Bencher, scale: f64) {
    let noise = Noise::new(NoiseKind::DiscreteLaplace, scale, None, Draws::ephemeral(&mut draws()));
    treat(bencher, &Treatment::Noise(noise.expect("a valid scale")), &integers());
}

#[divan::bench(args = [false, true])]
fn noise_floats(bencher: Bencher, rounded: bool) {
    let noise = Noise::new(NoiseKind::Laplace, 20.0, rounded.then_some(0.5), Draws::ephemeral(&mut draws()));
    treat(bencher, &Treatment::Noise(noise.expect("a valid scale")), &numbers());
}

#[divan::bench]
fn shift_dates(bencher: Bencher) {
    let shift = Treatment::Shift(Shift::new(30, Draws::ephemeral(&mut draws())).expect("valid days"));
    let subjects = texts(u64::MAX / 10_000);
    let dates: ArrayRef = Arc::new(Date32Array::from_iter_values((0..CELLS as i32).map(|day| day % 20_000)));
    let beside = Beside { subject: Some(&subjects), ..Beside::default() };
    bencher.counter(ItemsCount::new(CELLS)).bench(|| shift.apply(black_box(&dates), &beside));
}

/// A tally of a column whose values each have one record of one subject.
fn counted(values: impl Iterator<Item = String>) -> EquivalenceTable {
    let (domain, codes) = Domain::sorted("x", values.map(Some).collect());
    let width = domain.len();
    let mut table = EquivalenceTable {
        domains: vec![domain],
        codes: vec![(0..width as u32).collect()],
        records: vec![0; width],
        subjects: vec![0; width],
        ..EquivalenceTable::default()
    };
    for code in codes {
        table.records[code as usize] += 1;
        table.subjects[code as usize] += 1;
    }
    table
}

fn measures() -> Numbers {
    let mut draws = draws();
    let values = (0..CELLS).map(|_| ((draws.random::<f64>() * 1e6).round() / 100.0).to_string());
    Numbers::of(&counted(values)).expect("numbers")
}

#[divan::bench]
fn top_bottom_fit(bencher: Bencher) {
    let numbers = measures();
    bencher.counter(ItemsCount::new(CELLS)).bench(|| TopBottom::fit(black_box(&numbers), Some(0.01), Some(0.99), 5));
}

#[divan::bench]
fn top_bottom(bencher: Bencher) {
    let cuts = TopBottom::fit(&measures(), Some(0.01), Some(0.99), 5).expect("enough subjects");
    treat(bencher, &Treatment::TopBottom(cuts), &numbers());
}

#[divan::bench(args = [5, 50])]
fn microaggregate_fit(bencher: Bencher, k: u64) {
    let numbers = measures();
    bencher.counter(ItemsCount::new(CELLS)).bench(|| Microaggregate::fit(black_box(&numbers), k, Centre::Mean));
}

#[divan::bench]
fn microaggregate(bencher: Bencher) {
    let groups = Microaggregate::fit(&measures(), 5, Centre::Mean).expect("enough subjects");
    treat(bencher, &Treatment::Microaggregate(groups), &numbers());
}

#[divan::bench]
fn pram(bencher: Bencher) {
    let table = counted((0..CELLS as u64).map(|i| format!("{:018}", i % 20 * 7_919)));
    let pram = Pram::fit(&table, 0.8, true, 5, Draws::ephemeral(&mut draws())).expect("several categories");
    treat(bencher, &Treatment::Pram(pram), &texts(20));
}

#[divan::bench]
fn swap_exchange(bencher: Bencher) {
    let values = texts(1000);
    let members: Vec<Member> = (0..CELLS as u32)
        .map(|row| Member { row: u64::from(row), class: row.wrapping_mul(2_654_435_761) % 20_000, value: row % 1000 })
        .collect();
    bencher
        .counter(ItemsCount::new(CELLS))
        .with_inputs(|| (values.clone(), members.clone()))
        .bench_values(|(values, members)| Swap::exchange(values, members, &mut draws()));
}

#[divan::bench]
fn grid(bencher: Bencher) {
    let mut draws = draws();
    let mut degrees = |from: f64, to: f64| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values((0..CELLS).map(|_| draws.random_range(from..to))))
    };
    let (longitudes, latitudes) = (degrees(73.0, 135.0), degrees(3.0, 53.0));
    let grid = Treatment::Grid(Grid::new(Some("latitude".into()), 6).expect("a valid level"));
    let beside = Beside { other: Some(&latitudes), ..Beside::default() };
    bencher.counter(ItemsCount::new(CELLS)).bench(|| grid.apply(black_box(&longitudes), &beside));
}

/// 10,000 cells: encryption is slow.
#[divan::bench(sample_count = 10)]
fn fpe_digits(bencher: Bencher) {
    let scope = Scope { release: "r", recipient: "b", column: "c" };
    let fpe = Fpe::new("0123456789", &Key::ephemeral(&mut draws()), scope).expect("a valid alphabet");
    treat(bencher, &Treatment::Fpe(fpe), &texts(u64::MAX / 10_000).slice(0, 10_000));
}

#[divan::bench(sample_count = 10)]
fn redact(bencher: Bencher) {
    let cells =
        (0..10_000u64).map(|i| format!("客户来电反映电表异常，请致电1380013{:04}联系，已安排上门。", i % 10_000));
    let cells: ArrayRef = Arc::new(StringArray::from_iter_values(cells));
    treat(bencher, &Treatment::Redact(Redact::new()), &cells);
}

#[divan::bench]
fn token_of_mobiles(bencher: Bencher) {
    let scope = Scope { release: "r", recipient: "b", column: "c" };
    let token = Token::new(TokenAlgorithm::HmacSm3, &Key::ephemeral(&mut draws()), scope, 32).expect("a valid length");
    let cells = (0..CELLS as u64).map(|i| format!("+86 138-{:04}-{:04}", i / 10_000, i % 10_000));
    let cells: ArrayRef = Arc::new(StringArray::from_iter_values(cells));
    treat(bencher, &Treatment::Token(token.of_kind(Some(Kind::Mobile))), &cells);
}

fn digest(bencher: Bencher, cells: &ArrayRef) {
    let schema = Schema::new(vec![Field::new("c", cells.data_type().clone(), true)]);
    bencher.counter(ItemsCount::new(cells.len())).bench(|| leaves(&schema, black_box(std::slice::from_ref(cells))));
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
