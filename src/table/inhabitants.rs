//! How many people live in the places that labels stand for.

use hashbrown::HashMap;

use super::{Domain, Hierarchy, STAR};

/// The people of each place, from a CSV table `place;people`.
///
/// Whatever a place lacks in the table lowers what its labels are said to hold, never raises it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inhabitants(HashMap<String, u64>);

impl Inhabitants {
    /// Reads one place per line, `;` or `,` before its people; lines that start with `#` and empty ones are
    /// left out. There is no header.
    ///
    /// # Errors
    /// The first line, counted from 1, that is not a place and a whole number, or names a place again.
    pub fn parse(text: &str) -> Result<Self, u64> {
        let mut people = HashMap::new();
        for (line, row) in (1..).zip(text.strip_prefix('\u{feff}').unwrap_or(text).lines()) {
            if row.trim().is_empty() || row.starts_with('#') {
                continue;
            }
            let (place, count) = row.rsplit_once([';', ',']).ok_or(line)?;
            let count = count.trim().parse().map_err(|_| line)?;
            if place.trim().is_empty() || people.insert(place.trim().to_owned(), count).is_some() {
                return Err(line);
            }
        }
        Ok(Self(people))
    }

    /// The places, to build a hierarchy over.
    pub fn domain(&self, column: &str) -> Domain {
        Domain::sorted(column, self.0.keys().cloned().map(Some).collect()).0
    }

    /// How many values of a column are places that the table does not know; null is none.
    pub fn unknown(&self, values: &Domain) -> u64 {
        values.values().iter().flatten().filter(|value| !self.0.contains_key(*value)).count() as u64
    }

    /// The people of the smallest label of each level of a hierarchy over [`Inhabitants::domain`]; `*` counts
    /// as everybody, `u64::MAX`.
    pub fn smallest(&self, hierarchy: &Hierarchy, places: &Domain) -> Vec<u64> {
        let people: Vec<u64> = places
            .values()
            .iter()
            .map(|place| place.as_ref().and_then(|p| self.0.get(p)).copied().unwrap_or(0))
            .collect();
        let of_level = |level: &super::Level| {
            let mut sums = vec![0_u64; level.labels.len()];
            for (&label, &people) in level.label_of.iter().zip(&people) {
                sums[label as usize] = sums[label as usize].saturating_add(people);
            }
            let labelled = sums.into_iter().zip(&level.labels);
            labelled.filter(|(_, label)| label.as_deref() != Some(STAR)).map(|(sum, _)| sum).min().unwrap_or(u64::MAX)
        };
        hierarchy.levels.iter().map(of_level).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{HierarchySpec, UnknownValues};

    fn smallest(table: &str, inhabitants: &str) -> Vec<u64> {
        let inhabitants = Inhabitants::parse(inhabitants).unwrap();
        let places = inhabitants.domain("place");
        let spec = HierarchySpec::Table { path: "t".into() };
        let hierarchy = Hierarchy::build(&spec, Some(table), &places, UnknownValues::Suppress).unwrap();
        inhabitants.smallest(&hierarchy, &places)
    }

    #[test]
    fn a_label_holds_the_people_of_its_places() {
        let table = "A;east;*\nB;east;*\nC;west;*\n";
        assert_eq!(smallest(table, "# people\nA;10\nB;15\n\nC;40\n"), [10, 25, u64::MAX]);
        // a place without a number counts as empty, and one that is in no label as suppressed
        assert_eq!(smallest(table, "A,10\nC,40\nD,1\n"), [10, 10, u64::MAX]);
    }

    #[test]
    fn places_that_are_not_there_are_counted() {
        let inhabitants = Inhabitants::parse("A;10\nB;15").unwrap();
        let values = ["A", "C", "D"].map(|v| Some(v.to_owned())).into_iter().chain([None]).collect();
        assert_eq!(inhabitants.unknown(&Domain::sorted("place", values).0), 2);
    }

    #[test]
    fn wrong_lines_are_told() {
        for (text, line) in [("A;1\nB", 2), ("A;x", 1), ("# a\nA;1\nA;2", 3), (";5", 1), ("A;-1", 1), ("A;1.5", 1)] {
            assert_eq!(Inhabitants::parse(text), Err(line), "{text:?}");
        }
    }

    #[test] // the districts add up to what the census gives for the city
    fn the_districts_of_tianjin_are_all_there() {
        let inhabitants =
            Inhabitants::parse(include_str!("../../pipelines/hierarchies/tianjin_inhabitants.csv")).unwrap();
        assert_eq!(inhabitants.0.values().sum::<u64>(), 13_866_009);
        let table = include_str!("../../pipelines/hierarchies/tianjin_district.csv");
        let places = inhabitants.domain("区");
        assert_eq!(places.len(), table.lines().count());
        let spec = HierarchySpec::Table { path: "t".into() };
        let hierarchy = Hierarchy::build(&spec, Some(table), &places, UnknownValues::Error).unwrap();
        assert_eq!(inhabitants.smallest(&hierarchy, &places)[0], 355_000);
    }
}
