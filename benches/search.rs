//! The search, measured: on the Adult census data, on as many rows as one likes, and on made-up tables of 5 to
//! 15 columns.
//!
//! `cargo bench --bench search -- table` prints the table of the README: each figure is the shortest of several
//! fresh processes, the time of the search alone with the start of its threads. It needs the census data in
//! `../shared`, or where `TUOMIN_SHARED` says. `cargo bench --bench search` measures the made-up tables alone.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench may stop, and prints")]

#[path = "../tests/common/adult.rs"]
mod adult;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use adult::{Adult, COLUMNS};
use divan::{Bencher, black_box};
use rand::rngs::ChaCha20Rng;
use rand::{RngExt, SeedableRng};
use tuomin::search::{Budget, Goal, Metric, Outcome, optimal};
use tuomin::spec::{HierarchySpec, UnknownValues};
use tuomin::table::{Domain, EquivalenceTable, Hierarchy};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["table"] => table(),
        ["once", what, metric, limit] => once(what, metric, limit.parse().unwrap()),
        _ => divan::main(),
    }
}

/// Values per column, and what codes are cut to from level to level.
type Column = (u32, &'static [f64]);

/// 12,960 nodes, as Adult with its hierarchies.
const NINE: [Column; 9] = [
    (2, &[]),
    (74, &[5.0, 10.0, 20.0]),
    (5, &[]),
    (7, &[3.0]),
    (16, &[2.0, 8.0]),
    (41, &[8.0]),
    (7, &[3.0]),
    (14, &[4.0]),
    (2, &[]),
];
const SIX: [Column; 6] =
    [(2, &[]), (90, &[5.0, 10.0, 20.0]), (16, &[4.0]), (300, &[10.0, 50.0]), (12, &[3.0]), (40, &[8.0])];

/// The first columns of this make tables of 5 to 15.
const FIFTEEN: [Column; 15] = [
    (2, &[]),
    (74, &[5.0, 10.0, 20.0]),
    (5, &[]),
    (7, &[3.0]),
    (16, &[2.0, 8.0]),
    (41, &[8.0]),
    (7, &[3.0]),
    (14, &[4.0]),
    (2, &[]),
    (30, &[5.0]),
    (6, &[2.0]),
    (12, &[3.0, 6.0]),
    (4, &[]),
    (50, &[10.0, 20.0]),
    (8, &[4.0]),
];

/// Draws records whose values are skewed to the low ones, and tallies them.
fn made_up(columns: &[Column], records: usize) -> (EquivalenceTable, Vec<Hierarchy>) {
    let mut random = ChaCha20Rng::seed_from_u64(42);
    let draw = |_| columns.iter().map(|(n, _)| (random.random::<f64>().powi(3) * f64::from(*n)) as u32).collect();
    tally(columns, (0..records).map(draw).collect())
}

fn tally(columns: &[Column], mut rows: Vec<Vec<u32>>) -> (EquivalenceTable, Vec<Hierarchy>) {
    rows.sort_unstable();
    let mut counts: Vec<u64> = Vec::new();
    let mut combinations: Vec<Vec<u32>> = Vec::new();
    for row in rows {
        if combinations.last() == Some(&row) {
            if let Some(count) = counts.last_mut() {
                *count += 1;
            }
        } else {
            combinations.push(row);
            counts.push(1);
        }
    }
    let (mut domains, mut codes, mut hierarchies) = (vec![], vec![], vec![]);
    for (column, (_, widths)) in columns.iter().enumerate() {
        let cells = combinations.iter().map(|row| Some(format!("{:03}", row[column]))).collect();
        let (domain, code) = Domain::sorted(format!("c{column}"), cells);
        let spec = HierarchySpec::Interval { widths: widths.to_vec(), origin: 0.0, bottom: None, top: None };
        hierarchies.push(Hierarchy::build(&spec, None, &domain, UnknownValues::Error).unwrap());
        domains.push(domain);
        codes.push(code);
    }
    let table =
        EquivalenceTable { domains, codes, subjects: counts.clone(), records: counts, ..EquivalenceTable::default() };
    (table, hierarchies)
}

#[divan::bench(args = [0.0, 0.04, 1.0])]
fn optimal_9_columns_12960_nodes_30162_records_k5(bencher: Bencher, limit: f64) {
    let (table, hierarchies) = made_up(&NINE, 30_162);
    let goal = Goal::new(5, limit);
    bencher.bench(|| optimal(black_box(&table), &hierarchies, &goal));
}

#[divan::bench(args = [10_000, 100_000, 1_000_000], sample_count = 5)]
fn optimal_6_columns_k5_limit_4_percent_records(bencher: Bencher, records: usize) {
    let (table, hierarchies) = made_up(&SIX, records);
    let goal = Goal::new(5, 0.04);
    bencher
        .counter(divan::counter::ItemsCount::new(table.combinations()))
        .bench(|| optimal(black_box(&table), &hierarchies, &goal));
}

fn shared() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    std::env::var_os("TUOMIN_SHARED").map_or(beside, PathBuf::from)
}

/// The census as it is (1), or that many times as many records drawn from it with ages moved by up to 2 years.
fn census(times: u64) -> (EquivalenceTable, Vec<Hierarchy>) {
    let adult = Adult::load(&shared());
    let (mut table, hierarchies) = adult.table(&COLUMNS, &[], &adult.all, false);
    if times > 1 {
        let ages = table.domains[1].len() as i64;
        let mut random = ChaCha20Rng::seed_from_u64(42);
        let mut counts: std::collections::BTreeMap<Vec<u32>, u64> = Default::default();
        for row in 0..table.combinations() {
            let mut key: Vec<u32> = table.codes.iter().map(|codes| codes[row]).collect();
            let age = i64::from(key[1]);
            for _ in 0..table.records[row] * times {
                key[1] = (age + random.random_range(-2..=2)).clamp(0, ages - 1) as u32;
                *counts.entry(key.clone()).or_default() += 1;
            }
        }
        table.codes = (0..COLUMNS.len()).map(|column| counts.keys().map(|key| key[column]).collect()).collect();
        table.records = counts.into_values().collect();
        table.subjects = table.records.clone();
    }
    (table, hierarchies)
}

/// What all threads of this process have computed, where the system tells (Linux).
fn processor_time() -> Duration {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let nanos = threads.filter_map(|thread| {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanos.sum())
}

/// One search in this process; prints its microseconds and what it did.
fn once(what: &str, metric: &str, limit: f64) {
    let metric = Metric::ALL.into_iter().find(|known| known.id() == metric).unwrap();
    let (kind, number) = what.split_once('-').unwrap();
    let number: u64 = number.parse().unwrap();
    let ((table, hierarchies), k) = match kind {
        // k grows with the rows, as the oracle's
        "census" => (census(number), 5 * number),
        _ => (made_up(&FIFTEEN[..number as usize], 100_000), 5),
    };
    // beyond 2^18 nodes, 12 columns and more, a search ends after 2,000 nodes
    let nodes = hierarchies.iter().map(|h| h.levels.len() as u128).product::<u128>();
    let budget = Budget { nodes: (nodes > 1 << 18).then_some(2_000), over: None };
    let goal = Goal { metric, budget, ..Goal::new(k, limit) };
    let (start, before) = (Instant::now(), processor_time());
    let outcome = optimal(&table, &hierarchies, &goal);
    let (micros, processor) = (start.elapsed().as_micros(), (processor_time() - before).as_micros());
    let Outcome::Found(found) = outcome else { panic!("{outcome:?}") };
    println!(
        "{micros} {processor} {} {} {} {:.6} {:.6} {}",
        table.combinations(),
        found.lattice_size,
        found.nodes_checked,
        found.value,
        found.lower_bound,
        found.proven_optimal
    );
}

/// The shortest of several fresh processes, and what the last of them printed besides.
fn fresh(what: &str, metric: Metric, limit: f64, threads: usize) -> (Duration, Vec<String>) {
    let run = || {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["once", what, metric.id(), &limit.to_string()])
            .env("RAYON_NUM_THREADS", threads.to_string())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let words: Vec<String> = String::from_utf8(output.stdout).unwrap().split(' ').map(str::to_string).collect();
        (Duration::from_micros(words[0].parse().unwrap()), words)
    };
    let times: u32 = std::env::var("RUNS").map_or(15, |runs| runs.parse().unwrap());
    let mut best = run();
    for _ in 1..times {
        let next = run();
        best = if next.0 < best.0 { next } else { best };
    }
    best
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1e3)
}

fn table() {
    println!("| Adult, k = 5, limit | metric | combinations | nodes | counted | 1 thread, ms | 2 threads, ms |");
    println!("|---|---|---|---|---|---|---|");
    for metric in [Metric::Loss, Metric::GeometricLoss] {
        for limit in [0.0, 0.04, 1.0] {
            row(&format!("{limit}"), "census-1", metric, limit);
        }
    }
    println!("\n| rows | metric | combinations | nodes | counted | 1 thread, ms | 2 threads, ms |");
    println!("|---|---|---|---|---|---|---|");
    for times in [1_u64, 33, 331] {
        row(&(times * 30_162).to_string(), &format!("census-{times}"), Metric::Loss, 0.04);
    }
    println!(
        "\n| columns | metric | combinations | nodes | counted | 1 thread, ms | 2 threads, ms | found | at least |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for columns in 5..=15 {
        row(&columns.to_string(), &format!("columns-{columns}"), Metric::Loss, 0.04);
    }
}

fn row(name: &str, what: &str, metric: Metric, limit: f64) {
    let (one, _) = fresh(what, metric, limit, 1);
    let (two, words) = fresh(what, metric, limit, 2);
    let (one, two) = (milliseconds(one), milliseconds(two));
    let bounds = if what.starts_with("columns") { format!(" {} | {} |", words[5], words[6]) } else { String::new() };
    println!("| {name} | {} | {} | {} | {} | {one} | {two} |{bounds}", metric.id(), words[2], words[3], words[4]);
}
