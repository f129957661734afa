//! The optimum of every search that ARX was asked for on the Adult census data.

#![expect(clippy::unwrap_used, reason = "a test may stop")]

#[path = "common/adult.rs"]
mod adult;
mod common;

use std::path::Path;

use adult::Adult;
use common::shared;
use serde_json::Value;
use tuomin::privacy::{Absent, DeltaDisclosure, Models, Uniques, prepare};
use tuomin::search::{Found, Goal, Metric, Outcome, optimal};
use tuomin::spec::{BetaKind, EntropyEstimator, GroundDistance, ModelSpec};
use tuomin::table::{EquivalenceTable, Hierarchy, Sensitive};

/// One entry of the file.
struct Entry<'a> {
    entry: &'a Value,
}

impl<'a> Entry<'a> {
    fn text(&self, key: &str) -> Option<&'a str> {
        self.entry["params"][key].as_str()
    }

    fn number(&self, key: &str) -> f64 {
        let value = &self.entry[key];
        value.as_str().map_or_else(|| value.as_f64().unwrap(), |text| text.parse().unwrap())
    }

    fn quasi(&self) -> Vec<&'a str> {
        self.entry["qis"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
    }

    fn k(&self) -> u64 {
        self.text("k").map_or(1, |k| k.parse().unwrap())
    }

    /// The model beside k-anonymity, such as `recursiveCL:4:3`.
    fn models(&self) -> Vec<ModelSpec> {
        let Some(model) = self.text("model") else { return vec![] };
        let mut parts = model.split(':');
        let name = parts.next().unwrap();
        let numbers: Vec<f64> = parts.map(|part| part.parse().unwrap()).collect();
        let column = self.text("sens").unwrap_or_default().to_string();
        vec![match (name, &numbers[..]) {
            ("distinctL", &[l]) => ModelSpec::DistinctLDiversity { column, l: l as u64 },
            ("entropyL", &[l]) => ModelSpec::EntropyLDiversity { column, l, estimator: EntropyEstimator::Shannon },
            ("recursiveCL", &[c, l]) => ModelSpec::RecursiveClDiversity { column, c, l: l as u64 },
            ("tE", &[t]) => ModelSpec::TCloseness { column, distance: GroundDistance::Equal, t },
            ("tO", &[t]) => ModelSpec::TCloseness { column, distance: GroundDistance::Ordered, t },
            ("tH", &[t]) => ModelSpec::TCloseness { column, distance: GroundDistance::Hierarchical, t },
            ("bB", &[beta]) => ModelSpec::BetaLikeness { column, kind: BetaKind::Basic, beta },
            ("eB", &[beta]) => ModelSpec::BetaLikeness { column, kind: BetaKind::Enhanced, beta },
            ("dDisc", &[delta]) => ModelSpec::DeltaDisclosure { column, delta },
            ("dPres", &[least, most]) => ModelSpec::DeltaPresence { least, most },
            ("kMap", &[k]) => ModelSpec::KMap { k: k as u64 },
            ("avgRisk", &[limit]) => ModelSpec::AverageRisk { limit },
            ("sampUniq", &[limit]) => ModelSpec::SampleUniques { limit },
            _ => panic!("{model} is not known"),
        }]
    }

    /// The metric, and what ARX's value of it is divided by to be ours.
    fn metric(&self) -> (Metric, f64) {
        match self.text("metric").unwrap() {
            "loss" => (Metric::GeometricLoss, 1.0),
            "loss_am" => (Metric::Loss, 1.0),
            "precision" => (Metric::Precision, 1.0),
            "entropy" => (Metric::Entropy, 1.0),
            // a sum over columns there, their mean here
            "norm_entropy" => (Metric::NormalizedEntropy, self.quasi().len() as f64),
            "dm" => (Metric::Discernibility, 1.0),
            "dmstar" => (Metric::DiscernibilityOfClasses, 1.0),
            "aecs" => (Metric::AverageClassSize, 1.0),
            "ambiguity" => (Metric::Ambiguity, 1.0),
            metric => panic!("{metric} is not known"),
        }
    }

    fn table(&self, adult: &Adult) -> (EquivalenceTable, Vec<Hierarchy>) {
        let population = self.models().iter().any(ModelSpec::needs_population);
        let rows = if population { &adult.sample } else { &adult.all };
        let sensitive: Vec<&str> = self.text("sens").into_iter().collect();
        adult.table(&self.quasi(), &sensitive, rows, population)
    }
}

/// The models of an entry; with `stricter` an entropy that is not the limit itself but for rounding.
fn prepared(entry: &Entry, adult: &Adult, table: &EquivalenceTable, stricter: bool) -> Models {
    let tree = |s: &Sensitive| Some(adult.hierarchy(&s.domain.column, &s.domain));
    let trees: Vec<Option<Hierarchy>> = table.sensitive.iter().map(tree).collect();
    let none = |_| -> Uniques { panic!("no entry asks for population uniques") };
    let mut specs = entry.models();
    for spec in &mut specs {
        if let ModelSpec::EntropyLDiversity { l, .. } = spec {
            *l += if stricter { 1e-9 } else { 0.0 };
        }
    }
    let mut models = prepare(entry.k(), &specs, table, &trees, 1.0, none).unwrap();
    models.class.remove(0);
    if let [ModelSpec::DeltaDisclosure { delta, .. }] = specs[..] {
        // ARX takes logarithms to base 2, and does not look at values that a class does not have
        let delta = delta * std::f64::consts::LN_2;
        models.class = vec![Box::new(DeltaDisclosure::new(0, delta, Absent::Skipped, &table.distribution(0), false))];
    }
    models
}

fn search(entry: &Entry, table: &EquivalenceTable, hierarchies: &[Hierarchy], models: &Models) -> Found {
    search_among(entry, table, hierarchies, models, &[])
}

fn search_among(
    entry: &Entry,
    table: &EquivalenceTable,
    hierarchies: &[Hierarchy],
    models: &Models,
    levels: &[Vec<usize>],
) -> Found {
    let goal = Goal {
        models: &models.class,
        table_models: &models.table,
        metric: entry.metric().0,
        levels,
        ..Goal::new(entry.k(), entry.text("supp").unwrap().parse().unwrap())
    };
    match optimal(table, hierarchies, &goal) {
        Outcome::Found(found) => found,
        outcome => panic!("{outcome:?}"),
    }
}

/// ARX's Losses are off by some 10^-10, since it adds up floats.
#[track_caller]
fn same(found: f64, stated: f64, tolerance: f64, id: &str) {
    assert!((found - stated).abs() <= tolerance * stated.max(1.0), "{id}: {found}, ARX {stated}");
}

fn entries(shared: &Path) -> Vec<Value> {
    let oracle = std::fs::read_to_string(shared.join("oracles/search_adult.json")).unwrap();
    serde_json::from_str(&oracle).unwrap()
}

#[test]
fn every_optimum_is_that_of_arx() {
    let Some(shared) = shared() else { return };
    let adult = Adult::load(&shared);
    let mut seen = 0;
    for entry in &entries(&shared) {
        let id = entry["id"].as_str().unwrap();
        let entry = Entry { entry };
        // another file than the census, which is not here
        if entry.text("data").is_some() {
            continue;
        }
        seen += 1;
        let (table, hierarchies) = entry.table(&adult);
        let models = prepared(&entry, &adult, &table, true);
        let mut found = search(&entry, &table, &hierarchies, &models);
        println!("{id}: {} of {} nodes", found.nodes_checked, found.lattice_size);
        assert_eq!(found.lattice_size, entry.number("lattice_size") as u128, "{id}");
        assert!(found.proven_optimal, "{id}");
        let stated = entry.number("loss") / entry.metric().1;
        let levels: Vec<usize> = serde_json::from_value(entry.entry["levels"].clone()).unwrap();
        if found.recoding.levels != levels {
            // a tie
            same(found.value, stated, 1e-12, id);
            let only: Vec<Vec<usize>> = levels.iter().map(|&level| vec![level]).collect();
            found = search_among(&entry, &table, &hierarchies, &models, &only);
            assert_eq!(found.nodes_checked, 1);
        }
        // Of classes of one size, others are withheld: the first in the order of the file there, in the order of
        // their values here.
        let tolerance = if models.table.is_empty() { 1e-9 } else { 3e-4 };
        same(found.value, stated, tolerance, id);
        assert_eq!(found.recoding.levels, levels, "{id}");
        assert_eq!(found.suppressed_records as f64, entry.number("suppressed"), "{id}");
        // ARX counts the classes that only the population has
        let population = table.population.iter().any(|&people| people > 0);
        let classes = match population {
            true => table.classes(&hierarchies, &levels).records.len() as u64,
            false => found.classes,
        };
        assert_eq!(classes as f64, entry.number("classes_nonsuppressed"), "{id}");
        if !population {
            assert_eq!(found.smallest_class.unwrap() as f64, entry.number("min_class"), "{id}");
        }
    }
    assert!(seen >= 23, "{seen} entries");
}

/// A class of six with three values, two of each, has the entropy of three values. ARX takes the difference
/// for one, by its rounding.
#[test]
fn a_class_at_the_limit_of_entropy_is_released() {
    let Some(shared) = shared() else { return };
    let adult = Adult::load(&shared);
    let entries = entries(&shared);
    let entry = Entry { entry: entries.iter().find(|entry| entry["id"] == "k5-entropyL:3-s0.04").unwrap() };
    let (table, hierarchies) = entry.table(&adult);
    let models = prepared(&entry, &adult, &table, false);
    let found = search(&entry, &table, &hierarchies, &models);
    assert_eq!(found.suppressed_records as f64 + 6.0, entry.number("suppressed"));
    assert_eq!(found.classes as f64 - 1.0, entry.number("classes_nonsuppressed"));
    assert!(found.value < entry.number("loss"));
    let classes = table.classes(&hierarchies, &found.recoding.levels);
    let histogram = table.histogram(&classes, 0);
    let at_limit = (0..classes.records.len()).filter(|&class| histogram.class(class).iter().map(|v| v.1).eq([2, 2, 2]));
    assert_eq!(at_limit.count(), 1);
}

#[test]
fn copies_change_no_optimum() {
    let Some(shared) = shared() else { return };
    let adult = Adult::load(&shared);
    for entry in &entries(&shared) {
        let entry = Entry { entry };
        if entry.text("data").is_some() || entry.text("supp") == Some("1") {
            continue;
        }
        // the models that copies change do not: k is multiplied, and the limit as many records
        let changes = ["sampUniq", "avgRisk", "kMap"];
        if entry.text("model").is_some_and(|model| changes.iter().any(|name| model.starts_with(name))) {
            continue;
        }
        let (mut table, hierarchies) = entry.table(&adult);
        let once = search(&entry, &table, &hierarchies, &prepared(&entry, &adult, &table, false));
        let copies = 1_000_000;
        for counts in [&mut table.records, &mut table.subjects, &mut table.population] {
            counts.iter_mut().for_each(|n| *n *= copies);
        }
        let models = prepared(&entry, &adult, &table, false);
        let goal = Goal {
            models: &models.class,
            metric: entry.metric().0,
            ..Goal::new(entry.k() * copies, entry.text("supp").unwrap().parse().unwrap())
        };
        let Outcome::Found(many) = optimal(&table, &hierarchies, &goal) else { panic!() };
        assert_eq!(many.recoding, once.recoding);
        assert_eq!((many.suppressed_records, many.classes), (once.suppressed_records * copies, once.classes));
        assert_eq!(many.nodes_checked, once.nodes_checked);
    }
}
