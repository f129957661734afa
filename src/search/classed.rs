//! The classes of one node, counted once more from the table itself.

use hashbrown::HashTable;
use rayon::prelude::*;

use super::groups::{fields, hash, keys};
use crate::privacy::loss;
use crate::table::{Classes, EquivalenceTable, Hierarchy, Recoding};

/// What [`EquivalenceTable::classes`] gives, faster where the labels of a row fit one word and every subject
/// has one combination.
pub(super) fn classes(table: &EquivalenceTable, hierarchies: &[Hierarchy], levels: &[usize]) -> Classes {
    let labels = hierarchies.iter().zip(levels).map(|(hierarchy, &level)| hierarchy.levels[level].labels.len());
    let (fields, words) = fields(labels);
    if words > 1 || !table.spread.is_empty() || !table.population.is_empty() {
        return table.classes(hierarchies, levels);
    }
    // a hash table of this kind looks at the lowest bits first
    let spread = |key: &[u64; 1]| hash(key).rotate_left(32);
    let mut known: HashTable<([u64; 1], u32)> = HashTable::new();
    let mut classes = Classes { class_of: Vec::with_capacity(table.combinations()), ..Classes::default() };
    let counts = table.records.iter().zip(&table.subjects);
    for (key, (records, subjects)) in keys::<1>(table, hierarchies, levels, &[], &fields).into_iter().zip(counts) {
        let new = || (key, classes.records.len() as u32);
        let entry = known.entry(spread(&key), |known| known.0 == key, |known| spread(&known.0));
        let class = entry.or_insert_with(new).get().1 as usize;
        if class == classes.records.len() {
            classes.records.push(0);
            classes.subjects.push(0);
        }
        classes.class_of.push(class as u32);
        classes.records[class] += records;
        classes.subjects[class] += subjects;
    }
    classes
}

/// What [`loss()`] gives, the columns at once.
pub(super) fn losses(table: &EquivalenceTable, hierarchies: &[Hierarchy], recoding: &Recoding) -> loss::Loss {
    let records = table.total_records();
    let column = |(column, hierarchy): (usize, &Hierarchy)| {
        let level = &hierarchy.levels[recoding.levels[column]];
        let most = hierarchy.domain_size.saturating_sub(1);
        let lost = |&label: &u32| level.sizes[label as usize].saturating_sub(1);
        let lost: Vec<u64> = level.label_of.iter().map(lost).collect();
        let rows = table.codes[column].iter().zip(&table.records).zip(&recoding.suppressed);
        let of_row = |((&code, &records), &withheld): ((&u32, &u64), &bool)| {
            u128::from(records) * u128::from(if withheld { most } else { lost[code as usize] })
        };
        loss::of_column(rows.map(of_row).sum(), hierarchy.domain_size, records)
    };
    loss::of_columns(hierarchies.par_iter().enumerate().map(column).collect())
}
