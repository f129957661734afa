//! What `pipelines/hospital_visits.toml` asks for can be reached on its sample: k by the search, entropy
//! l-diversity and t-closeness by a plain count over the records of each class.
#![expect(clippy::unwrap_used, reason = "a test may stop")]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Float64Type;
use tuomin::error::Result;
use tuomin::sample;
use tuomin::search::{Goal, Outcome, optimal};
use tuomin::secret::Secret;
use tuomin::spec::{self, HierarchySpec, Pipeline, Role, TreatmentSpec, UnknownValues};
use tuomin::table::tally::{Spill, TallyPart, finish};
use tuomin::table::{Domain, EquivalenceTable, Hierarchy};

const L: f64 = 3.0;
const T: f64 = 0.2;

/// Keeps in memory what a tally spills.
#[derive(Default)]
struct Memory(HashMap<usize, Vec<u8>>);

impl Spill for Memory {
    fn append(&mut self, partition: usize, bytes: &[u8]) -> Result<()> {
        self.0.entry(partition).or_default().extend_from_slice(bytes);
        Ok(())
    }

    fn read(&mut self, partition: usize) -> Result<Vec<u8>> {
        Ok(self.0.get(&partition).cloned().unwrap_or_default())
    }
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines")
}

fn quasi(pipeline: &Pipeline) -> Vec<&spec::ColumnSpec> {
    let released = |column: &&spec::ColumnSpec| column.treatment != TreatmentSpec::Drop;
    pipeline.columns.iter().filter(|column| column.role == Role::Quasi).filter(released).collect()
}

fn tally(pipeline: &Pipeline, data: &RecordBatch) -> EquivalenceTable {
    let names: Vec<String> = quasi(pipeline).iter().map(|column| column.name.clone()).collect();
    let cells: Vec<_> = names.iter().map(|name| data.column_by_name(name).unwrap().clone()).collect();
    let subjects = (Secret::new([7; 32]), Box::new(Memory::default()) as Box<dyn Spill>);
    let mut part = TallyPart::new(names.len(), Some(subjects));
    part.add(&cells, data.column_by_name("病案号"), data.num_rows()).unwrap();
    finish(&names, vec![part]).unwrap()
}

fn hierarchy(column: &spec::ColumnSpec, domain: &Domain) -> Hierarchy {
    let spec = column.hierarchy.as_ref().unwrap();
    let table = match spec {
        HierarchySpec::Table { path } => Some(std::fs::read_to_string(folder().join(path)).unwrap()),
        _ => None,
    };
    Hierarchy::build(spec, table.as_deref(), domain, UnknownValues::Error).unwrap()
}

/// How many subjects of a class have each value, for a value of each record.
fn counts<V: Ord + Copy>(rows: &[usize], subjects: &[&str], values: &[V]) -> BTreeMap<V, f64> {
    let pairs: BTreeSet<(V, &str)> = rows.iter().map(|&row| (values[row], subjects[row])).collect();
    let mut counts = BTreeMap::new();
    pairs.into_iter().for_each(|(value, _)| *counts.entry(value).or_insert(0.0) += 1.0);
    counts
}

/// e to the power of the Shannon entropy: so many equally frequent values would be as diverse.
fn entropy_l(counts: &BTreeMap<&str, f64>) -> f64 {
    let all: f64 = counts.values().sum();
    counts.values().map(|n| -(n / all) * (n / all).ln()).sum::<f64>().exp()
}

/// The earth mover's distance of two distributions over the ranks of all values, 0 to 1.
fn ordered_t(class: &BTreeMap<i64, f64>, whole: &BTreeMap<i64, f64>) -> f64 {
    let (of_class, of_whole): (f64, f64) = (class.values().sum(), whole.values().sum());
    let (mut ahead, mut moved) = (0.0, 0.0_f64);
    for (value, n) in whole {
        ahead += class.get(value).unwrap_or(&0.0) / of_class - n / of_whole;
        moved += f64::abs(ahead);
    }
    moved / (whole.len() - 1) as f64
}

#[test]
fn the_naive_measures_are_right_on_known_distributions() {
    let known = |counts: &[(&'static str, f64)]| entropy_l(&counts.iter().copied().collect());
    assert!((known(&[("a", 2.0), ("b", 2.0), ("c", 2.0)]) - 3.0).abs() < 1e-12);
    assert!((known(&[("a", 4.0)]) - 1.0).abs() < 1e-12);
    // Li et al. 2007, 4: {3, 4, 5} and {6, 8, 11} of the nine incomes 3 to 11
    let whole = (3..12).map(|value| (value, 1.0)).collect();
    let class = |values: [i64; 3]| values.into_iter().map(|value| (value, 1.0)).collect();
    assert!((ordered_t(&class([3, 4, 5]), &whole) - 0.375).abs() < 1e-12);
    assert!((ordered_t(&class([6, 8, 11]), &whole) - 1.0 / 6.0).abs() < 1e-12);
}

#[test]
fn k_entropy_l_and_ordered_t_are_reachable_together() {
    let text = std::fs::read_to_string(folder().join("hospital_visits.toml")).unwrap();
    let pipeline = spec::parse(&text, &spec::embedded_rules()).unwrap();
    let data = sample::batch("hospital_visits", 2025, 0..20_000).unwrap();
    let table = tally(&pipeline, &data);
    let ranged = |(column, domain): (&&spec::ColumnSpec, &Domain)| {
        let mut hierarchy = hierarchy(column, domain);
        hierarchy.levels.drain(..column.levels.finest);
        hierarchy
    };
    let hierarchies: Vec<Hierarchy> = quasi(&pipeline).iter().zip(&table.domains).map(ranged).collect();
    let goal = Goal::new(pipeline.privacy.k, pipeline.privacy.suppression_limit);
    let Outcome::Found(found) = optimal(&table, &hierarchies, &goal) else { panic!("k alone is out of reach") };

    let text = |name: &str| data.column_by_name(name).unwrap().as_string::<i32>().iter().map(Option::unwrap);
    let subjects: Vec<&str> = text("病案号").collect();
    let sensitive = pipeline.columns.iter().find(|column| column.name == "诊断编码").unwrap();
    let TreatmentSpec::Generalize { level: Some(level) } = sensitive.treatment else { panic!("a fixed level") };
    let (domain, codes) = Domain::sorted("诊断编码", text("诊断编码").map(|code| Some(code.to_owned())).collect());
    let diagnosis = hierarchy(sensitive, &domain);
    let diagnoses: Vec<&str> = codes.iter().map(|&code| diagnosis.label(level, code).unwrap()).collect();
    let costs = pipeline.columns.iter().find(|column| column.name == "费用").unwrap();
    let Some(HierarchySpec::Interval { widths, top: Some(top), .. }) = &costs.hierarchy else { panic!("bands") };
    assert_eq!(costs.treatment, TreatmentSpec::Generalize { level: Some(1) });
    let costs = data.column_by_name("费用").unwrap().as_primitive::<Float64Type>().values();
    let costs: Vec<i64> = costs.iter().map(|cost| (cost.min(*top) / widths[0]).floor() as i64).collect();

    let mut classes: BTreeMap<Vec<Option<&str>>, Vec<usize>> = BTreeMap::new();
    let columns: Vec<Vec<u32>> = table.domains.iter().map(|domain| codes_of(domain, &data)).collect();
    for row in 0..data.num_rows() {
        let labels = hierarchies.iter().zip(&found.recoding.levels).zip(&columns);
        let labels = labels.map(|((hierarchy, &level), codes)| hierarchy.label(level, codes[row])).collect();
        classes.entry(labels).or_default().push(row);
    }
    let whole = counts(&(0..data.num_rows()).collect::<Vec<_>>(), &subjects, &costs);
    let (mut withheld, mut released, mut least_l, mut most_t, mut by_l) = (0, 0, f64::MAX, 0.0_f64, 0);
    for rows in classes.values() {
        let members: BTreeSet<&str> = rows.iter().map(|&row| subjects[row]).collect();
        let enough = members.len() as u64 >= goal.k;
        let l = entropy_l(&counts(rows, &subjects, &diagnoses));
        let t = ordered_t(&counts(rows, &subjects, &costs), &whole);
        by_l += usize::from(enough && l < L);
        if enough && l >= L && t <= T {
            (released, least_l, most_t) = (released + 1, least_l.min(l), most_t.max(t));
        } else {
            withheld += rows.len();
        }
    }
    println!(
        "levels {:?}, loss {:.4}, {} records withheld for k, {withheld} for all; {released} classes, l {least_l:.3}, t {most_t:.3}",
        found.recoding.levels, found.loss, found.suppressed_records,
    );
    assert!(released > 300 && found.loss < 0.25, "{released} classes, loss {}", found.loss);
    assert!(by_l > 0, "entropy l-diversity withholds what k alone would release");
    assert!(withheld as u64 > found.suppressed_records && withheld <= 1_000, "{withheld} of 20000");
}

/// The code of each record of a column in the domain of the table.
fn codes_of(domain: &Domain, data: &RecordBatch) -> Vec<u32> {
    let cells = data.column_by_name(&domain.column).unwrap();
    let cells = arrow::compute::cast(cells, &arrow::datatypes::DataType::Utf8).unwrap();
    let code: HashMap<&Option<String>, u32> = domain.values().iter().zip(0..).collect();
    cells.as_string::<i32>().iter().map(|cell| code[&cell.map(str::to_owned)]).collect()
}
