//! The classes of a sample beside those of a population table.

use hashbrown::HashMap;

use super::InPopulation;
use super::rows::Rows;
use crate::table::EquivalenceTable;
use crate::table::tuples::Tuples;

/// Finds for each class of a sample the class of the population that has the same values.
///
/// Columns are matched by name, values by their text; a null equals a null. The population may have further
/// columns. Both count distinct subjects. A class that the population does not have is given none of its
/// members there, and [`super::journalist_in`] then takes the sample's. `None` if the population lacks one of the
/// sample's quasi columns.
pub fn in_population(sample: &EquivalenceTable, population: &EquivalenceTable) -> Option<Vec<InPopulation>> {
    let mut columns = Vec::with_capacity(sample.codes.len());
    for domain in sample.domains.iter().take(sample.codes.len()) {
        let names = population.domains.iter().take(population.codes.len());
        let there = names.zip(&population.codes).find(|(other, _)| other.column == domain.column)?;
        let code_of: HashMap<&Option<String>, u32> = domain.values().iter().zip(0..).collect();
        let code = there.0.values().iter().map(|value| code_of.get(value).copied()).collect::<Vec<Option<u32>>>();
        columns.push((there.1, code));
    }
    let rows = Rows::of(sample);
    let mut tuples = Tuples::new(columns.len());
    let mut tuple = vec![0; columns.len()];
    for row in 0..rows.len() {
        tuple.iter_mut().zip(&rows.codes).for_each(|(code, codes)| *code = codes[row]);
        tuples.insert(&tuple);
    }
    // the row of the sample that each combination of the population belongs to
    let class_of: Vec<Option<u32>> = (0..population.combinations())
        .map(|combination| {
            for (code, (codes, map)) in tuple.iter_mut().zip(&columns) {
                *code = map[codes[combination] as usize]?;
            }
            tuples.find(&tuple)
        })
        .collect();
    let mut people = vec![0_u64; rows.len()];
    for (class, subjects) in class_of.iter().zip(&population.subjects) {
        class.iter().for_each(|&class| people[class as usize] += subjects);
    }
    let mut touched = Vec::new();
    for (members, subjects) in population.spread.iter() {
        touched.clear();
        touched.extend(members.iter().filter_map(|&member| class_of[member as usize]));
        touched.sort_unstable();
        touched.dedup();
        touched.iter().for_each(|&class| people[class as usize] += subjects);
    }
    let pair = |(&sample, population)| InPopulation { sample, population };
    Some(rows.subjects.iter().zip(people).map(pair).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::in_population;
    use crate::risk::InPopulation;
    use crate::risk::made_up::{Record, records, sharing, table, width};
    use crate::table::Domain;

    proptest! {
        #[test]
        fn equals_counting_the_subjects_that_share_the_values(rows in records(3, 40), taken in any::<u64>()) {
            let sample: Vec<Record> = rows
                .iter()
                .enumerate()
                .filter(|&(i, _)| taken >> i & 1 == 1)
                .map(|(_, record)| record.clone())
                .collect();
            if sample.is_empty() {
                return Ok(());
            }
            let mut population = table(&rows, 1);
            // other codes for the same values: the population's domains begin with one more
            for column in 0..width(&rows) {
                let values = [None].into_iter().chain(population.domains[column].values().iter().cloned()).collect();
                population.domains[column] = Domain::sorted(format!("column {column}"), values).0;
                population.codes[column].iter_mut().for_each(|code| *code += 1);
            }
            // and another column before them
            population.domains.insert(0, Domain::sorted("other", vec![Some("a".into())]).0);
            population.codes.insert(0, vec![0; population.records.len()]);
            let columns: Vec<usize> = (0..width(&rows)).collect();
            let classes: BTreeSet<Vec<u32>> = sample.iter().map(|record| record.quasi.clone()).collect();
            let count = |of: &[Record], values: &[u32]| sharing(of, &columns, values).len() as u64;
            let expected: Vec<InPopulation> = classes
                .iter()
                .map(|values| InPopulation { sample: count(&sample, values), population: count(&rows, values) })
                .collect();
            prop_assert_eq!(in_population(&table(&sample, 1), &population), Some(expected));
            population.domains[1].column = "renamed".into();
            prop_assert_eq!(in_population(&table(&sample, 1), &population), None);
        }
    }
}
