//! Privacy models and quality metrics against the values that other tools computed on the Adult census data.

#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use common::shared;
use serde_json::Value;
use tuomin::privacy::quality::{Shown, quality_of};
use tuomin::privacy::{
    Absent, AverageRisk, BetaLikeness, Class, DeltaDisclosure, Fate, Models, PrivacyModel, Quality, RecordsAtRisk,
    SampleUniques, TableModel, fate, measure, prepare, quality, sizes,
};
use tuomin::spec::{BetaKind, EntropyEstimator, GroundDistance, HierarchySpec, ModelSpec, UnknownValues};
use tuomin::table::{Classes, Domain, EquivalenceTable, Hierarchy, Histogram, Recoding, Sensitive};

/// The file of the census data, and where it lies.
struct Adult {
    folder: PathBuf,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Adult {
    fn load(shared: &Path) -> Self {
        let folder = shared.join("data/adult");
        let (header, rows) = Self::read(&folder.join("adult.csv"));
        assert_eq!(rows.len(), 30_162);
        Self { folder, header, rows }
    }

    fn read(path: &Path) -> (Vec<String>, Vec<Vec<String>>) {
        let text = std::fs::read_to_string(path).unwrap();
        let mut lines = text.lines().map(|line| line.split(';').map(str::to_string).collect());
        (lines.next().unwrap(), lines.collect())
    }

    fn place(&self, column: &str) -> usize {
        self.header.iter().position(|name| name == column).unwrap()
    }

    fn hierarchy(&self, column: &str, domain: &Domain) -> Hierarchy {
        let text = std::fs::read_to_string(self.folder.join(format!("adult_hierarchy_{column}.csv"))).unwrap();
        let spec = HierarchySpec::Table { path: PathBuf::new() };
        Hierarchy::build(&spec, Some(&text), domain, UnknownValues::Error).unwrap()
    }

    /// The table of all rows, with the hierarchies of the quasi columns.
    fn table(&self, quasi: &[String], sensitive: &[&str]) -> (EquivalenceTable, Vec<Hierarchy>) {
        self.counted(quasi, sensitive, &self.rows, None)
    }

    /// The table of some rows, where the file is the population.
    fn sample(&self, quasi: &[String], rows: &[Vec<String>]) -> (EquivalenceTable, Vec<Hierarchy>) {
        self.counted(quasi, &[], rows, Some(&self.rows))
    }

    fn counted(
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

fn oracle(shared: &Path, name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(shared.join("oracles").join(name)).unwrap()).unwrap()
}

fn names(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_string()).collect()
}

fn levels(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(|level| level.as_u64().unwrap() as usize).collect()
}

/// A number, also where it stands in a text or in `{ "value": … }`.
fn number(value: &Value) -> f64 {
    match value {
        Value::Object(fields) => number(&fields["value"]),
        Value::Array(items) => number(&items[0]),
        Value::String(text) => text.parse().unwrap(),
        other => other.as_f64().unwrap_or_else(|| panic!("{other} is no number")),
    }
}

#[track_caller]
fn same(found: f64, stated: &Value, what: &str) {
    let stated = number(stated);
    assert!((found - stated).abs() <= 1e-12 * stated.abs().max(1.0), "{what}: {found}, stated {stated}");
}

/// The classes of a table under some levels.
struct Judged {
    table: EquivalenceTable,
    classes: Classes,
    histograms: Vec<Histogram>,
}

impl Judged {
    fn new(table: EquivalenceTable, hierarchies: &[Hierarchy], levels: &[usize]) -> Self {
        let classes = table.classes(hierarchies, levels);
        let histograms = (0..table.sensitive.len()).map(|at| table.histogram(&classes, at)).collect();
        Self { table, classes, histograms }
    }

    fn classes(&self) -> impl Iterator<Item = Class<'_>> {
        (0..self.classes.records.len()).map(|class| Class::of(&self.classes, &self.histograms, class))
    }

    /// The models over this table, and their worst measures over all classes, by identifier.
    fn worst(&self, specs: &[ModelSpec]) -> BTreeMap<&'static str, f64> {
        let models = self.models(1, specs, &[]);
        let measured = measure(&models, &self.classes, &self.histograms, |_| true);
        measured.into_iter().map(|measured| (measured.id, measured.worst.unwrap())).collect()
    }

    fn models(&self, k: u64, specs: &[ModelSpec], trees: &[Option<Hierarchy>]) -> Models {
        prepare(k, specs, &self.table, trees, 1.0, |_| unreachable!("no estimate is asked for")).unwrap()
    }

    fn over(&self, model: &dyn PrivacyModel) -> f64 {
        self.classes().map(|class| model.measure(&class)).reduce(|a, b| model.bound().worse(a, b)).unwrap()
    }
}

/// All models of one sensitive column, with bounds that nothing reaches.
fn specs(column: &str) -> Vec<ModelSpec> {
    let column = || column.to_string();
    let shannon = EntropyEstimator::Shannon;
    let closeness = |distance| ModelSpec::TCloseness { column: column(), distance, t: 0.0 };
    let beta = |kind| ModelSpec::BetaLikeness { column: column(), kind, beta: 1e-9 };
    vec![
        ModelSpec::AlphaK { column: column(), alpha: 1e-9 },
        ModelSpec::DistinctLDiversity { column: column(), l: 1_000 },
        ModelSpec::EntropyLDiversity { column: column(), l: 1_000.0, estimator: shannon },
        closeness(GroundDistance::Equal),
        closeness(GroundDistance::Ordered),
        beta(BetaKind::Basic),
        beta(BetaKind::Enhanced),
        ModelSpec::DeltaDisclosure { column: column(), delta: 1e-9 },
    ]
}

/// Checks what `reference` and `pycanon` say of one sensitive column against the models.
fn check_column(column: &str, judged: &Judged, reference: &Value, pycanon: &Value) {
    let worst = judged.worst(&specs(column));
    let whole = judged.table.distribution(0);
    assert_eq!(whole.iter().filter(|&&n| n > 0).count() as u64, reference["n_values"].as_u64().unwrap());
    same(worst["alpha_k"], &reference["alpha"], "alpha");
    same(worst["distinct_l_diversity"], &reference["distinct_l"], "distinct l");
    same(worst["entropy_l_diversity"], &reference["entropy_l_exact"], "entropy l");
    same(worst["entropy_l_diversity"].ln(), &reference["entropy_min_nats"], "least entropy");
    same(worst["t_closeness_equal"], &reference["t_equal_distance"], "t, equal distance");
    same(worst["basic_beta_likeness"], &reference["basic_beta"], "basic beta");

    let closeness = judged.models(1, &specs(column)[3..4], &[]).class.remove(1);
    let of_records: f64 = judged.classes().map(|class| class.records as f64 * closeness.measure(&class)).sum();
    let mean = of_records / judged.table.total_records() as f64;
    same(mean, &reference["t_equal_distance_mean_over_records"], "mean t, equal distance");

    let skipped = DeltaDisclosure::new(0, 1e-9, Absent::Skipped, &whole, false);
    same(judged.over(&skipped), &reference["delta_disclosure"], "delta of the values that are there");
    let strict = worst["delta_disclosure"].is_infinite();
    assert_eq!(strict, reference["delta_disclosure_strict_inf_if_any_zero"].as_bool().unwrap());

    let enhanced = BetaLikeness::new(0, BetaKind::Enhanced, 1e-9, &whole, false);
    let above: usize = judged.classes().map(|class| enhanced.above_cap(&class)).sum();
    assert_eq!(above as u64, reference["enhanced_beta_values_exceeding_cap"].as_u64().unwrap());
    match &reference["enhanced_beta_smallest_or_None"] {
        Value::Null => assert!(worst["enhanced_beta_likeness"].is_infinite()),
        stated => same(worst["enhanced_beta_likeness"], stated, "enhanced beta"),
    }
    for l in [2, 3] {
        let Some(stated) = reference.get(format!("recursive_c_infimum_l{l}")) else { continue };
        let spec = ModelSpec::RecursiveClDiversity { column: column.to_string(), c: 1e-9, l };
        let found = judged.worst(&[spec])["recursive_cl_diversity"];
        match stated {
            Value::Null => assert!(found.is_infinite()),
            stated => same(found, stated, "recursive c"),
        }
    }
    if let Some(stated) = reference.get("t_ordered_emd") {
        same(worst["t_closeness_ordered"], stated, "t, ordered distance");
        same(worst["t_closeness_ordered"], &pycanon["t_closeness"], "pycanon's t of numbers");
    } else {
        same(worst["t_closeness_equal"], &pycanon["t_closeness"], "pycanon's t of text");
    }

    let together = Classes { class_of: vec![0; judged.table.combinations()], records: vec![1], ..Classes::default() };
    let all = Judged { histograms: vec![judged.table.histogram(&together, 0)], classes: together, ..clone(judged) };
    let entropy = judged.models(1, &specs(column)[2..3], &[]).class.remove(1);
    let class = Class::of(&Classes { subjects: vec![1], ..all.classes.clone() }, &all.histograms, 0).values(0).len();
    assert_eq!(class, whole.iter().filter(|&&n| n > 0).count());
    let classes = Classes { subjects: vec![judged.table.total_subjects()], ..all.classes };
    let whole_entropy = entropy.measure(&Class::of(&classes, &all.histograms, 0)).ln();
    same(whole_entropy, &reference["sa_entropy_nats"], "entropy of the whole");

    same(worst["k_anonymity"], &pycanon["k_anonymity"], "pycanon's k");
    same(worst["distinct_l_diversity"], &pycanon["l_diversity"], "pycanon's l");
    same(worst["basic_beta_likeness"], &pycanon["basic_beta_likeness"], "pycanon's basic beta");
    same(judged.over(&skipped), &pycanon["delta_disclosure"], "pycanon's delta");
    if let Some(stated) = pycanon.get("alpha_k") {
        same(worst["alpha_k"], stated, "pycanon's alpha");
    }
    if let Some(stated) = pycanon.get("entropy_l_diversity") {
        assert_eq!(worst["entropy_l_diversity"].floor(), number(stated), "pycanon cuts the entropy down");
    }
}

fn clone(judged: &Judged) -> Judged {
    Judged { table: judged.table.clone(), classes: judged.classes.clone(), histograms: judged.histograms.clone() }
}

/// Checks what is said of class sizes.
fn check_sizes(judged: &Judged, basic: &Value) {
    let all = sizes(&judged.classes, |_| true);
    let (n, classes) = (judged.table.total_records(), judged.classes.records.len() as u64);
    assert_eq!(basic["n"], n);
    assert_eq!(basic["n_classes"], classes);
    assert_eq!(basic["k"], all[0].0);
    assert_eq!(basic["max_class"], all.last().unwrap().0);
    same(n as f64 / classes as f64, &basic["mean_class"], "mean class");
    let mut sorted = judged.classes.records.clone();
    sorted.sort_unstable();
    let middle = sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2];
    same(middle as f64 / 2.0, &basic["median_class"], "median class");
    for (below, key) in
        [(2, "records_below_2"), (3, "records_below_3"), (5, "records_below_5"), (10, "records_below_10")]
    {
        let records: u64 = all.iter().filter(|size| size.0 < below).map(|size| size.0 * size.1).sum();
        assert_eq!(basic[key], records);
        if let Some(stated) = basic.get(key.replace("records", "classes")) {
            let classes: u64 = all.iter().filter(|size| size.0 < below).map(|size| size.1).sum();
            assert_eq!(*stated, classes);
        }
        let at_risk = RecordsAtRisk::new(1.0 / below as f64, 0.0).measure(&all);
        same(at_risk, &(records as f64 / n as f64).into(), "records at risk");
    }
    same(SampleUniques::new(0.0).measure(&all) * n as f64, &basic["uniques"], "uniques");
    same(1.0 / all[0].0 as f64, &basic["max_prosecutor_risk"], "highest risk");
    same(AverageRisk::new(0.0).measure(&all), &basic["avg_prosecutor_risk_record_weighted"], "average risk");
    let of_classes: f64 = all.iter().map(|&(size, number)| number as f64 / size as f64).sum();
    same(of_classes / classes as f64, &basic["avg_risk_class_weighted"], "mean risk of classes");
}

#[test]
fn metrics_are_those_of_the_references() {
    let Some(shared) = shared() else { return };
    let (adult, stated) = (Adult::load(&shared), oracle(&shared, "metrics_adult.json"));
    let order = names(&stated["qi_order"]);
    for (name, set) in stated["datasets"].as_object().unwrap() {
        assert!(set.get("suppress_classes_smaller_than").is_none_or(Value::is_null), "{name} withholds nothing");
        let (quasi, chosen) = (names(&set["qi"]), levels(&set["levels"]));
        let level_of = |column: &String| chosen[order.iter().position(|name| name == column).unwrap()];
        let levels_of = |quasi: &[String]| quasi.iter().map(level_of).collect::<Vec<_>>();
        for (column, values) in set["by_sensitive"].as_object().unwrap() {
            println!("{name}, {column}");
            let columns: Vec<&str> = column.split('+').collect();
            let (table, hierarchies) = adult.table(&quasi, &columns);
            let judged = Judged::new(table.clone(), &hierarchies, &levels_of(&quasi));
            let pycanon = &values["pycanon"];
            if let [column] = columns[..] {
                check_column(column, &judged, &values["reference"], pycanon);
            } else {
                check_together(&columns, &judged, pycanon);
            }
            check_sizes(&judged, &set["reference_basic"]);
            let nothing = vec![false; table.combinations()];
            let recoding = Recoding { levels: levels_of(&quasi), suppressed: nothing };
            let quality = quality(&table, &hierarchies, &recoding, &[]);
            let dm = &set["reference_basic"]["discernability_no_suppression"];
            same(quality.discernibility, dm, "discernibility");
            same(quality.discernibility_of_classes, dm, "discernibility of classes");
            same(quality.average_class_size, &set["reference_basic"]["mean_class"], "average class size");
            if pycanon.get("discernability").is_some() {
                same(quality.discernibility, &pycanon["discernability"], "pycanon's discernibility");
                same(quality.average_class_size, &pycanon["average_ecsize"], "pycanon's class size");
                same(1.0 / judged.worst(&[])["k_anonymity"], &pycanon["max_rir"], "pycanon's highest risk");
                check_classification(&judged, &quality, &pycanon["classification_metric"]);
            }
            if let Some(stated) = set.get("class_size_histogram") {
                let found = sizes(&judged.classes, |_| true).into_iter().map(|(size, n)| (size.to_string(), n.into()));
                assert_eq!(*stated, Value::Object(found.collect()));
            }
        }
        if let Some(values) = set.get("numeric_age_sensitive") {
            println!("{name}, age");
            let quasi = names(&values["qi"]);
            let (table, hierarchies) = adult.table(&quasi, &["age"]);
            let judged = Judged::new(table, &hierarchies, &levels_of(&quasi));
            check_column("age", &judged, &values["reference"], &values["pycanon"]);
            check_sizes(&judged, &values["reference_basic"]);
        }
    }
}

/// pycanon reports the worst of several sensitive columns.
fn check_together(columns: &[&str], judged: &Judged, pycanon: &Value) {
    let all: Vec<BTreeMap<_, f64>> = columns.iter().map(|column| judged.worst(&specs(column))).collect();
    let largest = |id: &str| all.iter().map(|worst| worst[id]).fold(f64::MIN, f64::max);
    let least = |id: &str| all.iter().map(|worst| worst[id]).fold(f64::MAX, f64::min);
    same(least("k_anonymity"), &pycanon["k_anonymity"], "k");
    same(largest("alpha_k"), &pycanon["alpha_k"], "alpha");
    same(least("distinct_l_diversity"), &pycanon["l_diversity"], "distinct l");
    same(largest("t_closeness_equal"), &pycanon["t_closeness"], "t");
    same(largest("basic_beta_likeness"), &pycanon["basic_beta_likeness"], "basic beta");
    let skipped = |(at, _): (usize, _)| {
        judged.over(&DeltaDisclosure::new(at, 1e-9, Absent::Skipped, &judged.table.distribution(at), false))
    };
    let delta = columns.iter().enumerate().map(skipped).fold(f64::MIN, f64::max);
    same(delta, &pycanon["delta_disclosure"], "delta");
}

/// pycanon lets all records pay that do not have a most frequent value: where two are, neither's records pay. It
/// takes the values of several columns as one list. Between that and ours lie the records of such ties.
fn check_classification(judged: &Judged, quality: &Quality, stated: &Value) {
    let n = judged.table.total_records() as f64;
    let columns = judged.table.sensitive.len();
    let paying = |class: Class| {
        let counts: Vec<u64> = (0..columns).flat_map(|at| class.values(at).iter().map(|value| value.1)).collect();
        let most = counts.iter().max().copied().unwrap();
        counts.into_iter().filter(|&count| count != most).sum::<u64>()
    };
    same(judged.classes().map(paying).sum::<u64>() as f64 / n, stated, "pycanon's classification metric");
    for (at, column) in quality.classification.iter().enumerate() {
        let ours = |class: Class| {
            let counts = || class.values(at).iter().map(|value| value.1);
            counts().sum::<u64>() - counts().max().unwrap()
        };
        let ours = judged.classes().map(ours).sum::<u64>() as f64 / n;
        same(column.penalty, &ours.into(), "classification metric");
    }
}

#[test]
fn sampled_nodes_have_the_stated_classes() {
    let Some(shared) = shared() else { return };
    let (adult, stated) = (Adult::load(&shared), oracle(&shared, "metrics_adult.json"));
    let (table, hierarchies) = adult.table(&names(&stated["qi_order"]), &[]);
    for (column, hierarchy) in names(&stated["qi_order"]).iter().zip(&hierarchies) {
        assert_eq!(stated["max_levels"][column], hierarchy.top());
    }
    let sample = &stated["lattice_sample"];
    let columns = ["levels", "k", "n_classes", "records_in_classes_lt5", "records_in_classes_lt10", "uniques"];
    assert_eq!(names(&sample["columns"]), columns);
    for row in sample["rows"].as_array().unwrap() {
        let all = sizes(&table.classes(&hierarchies, &levels(&row[0])), |_| true);
        let below = |size: u64| all.iter().filter(|s| s.0 < size).map(|s| s.0 * s.1).sum::<u64>();
        let classes: u64 = all.iter().map(|size| size.1).sum();
        let found = [all[0].0, classes, below(5), below(10), below(2)].map(Value::from);
        assert_eq!(row.as_array().unwrap()[1..], found, "{}", row[0]);
    }
}

/// The models of a search, as ARX was asked for them.
fn asked(params: &Value) -> Option<ModelSpec> {
    let column = || params["sens"].as_str().unwrap().to_string();
    let model = params.get("model")?.as_str().unwrap();
    let mut parts = model.split(':');
    let (name, parameters): (_, Vec<f64>) = (parts.next().unwrap(), parts.map(|part| part.parse().unwrap()).collect());
    let closeness = |distance| ModelSpec::TCloseness { column: column(), distance, t: parameters[0] };
    Some(match name {
        "distinctL" => ModelSpec::DistinctLDiversity { column: column(), l: parameters[0] as u64 },
        "entropyL" => {
            ModelSpec::EntropyLDiversity { column: column(), l: parameters[0], estimator: EntropyEstimator::Shannon }
        }
        "recursiveCL" => {
            ModelSpec::RecursiveClDiversity { column: column(), c: parameters[0], l: parameters[1] as u64 }
        }
        "tE" => closeness(GroundDistance::Equal),
        "tO" => closeness(GroundDistance::Ordered),
        "tH" => closeness(GroundDistance::Hierarchical),
        "bB" => ModelSpec::BetaLikeness { column: column(), kind: BetaKind::Basic, beta: parameters[0] },
        "eB" => ModelSpec::BetaLikeness { column: column(), kind: BetaKind::Enhanced, beta: parameters[0] },
        "dDisc" => ModelSpec::DeltaDisclosure { column: column(), delta: parameters[0] },
        "dPres" => ModelSpec::DeltaPresence { least: parameters[0], most: parameters[1] },
        "kMap" => ModelSpec::KMap { k: parameters[0] as u64 },
        "avgRisk" => ModelSpec::AverageRisk { limit: parameters[0] },
        "sampUniq" => ModelSpec::SampleUniques { limit: parameters[0] },
        other => panic!("ARX's `{other}` is not known here"),
    })
}

/// At the levels of each optimum, the models withhold what ARX withholds, and the metrics say what it says.
#[test]
fn optima_withhold_and_lose_what_arx_says() {
    let Some(shared) = shared() else { return };
    let (adult, stated) = (Adult::load(&shared), oracle(&shared, "search_adult.json"));
    let subset = Adult::read(&adult.folder.join("adult_subset.csv")).1;
    let mut seen = 0;
    for entry in stated.as_array().unwrap() {
        let (id, params) = (entry["id"].as_str().unwrap(), &entry["params"]);
        let (quasi, chosen) = (names(&entry["qis"]), levels(&entry["levels"]));
        if params.get("data").is_some() {
            continue; // of a file that is not here
        }
        let spec = asked(params);
        if matches!(spec, Some(ModelSpec::AverageRisk { .. } | ModelSpec::SampleUniques { .. })) {
            continue; // of all classes together: the search decides what is withheld
        }
        let of_population = matches!(spec, Some(ModelSpec::KMap { .. } | ModelSpec::DeltaPresence { .. }));
        let sensitive: Vec<&str> = spec.iter().filter_map(ModelSpec::column).collect();
        let (table, hierarchies) =
            if of_population { adult.sample(&quasi, &subset) } else { adult.table(&quasi, &sensitive) };
        let tree = |name: &&str| Some(adult.hierarchy(name, &table.sensitive[0].domain));
        let trees: Vec<Option<Hierarchy>> = sensitive.iter().map(tree).collect();
        let judged = Judged::new(table, &hierarchies, &chosen);
        let k = params.get("k").map_or(1, |k| number(k) as u64);
        let mut models = judged.models(k, spec.as_slice(), &trees).class;
        if let Some(ModelSpec::DeltaDisclosure { delta, .. }) = spec {
            // ARX takes logarithms to base 2 and skips absent values.
            let (delta, whole) = (delta * std::f64::consts::LN_2, judged.table.distribution(0));
            let strict = judged.classes().filter(|class| fate(&models, class) == Fate::Released).count();
            assert_eq!(strict, 2, "by the definition the classes that lack a value are withheld");
            models[1] = Box::new(DeltaDisclosure::new(0, delta, Absent::Skipped, &whole, false));
        }

        let mut fates: Vec<Fate> = judged.classes().map(|class| fate(&models, &class)).collect();
        if let Some(ModelSpec::EntropyLDiversity { l, .. }) = spec {
            // What ARX rounds away: six records with three values, two each, have the entropy of three values.
            let at_bound = |class: &Class| fate(&models, class) == Fate::Released && models[1].measure(class) == l;
            for (class, fate) in judged.classes().zip(&mut fates).filter(|(class, _)| at_bound(class)) {
                assert_eq!(class.values(0).iter().map(|value| value.1).collect::<Vec<_>>(), [2, 2, 2]);
                *fate = Fate::Withheld;
            }
        }
        assert!(!fates.contains(&Fate::Impossible), "{id}");
        let counted = |wanted: Fate, of: &[u64]| -> Vec<u64> {
            of.iter().zip(&fates).filter(|(n, fate)| **fate == wanted && **n > 0).map(|(n, _)| *n).collect()
        };
        let withheld: u64 = counted(Fate::Withheld, &judged.classes.records).iter().sum();
        let (released, people) = (counted(Fate::Released, &judged.classes.records), &judged.classes.population);
        println!("{id}: withheld {withheld}, classes {}", released.len());
        assert_eq!(entry["suppressed"], withheld, "{id}");
        if of_population {
            // ARX counts the classes and people of the population, withheld or not.
            assert_eq!(entry["classes_nonsuppressed"], people.len(), "{id}");
            assert_eq!(entry["min_class"], *people.iter().min().unwrap(), "{id}");
            assert_eq!(entry["max_class"], *people.iter().max().unwrap(), "{id}");
        } else {
            assert_eq!(entry["classes_nonsuppressed"], released.len(), "{id}");
            assert_eq!(entry["min_class"], *released.iter().min().unwrap(), "{id}");
            assert_eq!(entry["max_class"], *released.iter().max().unwrap(), "{id}");
        }

        let withheld = |&class: &u32| fates[class as usize] != Fate::Released;
        let suppressed: Vec<bool> = judged.classes.class_of.iter().map(withheld).collect();
        let quality = quality(&judged.table, &hierarchies, &Recoding { levels: chosen, suppressed }, &[]);
        let found = match params["metric"].as_str().unwrap() {
            "loss" => quality.loss_geometric,
            "loss_am" => quality.loss,
            "aecs" => quality.average_class_size,
            "dm" => quality.discernibility,
            "dmstar" => quality.discernibility_of_classes,
            "entropy" => quality.entropy_bits,
            "norm_entropy" => quality.entropy_share * quality.columns.len() as f64,
            "precision" => quality.precision_loss,
            "ambiguity" => quality.ambiguity,
            other => panic!("ARX's metric `{other}` is not known here"),
        };
        let loss = number(&entry["loss"]);
        // ARX rounds its shares to ten digits or so.
        assert!((found - loss).abs() < 1e-10 * loss.max(1.0), "{id}: {found}, stated {loss}");
        seen += 1;
    }
    assert_eq!(seen, 21, "all but one of another file and two that the search decides");
}

/// See the README of the oracles: the data as they are, with classes below 5 withheld.
#[test]
fn granularity_is_that_of_arx() {
    let Some(shared) = shared() else { return };
    let (adult, stated) = (Adult::load(&shared), oracle(&shared, "search_adult.json"));
    let quasi = names(&stated[0]["qis"]);
    let (table, hierarchies) = adult.table(&quasi, &[]);
    let granularity = |levels: &[usize]| {
        let classes = table.classes(&hierarchies, levels);
        let small = |&class: &u32| classes.subjects[class as usize] < 5;
        let suppressed: Vec<bool> = classes.class_of.iter().map(small).collect();
        let shown = Shown::new(&table, &hierarchies, &suppressed, |column, _| levels[column]);
        (quality_of(&shown, &[]).granularity, shown.withheld())
    };
    let (found, withheld) = granularity(&[0; 9]);
    assert!((found - 0.22187).abs() < 5e-6, "{found}");
    assert_eq!(withheld, 23_470);
}

/// The limits over all classes together, on the data as they are.
#[test]
fn risk_limits_measure_what_arx_says() {
    let Some(shared) = shared() else { return };
    let (adult, stated) = (Adult::load(&shared), oracle(&shared, "risk_adult.json"));
    let stated = &stated["adult_original"];
    let columns: Vec<String> = adult.header.clone();
    assert_eq!(stated["qis"], columns.len());
    let (table, _) = adult.table(&columns, &[]);
    let all = sizes(&table.finest(), |_| true);
    same(AverageRisk::new(0.0).measure(&all), &stated["sample_risks"]["average"], "average risk");
    same(SampleUniques::new(0.0).measure(&all), &stated["sample_uniqueness"]["fraction"], "sample uniques");
    for threshold in [0.05, 0.1, 0.2, 0.5] {
        let stated = &stated[format!("summary_threshold_{threshold}")]["prosecutor"]["records_at_risk"];
        same(RecordsAtRisk::new(threshold, 0.0).measure(&all), stated, "records at risk");
    }
}
