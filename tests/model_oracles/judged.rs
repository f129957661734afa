//! Classes of a table, and what models say of them.

use std::collections::BTreeMap;

use tuomin::privacy::{Class, Models, PrivacyModel, measure, prepare};
use tuomin::spec::ModelSpec;
use tuomin::table::{Classes, EquivalenceTable, Hierarchy, Histogram};

/// The classes of a table under some levels.
pub struct Judged {
    pub table: EquivalenceTable,
    pub classes: Classes,
    pub histograms: Vec<Histogram>,
}

impl Judged {
    pub fn new(table: EquivalenceTable, hierarchies: &[Hierarchy], levels: &[usize]) -> Self {
        let classes = table.classes(hierarchies, levels);
        Self::of(table, classes)
    }

    /// All rows as one class.
    pub fn together(&self) -> Self {
        Self::of(self.table.clone(), self.table.grouped(0, |_, _| 0))
    }

    fn of(table: EquivalenceTable, classes: Classes) -> Self {
        let histograms = (0..table.sensitive.len()).map(|at| table.histogram(&classes, at)).collect();
        Self { table, classes, histograms }
    }

    pub fn classes(&self) -> impl Iterator<Item = Class<'_>> {
        (0..self.classes.records.len()).map(|class| Class::of(&self.classes, &self.histograms, class))
    }

    /// The models over this table, and their worst measures over all classes, by identifier.
    pub fn worst(&self, specs: &[ModelSpec]) -> BTreeMap<&'static str, f64> {
        let models = self.models(1, specs, &[]);
        let measured = measure(&models, &self.classes, &self.histograms, |_| true);
        measured.into_iter().map(|measured| (measured.id, measured.worst.unwrap())).collect()
    }

    pub fn models(&self, k: u64, specs: &[ModelSpec], trees: &[Option<Hierarchy>]) -> Models {
        prepare(k, specs, &self.table, trees, 1.0, |_| unreachable!("no estimate is asked for")).unwrap()
    }

    pub fn over(&self, model: &dyn PrivacyModel) -> f64 {
        self.classes().map(|class| model.measure(&class)).reduce(|a, b| model.bound().worse(a, b)).unwrap()
    }
}
