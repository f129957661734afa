//! Made-up records, tallied the plain way.

use std::collections::{BTreeMap, BTreeSet};

use crate::spec::{HierarchySpec, UnknownValues};
use crate::table::{Domain, EquivalenceTable, Footprints, Hierarchy, Sensitive};

/// A record: codes, of which 0 is null.
#[derive(Debug, Clone)]
pub struct Record {
    pub subject: u8,
    pub quasi: Vec<u8>,
    pub sensitive: Vec<u8>,
}

impl Record {
    pub fn new(subject: u8, quasi: Vec<u8>) -> Self {
        Self { subject, quasi, sensitive: vec![] }
    }

    fn combination(&self) -> Vec<u8> {
        [&self.quasi[..], &self.sensitive].concat()
    }
}

/// What a column shows of a code.
pub fn text(code: u8) -> Option<String> {
    (code > 0).then(|| (9 + code).to_string())
}

/// A table tallied from records, and hierarchies over its domains. `population` has the quasi codes of each
/// person; where it is empty none is known.
pub fn tally(
    records: &[Record],
    population: &[Vec<u8>],
    specs: &[HierarchySpec],
) -> (EquivalenceTable, Vec<Hierarchy>) {
    let sensitive = records.first().map_or(0, |record| record.sensitive.len());
    let mut combinations: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
    let mut footprints: BTreeMap<u8, BTreeSet<Vec<u8>>> = BTreeMap::new();
    for record in records {
        *combinations.entry(record.combination()).or_default() += 1;
        footprints.entry(record.subject).or_default().insert(record.combination());
    }
    let mut people: BTreeMap<&[u8], u64> = BTreeMap::new();
    population.iter().for_each(|person| *people.entry(&person[..]).or_default() += 1);
    for person in people.keys() {
        if !combinations.keys().any(|row| row.starts_with(person)) {
            combinations.insert([person, &vec![1; sensitive][..]].concat(), 0);
        }
    }
    let rows: Vec<&Vec<u8>> = combinations.keys().collect();
    let quasi = |row: &Vec<u8>| row[..specs.len()].to_vec();
    let first = |at: usize| at == 0 || quasi(rows[at - 1]) != quasi(rows[at]);
    let of_row = |at: usize| if first(at) { people.get(&quasi(rows[at])[..]).copied().unwrap_or(0) } else { 0 };
    let population = if population.is_empty() { vec![] } else { (0..rows.len()).map(of_row).collect() };
    let mut subjects = vec![0; rows.len()];
    let mut sets: BTreeMap<Vec<u32>, u64> = BTreeMap::new();
    for footprint in footprints.values() {
        let members: Vec<u32> = footprint.iter().map(|row| rows.binary_search(&row).unwrap() as u32).collect();
        match members[..] {
            [one] => subjects[one as usize] += 1,
            _ => *sets.entry(members).or_default() += 1,
        }
    }
    let mut spread = Footprints::default();
    for (members, count) in sets {
        spread.members.extend(members);
        spread.starts.push(spread.members.len());
        spread.subjects.push(count);
    }
    let column =
        |column: usize| Domain::sorted(format!("c{column}"), rows.iter().map(|row| text(row[column])).collect());
    let (domains, codes): (Vec<Domain>, Vec<Vec<u32>>) = (0..specs.len()).map(column).unzip();
    let sensitive = (specs.len()..specs.len() + sensitive).map(column);
    let sensitive = sensitive.map(|(domain, codes)| Sensitive { domain, codes }).collect();
    let build = |(spec, domain)| Hierarchy::build(spec, None, domain, UnknownValues::Error).unwrap();
    let hierarchies = specs.iter().zip(&domains).map(build).collect();
    let records = combinations.values().copied().collect();
    (EquivalenceTable { domains, codes, sensitive, records, subjects, spread, population }, hierarchies)
}

/// Four columns with 72 nodes.
pub fn specs() -> Vec<HierarchySpec> {
    let interval =
        |widths: &[f64], top| HierarchySpec::Interval { widths: widths.to_vec(), origin: 0.0, bottom: None, top };
    vec![
        interval(&[2.0, 4.0], Some(16.0)),
        HierarchySpec::Prefix { lengths: vec![1] },
        HierarchySpec::Suppress,
        interval(&[3.0], None),
    ]
}
