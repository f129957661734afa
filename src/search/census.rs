//! Counting any set of combinations as one class.

use crate::privacy::{Class, PrivacyModel};
use crate::table::{Classes, EquivalenceTable, Histogram};

/// A table with the way from its combinations to the subjects that spread over several of them.
pub(super) struct Census<'a> {
    pub table: &'a EquivalenceTable,
    /// The footprints of combination `c` are `footprints[starts[c]..starts[c + 1]]`, ascending.
    starts: Vec<u32>,
    footprints: Vec<u32>,
}

/// What each class must keep.
#[derive(Clone, Copy)]
pub(super) struct Conditions<'a> {
    /// Least distinct subjects.
    pub k: u64,
    pub models: &'a [Box<dyn PrivacyModel>],
}

impl<'a> Census<'a> {
    pub fn new(table: &'a EquivalenceTable) -> Self {
        let mut starts = vec![0; table.combinations() + 1];
        table.spread.members.iter().for_each(|&member| starts[member as usize + 1] += 1);
        for combination in 0..table.combinations() {
            starts[combination + 1] += starts[combination];
        }
        let mut next = starts.clone();
        let mut footprints = vec![0; table.spread.members.len()];
        for (footprint, (members, _)) in table.spread.iter().enumerate() {
            for &member in members {
                let place = &mut next[member as usize];
                footprints[*place as usize] = footprint as u32;
                *place += 1;
            }
        }
        Self { table, starts, footprints }
    }

    /// The footprints that a combination is part of.
    pub fn footprints(&self, combination: u32) -> &[u32] {
        let at = |place: usize| self.starts[place] as usize;
        &self.footprints[at(combination as usize)..at(combination as usize + 1)]
    }

    /// Records of a set of combinations.
    pub fn records(&self, combinations: &[u32]) -> u64 {
        combinations.iter().map(|&c| self.table.records[c as usize]).sum()
    }

    /// Distinct subjects of a set of combinations.
    pub fn subjects(&self, combinations: &[u32]) -> u64 {
        let alone: u64 = combinations.iter().map(|&c| self.table.subjects[c as usize]).sum();
        let mut touched: Vec<u32> = combinations.iter().flat_map(|&c| self.footprints(c)).copied().collect();
        touched.sort_unstable();
        touched.dedup();
        alone + touched.into_iter().map(|f| self.table.spread.subjects[f as usize]).sum::<u64>()
    }

    /// Whether a set of combinations may be released as one class; without records there is nothing to release.
    pub fn keeps(&self, combinations: &[u32], conditions: Conditions) -> bool {
        let records = self.records(combinations);
        // Every subject has a record.
        if records == 0 || records < conditions.k {
            return false;
        }
        let subjects = self.subjects(combinations);
        if subjects < conditions.k || conditions.models.is_empty() {
            return subjects >= conditions.k;
        }
        let table = self.table;
        let population = match table.population.is_empty() {
            true => vec![],
            false => vec![combinations.iter().map(|&c| table.population[c as usize]).sum()],
        };
        let classes = Classes { class_of: vec![], records: vec![records], subjects: vec![subjects], population };
        let histograms: Vec<Histogram> =
            table.sensitive.iter().map(|sensitive| self.histogram(combinations, &sensitive.codes)).collect();
        let class = Class::of(&classes, &histograms, 0);
        conditions.models.iter().all(|model| model.holds(&class))
    }

    fn histogram(&self, combinations: &[u32], codes: &[u32]) -> Histogram {
        let code = |&c: &u32| codes[c as usize];
        let mut counts: Vec<((u32, u32), u64)> =
            combinations.iter().map(|c| ((0, code(c)), self.table.subjects[*c as usize])).collect();
        let mut touched: Vec<(u32, u32)> =
            combinations.iter().flat_map(|c| self.footprints(*c).iter().map(move |&f| (f, code(c)))).collect();
        touched.sort_unstable();
        touched.dedup();
        let of_footprint = |(footprint, code)| ((0, code), self.table.spread.subjects[footprint as usize]);
        counts.extend(touched.into_iter().map(of_footprint));
        counts.sort_unstable();
        Histogram::from_sorted(1, counts)
    }
}

/// Combinations that are alike in their quasi columns are one unit: they get the same labels.
pub(super) struct Units {
    /// Per unit its combinations, ascending.
    pub combinations: Vec<Vec<u32>>,
    pub records: Vec<u64>,
}

impl Units {
    /// The combinations of some units.
    pub fn members(&self, units: impl IntoIterator<Item = u32>) -> Vec<u32> {
        units.into_iter().flat_map(|unit| self.combinations[unit as usize].iter().copied()).collect()
    }

    /// Gathers combinations by the unit of each.
    pub fn gather(table: &EquivalenceTable, unit_of: &[u32], count: usize) -> Self {
        let mut units = Self { combinations: vec![vec![]; count], records: vec![0; count] };
        for (combination, &unit) in unit_of.iter().enumerate() {
            units.combinations[unit as usize].push(combination as u32);
            units.records[unit as usize] += table.records[combination];
        }
        units
    }
}
