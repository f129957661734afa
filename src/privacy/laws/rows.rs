//! Random rows and the tables that they make.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::spec::{HierarchySpec, UnknownValues};
use crate::table::{Domain, EquivalenceTable, Footprints, Hierarchy, Sensitive};

/// Sensitive text, three levels deep by its letters, and sensitive numbers.
const TEXTS: [Option<&str>; 8] =
    [None, Some("aaa"), Some("aab"), Some("aba"), Some("abb"), Some("baa"), Some("bab"), Some("caa")];
const NUMBERS: [Option<&str>; 5] = [None, Some("-3"), Some("2.5"), Some("9"), Some("10")];

/// One row; all rows with one `subject` are its.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    pub subject: usize,
    pub quasi: u32,
    /// By sensitive column: a place in its list of values, in their order.
    pub sensitive: [usize; 2],
}

/// Rows of subjects, each of which stands for as many people as its weight says, all with rows like its own.
#[derive(Debug, Clone)]
pub struct Rows {
    pub rows: Vec<Row>,
    /// People per subject.
    pub weights: Vec<u64>,
    /// People of the population per quasi value; more values than rows have.
    pub population: Vec<u64>,
}

impl Rows {
    /// Up to eight quasi values. In half of the cases every subject has one combination; in half of them few
    /// people share few values, so that classes are often alike.
    pub fn any() -> impl Strategy<Value = Self> {
        let weight = prop::sample::select(vec![1_u64, 1, 1, 2, 3, 5, 7, 1 << 20, (1 << 33) + 1]);
        let row = (0_usize..16, 0_u32..8, 0..TEXTS.len(), 0..NUMBERS.len());
        let rows = prop::collection::vec(row, 1..40);
        let counts = (prop::collection::vec(weight, 40), prop::collection::vec(0_u64..40, 8));
        (rows, counts, any::<bool>(), any::<bool>()).prop_map(|(rows, (mut weights, population), alone, few)| {
            if few {
                weights.fill(1);
            }
            let row = |(at, (subject, quasi, text, number)): (usize, (usize, u32, usize, usize))| {
                let subject = if few { subject % 6 } else { subject };
                let (quasi, text, number) = if few { (quasi % 3, text % 3, number % 3) } else { (quasi, text, number) };
                Row { subject: if alone { at } else { subject }, quasi, sensitive: [text, number] }
            };
            Self { rows: rows.into_iter().enumerate().map(row).collect(), weights, population }
        })
    }

    /// Every person stands there `n` times, in the population too.
    pub fn times(&self, n: u64) -> Self {
        let times = |counts: &[u64]| counts.iter().map(|count| count * n).collect();
        Self { rows: self.rows.clone(), weights: times(&self.weights), population: times(&self.population) }
    }

    /// The table, its combinations ascending, and which quasi value each of them has.
    pub fn table(&self) -> (EquivalenceTable, Vec<u32>) {
        let mut keys: BTreeSet<(u32, usize, usize)> = self.rows.iter().map(key).collect();
        for quasi in 0..self.population.len() as u32 {
            if !keys.iter().any(|key| key.0 == quasi) {
                keys.insert((quasi, 0, 0));
            }
        }
        let keys: Vec<_> = keys.into_iter().collect();
        let place = |row: &Row| keys.binary_search(&key(row)).unwrap() as u32;
        let mut table = EquivalenceTable {
            records: vec![0; keys.len()],
            subjects: vec![0; keys.len()],
            population: vec![0; keys.len()],
            ..EquivalenceTable::default()
        };
        let mut footprints: BTreeMap<usize, BTreeSet<u32>> = BTreeMap::new();
        for row in &self.rows {
            table.records[place(row) as usize] += self.weights[row.subject];
            footprints.entry(row.subject).or_default().insert(place(row));
        }
        let mut spread: BTreeMap<Vec<u32>, u64> = BTreeMap::new();
        for (subject, places) in footprints {
            let places: Vec<u32> = places.into_iter().collect();
            match places[..] {
                [one] => table.subjects[one as usize] += self.weights[subject],
                _ => *spread.entry(places).or_default() += self.weights[subject],
            }
        }
        table.spread = Footprints::default();
        for (places, weight) in spread {
            table.spread.members.extend(places);
            table.spread.starts.push(table.spread.members.len());
            table.spread.subjects.push(weight);
        }
        for (quasi, &people) in self.population.iter().enumerate() {
            table.population[keys.partition_point(|key| (key.0 as usize) < quasi)] += people;
        }
        let text = |n: u32| Some(n.to_string());
        let (domain, codes) = Domain::sorted("q", keys.iter().map(|key| text(key.0)).collect());
        (table.domains, table.codes) = (vec![domain], vec![codes]);
        table.sensitive = vec![
            sensitive("text", &TEXTS, keys.iter().map(|key| key.1)),
            sensitive("number", &NUMBERS, keys.iter().map(|key| key.2)),
        ];
        (table, keys.iter().map(|key| key.0).collect())
    }
}

fn key(row: &Row) -> (u32, usize, usize) {
    (row.quasi, row.sensitive[0], row.sensitive[1])
}

fn sensitive(name: &str, values: &[Option<&str>], cells: impl Iterator<Item = usize>) -> Sensitive {
    let text = |place: usize| values[place].map(str::to_string);
    let all = cells.map(text).chain((0..values.len()).map(text)).collect();
    let (domain, mut codes) = Domain::sorted(name, all);
    codes.truncate(codes.len() - values.len());
    Sensitive { domain, codes }
}

/// The hierarchy of the text: its letters.
pub fn tree(table: &EquivalenceTable) -> Hierarchy {
    let spec = HierarchySpec::Prefix { lengths: vec![2, 1] };
    Hierarchy::build(&spec, None, &table.sensitive[0].domain, UnknownValues::Error).unwrap()
}

/// What a text is on a level of its hierarchy.
pub fn label(value: usize, level: usize) -> Option<&'static str> {
    if level == 3 { Some("*") } else { TEXTS[value].map(|text| &text[..3 - level]) }
}

/// The table with its combinations in reverse order.
pub fn reversed(table: &EquivalenceTable) -> EquivalenceTable {
    let last = table.combinations() as u32 - 1;
    let back = |counts: &[u64]| counts.iter().rev().copied().collect::<Vec<_>>();
    let codes = |codes: &[u32]| codes.iter().rev().copied().collect::<Vec<_>>();
    let mut spread = Footprints::default();
    for (members, subjects) in table.spread.iter() {
        spread.members.extend(members.iter().rev().map(|member| last - member));
        spread.starts.push(spread.members.len());
        spread.subjects.push(subjects);
    }
    let turned = |s: &Sensitive| Sensitive { domain: s.domain.clone(), codes: codes(&s.codes) };
    EquivalenceTable {
        domains: table.domains.clone(),
        codes: table.codes.iter().map(|column| codes(column)).collect(),
        sensitive: table.sensitive.iter().map(turned).collect(),
        records: back(&table.records),
        subjects: back(&table.subjects),
        spread,
        population: back(&table.population),
    }
}
