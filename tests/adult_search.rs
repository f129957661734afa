//! The search on the Adult census data: against ARX, and against a plain look at every node.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test may stop, and tells what it found")]

mod common;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use common::shared;
use rayon::prelude::*;
use tuomin::search::{Found, Goal, Outcome, optimal};
use tuomin::spec::{HierarchySpec, UnknownValues};
use tuomin::table::{Domain, EquivalenceTable, Hierarchy};

const COLUMNS: [&str; 9] =
    ["sex", "age", "race", "marital-status", "education", "native-country", "workclass", "occupation", "salary-class"];
const K: u64 = 5;

fn load(shared: &Path) -> (EquivalenceTable, Vec<Hierarchy>) {
    let folder = shared.join("data/adult");
    let text = std::fs::read_to_string(folder.join("adult.csv")).unwrap();
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(';').collect();
    let place = COLUMNS.map(|name| header.iter().position(|h| *h == name).unwrap());
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(';').collect()).collect();
    let (mut domains, mut codes) = (vec![], vec![]);
    for (column, name) in COLUMNS.iter().enumerate() {
        let cells = rows.iter().map(|row| Some(row[place[column]].to_string())).collect();
        let (domain, code) = Domain::sorted(*name, cells);
        domains.push(domain);
        codes.push(code);
    }
    let mut combinations: std::collections::BTreeMap<Vec<u32>, u64> = Default::default();
    for row in 0..rows.len() {
        *combinations.entry(codes.iter().map(|code| code[row]).collect()).or_default() += 1;
    }
    let hierarchies = COLUMNS.iter().zip(&domains).map(|(name, domain)| {
        let text = std::fs::read_to_string(folder.join(format!("adult_hierarchy_{name}.csv"))).unwrap();
        let spec = HierarchySpec::Table { path: PathBuf::new() };
        Hierarchy::build(&spec, Some(&text), domain, UnknownValues::Error).unwrap()
    });
    let hierarchies = hierarchies.collect();
    let codes = (0..COLUMNS.len()).map(|column| combinations.keys().map(|row| row[column]).collect()).collect();
    let records: Vec<u64> = combinations.into_values().collect();
    let table = EquivalenceTable { domains, codes, subjects: records.clone(), records, ..EquivalenceTable::default() };
    (table, hierarchies)
}

/// A node as the plain look sees it.
struct Node {
    levels: Vec<usize>,
    withheld: u64,
    classes: u64,
    loss: f64,
}

/// Counts one node from all combinations with a plain hash map; the loss is added up in floats.
fn look(table: &EquivalenceTable, hierarchies: &[Hierarchy], levels: Vec<usize>) -> Node {
    let mut classes: HashMap<Vec<u8>, (u64, f64)> = HashMap::new();
    for row in 0..table.records.len() {
        let (mut key, mut loss) = (Vec::with_capacity(9), 0.0);
        for (column, h) in hierarchies.iter().enumerate() {
            let level = &h.levels[levels[column]];
            let label = level.label_of[table.codes[column][row] as usize];
            key.push(label as u8);
            loss += (level.sizes[label as usize] - 1) as f64 / (h.domain_size - 1) as f64;
        }
        let class = classes.entry(key).or_default();
        class.0 += table.records[row];
        class.1 += table.records[row] as f64 * loss;
    }
    let mut node = Node { levels, withheld: 0, classes: 0, loss: 0.0 };
    for (records, loss) in classes.into_values() {
        if records < K {
            node.withheld += records;
            node.loss += 9.0 * records as f64;
        } else {
            node.classes += 1;
            node.loss += loss;
        }
    }
    node.loss /= 9.0 * table.total_records() as f64;
    node
}

fn every_node(table: &EquivalenceTable, hierarchies: &[Hierarchy]) -> Vec<Node> {
    let mut nodes = vec![vec![]];
    for h in hierarchies {
        nodes = nodes.iter().flat_map(|n: &Vec<usize>| (0..h.levels.len()).map(|l| [&n[..], &[l]].concat())).collect();
    }
    nodes.into_par_iter().map(|levels| look(table, hierarchies, levels)).collect()
}

fn search(table: &EquivalenceTable, hierarchies: &[Hierarchy], limit: f64) -> Found {
    let start = std::time::Instant::now();
    let outcome = optimal(table, hierarchies, &Goal::new(K, limit));
    let time = start.elapsed();
    let Outcome::Found(found) = outcome else { panic!("{outcome:?}") };
    println!(
        "limit {limit}: lattice {} nodes, {} checked, levels {:?}, loss {:.10}, suppressed {}, classes {}, {time:.1?}",
        found.lattice_size,
        found.nodes_checked,
        found.recoding.levels,
        found.loss,
        found.suppressed_records,
        found.classes,
    );
    found
}

#[test]
fn the_optimum_is_that_of_every_node_and_of_arx() {
    let Some(shared) = shared() else { return };
    let (table, hierarchies) = load(&shared);
    assert_eq!(table.total_records(), 30_162);
    let oracle = std::fs::read_to_string(shared.join("oracles/search_adult.json")).unwrap();
    let oracle: Vec<serde_json::Value> = serde_json::from_str(&oracle).unwrap();
    let nodes = every_node(&table, &hierarchies);
    assert_eq!(nodes.len(), 12_960);

    for (limit, most, id) in
        [(0.0, 0, Some("k5-loss_am-s0")), (0.04, 1_206, Some("k5-loss_am-s0.04")), (1.0, 30_162, None)]
    {
        let found = search(&table, &hierarchies, limit);
        assert_eq!(found.lattice_size, 12_960);
        let best = nodes.iter().filter(|node| node.withheld <= most).min_by(|a, b| a.loss.total_cmp(&b.loss)).unwrap();
        assert!((best.loss - found.loss).abs() < 1e-12, "{} against {}", best.loss, found.loss);
        assert_eq!(best.levels, found.recoding.levels);
        assert_eq!((best.withheld, best.classes), (found.suppressed_records, found.classes));

        let Some(id) = id else { continue };
        let arx = oracle.iter().find(|entry| entry["id"] == id).unwrap();
        assert_eq!(arx["levels"], serde_json::json!(found.recoding.levels));
        assert_eq!(arx["suppressed"], found.suppressed_records);
        assert_eq!(arx["classes_nonsuppressed"], found.classes);
        assert_eq!(arx["min_class"].as_u64(), found.smallest_class);
        let loss: f64 = arx["loss"].as_str().unwrap().parse().unwrap();
        assert!((loss - found.loss).abs() < 1e-9, "{loss} against {}", found.loss);
    }
}
