//! The search on made-up tables like the Adult census: skewed values, nested levels, fixed seed.

use divan::{Bencher, black_box};
use rand::rngs::ChaCha20Rng;
use rand::{RngExt, SeedableRng};
use tuomin::search::{Goal, optimal};
use tuomin::spec::{HierarchySpec, UnknownValues};
use tuomin::table::{Domain, EquivalenceTable, Hierarchy};

fn main() {
    divan::main();
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

/// Draws records whose values are skewed to the low ones, and tallies them.
fn made_up(columns: &[Column], records: usize) -> (EquivalenceTable, Vec<Hierarchy>) {
    let mut random = ChaCha20Rng::seed_from_u64(42);
    let mut rows: Vec<Vec<u32>> = (0..records)
        .map(|_| columns.iter().map(|(n, _)| (random.random::<f64>().powi(3) * f64::from(*n)) as u32).collect())
        .collect();
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
        hierarchies.push(Hierarchy::build(&spec, None, &domain, UnknownValues::Error).expect("valid by construction"));
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
