//! [`Finest`]: the finest label of a column that may be released, found for one value at a time.

use std::collections::HashMap;
use std::sync::Arc;

use super::tally::Labeller;
use super::{Domain, Hierarchy};
use crate::error::Result;
use crate::spec::{HierarchySpec, UnknownValues};
use crate::written::{Reader, Writer, Written};

/// What the values of a column are counted under, where its finest levels may not be released.
///
/// Plain data, so that it prints and travels; [`Self::labeller`] makes the function of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Finest {
    pub column: String,
    pub hierarchy: HierarchySpec,
    /// The text of the table that `hierarchy` names.
    pub table: Option<Arc<str>>,
    pub unknown: UnknownValues,
    /// The level whose labels are counted.
    pub level: usize,
}

impl Finest {
    /// Gives the label of each value. A value that has none, because its hierarchy cannot be built or does not know
    /// it, stands for itself.
    pub fn labeller(&self) -> Labeller {
        let finest = self.level;
        let label = move |hierarchy: &Hierarchy, code: usize| {
            let level = hierarchy.levels.get(finest)?;
            Some(level.labels[level.label_of[code] as usize].clone())
        };
        if let Some(table) = self.table.as_deref() {
            // a table is read once: its own values are the domain
            let first = |line: &str| line.split([';', ',']).next().unwrap_or("").trim_matches('"').to_owned();
            let values = table.lines().map(|line| Some(first(line.trim_start_matches('\u{feff}')))).collect();
            let (domain, _) = Domain::sorted(&self.column, values);
            let built = Hierarchy::build(&self.hierarchy, Some(table), &domain, UnknownValues::Suppress).ok();
            let known = |(code, value): (usize, &Option<String>)| Some((value.clone(), label(built.as_ref()?, code)?));
            let labels: HashMap<_, _> = domain.values().iter().enumerate().filter_map(known).collect();
            return Arc::new(move |value| labels.get(value).unwrap_or(value).clone());
        }
        let (name, spec, unknown) = (self.column.clone(), self.hierarchy.clone(), self.unknown);
        Arc::new(move |value| {
            let (domain, _) = Domain::sorted(&name, vec![value.clone()]);
            let built = Hierarchy::build(&spec, None, &domain, unknown).ok();
            built.and_then(|hierarchy| label(&hierarchy, 0)).unwrap_or_else(|| value.clone())
        })
    }
}

impl Written for Finest {
    fn write(&self, to: &mut Writer) {
        self.column.write(to);
        self.hierarchy.write(to);
        to.texts([self.table.as_deref()].into_iter());
        self.unknown.write(to);
        self.level.write(to);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        Ok(Self {
            column: from.value()?,
            hierarchy: from.value()?,
            table: from.texts(|text| text.map(Arc::from))?.pop().flatten(),
            unknown: from.value()?,
            level: from.value()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::written::written;

    fn finest(hierarchy: HierarchySpec, table: Option<&str>, level: usize) -> Finest {
        let table = table.map(Arc::from);
        Finest { column: "c".into(), hierarchy, table, unknown: UnknownValues::Suppress, level }
    }

    #[test]
    fn labels_are_those_of_the_level_on_both_sides() {
        let table = HierarchySpec::Table { path: "t".into() };
        let text = |text: &str| Some(text.to_owned());
        for (finest, values) in [
            (
                finest(table.clone(), Some("A;east;*\nB;east;*\nC;west;*\n"), 1),
                vec![(text("A"), text("east")), (text("C"), text("west")), (text("D"), text("D")), (None, None)],
            ),
            (finest(table, Some("A;east;*\nA;west;*\n"), 1), vec![(text("A"), text("A"))]),
            (
                finest(HierarchySpec::Prefix { lengths: vec![2, 1] }, None, 1),
                vec![(text("123"), text("12*")), (text("x"), text("x")), (None, None)],
            ),
            (finest(HierarchySpec::Suppress, None, 1), vec![(text("123"), text("*")), (None, text("*"))]),
        ] {
            let bytes = written(0, |to| finest.write(to)).unwrap();
            let mut reader = Reader::new(bytes.expose());
            let back = Finest::read(&mut reader).unwrap();
            reader.finish().unwrap();
            assert_eq!(back, finest);
            let (here, there) = (finest.labeller(), back.labeller());
            for (value, label) in values {
                assert_eq!((here(&value), there(&value)), (label.clone(), label), "{value:?}");
            }
        }
    }
}
