//! Mixtures of all models and metrics against a look at every node.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::made_up::{Record, specs, tally, text};
use super::nodes;
use crate::privacy::{
    Bound, Class, Fate, Models, PrivacyModel, TableModel, Union, fate, prepare, quality, suppressible,
};
use crate::search::{Budget, Goal, Metric, Outcome, optimal};
use crate::spec::{BetaKind, EntropyEstimator, GroundDistance, ModelSpec, UniquesEstimator};
use crate::table::{EquivalenceTable, Hierarchy, Recoding};

/// Holds for classes with an odd number of records: nothing follows for unions.
struct Odd;

impl PrivacyModel for Odd {
    fn id(&self) -> &'static str {
        "odd"
    }

    fn union(&self) -> Union {
        Union::Never
    }

    fn measure(&self, class: &Class) -> f64 {
        (class.records % 2) as f64
    }

    fn bound(&self) -> Bound {
        Bound::AtLeast(1.0)
    }

    fn holds(&self, class: &Class) -> bool {
        class.records % 2 == 1
    }
}

/// Holds for a number of classes that is no multiple of 3: may be lost again by withholding one more.
struct NoThird;

impl TableModel for NoThird {
    fn id(&self) -> &'static str {
        "no_third"
    }

    fn measure(&self, sizes: &[(u64, u64)]) -> f64 {
        (sizes.iter().map(|size| size.1).sum::<u64>() % 3) as f64
    }

    fn bound(&self) -> Bound {
        Bound::AtLeast(1.0)
    }

    fn holds(&self, sizes: &[(u64, u64)]) -> bool {
        sizes.is_empty() || self.measure(sizes) >= 1.0
    }
}

/// What a case asks for.
#[derive(Debug, Clone)]
struct Asked {
    k: u64,
    share: f64,
    specs: Vec<ModelSpec>,
    odd: bool,
    no_third: bool,
    strict: bool,
    metric: Metric,
    weights: Vec<f64>,
    levels: Vec<Vec<usize>>,
}

/// A node where all conditions hold.
#[derive(Debug, Clone)]
struct Solution {
    value: f64,
    withheld: u64,
    levels: Vec<usize>,
}

struct Case<'a> {
    records: &'a [Record],
    population: &'a [Vec<u8>],
    asked: &'a Asked,
    table: EquivalenceTable,
    hierarchies: Vec<Hierarchy>,
    models: Models,
}

/// An estimate that goes up and down with every class.
fn wavy(sizes: &[(u64, u64)]) -> f64 {
    sizes.iter().map(|&(size, number)| size * size + 3 * number).sum::<u64>() as f64 % 7.0 / 7.0
}

impl<'a> Case<'a> {
    fn new(records: &'a [Record], population: &'a [Vec<u8>], asked: &'a Asked) -> Self {
        let (table, hierarchies) = tally(records, population, &specs());
        let trees: Vec<Option<Hierarchy>> = table
            .sensitive
            .iter()
            .map(|sensitive| {
                let spec =
                    crate::spec::HierarchySpec::Interval { widths: vec![2.0], origin: 0.0, bottom: None, top: None };
                Hierarchy::build(&spec, None, &sensitive.domain, crate::spec::UnknownValues::Error).ok()
            })
            .collect();
        let mut models =
            prepare(asked.k, &asked.specs, &table, &trees, 0.3, |_: UniquesEstimator| Box::new(wavy)).unwrap();
        models.class.remove(0);
        if asked.odd {
            models.class.push(Box::new(Odd));
        }
        if asked.no_third {
            models.table.push(Box::new(NoThird));
        }
        Self { records, population, asked, table, hierarchies, models }
    }

    fn goal(&self) -> Goal<'_> {
        Goal {
            models: &self.models.class,
            table_models: &self.models.table,
            strict: self.asked.strict,
            metric: self.asked.metric,
            weights: &self.asked.weights,
            levels: &self.asked.levels,
            ..Goal::new(self.asked.k, self.asked.share)
        }
    }

    /// The table's combination of a record.
    fn row(&self, record: &Record) -> usize {
        let table = &self.table;
        let columns =
            table.codes.iter().zip(&table.domains).chain(table.sensitive.iter().map(|s| (&s.codes, &s.domain)));
        let columns: Vec<_> = columns.collect();
        let cells = record.quasi.iter().chain(&record.sensitive);
        let wanted: Vec<Option<String>> = cells.map(|&code| text(code)).collect();
        let is = |row: &usize| {
            columns.iter().zip(&wanted).all(|((codes, domain), cell)| domain.values()[codes[*row] as usize] == *cell)
        };
        (0..table.combinations()).find(is).unwrap()
    }

    /// Judges a node from the records.
    fn judge(&self, levels: &[usize]) -> Option<Solution> {
        let classes = self.table.classes(&self.hierarchies, levels);
        let histograms: Vec<_> =
            (0..self.table.sensitive.len()).map(|place| self.table.histogram(&classes, place)).collect();
        let class_of: Vec<u32> = self.records.iter().map(|record| classes.class_of[self.row(record)]).collect();
        let mut members: BTreeMap<u32, Vec<&Record>> = BTreeMap::new();
        self.records.iter().zip(&class_of).for_each(|(r, class)| members.entry(*class).or_default().push(r));
        let subjects = |class: u32| members[&class].iter().map(|r| r.subject).collect::<BTreeSet<u8>>().len() as u64;
        let mut released = BTreeSet::new();
        for class in 0..classes.records.len() {
            let view = Class::of(&classes, &histograms, class);
            match fate(&self.models.class, &view) {
                Fate::Impossible => return None,
                Fate::Released if subjects(class as u32) >= self.asked.k => drop(released.insert(class as u32)),
                _ => {}
            }
        }
        loop {
            let mut sizes: BTreeMap<u64, u64> = BTreeMap::new();
            released.iter().for_each(|&class| *sizes.entry(subjects(class)).or_default() += 1);
            let sizes: Vec<(u64, u64)> = sizes.into_iter().collect();
            if self.models.table.iter().all(|model| model.holds(&sizes)) {
                break;
            }
            let first = |class: u32| classes.class_of.iter().position(|&c| c == class);
            let smallest = released.iter().copied().min_by_key(|&class| (subjects(class), first(class)));
            released.remove(&smallest.unwrap());
        }
        let kept: Vec<Record> = (self.records.iter().zip(&class_of))
            .filter(|(_, class)| released.contains(class))
            .map(|(r, _)| r.clone())
            .collect();
        let withheld = (self.records.len() - kept.len()) as u64;
        if withheld > suppressible(self.asked.share, self.records.len() as u64) {
            return None;
        }
        if self.asked.strict && !kept.is_empty() {
            for model in &self.models.class {
                let Some(place) = model.sensitive() else { continue };
                let values = self.table.sensitive[place].domain.values();
                let having = |value: &Option<String>| {
                    let with = kept.iter().filter(|record| text(record.sensitive[place]) == *value);
                    with.map(|record| record.subject).collect::<BTreeSet<u8>>().len() as u64
                };
                let Some(stricter) = model.over(&values.iter().map(having).collect::<Vec<_>>()) else { continue };
                if !released.iter().all(|&class| stricter.holds(&Class::of(&classes, &histograms, class as usize))) {
                    return None;
                }
            }
        }
        let suppressed = (classes.class_of.iter()).map(|class| !released.contains(class)).collect();
        let recoding = Recoding { levels: levels.to_vec(), suppressed };
        let value = self.asked.metric.of(&quality(&self.table, &self.hierarchies, &recoding, &self.asked.weights));
        Some(Solution { value, withheld, levels: levels.to_vec() })
    }

    fn allowed(&self, levels: &[usize]) -> bool {
        let asked = |column: usize| self.asked.levels.get(column).filter(|asked| !asked.is_empty());
        levels.iter().enumerate().all(|(column, level)| asked(column).is_none_or(|asked| asked.contains(level)))
    }

    fn solutions(&self) -> Vec<Solution> {
        let nodes = nodes(&self.hierarchies).into_iter().filter(|levels| self.allowed(levels));
        nodes.filter_map(|levels| self.judge(&levels)).collect()
    }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1e-3)
}

fn check(records: &[Record], population: &[Vec<u8>], asked: &Asked) -> Result<(), TestCaseError> {
    let case = Case::new(records, population, asked);
    let solutions = case.solutions();
    let best = solutions.iter().map(|s| s.value).min_by(f64::total_cmp);
    let outcome = optimal(&case.table, &case.hierarchies, &case.goal());
    match (&outcome, best) {
        (Outcome::Found(found), Some(best)) => {
            prop_assert!(close(found.value, best), "{found:?} against {best}");
            let same = solutions.iter().find(|s| s.levels == found.recoding.levels);
            let Some(same) = same else { return Err(TestCaseError::fail(format!("{found:?} is no solution"))) };
            prop_assert!(close(same.value, found.value), "{found:?} against {same:?}");
            prop_assert_eq!(same.withheld, found.suppressed_records);
            prop_assert!(found.proven_optimal && found.lower_bound == found.value);
            if matches!(asked.metric, Metric::Discernibility | Metric::AverageClassSize) {
                let ties = solutions.iter().filter(|s| s.value == found.value);
                let first = ties.map(|s| (s.withheld, &s.levels)).min().unwrap();
                prop_assert_eq!(first, (found.suppressed_records, &found.recoding.levels));
            }
            let (table, weights) = (&case.table, &asked.weights);
            let measured = asked.metric.of(&quality(table, &case.hierarchies, &found.recoding, weights));
            prop_assert!(close(measured, found.value), "measured {measured}, told {}", found.value);
        }
        (Outcome::Unreachable(_), None) => {}
        _ => prop_assert!(false, "{outcome:?} against {best:?}"),
    }
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        prop_assert_eq!(&pool.install(|| optimal(&case.table, &case.hierarchies, &case.goal())), &outcome);
    }
    with_budgets(&case, best)
}

/// A search with a budget tells the truth about what it knows.
fn with_budgets(case: &Case, best: Option<f64>) -> Result<(), TestCaseError> {
    for nodes in [0, 3, 20, 1_000] {
        let budget = Budget { nodes: Some(nodes), over: None };
        let outcome = optimal(&case.table, &case.hierarchies, &Goal { budget, ..case.goal() });
        match (outcome, best) {
            (Outcome::Found(found), Some(best)) => {
                prop_assert!(found.value >= best || close(found.value, best), "{found:?} against {best}");
                prop_assert!(found.lower_bound <= best || close(found.lower_bound, best), "{found:?} against {best}");
                prop_assert!(!found.proven_optimal || close(found.value, best), "{found:?} against {best}");
                prop_assert!(nodes < 1_000 || found.proven_optimal);
            }
            (Outcome::Undecided { .. }, _) => prop_assert!(nodes < 1_000),
            (Outcome::Unreachable(_), None) => {}
            (outcome, best) => prop_assert!(false, "{outcome:?} against {best:?}"),
        }
    }
    Ok(())
}

fn records(subjects: u8) -> impl Strategy<Value = Vec<Record>> {
    let quasi = (0_u8..8, 0_u8..5, 0_u8..3, 0_u8..3).prop_map(|(a, b, c, d)| vec![a, b, c, d]);
    let sensitive = (0_u8..4, 1_u8..4).prop_map(|(a, b)| vec![a, b]);
    let record = (0..subjects, quasi, sensitive);
    let record = record.prop_map(|(subject, quasi, sensitive)| Record { subject, quasi, sensitive });
    prop::collection::vec(record, 1..45)
}

/// Each its own subject.
fn apart(records: Vec<Record>) -> Vec<Record> {
    records.into_iter().enumerate().map(|(at, record)| Record { subject: at as u8, ..record }).collect()
}

fn model(population: bool) -> impl Strategy<Value = ModelSpec> {
    let column = || prop::sample::select(vec!["c4", "c5"]).prop_map(str::to_string);
    let t = || prop::sample::select(vec![0.1, 0.2, 0.35, 0.5, 0.8]);
    let estimator = prop::sample::select(vec![EntropyEstimator::Shannon, EntropyEstimator::Grassberger]);
    let distance =
        prop::sample::select(vec![GroundDistance::Equal, GroundDistance::Ordered, GroundDistance::Hierarchical]);
    let kind = prop::sample::select(vec![BetaKind::Basic, BetaKind::Enhanced]);
    let least = if population { prop::sample::select(vec![0.0, 0.2]) } else { prop::sample::select(vec![0.0]) };
    let presence = (least, prop::sample::select(vec![0.5, 0.8, 1.0]));
    let presence = presence.prop_map(|(least, most)| ModelSpec::DeltaPresence { least, most });
    let map = (1_u64..6).prop_map(|k| ModelSpec::KMap { k });
    prop_oneof![
        map.clone(),
        if population { presence.boxed() } else { map.boxed() },
        (column(), 1_u64..4).prop_map(|(column, l)| ModelSpec::DistinctLDiversity { column, l }),
        (column(), 1.0..3.0, estimator).prop_map(|(column, l, estimator)| ModelSpec::EntropyLDiversity {
            column,
            l,
            estimator
        }),
        (column(), 0.5..4.0, 1_u64..3).prop_map(|(column, c, l)| ModelSpec::RecursiveClDiversity { column, c, l }),
        (column(), 0.3..1.0).prop_map(|(column, alpha)| ModelSpec::AlphaK { column, alpha }),
        (column(), distance, t()).prop_map(|(column, distance, t)| {
            // the first sensitive column has nulls, which are on no scale
            let column = if distance == GroundDistance::Equal { column } else { "c5".to_string() };
            ModelSpec::TCloseness { column, distance, t }
        }),
        (column(), kind, 0.5..3.0).prop_map(|(column, kind, beta)| ModelSpec::BetaLikeness { column, kind, beta }),
        (column(), 0.5..3.0).prop_map(|(column, delta)| ModelSpec::DeltaDisclosure { column, delta }),
        t().prop_map(|limit| ModelSpec::AverageRisk { limit }),
        t().prop_map(|limit| ModelSpec::SampleUniques { limit }),
        t().prop_map(|limit| ModelSpec::PopulationUniques { limit, estimator: UniquesEstimator::Dankar }),
        (t(), t()).prop_map(|(threshold, limit)| ModelSpec::RecordsAtRisk { threshold, limit }),
    ]
}

fn asked(population: bool) -> impl Strategy<Value = Asked> {
    let share = prop::sample::select(vec![0.0, 0.0, 0.05, 0.2, 0.5, 1.0]);
    let specs = prop::collection::vec(model(population), 0..4);
    let metric = prop::sample::select(Metric::ALL.to_vec());
    let weights = prop_oneof![Just(vec![]), prop::collection::vec(prop::sample::select(vec![0.0, 0.5, 1.0, 3.0]), 4),];
    let level = |most: usize| prop::collection::btree_set(0..most, 0..=most).prop_map(|set| set.into_iter().collect());
    let levels =
        prop_oneof![Just(vec![]), (level(4), level(3), level(2), level(3)).prop_map(|(a, b, c, d)| vec![a, b, c, d]),];
    let rare = || prop::bool::weighted(0.15);
    (1_u64..5, share, specs, (rare(), rare(), any::<bool>()), metric, weights, levels).prop_map(
        |(k, share, specs, (odd, no_third, strict), metric, weights, levels)| Asked {
            k,
            share,
            specs,
            odd,
            no_third,
            strict,
            metric,
            weights,
            levels,
        },
    )
}

fn population() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let person = (0_u8..8, 0_u8..5, 0_u8..3, 0_u8..3).prop_map(|(a, b, c, d)| vec![a, b, c, d]);
    prop::collection::vec(person, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mixtures_with_spread_subjects(records in records(20), asked in asked(false)) {
        check(&records, &[], &asked)?;
    }

    #[test]
    fn mixtures_with_one_record_per_subject(records in records(1), asked in asked(false)) {
        check(&apart(records), &[], &asked)?;
    }

    #[test]
    fn mixtures_with_a_population(
        records in records(20), spread in any::<bool>(), population in population(), asked in asked(true),
    ) {
        let records = if spread { records } else { apart(records) };
        check(&records, &population, &asked)?;
    }
}
