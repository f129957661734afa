//! Every model over random tables: where one class of all records keeps it something is found, and what is found
//! keeps it.

use super::*;
use crate::privacy::{
    Absent, BetaLikeness, DeltaDisclosure, DeltaPresence, PopulationUniques, RecordsAtRisk, RecursiveClDiversity,
    SampleUniques,
};
use crate::spec::BetaKind;

const MODELS: usize = 17;

/// One of all models of classes, with a number that `share`, 0 to 1, is the place of between ones that small and
/// that only large classes keep.
fn model(tally: &Tally, which: usize, share: f64) -> Box<dyn PrivacyModel> {
    let table = &tally.table;
    let (whole, spread) = (table.distribution(0), !table.spread.is_empty());
    let domain = &table.sensitive[0].domain;
    let (l, least) = (1.0 + share * 3.5, 1 + (share * 4.0) as u64);
    match which {
        0 => Box::new(DistinctLDiversity { sensitive: 0, l: least }),
        1 => Box::new(EntropyLDiversity::new(0, l, EntropyEstimator::Shannon, spread)),
        2 => Box::new(EntropyLDiversity::new(0, l, EntropyEstimator::Grassberger, spread)),
        3 => Box::new(RecursiveClDiversity::new(0, 3.5 - 3.0 * share, 2, spread)),
        4 => Box::new(TCloseness::equal(0, 0.3 - 0.29 * share, &whole, spread)),
        5 => Box::new(TCloseness::ordered(0, 0.3 - 0.29 * share, &whole, spread, domain)),
        6 => {
            let tree = Hierarchy::build(&specs()[0], None, domain, UnknownValues::Error).unwrap();
            Box::new(TCloseness::hierarchical(0, 0.3 - 0.29 * share, &whole, spread, &tree))
        }
        7 => Box::new(AlphaK::new(0, 0.9 - 0.6 * share, spread)),
        8 => Box::new(BetaLikeness::new(0, BetaKind::Basic, 2.1 - 2.0 * share, &whole, spread)),
        9 => Box::new(BetaLikeness::new(0, BetaKind::Enhanced, 2.1 - 2.0 * share, &whole, spread)),
        10 => Box::new(DeltaDisclosure::new(0, 2.1 - 2.0 * share, Absent::Counted, &whole, spread)),
        11 => Box::new(DeltaDisclosure::new(0, 2.1 - 2.0 * share, Absent::Skipped, &whole, spread)),
        12 => Box::new(DeltaPresence::least(0.4 * share, spread)),
        13 => Box::new(DeltaPresence::most(1.0 - 0.8 * share)),
        14 => Box::new(KMap::counted(1 + (share * 150.0) as u64)),
        15 => Box::new(KMap::sampled(1 + (share * 150.0) as u64, 0.5)),
        _ => Box::new(KAnonymity { k: 1 + (share * 60.0) as u64 }),
    }
}

/// Likewise of the models of all classes together.
fn table_model(which: usize, share: f64) -> Box<dyn TableModel> {
    let alone = |sizes: &[(u64, u64)]| {
        let classes: u64 = sizes.iter().map(|size| size.1).sum();
        sizes.iter().filter(|size| size.0 < 3).map(|size| size.1).sum::<u64>() as f64 / classes as f64
    };
    match which {
        0 => Box::new(AverageRisk::new(0.3 - 0.28 * share)),
        1 => Box::new(SampleUniques::new(0.3 - 0.3 * share)),
        2 => Box::new(RecordsAtRisk::new(0.5 - 0.45 * share, 0.1)),
        _ => Box::new(PopulationUniques::new(0.3 - 0.3 * share, Box::new(alone))),
    }
}

/// Enters a population: a number of people per record, and combinations of quasi values that only it has.
fn populate(tally: &mut Tally, people: u64, absent: &[(Vec<u8>, u64)]) {
    let table = &mut tally.table;
    table.population = table.records.iter().map(|records| records * people).collect();
    for (codes, people) in absent {
        let codes = codes.iter().zip(&table.domains).map(|(&code, domain)| u32::from(code) % domain.len() as u32);
        let codes: Vec<u32> = codes.collect();
        let known = (0..table.combinations()).any(|row| codes.iter().zip(&table.codes).all(|(c, of)| of[row] == *c));
        if !known {
            table.codes.iter_mut().zip(codes).for_each(|(of, code)| of.push(code));
            table.sensitive[0].codes.push(0);
            table.records.push(0);
            table.subjects.push(0);
            table.population.push(*people);
        }
    }
}

/// Whether a class of these records, with so many people, keeps a model.
fn keeps(tally: &Tally, model: &dyn PrivacyModel, class: &[&Record], people: u64) -> bool {
    let values = tally.table.sensitive[0].domain.values();
    let code = |of: u8| values.iter().position(|text| *text == value(3, of)).unwrap() as u32;
    let mut cells: Vec<(u32, u64)> = histogram(class).into_iter().map(|(of, n)| (code(of), n as u64)).collect();
    cells.sort_unstable();
    let histograms = [Histogram::of_one(cells)];
    model.holds(&Class::only(class.len() as u64, subjects(class) as u64, people, &histograms))
}

/// The people of the population in each released class, in the order of [`classes`].
fn people(tally: &Tally, recoding: &LocalRecoding) -> Vec<u64> {
    let mut people: BTreeMap<Vec<Option<String>>, (bool, u64)> = BTreeMap::new();
    for row in 0..tally.table.combinations() {
        let text = |column: &crate::table::LocalColumn| column.labels[column.label_of[row] as usize].clone();
        let class = people.entry(recoding.columns.iter().map(text).collect()).or_default();
        class.0 |= !recoding.suppressed[row] && tally.table.records[row] > 0;
        class.1 += tally.table.population.get(row).copied().unwrap_or(0);
    }
    people.into_values().filter(|class| class.0).map(|class| class.1).collect()
}

proptest! {
    #[test]
    fn one_class_of_all_that_keeps_the_goal_is_never_refused(
        records in records(2), k in 1_u64..6, limit in prop::sample::select(vec![0.0, 0.1, 0.3]),
        picks in prop::collection::vec((0..MODELS, 0.0_f64..1.0), 0..4),
        of_all in prop::option::of((0_usize..4, 0.0_f64..1.0)),
        population in prop::option::of((1_u64..4, prop::collection::vec((prop::collection::vec(0_u8..12, 2), 1_u64..4), 0..4))),
        (strict, ranges) in any::<(bool, [bool; 2])>(),
    ) {
        let mut tally = tally(&records, &[0, 2]);
        if let Some((people, absent)) = &population {
            populate(&mut tally, *people, absent);
        }
        let models: Vec<Box<dyn PrivacyModel>> =
            picks.iter().map(|&(which, share)| model(&tally, which, share)).collect();
        let table_models: Vec<Box<dyn TableModel>> =
            of_all.iter().map(|&(which, share)| table_model(which, share)).collect();
        let goal = Goal { models: &models, table_models: &table_models, strict, ..Goal::new(k, limit) };
        let all: Vec<&Record> = records.iter().collect();
        let everybody = tally.table.population.iter().sum();
        let one = subjects(&all) as u64 >= k
            && models.iter().all(|model| keeps(&tally, model.as_ref(), &all, everybody))
            && table_models.iter().all(|model| model.holds(&[(subjects(&all) as u64, 1)]));
        let found = match recode(&tally.table, &tally.hierarchies, &goal, &ranges) {
            LocalOutcome::Found(found) => found,
            LocalOutcome::Unreachable(unreachable) => {
                prop_assert!(!one, "one class of all keeps the goal");
                prop_assert!(!unreachable.unmet.is_empty());
                return Ok(());
            }
        };
        let classes = check_found(&tally, &records, &goal, &found);
        let people = people(&tally, &found.recoding);
        prop_assert_eq!(classes.len(), people.len());
        let mut over: Vec<Box<dyn PrivacyModel>> = Vec::new();
        if strict {
            let released: Vec<&Record> = classes.iter().flatten().copied().collect();
            let counts = histogram(&released);
            let values = tally.table.sensitive[0].domain.values();
            let count = |text: &Option<String>| counts.iter().find(|n| value(3, *n.0) == *text).map_or(0, |n| *n.1 as u64);
            let counts: Vec<u64> = values.iter().map(count).collect();
            over.extend(models.iter().filter_map(|model| model.over(&counts)));
        }
        for (class, people) in classes.iter().zip(people) {
            for model in models.iter().chain(&over) {
                prop_assert!(keeps(&tally, model.as_ref(), class, people), "{} is not kept", model.id());
            }
        }
        let mut sizes: BTreeMap<u64, u64> = BTreeMap::new();
        classes.iter().for_each(|class| *sizes.entry(subjects(class) as u64).or_default() += 1);
        let sizes: Vec<(u64, u64)> = sizes.into_iter().collect();
        prop_assert!(table_models.iter().all(|model| model.holds(&sizes)));
    }
}
