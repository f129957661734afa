//! The Adult census data as tables, and their classes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tuomin::privacy::{Class, Models, PrivacyModel, measure, prepare};
use tuomin::spec::{HierarchySpec, ModelSpec, UnknownValues};
use tuomin::table::{Classes, Domain, EquivalenceTable, Hierarchy, Histogram, Sensitive};

/// The file of the census data, and where it lies.
pub struct Adult {
    pub folder: PathBuf,
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Adult {
    pub fn load(shared: &Path) -> Self {
        let folder = shared.join("data/adult");
        let (header, rows) = Self::read(&folder.join("adult.csv"));
        assert_eq!(rows.len(), 30_162);
        Self { folder, header, rows }
    }

    pub fn read(path: &Path) -> (Vec<String>, Vec<Vec<String>>) {
        let text = std::fs::read_to_string(path).unwrap();
        let mut lines = text.lines().map(|line| line.split(';').map(str::to_string).collect());
        (lines.next().unwrap(), lines.collect())
    }

    pub fn place(&self, column: &str) -> usize {
        self.header.iter().position(|name| name == column).unwrap()
    }

    pub fn hierarchy(&self, column: &str, domain: &Domain) -> Hierarchy {
        let text = std::fs::read_to_string(self.folder.join(format!("adult_hierarchy_{column}.csv"))).unwrap();
        let spec = HierarchySpec::Table { path: PathBuf::new() };
        Hierarchy::build(&spec, Some(&text), domain, UnknownValues::Error).unwrap()
    }

    /// The table of all rows, with the hierarchies of the quasi columns.
    pub fn table(&self, quasi: &[String], sensitive: &[&str]) -> (EquivalenceTable, Vec<Hierarchy>) {
        self.counted(quasi, sensitive, &self.rows, None)
    }

    /// The table of some rows, where the file is the population.
    pub fn sample(&self, quasi: &[String], rows: &[Vec<String>]) -> (EquivalenceTable, Vec<Hierarchy>) {
        self.counted(quasi, &[], rows, Some(&self.rows))
    }

    pub fn counted(
        &self,
        quasi: &[String],
        sensitive: &[&str],
        rows: &[Vec<String>],
        population: Option<&[Vec<String>]>,
    ) -> (EquivalenceTable, Vec<Hierarchy>) {
        let all = population.unwrap_or(rows);
        let domain = |name: &str| {
            let place = self.place(name);
            Domain::sorted(name, all.iter().map(|row| Some(row[place].clone())).collect()).0
        };
        let columns: Vec<&str> = quasi.iter().map(String::as_str).chain(sensitive.iter().copied()).collect();
        let domains: Vec<Domain> = columns.iter().map(|name| domain(name)).collect();
        let places: Vec<usize> = columns.iter().map(|name| self.place(name)).collect();
        let key = |row: &Vec<String>| -> Vec<u32> {
            let code = |(domain, &place): (&Domain, &usize)| {
                domain.values().binary_search(&Some(row[place].clone())).unwrap() as u32
            };
            domains.iter().zip(&places).map(code).collect()
        };
        let mut combinations: BTreeMap<Vec<u32>, (u64, u64)> = BTreeMap::new();
        rows.iter().for_each(|row| combinations.entry(key(row)).or_default().0 += 1);
        population.into_iter().flatten().for_each(|row| combinations.entry(key(row)).or_default().1 += 1);
        let codes = |column: usize| combinations.keys().map(|key| key[column]).collect();
        let hierarchies = quasi.iter().zip(&domains).map(|(name, domain)| self.hierarchy(name, domain)).collect();
        let sensitive = (quasi.len()..columns.len())
            .map(|column| Sensitive { domain: domains[column].clone(), codes: codes(column) })
            .collect();
        let table = EquivalenceTable {
            codes: (0..quasi.len()).map(codes).collect(),
            domains: domains[..quasi.len()].to_vec(),
            sensitive,
            records: combinations.values().map(|count| count.0).collect(),
            subjects: combinations.values().map(|count| count.0).collect(),
            population: if population.is_some() {
                combinations.values().map(|count| count.1).collect()
            } else {
                vec![]
            },
            ..EquivalenceTable::default()
        };
        (table, hierarchies)
    }
}

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
