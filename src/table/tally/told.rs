//! A part of a tally in words of its own: what one machine counted, to be merged on another.

use hashbrown::HashMap;

use super::super::tuples::Tuples;
use super::super::{Domain, EquivalenceTable, Footprints};
use super::{ENTRY, Labeller, PARTITIONS, TallyPart};
use crate::error::{Error, Result};
use crate::table::counter::SubjectHash;

/// What a [`TallyPart`] has counted.
#[derive(Debug, Default)]
pub struct Told {
    /// Per column: the distinct values in canonical text.
    pub values: Vec<Vec<Option<String>>>,
    /// Per column: what combinations are told by, by number; the labels of a coarse column, else the values.
    pub texts: Vec<Vec<Option<String>>>,
    /// Numbers in `texts`, column by column within a combination, with the records of each.
    pub combinations: Vec<(Vec<u32>, u64)>,
    /// Subjects with the place of a combination of theirs, and the records of both; none where every record is one.
    pub subjects: Vec<(SubjectHash, u32, u64)>,
}

impl TallyPart {
    /// Everything that was counted. Each combination stands once, each pair of a subject and a combination too.
    ///
    /// # Errors
    /// Those of the spill.
    pub fn told(mut self) -> Result<Told> {
        self.settle()?;
        let values: Vec<Vec<Option<String>>> = self.interners.iter().map(|interner| interner.texts()).collect();
        let texts = values.iter().zip(&self.coarse).map(|(values, coarse)| match coarse {
            Some(coarse) => coarse.labels().into_iter().cloned().collect(),
            None => values.clone(),
        });
        let mut told = Told { texts: texts.collect(), ..Told::default() };
        let mut tuples = Tuples::new(self.interners.len());
        let mut place = vec![0; self.combinations.ids()];
        for (id, tuple, records) in self.combinations.iter() {
            let at = tuples.insert(tuple);
            place[id as usize] = at;
            match told.combinations.get_mut(at as usize) {
                Some((_, known)) => *known += records,
                None => told.combinations.push((tuple.to_vec(), records)),
            }
        }
        told.values = values;
        let Some(log) = &mut self.subjects else { return Ok(told) };
        for partition in 0..PARTITIONS {
            let mut entries: Vec<(SubjectHash, u32)> = Vec::new();
            for entry in log.take(partition)?.as_chunks::<ENTRY>().0 {
                let (hash, id) = entry.split_at(16);
                let id = u32::from_le_bytes(id.try_into().unwrap_or_default());
                entries.push((hash.try_into().unwrap_or_default(), place[id as usize]));
            }
            entries.sort_unstable();
            let pairs = entries.chunk_by(|a, b| a == b);
            told.subjects.extend(pairs.map(|pair| (pair[0].0, pair[0].1, pair.len() as u64)));
        }
        Ok(told)
    }
}

/// What all parts of a tally have told, each thing once.
#[derive(Debug, Default)]
pub struct Gathered {
    /// Per column: the distinct values in canonical text, in any order.
    pub values: Vec<Vec<Option<String>>>,
    /// A text for each column, as [`Told::texts`] has them, with the records.
    pub combinations: Vec<(Vec<Option<String>>, u64)>,
    /// Sets of places in `combinations`, with how many subjects have exactly these; `None` where every record is a
    /// subject.
    pub footprints: Option<Vec<(Vec<u32>, u64)>>,
}

impl Gathered {
    /// The same table as if one machine had counted it all: see [`super::finish`]. `coarse` is what the parts were made
    /// with.
    ///
    /// # Errors
    /// [`Error::Internal`] for a combination of values that nobody told, or that is told twice.
    pub fn table(self, names: &[String], coarse: &[Option<Labeller>]) -> Result<EquivalenceTable> {
        let lost = |what: &str| Error::Internal(format!("what machines counted does not go together: {what}"));
        if self.values.len() != names.len() || coarse.len() > names.len() {
            return Err(lost("columns"));
        }
        let mut domains = Vec::with_capacity(names.len());
        let mut code_of: Vec<HashMap<Option<String>, u32>> = Vec::with_capacity(names.len());
        for (at, (name, values)) in names.iter().zip(self.values).enumerate() {
            let domain = Domain::sorted(name, values).0;
            let label: Option<&Labeller> = coarse.get(at).and_then(Option::as_ref);
            let mut codes = HashMap::with_capacity(domain.len());
            for (value, code) in domain.values().iter().zip(0..) {
                // the first value of a label stands for all
                codes.entry(label.map_or_else(|| value.clone(), |label| label(value))).or_insert(code);
            }
            domains.push(domain);
            code_of.push(codes);
        }
        let mut all = Tuples::new(names.len());
        let mut tuple = vec![0; names.len()];
        for (texts, _) in &self.combinations {
            if texts.len() != names.len() {
                return Err(lost("a combination"));
            }
            for ((code, text), codes) in tuple.iter_mut().zip(texts).zip(&code_of) {
                *code = *codes.get(text).ok_or_else(|| lost("a value"))?;
            }
            let known = all.len();
            if all.insert(&tuple) as usize != known {
                return Err(lost("a combination twice"));
            }
        }
        let mut order: Vec<u32> = (0..all.len() as u32).collect();
        order.sort_unstable_by(|&a, &b| all.get(a).cmp(all.get(b)));
        let mut place = vec![0u32; order.len()];
        order.iter().enumerate().for_each(|(new, &old)| place[old as usize] = new as u32);
        let codes = (0..names.len()).map(|column| order.iter().map(|&old| all.get(old)[column]).collect()).collect();
        let records: Vec<u64> = order.iter().map(|&old| self.combinations[old as usize].1).collect();
        let (subjects, spread) = match self.footprints {
            None => (records.clone(), Footprints::default()),
            Some(sets) => spread(sets, &place).ok_or_else(|| lost("a subject"))?,
        };
        Ok(EquivalenceTable { domains, codes, records, subjects, spread, ..EquivalenceTable::default() })
    }
}

/// Subjects with one combination, by its place, and the sets of the others in ascending order.
fn spread(sets: Vec<(Vec<u32>, u64)>, place: &[u32]) -> Option<(Vec<u64>, Footprints)> {
    let mut subjects = vec![0u64; place.len()];
    let mut several: Vec<(Vec<u32>, u64)> = Vec::new();
    for (set, count) in sets {
        let mut set: Vec<u32> = set.iter().map(|&at| place.get(at as usize).copied()).collect::<Option<_>>()?;
        set.sort_unstable();
        match set.as_slice() {
            [] => return None,
            [one] => subjects[*one as usize] += count,
            _ => several.push((set, count)),
        }
    }
    Some((subjects, several.into_iter().collect()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, StringArray};
    use proptest::prelude::*;

    use super::super::{Memory, finish};
    use super::*;
    use crate::secret::Secret;

    type Row = (u8, Option<u8>, u8);

    fn cells(rows: &[Row]) -> (Vec<ArrayRef>, ArrayRef) {
        let first: StringArray = rows.iter().map(|row| Some(format!("a{}", row.0))).collect();
        let second: StringArray = rows.iter().map(|row| row.1.map(|value| format!("b{value}"))).collect();
        let subject: StringArray = rows.iter().map(|row| Some(format!("s{}", row.2))).collect();
        (vec![Arc::new(first), Arc::new(second)], Arc::new(subject))
    }

    fn part(rows: &[Row], subjects: bool, coarse: &Option<Labeller>) -> TallyPart {
        let key = subjects.then(|| (Secret::new([7; 32]), Memory::spill().unwrap()));
        let mut part = TallyPart::new(2, key);
        if let Some(label) = coarse {
            part = part.coarse(0, label.clone());
        }
        let (quasi, subject) = cells(rows);
        part.add(&quasi, subjects.then_some(&subject), rows.len()).unwrap();
        part
    }

    /// What a cluster does with what its parts tell.
    fn gather(parts: Vec<Told>, subjects: bool) -> Gathered {
        let mut values = vec![Vec::new(); 2];
        let mut records: HashMap<Vec<Option<String>>, u64> = HashMap::new();
        let mut sets: HashMap<SubjectHash, Vec<Vec<Option<String>>>> = HashMap::new();
        for told in parts {
            values.iter_mut().zip(&told.values).for_each(|(all, some)| all.extend(some.clone()));
            let texts = |tuple: &[u32]| -> Vec<Option<String>> {
                tuple.iter().zip(&told.texts).map(|(&code, texts)| texts[code as usize].clone()).collect()
            };
            for (tuple, count) in &told.combinations {
                *records.entry(texts(tuple)).or_default() += count;
            }
            for (subject, at, _) in &told.subjects {
                let set = sets.entry(*subject).or_default();
                let texts = texts(&told.combinations[*at as usize].0);
                if !set.contains(&texts) {
                    set.push(texts);
                }
            }
        }
        let combinations: Vec<_> = records.into_iter().collect();
        let place =
            |texts: &Vec<Option<String>>| combinations.iter().position(|known| known.0 == *texts).unwrap() as u32;
        let mut footprints: HashMap<Vec<u32>, u64> = HashMap::new();
        for set in sets.values() {
            let mut set: Vec<u32> = set.iter().map(place).collect();
            set.sort_unstable();
            *footprints.entry(set).or_default() += 1;
        }
        let footprints = subjects.then(|| footprints.into_iter().collect());
        Gathered { values, combinations, footprints }
    }

    proptest! {
        #[test]
        fn parts_told_elsewhere_make_the_same_table(
            rows in proptest::collection::vec((0u8..9, proptest::option::of(0u8..4), 0u8..12), 1..60),
            cut in 0usize..60,
            subjects: bool,
            coarse: bool,
        ) {
            let halves = || { let (a, b) = rows.split_at(cut.min(rows.len())); [a, b] };
            let half = |value: &Option<String>| value.as_ref().map(|text| (text.as_str() < "a4").to_string());
            let label = coarse.then(|| Arc::new(half) as Labeller);
            let parts = |rows: [&[Row]; 2]| rows.map(|rows| part(rows, subjects, &label)).into_iter().collect::<Vec<_>>();
            let names = ["x".to_owned(), "y".to_owned()];
            let here = finish(&names, parts(halves())).unwrap();
            let told = parts(halves()).into_iter().map(|part| part.told().unwrap()).collect::<Vec<_>>();
            let counted: u64 = told.iter().flat_map(|told| &told.subjects).map(|pair| pair.2).sum();
            prop_assert_eq!(counted, if subjects { rows.len() as u64 } else { 0 });
            let there = gather(told, subjects).table(&names, &[label.clone(), None]).unwrap();
            prop_assert_eq!(here, there);
        }
    }
}
