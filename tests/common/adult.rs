//! The Adult census data as tables.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tuomin::spec::{HierarchySpec, UnknownValues};
use tuomin::table::{Domain, EquivalenceTable, Hierarchy, Sensitive};

#[allow(dead_code, reason = "not every test binary uses all of it")]
pub const COLUMNS: [&str; 9] =
    ["sex", "age", "race", "marital-status", "education", "native-country", "workclass", "occupation", "salary-class"];

/// The rows of the census, and of the subset that is a sample of it.
pub struct Adult {
    folder: PathBuf,
    #[allow(dead_code, reason = "not every test binary uses all of it")]
    pub header: Vec<String>,
    pub all: Vec<Vec<String>>,
    #[allow(dead_code, reason = "not every test binary uses all of it")]
    pub sample: Vec<Vec<String>>,
}

impl Adult {
    pub fn load(shared: &Path) -> Self {
        let folder = shared.join("data/adult");
        let (header, all) = read(&folder.join("adult.csv"));
        let (_, sample) = read(&folder.join("adult_subset.csv"));
        Self { folder, header, all, sample }
    }

    /// The table of rows of the census, and the hierarchies of its quasi columns. With `population` the census
    /// is the population of these rows.
    #[allow(dead_code, reason = "not every test binary uses all of it")]
    pub fn table(
        &self,
        quasi: &[impl AsRef<str>],
        sensitive: &[&str],
        rows: &[Vec<String>],
        population: bool,
    ) -> (EquivalenceTable, Vec<Hierarchy>) {
        let names: Vec<&str> = quasi.iter().map(AsRef::as_ref).chain(sensitive.iter().copied()).collect();
        let place = |name: &&str| self.header.iter().position(|header| header == name).unwrap();
        let places: Vec<usize> = names.iter().map(place).collect();
        let domain = |(name, &place): (&&str, &usize)| {
            Domain::sorted(*name, self.all.iter().map(|row| Some(row[place].clone())).collect()).0
        };
        let domains: Vec<Domain> = names.iter().zip(&places).map(domain).collect();
        let code = |(domain, text): (&Domain, &String)| {
            domain.values().binary_search_by(|value| value.as_ref().cmp(&Some(text))).unwrap() as u32
        };
        let key = |row: &Vec<String>| -> Vec<u32> {
            domains.iter().zip(places.iter().map(|&place| &row[place])).map(code).collect()
        };
        let mut counts: BTreeMap<Vec<u32>, (u64, u64)> = BTreeMap::new();
        rows.iter().for_each(|row| counts.entry(key(row)).or_default().0 += 1);
        if population {
            self.all.iter().for_each(|row| counts.entry(key(row)).or_default().1 += 1);
        }
        let codes = |column: usize| counts.keys().map(|key| key[column]).collect();
        let records: Vec<u64> = counts.values().map(|count| count.0).collect();
        let table = EquivalenceTable {
            domains: domains[..quasi.len()].to_vec(),
            codes: (0..quasi.len()).map(codes).collect(),
            sensitive: (quasi.len()..names.len())
                .map(|column| Sensitive { domain: domains[column].clone(), codes: codes(column) })
                .collect(),
            subjects: records.clone(),
            records,
            population: if population { counts.values().map(|count| count.1).collect() } else { vec![] },
            ..EquivalenceTable::default()
        };
        let hierarchies = names[..quasi.len()].iter().zip(&domains).map(|(name, domain)| self.hierarchy(name, domain));
        let hierarchies = hierarchies.collect();
        (table, hierarchies)
    }

    pub fn hierarchy(&self, column: &str, domain: &Domain) -> Hierarchy {
        let text = std::fs::read_to_string(self.folder.join(format!("adult_hierarchy_{column}.csv"))).unwrap();
        let spec = HierarchySpec::Table { path: PathBuf::new() };
        Hierarchy::build(&spec, Some(&text), domain, UnknownValues::Error).unwrap()
    }
}

fn read(path: &Path) -> (Vec<String>, Vec<Vec<String>>) {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines().map(|line| line.split(';').map(str::to_string).collect());
    (lines.next().unwrap(), lines.collect())
}
