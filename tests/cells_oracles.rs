//! Cell suppression against sdcMicro's example, and on the Adult census data; microaggregation of many rows.

#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod common;
#[path = "common/tabulate.rs"]
mod tabulate;

use std::collections::{BTreeSet, HashMap};
use std::time::Instant;

use common::shared;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use tabulate::tabulate;
use tuomin::search::{LeastK, Reading, least_k, microaggregate, suppress_cells, suppressed_cells};
use tuomin::spec::Statistic;
use tuomin::spec::{HierarchySpec, UnknownValues};
use tuomin::table::{EquivalenceTable, Hierarchy, LocalColumn, LocalRecoding, STAR};

/// Columns of texts as a table whose cells may become `*`. Also the combination of each row.
fn starred(names: &[&str], rows: &[Vec<String>]) -> (EquivalenceTable, Vec<Hierarchy>, Vec<usize>) {
    let (table, combination_of) = tabulate(names, rows);
    let build = |domain| Hierarchy::build(&HierarchySpec::Suppress, None, domain, UnknownValues::Error).unwrap();
    let hierarchies = table.domains.iter().map(build).collect();
    (table, hierarchies, combination_of)
}

#[test]
fn sdcmicro_needs_four_cells_where_three_do() {
    let Some(shared) = shared() else { return };
    let text = std::fs::read_to_string(shared.join("oracles/sdcmicro_francdat.json")).unwrap();
    let oracle = &serde_json::from_str::<Value>(&text).unwrap()["francdat"];
    let keys = ["Key1", "Key2", "Key3", "Key4"];
    let cells = |row: &Value| -> Vec<String> {
        keys.iter().map(|key| row.get(*key).map_or(STAR.to_string(), ToString::to_string)).collect()
    };
    let rows = |rows: &Value| rows.as_array().unwrap().iter().map(cells).collect::<Vec<_>>();
    let source = rows(&oracle["data"]);
    let (table, hierarchies, combination_of) = starred(&keys, &source);

    // What sdcMicro released, read by us: 2-anonymous with wildcards only.
    let theirs = rows(&oracle["localSuppression_k2"]["xAnon"]);
    let column = |column: usize| {
        let labels: Vec<Option<String>> =
            theirs.iter().map(|row| Some(row[column].clone())).collect::<BTreeSet<_>>().into_iter().collect();
        let mut label_of = vec![0; table.combinations()];
        for (row, &combination) in theirs.iter().zip(&combination_of) {
            label_of[combination] = labels.iter().position(|label| *label == Some(row[column].clone())).unwrap() as u32;
        }
        LocalColumn { sizes: vec![1; labels.len()], labels, label_of }
    };
    let theirs = LocalRecoding { columns: (0..4).map(column).collect(), suppressed: vec![false; table.combinations()] };
    assert_eq!(least_k(&table, &theirs), LeastK { value: Some(1), wildcard: Some(2) });
    let supps = &oracle["localSuppression_k2"]["totalSupps"][0];
    let supps: Vec<u64> = keys.iter().map(|key| supps[*key].as_u64().unwrap()).collect();
    assert_eq!(suppressed_cells(&table, &theirs), supps);

    let ours = |reading| suppress_cells(&table, &hierarchies, 2, &[], 0.0, &[1.0; 4], reading).unwrap();
    let (wildcard, value) = (ours(Reading::Wildcard), ours(Reading::Value));
    assert_eq!(least_k(&table, &wildcard).wildcard, Some(2));
    assert_eq!(suppressed_cells(&table, &wildcard).iter().sum::<u64>(), 3, "sdcMicro: {}", supps.iter().sum::<u64>());
    assert_eq!(least_k(&table, &value).value, Some(2));
    assert_eq!(suppressed_cells(&table, &value).iter().sum::<u64>(), 6, "four alike rows stay, four lose 6 cells");
}

#[test]
fn adult_cells() {
    let Some(shared) = shared() else { return };
    let text = std::fs::read_to_string(shared.join("data/adult/adult.csv")).unwrap();
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(';').collect();
    let rows: Vec<Vec<String>> = lines.map(|line| line.split(';').map(str::to_string).collect()).collect();
    let (table, hierarchies, _) = starred(&names, &rows);
    let weights = vec![1.0; names.len()];
    let mut cells = vec![];
    for reading in [Reading::Value, Reading::Wildcard] {
        let begun = Instant::now();
        let recoding = suppress_cells(&table, &hierarchies, 5, &[], 0.0, &weights, reading).unwrap();
        let searched = begun.elapsed();
        let begun = Instant::now();
        let least = least_k(&table, &recoding);
        let stars = suppressed_cells(&table, &recoding);
        println!("{reading:?}: {searched:?}, measured in {:?}, {least:?}, {stars:?}", begun.elapsed());
        assert!(recoding.suppressed.iter().all(|withheld| !withheld));
        cells.push(stars.iter().sum::<u64>());

        let mut classes: HashMap<Vec<Option<&str>>, u64> = HashMap::new();
        for row in 0..table.combinations() {
            let label = |c: &LocalColumn| c.labels[c.label_of[row] as usize].clone().filter(|label| label != STAR);
            let label_text = |(column, c): (usize, &LocalColumn)| {
                label(c).map(|label| {
                    let value = table.domains[column].values()[table.codes[column][row] as usize].as_deref().unwrap();
                    assert_eq!(label, value, "a label is true");
                    value
                })
            };
            let labels = recoding.columns.iter().enumerate().map(label_text).collect();
            *classes.entry(labels).or_default() += table.records[row];
        }
        if reading == Reading::Value {
            assert!(classes.values().all(|&records| records >= 5));
            assert_eq!(least.value, classes.values().min().copied());
        } else {
            let like = |a: &[Option<&str>], b: &[Option<&str>]| {
                a.iter().zip(b).all(|(a, b)| a == b || a.is_none() || b.is_none())
            };
            for (labels, &own) in classes.iter().filter(|(_, records)| **records < 5) {
                let mut records = own;
                let mut others = classes.iter().filter(|(other, _)| *other != labels && like(labels, other));
                while records < 5 {
                    records += others.next().expect("too few rows that it could be").1;
                }
            }
        }
    }
    assert!(cells[1] < cells[0], "the wildcard reading asks for less");
}

#[test]
fn many_points_are_grouped_in_blocks() {
    for rows in [1_000_usize, 10_000, 100_000] {
        let mut draws = ChaCha8Rng::seed_from_u64(42);
        let mut number = |most: u32| draws.random_range(0..most).to_string();
        let cells: Vec<Vec<String>> = (0..rows).map(|_| vec![number(1000), number(5000), number(300)]).collect();
        let (table, _, _) = starred(&["age", "income", "size"], &cells);
        let begun = Instant::now();
        let found = microaggregate(&table, 5, &[], 0.0, Statistic::Mean).unwrap();
        let (time, loss) = (begun.elapsed(), found.sse / found.sst);
        println!(
            "{rows} rows, {} combinations: {time:?}, {} groups, SSE/SST {loss:.5}",
            table.combinations(),
            found.groups
        );
        assert!(found.recoding.classes(&table).subjects.iter().all(|&subjects| subjects >= 5));
        assert!(found.groups as usize >= rows / 10 && loss < 0.05);
    }
}

#[test]
fn wide_tables_end() {
    for (width, rows) in [(9_usize, 5_000_usize), (14, 1_000)] {
        let mut draws = ChaCha8Rng::seed_from_u64(42);
        let row = |draws: &mut ChaCha8Rng| -> Vec<String> {
            (0..width).map(|column| draws.random_range(0..2 + column % 5).to_string()).collect()
        };
        let rows: Vec<Vec<String>> = (0..rows).map(|_| row(&mut draws)).collect();
        let names: Vec<String> = (0..width).map(|column| format!("c{column}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let (table, hierarchies, _) = starred(&names, &rows);
        for reading in [Reading::Value, Reading::Wildcard] {
            let begun = Instant::now();
            let recoding = suppress_cells(&table, &hierarchies, 5, &[], 0.0, &vec![1.0; width], reading).unwrap();
            let time = begun.elapsed();
            let (begun, least) = (Instant::now(), least_k(&table, &recoding));
            let share = suppressed_cells(&table, &recoding).iter().sum::<u64>() as f64 / (rows.len() * width) as f64;
            println!(
                "{width} columns, {} rows, {reading:?}: {time:?}, {least:?} in {:?}, {share:.3} of cells",
                rows.len(),
                begun.elapsed()
            );
            let reached = if reading == Reading::Value { least.value } else { least.wildcard };
            assert!(reached >= Some(5));
        }
    }
}
