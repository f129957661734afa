//! What holds for every model, over random tables.

mod reference;
mod rows;

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::spec::{BetaKind, EntropyEstimator, GroundDistance, ModelSpec, UniquesEstimator};
use crate::table::{EquivalenceTable, Hierarchy};
use rows::Rows;

/// The classes of a table by the quasi value that names them, judged by one model.
type Judged = BTreeMap<u32, (f64, bool)>;

fn no_estimate(_: UniquesEstimator) -> Uniques {
    Box::new(|sizes| sizes.len() as f64 / 10.0)
}

fn prepared(spec: &ModelSpec, table: &EquivalenceTable) -> Models {
    let trees: [Option<Hierarchy>; 1] = [Some(rows::tree(table))];
    prepare(2, std::slice::from_ref(spec), table, &trees, 0.5, no_estimate).unwrap()
}

/// `group` of the quasi value makes the classes; each is named by it.
fn classes(table: &EquivalenceTable, quasi: &[u32], group: impl Fn(u32) -> u32) -> (Classes, Vec<u32>) {
    let classes = table.grouped(1, |_, row| group(quasi[row]));
    let mut names = vec![0; classes.records.len()];
    classes.class_of.iter().zip(quasi).for_each(|(&class, &quasi)| names[class as usize] = group(quasi));
    (classes, names)
}

fn judge(model: &dyn PrivacyModel, table: &EquivalenceTable, quasi: &[u32], group: impl Fn(u32) -> u32) -> Judged {
    let (classes, names) = classes(table, quasi, group);
    let histograms: Vec<Histogram> = (0..table.sensitive.len()).map(|at| table.histogram(&classes, at)).collect();
    let judged = |(at, name): (usize, u32)| {
        let class = Class::of(&classes, &histograms, at);
        (name, (model.measure(&class), model.holds(&class)))
    };
    names.into_iter().enumerate().map(judged).collect()
}

/// What `n` copies of everyone make of a measure.
fn of_copies(id: &str, measure: f64, n: u64) -> Option<f64> {
    match id {
        "k_anonymity" | "k_map" => Some(measure * n as f64),
        "grassberger_l_diversity" => None,
        _ => Some(measure),
    }
}

fn near(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= 1e-9 * a.abs().max(1.0)
}

/// Checks a model of classes; `groups` says which quasi values are merged.
fn check_laws(spec: &ModelSpec, rows: &Rows, groups: &[u32], n: u64) {
    let (table, quasi) = rows.table();
    let (copied, _) = rows.times(n).table();
    let models = prepared(spec, &table);
    for (at, model) in models.class.iter().enumerate().skip(1) {
        let judge_with = |table: &EquivalenceTable, quasi: &[u32]| {
            judge(&*prepared(spec, table).class[at], table, quasi, |quasi| quasi)
        };
        let (bound, judged) = (model.bound(), judge(&**model, &table, &quasi, |quasi| quasi));
        let with_records = |quasi: u32| rows.rows.iter().any(|row| row.quasi == quasi);
        for (&quasi, &(measure, held)) in &judged {
            assert_eq!(bound.kept(measure), held, "{}: {measure} says what was decided", model.id());
            if with_records(quasi) {
                let expected = reference::measure(spec, rows, |other| other == quasi).unwrap();
                assert!(near(measure, expected), "{}: {measure}, by rows {expected}", model.id());
                assert!(held == bound.kept(expected) || near(expected, limit(bound)), "{}: {expected}", model.id());
            }
        }

        let back: Vec<u32> = quasi.iter().rev().copied().collect();
        assert_eq!(judge_with(&rows::reversed(&table), &back), judged, "the order of classes does not count");
        let doubled = EquivalenceTable { records: table.records.iter().map(|n| 2 * n).collect(), ..table.clone() };
        assert_eq!(judge_with(&doubled, &quasi), judged, "subjects count, rows do not");
        for (name, (measure, held)) in judge_with(&copied, &quasi) {
            let Some(expected) = of_copies(model.id(), judged[&name].0, n) else { continue };
            assert_eq!(measure, expected, "{}: {n} copies", model.id());
            assert!(expected != judged[&name].0 || held == judged[&name].1, "{}: {n} copies", model.id());
        }

        let union = judge(&**model, &table, &quasi, |quasi| groups[quasi as usize]);
        for (&name, &(measure, held)) in &union {
            let of_union = |(quasi, _): &(&u32, &(f64, bool))| groups[**quasi as usize] == name;
            let parts: Vec<(f64, bool)> = judged.iter().filter(of_union).map(|part| *part.1).collect();
            // Whatever the bound is: a union is not worse than all of its parts, or than any.
            let (promised, not_worse_than) = match model.union() {
                Union::OfAny => (parts.iter().any(|part| part.1), better(bound, &parts)),
                Union::OfAll => (parts.iter().all(|part| part.1), worst(bound, &parts)),
                Union::Never => continue,
            };
            assert!(held || !promised, "{}: a union with {measure} was promised", model.id());
            let worse = bound.worse(measure, not_worse_than);
            assert!(near(worse, not_worse_than), "{}: {measure}, of parts {not_worse_than}", model.id());
        }

        if let Some(again) = model.sensitive().and_then(|column| model.over(&table.distribution(column))) {
            assert_eq!(judge(&*again, &table, &quasi, |quasi| quasi), judged, "the same whole");
        }
    }
}

fn worst(bound: Bound, parts: &[(f64, bool)]) -> f64 {
    parts.iter().map(|part| part.0).reduce(|a, b| bound.worse(a, b)).unwrap()
}

fn better(bound: Bound, parts: &[(f64, bool)]) -> f64 {
    let better = |a: f64, b: f64| if bound.worse(a, b) == a { b } else { a };
    parts.iter().map(|part| part.0).reduce(better).unwrap()
}

fn limit(bound: Bound) -> f64 {
    match bound {
        Bound::AtLeast(limit) | Bound::AtMost(limit) | Bound::Below(limit) => limit,
    }
}

/// Every model of classes with bounds that random classes lie on both sides of, or exactly at.
fn specs(strict: bool) -> Vec<ModelSpec> {
    let pick = |a, b| if strict { a } else { b };
    let mut specs = vec![
        ModelSpec::KMap { k: if strict { 30 } else { 5 } },
        ModelSpec::DeltaPresence { least: 0.0, most: pick(0.1, 0.5) },
    ];
    for column in ["text", "number"].map(str::to_string) {
        let (l, c) = (pick(3.0, 2.0), || column.clone());
        let entropy = |estimator| ModelSpec::EntropyLDiversity { column: c(), l, estimator };
        let closeness = |distance| ModelSpec::TCloseness { column: c(), distance, t: pick(0.25, 0.5) };
        let beta = |kind| ModelSpec::BetaLikeness { column: c(), kind, beta: pick(0.5, 3.0) };
        specs.extend([
            ModelSpec::DistinctLDiversity { column: c(), l: l as u64 },
            entropy(EntropyEstimator::Shannon),
            entropy(EntropyEstimator::Grassberger),
            ModelSpec::RecursiveClDiversity { column: c(), c: pick(0.5, 2.0), l: l as u64 },
            ModelSpec::AlphaK { column: c(), alpha: pick(0.4, 0.5) },
            closeness(GroundDistance::Equal),
            closeness(GroundDistance::Ordered),
            beta(BetaKind::Basic),
            beta(BetaKind::Enhanced),
            ModelSpec::DeltaDisclosure { column: c(), delta: pick(0.7, 1.5) },
        ]);
        if column == "text" {
            specs.push(closeness(GroundDistance::Hierarchical));
        }
    }
    specs
}

proptest! {
    #[test]
    fn models_of_classes_keep_the_laws(
        rows in Rows::any(),
        groups in prop::collection::vec(0_u32..3, 8),
        n in 1_u64..=1_000_000,
        strict in any::<bool>(),
    ) {
        for spec in specs(strict) {
            check_laws(&spec, &rows, &groups, n);
        }
    }

    /// Both sides of presence, with classes that only the population has.
    #[test]
    fn presence_keeps_the_laws(
        rows in Rows::any(),
        groups in prop::collection::vec(0_u32..3, 8),
        n in 1_u64..=1_000_000,
        least in prop::sample::select(vec![0.05, 0.125, 0.5]),
    ) {
        let (table, quasi) = rows.table();
        let spec = ModelSpec::DeltaPresence { least, most: 0.75 };
        check_laws(&spec, &rows, &groups, n);
        let models = prepared(&spec, &table).class;
        prop_assert_eq!(models.iter().map(|model| model.judges_absent()).collect::<Vec<_>>(), [false, true, false]);
        for (name, (share, held)) in judge(&*models[1], &table, &quasi, |quasi| quasi) {
            let absent = !rows.rows.iter().any(|row| row.quasi == name) && rows.population[name as usize] > 0;
            prop_assert!(!absent || (share == 0.0 && !held));
        }
    }

    #[test]
    fn models_of_the_table_keep_the_laws(
        rows in Rows::any(), n in 1_u64..=1_000_000, limit in 0_u32..=100, threshold in 1_u32..=100,
    ) {
        let (limit, threshold) = (f64::from(limit) / 100.0, f64::from(threshold) / 100.0);
        let sizes_of = |rows: &Rows| {
            let (table, _) = rows.table();
            let classes = table.finest();
            (sizes(&classes, |_| true), sizes(&table.grouped(1, |_, row| table.codes[0][row]), |_| true))
        };
        let ((found, again), (copied, _)) = (sizes_of(&rows), sizes_of(&rows.times(n)));
        prop_assert_eq!(&found, &again);
        let expected = reference::sizes(&rows);
        let members: f64 = expected.iter().sum();
        let share = |of: &dyn Fn(f64) -> bool| expected.iter().filter(|&&size| of(size)).sum::<f64>() / members;
        let at_risk = |size: f64| 1.0 / size > threshold * (1.0 + 1e-8);
        let models: [(Box<dyn TableModel>, f64); 3] = [
            (Box::new(AverageRisk::new(limit)), expected.len() as f64 / members),
            (Box::new(SampleUniques::new(limit)), share(&|size| size == 1.0)),
            (Box::new(RecordsAtRisk::new(threshold, limit)), share(&at_risk)),
        ];
        for (model, expected) in models {
            let measure = model.measure(&found);
            prop_assert!(near(measure, expected), "{}: {measure}, by rows {expected}", model.id());
            prop_assert_eq!(model.bound().kept(measure), model.holds(&found));
            prop_assert!(model.holds(&found) == (expected <= limit) || near(expected, limit));
            prop_assert!(model.measure(&copied) <= measure, "copies make no one easier to find");
            prop_assert!(model.holds(&[]) && model.measure(&[]) == 0.0, "nothing at all may always be released");
        }
        prop_assert!(near(AverageRisk::new(limit).measure(&copied) * n as f64, AverageRisk::new(limit).measure(&found)));
        if n > 1 {
            prop_assert_eq!(SampleUniques::new(limit).measure(&copied), 0.0);
        }
    }

    /// All models over released classes: the worst of what each class says.
    #[test]
    fn measures_are_the_worst_of_the_released(rows in Rows::any(), choice in prop::collection::vec(any::<bool>(), 8)) {
        let (table, quasi) = rows.table();
        let (classes, names) = classes(&table, &quasi, |quasi| quasi);
        let histograms: Vec<Histogram> = (0..2).map(|at| table.histogram(&classes, at)).collect();
        let mut all = specs(true);
        all.push(ModelSpec::DeltaPresence { least: 0.1, most: 1.0 });
        all.push(ModelSpec::PopulationUniques { limit: 0.3, estimator: UniquesEstimator::Pitman });
        let models = prepare(2, &all, &table, &[Some(rows::tree(&table))], 1.0, no_estimate).unwrap();
        let measured = measure(&models, &classes, &histograms, |class| choice[names[class] as usize]);
        prop_assert_eq!(measured.len(), models.class.len() + 1);
        let released = |class: &Class, name: u32| class.records > 0 && choice[name as usize];
        for (model, measured) in models.class.iter().zip(&measured) {
            let (mut worst, mut held): (Option<f64>, bool) = (None, true);
            for (at, &name) in names.iter().enumerate() {
                let class = Class::of(&classes, &histograms, at);
                if released(&class, name) || model.judges_absent() && class.records == 0 {
                    let value = model.measure(&class);
                    worst = Some(worst.map_or(value, |worst| model.bound().worse(worst, value)));
                    held &= model.holds(&class);
                }
            }
            prop_assert_eq!((measured.id, measured.sensitive), (model.id(), model.sensitive()));
            prop_assert_eq!((measured.worst, measured.held), (worst, held));
            prop_assert_eq!(worst.is_none_or(|worst| measured.bound.kept(worst)), held);
        }
        let uniques = measured.last().unwrap();
        let shown = (0..names.len()).filter(|&at| released(&Class::of(&classes, &histograms, at), names[at]));
        let sizes: std::collections::BTreeSet<u64> = shown.map(|at| classes.subjects[at]).collect();
        prop_assert_eq!(uniques.worst, (!sizes.is_empty()).then(|| sizes.len() as f64 / 10.0));
        for (at, &name) in names.iter().enumerate() {
            let class = Class::of(&classes, &histograms, at);
            let all = models.class.iter().all(|model| model.holds(&class));
            let absent = rows.population[name as usize] > 0;
            let expected = match class.records > 0 {
                true => if all { Fate::Released } else { Fate::Withheld },
                false => if absent { Fate::Impossible } else { Fate::Withheld },
            };
            prop_assert_eq!(fate(&models.class, &class), expected);
        }
    }
}

#[cfg(test)]
mod examples;
