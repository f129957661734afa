//! Columns of texts as a table.

use std::collections::BTreeMap;

use tuomin::table::{Domain, EquivalenceTable};

/// Each row is a record of a subject of its own. Also the combination of each row.
pub fn tabulate(names: &[&str], rows: &[Vec<String>]) -> (EquivalenceTable, Vec<usize>) {
    let (mut domains, mut codes) = (vec![], vec![]);
    for (column, name) in names.iter().enumerate() {
        let (domain, code) = Domain::sorted(*name, rows.iter().map(|row| Some(row[column].clone())).collect());
        domains.push(domain);
        codes.push(code);
    }
    let tuple = |row: usize| codes.iter().map(|code: &Vec<u32>| code[row]).collect::<Vec<u32>>();
    let mut combinations: BTreeMap<Vec<u32>, u64> = BTreeMap::new();
    (0..rows.len()).for_each(|row| *combinations.entry(tuple(row)).or_default() += 1);
    let places: BTreeMap<&Vec<u32>, usize> = combinations.keys().zip(0..).collect();
    let combination_of = (0..rows.len()).map(|row| places[&tuple(row)]).collect();
    let codes = (0..names.len()).map(|column| combinations.keys().map(|row| row[column]).collect()).collect();
    let records: Vec<u64> = combinations.values().copied().collect();
    let table = EquivalenceTable { domains, codes, subjects: records.clone(), records, ..EquivalenceTable::default() };
    (table, combination_of)
}
