//! The population beside the data: how many people each combination has outside of them too.

use hashbrown::HashMap;

use super::tally::Labeller;
use super::{Domain, EquivalenceTable};

/// Per value the first value that has its label.
fn first_of_each_label(domain: &Domain, label: &Labeller) -> Vec<u32> {
    let mut first: HashMap<Option<String>, u32> = HashMap::new();
    let values = domain.values().iter().zip(0..);
    values.map(|(value, code)| *first.entry(label(value)).or_insert(code)).collect()
}

impl EquivalenceTable {
    /// The same counts beside those of a population, a table over columns of the same names.
    ///
    /// Domains grow by the values that only the population has; combinations that only it has count no
    /// records. People are the population's distinct subjects: those that spread over several combinations
    /// are counted in each, since a class that holds one of them holds a person. `labellers` are those that both
    /// tables were counted by: of values with one label the first of both tables stands for all.
    pub fn beside(mut self, population: &Self, labellers: &[Option<Labeller>]) -> Self {
        let mut people = population.subjects.clone();
        for (members, subjects) in population.spread.iter() {
            members.iter().for_each(|&member| people[member as usize] += subjects);
        }
        let mut theirs = Vec::with_capacity(self.codes.len());
        for (column, other) in population.domains.iter().enumerate() {
            let values = self.domains[column].values().iter().chain(other.values()).cloned().collect();
            let (domain, code_of) = Domain::sorted(&self.domains[column].column, values);
            let stands = match labellers.get(column).and_then(Option::as_ref) {
                Some(label) => first_of_each_label(&domain, label),
                None => (0..domain.len() as u32).collect(),
            };
            let code_of: Vec<u32> = code_of.into_iter().map(|code| stands[code as usize]).collect();
            let (own, foreign) = code_of.split_at(self.domains[column].len());
            self.codes[column].iter_mut().for_each(|code| *code = own[*code as usize]);
            theirs.push(population.codes[column].iter().map(|&code| foreign[code as usize]).collect::<Vec<u32>>());
            self.domains[column] = domain;
        }
        let rows = self.combinations();
        self.population = vec![0; rows];
        let mut first: HashMap<Vec<u32>, usize> = HashMap::with_capacity(rows);
        for row in 0..rows {
            let tuple = self.codes.iter().map(|codes| codes[row]).collect();
            first.entry(tuple).or_insert(row);
        }
        for (row, people) in people.into_iter().enumerate() {
            let tuple: Vec<u32> = theirs.iter().map(|codes| codes[row]).collect();
            let known = first.get(&tuple).copied();
            let at = known.unwrap_or_else(|| self.grow(&tuple));
            if known.is_none() {
                first.insert(tuple, at);
            }
            self.population[at] += people;
        }
        self.sorted()
    }

    /// Adds a combination without records.
    fn grow(&mut self, tuple: &[u32]) -> usize {
        self.codes.iter_mut().zip(tuple).for_each(|(codes, &code)| codes.push(code));
        self.sensitive.iter_mut().for_each(|sensitive| sensitive.codes.push(0));
        self.records.push(0);
        self.subjects.push(0);
        self.population.push(0);
        self.records.len() - 1
    }

    /// The same combinations in ascending order of their codes.
    fn sorted(self) -> Self {
        let columns: Vec<&Vec<u32>> =
            self.codes.iter().chain(self.sensitive.iter().map(|sensitive| &sensitive.codes)).collect();
        let mut order: Vec<usize> = (0..self.combinations()).collect();
        order.sort_by(|&a, &b| columns.iter().map(|codes| codes[a]).cmp(columns.iter().map(|codes| codes[b])));
        let mut place = vec![0_u32; order.len()];
        order.iter().enumerate().for_each(|(new, &old)| place[old] = new as u32);
        let codes = |codes: &Vec<u32>| order.iter().map(|&old| codes[old]).collect::<Vec<u32>>();
        let counts = |counts: &Vec<u64>| order.iter().map(|&old| counts[old]).collect::<Vec<u64>>();
        let sets = self.spread.iter().map(|(members, subjects)| {
            let mut members: Vec<u32> = members.iter().map(|&member| place[member as usize]).collect();
            members.sort_unstable();
            (members, subjects)
        });
        let spread = sets.collect();
        Self {
            codes: self.codes.iter().map(codes).collect(),
            records: counts(&self.records),
            subjects: counts(&self.subjects),
            population: counts(&self.population),
            sensitive: self
                .sensitive
                .iter()
                .map(|sensitive| super::Sensitive { domain: sensitive.domain.clone(), codes: codes(&sensitive.codes) })
                .collect(),
            spread,
            domains: self.domains,
        }
    }
}
