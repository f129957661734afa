//! How counts and recodings are written for another machine.

use super::{EquivalenceTable, Footprints, LocalColumn, LocalRecoding, Recoding, Sensitive};
use crate::error::Result;
use crate::written::{Reader, Writer, Written, ensure};

impl Written for Sensitive {
    fn write(&self, to: &mut Writer) {
        self.domain.write(to);
        to.codes(&self.codes);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        let domain: super::Domain = from.value()?;
        Ok(Self { codes: from.codes(domain.len())?, domain })
    }
}

impl Written for Footprints {
    fn write(&self, to: &mut Writer) {
        to.numbers(self.starts.iter().map(|&start| start as u64));
        to.codes(&self.members);
        to.counts(&self.subjects);
    }

    /// The members are held against the combinations by the table.
    fn read(from: &mut Reader) -> Result<Self> {
        let (starts, members, subjects) = (from.sizes()?, from.codes(usize::MAX)?, from.counts()?);
        let of_two = starts.windows(2).all(|ends| ends[0].checked_add(2).is_some_and(|least| least <= ends[1]));
        let whole = starts.first() == Some(&0) && starts.last() == Some(&members.len());
        ensure(of_two && whole && starts.len() - 1 == subjects.len(), "sets of combinations are cut wrongly")?;
        let spread = Self { starts, members, subjects };
        let sets = || spread.iter().map(|(members, _)| members);
        let ascending = |set: &[u32]| set.is_sorted_by(|a, b| a < b);
        ensure(sets().all(ascending) && sets().is_sorted_by(|a, b| a < b), "sets of combinations are not in order")?;
        Ok(spread)
    }
}

impl Written for EquivalenceTable {
    fn write(&self, to: &mut Writer) {
        to.list(&self.domains);
        self.codes.iter().for_each(|codes| to.codes(codes));
        to.list(&self.sensitive);
        to.counts(&self.records);
        to.counts(&self.subjects);
        self.spread.write(to);
        to.counts(&self.population);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        let domains: Vec<super::Domain> = from.list()?;
        let codes = domains.iter().map(|domain| from.codes(domain.len())).collect::<Result<_>>()?;
        let table = Self {
            domains,
            codes,
            sensitive: from.list()?,
            records: from.counts()?,
            subjects: from.counts()?,
            spread: from.value()?,
            population: from.counts()?,
        };
        table.whole()?;
        Ok(table)
    }
}

impl EquivalenceTable {
    /// Holds the columns and the counts against each other.
    fn whole(&self) -> Result<()> {
        let count = self.combinations();
        ensure(u32::try_from(count).is_ok(), "a table has too many combinations")?;
        let columns = self.codes.iter().chain(self.sensitive.iter().map(|sensitive| &sensitive.codes));
        let columns: Vec<&[u32]> = columns.map(Vec::as_slice).collect();
        let alike = columns.iter().all(|codes| codes.len() == count) && self.subjects.len() == count;
        ensure(alike && [0, count].contains(&self.population.len()), "the columns of a table are not equally long")?;
        let inside = self.spread.members.iter().all(|&member| (member as usize) < count);
        ensure(inside, "subjects have combinations that a table has not")?;
        let key = |row: usize| columns.iter().map(move |codes| codes[row]);
        let ascending = (1..count).all(|row| key(row - 1).lt(key(row)));
        ensure(ascending, "the combinations of a table are not in order")?;
        // totals are added up wherever a table is used
        for counts in [&self.records, &self.population] {
            ensure(counts.iter().try_fold(0u64, |sum, &n| sum.checked_add(n)).is_some(), "counts are out of range")?;
        }
        let subjects = self.subjects.iter().chain(&self.spread.subjects);
        let mut people = subjects.copied();
        ensure(people.try_fold(0u64, |sum, n| sum.checked_add(n)).is_some(), "counts are out of range")
    }
}

impl Written for Recoding {
    fn write(&self, to: &mut Writer) {
        to.numbers(self.levels.iter().map(|&level| level as u64));
        to.flags(&self.suppressed);
    }

    /// Levels are held against hierarchies by who has these.
    fn read(from: &mut Reader) -> Result<Self> {
        Ok(Self { levels: from.sizes()?, suppressed: from.flags()? })
    }
}

impl Written for LocalColumn {
    fn write(&self, to: &mut Writer) {
        to.labels(&self.labels);
        to.counts(&self.sizes);
        to.codes(&self.label_of);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        let (labels, sizes) = (from.labels()?, from.counts()?);
        ensure(sizes.len() == labels.len(), "a column has not one size for each label")?;
        Ok(Self { label_of: from.codes(labels.len())?, labels, sizes })
    }
}

impl Written for LocalRecoding {
    fn write(&self, to: &mut Writer) {
        to.list(&self.columns);
        to.flags(&self.suppressed);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        let (columns, suppressed) = (from.list::<LocalColumn>()?, from.flags()?);
        let alike = columns.iter().all(|column| column.label_of.len() == suppressed.len());
        ensure(alike, "the columns of a recoding are not equally long")?;
        Ok(Self { columns, suppressed })
    }
}

#[cfg(test)]
mod tests;
