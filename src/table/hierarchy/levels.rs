//! What all kinds of hierarchies share: levels made from texts, and the check that they are nested.

use hashbrown::HashMap;

use super::{Domain, Hierarchy, HierarchyError, Level, STAR};

/// A level from the text of each value of the domain, in the domain's order. Equal texts share a label;
/// `sizes` counts the values of the domain.
pub(super) fn level(name: impl Into<String>, texts: impl Iterator<Item = Option<String>>) -> Level {
    let mut index: HashMap<Option<String>, u32> = HashMap::new();
    let mut level = Level { name: name.into(), label_of: vec![], labels: vec![], sizes: vec![] };
    for text in texts {
        let id = *index.entry(text).or_insert_with_key(|text| {
            level.labels.push(text.clone());
            level.sizes.push(0);
            level.labels.len() as u32 - 1
        });
        level.sizes[id as usize] += 1;
        level.label_of.push(id);
    }
    level
}

/// The level `*` for all values of a domain, null too; its one label stands for `size` values.
pub(super) fn star(domain: &Domain, size: u64) -> Level {
    Level { name: STAR.into(), label_of: vec![0; domain.len()], labels: vec![Some(STAR.into())], sizes: vec![size] }
}

/// The level of the values as they are.
pub(super) fn values(domain: &Domain) -> Level {
    level("value", domain.values().iter().cloned())
}

/// A hierarchy whose `d` is the number of distinct values in the source, with `*` on top of `levels`.
pub(super) fn over_domain(domain: &Domain, mut levels: Vec<Level>) -> Hierarchy {
    let domain_size = domain.len() as u64;
    levels.push(star(domain, domain_size));
    Hierarchy { column: domain.column.clone(), levels, domain_size }
}

/// Refuses levels where two values share a label and lose it again further up: such a level would not be
/// a union of the one below, and a search that skips by that rule would be wrong.
pub(super) fn check_refinement(levels: &[Level]) -> Result<(), HierarchyError> {
    for (at, pair) in levels.windows(2).enumerate() {
        let mut above = vec![u32::MAX; pair[0].labels.len()];
        for (&below, &label) in pair[0].label_of.iter().zip(&pair[1].label_of) {
            let seen = &mut above[below as usize];
            if *seen != u32::MAX && *seen != label {
                let message = format!("values with one label at level {at} have two labels here");
                return Err(HierarchyError::NotARefinement { level: at + 1, message });
            }
            *seen = label;
        }
    }
    Ok(())
}
