//! The attacks of WP216 on small made-up tables.

use proptest::prelude::*;
use rand::rngs::ChaCha20Rng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

use super::nearest::Nearest;
use super::*;

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn table(columns: &[(&str, Cells)]) -> Rows {
    Rows::new(columns.iter().map(|(name, cells)| ((*name).to_string(), cells.clone())).collect()).unwrap()
}

fn codes(cells: impl IntoIterator<Item = u32>) -> Cells {
    Cells::Codes(cells.into_iter().collect())
}

/// `rows` people: city, age, and an illness that follows from neither.
fn people(rows: u32, seed: u64) -> Rows {
    let mut draw = rng(seed);
    let mut column = |width: u32| -> Vec<u32> { (0..rows).map(|_| draw.random_range(1..=width)).collect() };
    let (city, age, illness) = (column(12), column(80), column(10));
    let wage = age.iter().map(|&age| f64::from(age * 100) + f64::from(draw.random_range(0..5_000_u32)) / 7.0).collect();
    table(&[("city", codes(city)), ("age", codes(age)), ("illness", codes(illness)), ("wage", Cells::Numbers(wage))])
}

#[test]
fn a_verbatim_copy_is_singled_out_and_inferred() {
    let source = people(2_000, 1);
    let tables = Tables::new(&source, &source, None).unwrap();
    let single = singling_out_univariate(&tables, 500, &mut rng(2));
    assert!(single.successes > 450 && single.trials == 500, "precise wages are alone: {single:?}");
    assert_eq!(single.successes + single.not_formed, 500);
    let several = singling_out_multivariate(&tables, 2..=4, 500, &mut rng(2));
    assert_eq!((several.trials, several.successes), (500, 500 - several.not_formed));
    assert!(several.interval[0] > 0.8, "numbers are told by one side only: {several:?}");
    let inferred = inference(&tables, &[0, 1, 3], 2, Tolerance::default(), 500, &mut rng(2));
    assert_eq!((inferred.successes, inferred.trials), (500, 500));
    assert!(inferred.risk == 1.0 && inferred.subjects_at_risk == Some(500));
    let linked = linkability(&tables, (&[3], &[0, 1, 2]), 500, 1, &mut rng(2));
    assert!(linked.risk > 0.8, "a precise wage and three facts are each alone: {linked:?}");
}

#[test]
fn classes_of_equal_rows_single_out_nobody() {
    // 300 combinations, 7 rows of each
    let of = |width: u32, step: u32| codes((0..2_100).map(move |row| row / 7 / step % width + 1));
    let release = table(&[("a", of(20, 1)), ("b", of(15, 20))]);
    let tables = Tables::new(&release, &release, None).unwrap();
    let single = singling_out_univariate(&tables, 500, &mut rng(2));
    assert_eq!((single.trials, single.not_formed, single.risk), (35, 35, 0.0));
    let several = singling_out_multivariate(&tables, 1..=2, 500, &mut rng(2));
    assert_eq!((several.trials, several.not_formed, several.risk), (500, 500, 0.0));
    let linked = linkability(&tables, (&[0], &[1]), 1_000, 1, &mut rng(2));
    assert!(linked.successes < 60, "7 of 105 × 7 of 140 rows: {linked:?}");
}

#[test]
fn independent_columns_tell_no_more_than_a_guess() {
    let source = people(5_000, 3);
    let mut illness: Vec<u32> = (0..5_000).map(|row| if row % 10 < 4 { 1 } else { row % 10 }).collect();
    illness.shuffle(&mut rng(9));
    let mut columns: Vec<(&str, Cells)> = ["city", "age"].into_iter().zip(source.columns().iter().cloned()).collect();
    columns.push(("illness", codes(illness.iter().copied())));
    let source = table(&columns);
    let mut shuffled = columns.clone();
    illness.shuffle(&mut rng(10));
    shuffled[2].1 = codes(illness);
    let release = table(&shuffled);
    let tables = Tables::new(&release, &source, None).unwrap();
    let found = inference(&tables, &[0, 1], 2, Tolerance::default(), 2_000, &mut rng(4));
    assert_eq!(found.trials, 2_000);
    assert!(found.baseline.unwrap().successes > 700, "40 % are ill of the same");
    assert_eq!((found.risk, found.interval[0]), (0.0, 0.0), "{found:?}");
    // the true release tells
    let told =
        inference(&Tables::new(&source, &source, None).unwrap(), &[0, 1], 2, Tolerance::default(), 2_000, &mut rng(4));
    assert!(told.interval[0] > 0.05, "five rows in a class, and one of them is the target's: {told:?}");
}

#[test]
fn a_control_group_takes_off_what_is_true_of_everybody() {
    // the illness follows from the city, for people in the release and others alike
    let follow = |rows: &Rows| {
        let Cells::Codes(city) = &rows.columns()[0] else { panic!() };
        let mut columns: Vec<(&str, Cells)> = ["city", "age"].into_iter().zip(rows.columns().iter().cloned()).collect();
        columns.push(("illness", codes(city.iter().map(|city| city + 1))));
        table(&columns)
    };
    let (source, control) = (follow(&people(3_000, 5)), follow(&people(600, 6)));
    let alone =
        inference(&Tables::new(&source, &source, None).unwrap(), &[0], 2, Tolerance::default(), 500, &mut rng(1));
    assert!(alone.risk == 1.0 && alone.naive.is_none());
    let tables = Tables::new(&source, &source, Some(&control)).unwrap();
    let against = inference(&tables, &[0], 2, Tolerance::default(), 500, &mut rng(1));
    assert_eq!(against.baseline, Some(Baseline { successes: 500, trials: 500, what: BaselineKind::ControlGroup }));
    assert_eq!(against.risk, 0.0);
    assert!(against.naive.unwrap().successes < 100);
    // who is singled out in the release is not in the control group
    let alone = singling_out_multivariate(&tables, 3..=3, 500, &mut rng(1));
    let control = alone.baseline.unwrap();
    assert!(control.what == BaselineKind::ControlGroup && control.successes < alone.successes, "{alone:?}");
}

#[test]
fn numbers_are_inferred_within_a_tolerance() {
    let city = codes((0..1_000).map(|row| row % 50 + 1));
    let wage = |row: u32| f64::from(1_000 + row % 50 * 100);
    let exact: Vec<f64> = (0..1_000).map(|row| wage(row) + f64::from(row % 7)).collect();
    let rounded = exact.iter().map(|wage| (wage / 100.0).round() * 100.0).collect();
    let source = table(&[("city", city.clone()), ("wage", Cells::Numbers(exact))]);
    let release = table(&[("city", city), ("wage", Cells::Numbers(rounded))]);
    let tables = Tables::new(&release, &source, None).unwrap();
    let near = |absolute| {
        let tolerance = Tolerance { absolute, relative: 0.0 };
        inference(&tables, &[0], 1, tolerance, 1_000, &mut rng(1)).successes
    };
    assert_eq!(near(6.0), 1_000);
    assert_eq!(near(3.0), (0..1_000).filter(|row| row % 7 <= 3).count() as u64);
    assert_eq!(near(0.0), (0..1_000).filter(|row| row % 7 == 0).count() as u64);
}

#[test]
fn a_seed_repeats_and_tables_must_be_alike() {
    let source = people(400, 7);
    let tables = Tables::new(&source, &source, None).unwrap();
    let all = |seed| {
        let rng = &mut rng(seed);
        [
            singling_out_univariate(&tables, 50, rng),
            singling_out_multivariate(&tables, 2..=3, 50, rng),
            linkability(&tables, (&[0, 1], &[2, 3]), 50, 2, rng),
            inference(&tables, &[0, 1], 2, Tolerance::default(), 50, rng),
        ]
    };
    assert_eq!(all(1), all(1));
    assert!(all(1).iter().all(|outcome| outcome.trials <= 50 && outcome.attempted()));
    let other = table(&[("city", codes([1]))]);
    assert_eq!(Tables::new(&source, &other, None).unwrap_err(), Unlike);
    assert_eq!(Tables::new(&other, &table(&[("city", Cells::Numbers(vec![1.0]))]), None).unwrap_err(), Unlike);
}

#[test]
fn what_cannot_be_tried_is_no_pass() {
    let nobody = table(&[("a", codes([])), ("b", codes([]))]);
    let tables = Tables::new(&nobody, &nobody, None).unwrap();
    let found = [
        singling_out_univariate(&tables, 50, &mut rng(1)),
        singling_out_multivariate(&tables, 2..=3, 50, &mut rng(1)),
        linkability(&tables, (&[0], &[1]), 50, 1, &mut rng(1)),
        inference(&tables, &[0], 1, Tolerance::default(), 50, &mut rng(1)),
    ];
    assert!(found.iter().all(|outcome| !outcome.attempted() && outcome.risk == 1.0));
}

proptest! {
    #[test]
    fn the_nearest_are_those_of_a_plain_search(
        released in prop::collection::vec((0..4_u32, 0..3_u32, 0..9_u32), 1..60),
        known in (0..4_u32, 0..3_u32, 0..9_u32),
        k in 1..5_usize,
    ) {
        let number = |n: u32| if n == 0 { f64::NAN } else { f64::from(n) };
        let make = |rows: &[(u32, u32, u32)]| table(&[
            ("a", codes(rows.iter().map(|r| r.0))),
            ("b", codes(rows.iter().map(|r| r.1))),
            ("c", Cells::Numbers(rows.iter().map(|r| number(r.2)).collect())),
        ]);
        let (release, target) = (make(&released), make(&[known]));
        let nearest = Nearest::new(&release, &target, &[0, 1, 2], &mut rng(1));
        let levels = nearest.levels(&target, &[0], k).remove(0);
        let found: Vec<Vec<u32>> = levels.iter().map(|level| {
            let mut rows: Vec<u32> = level.iter().flat_map(|&group| nearest.rows(group).iter().copied()).collect();
            rows.sort_unstable();
            rows
        }).collect();

        let numbers = || released.iter().chain([&known]).map(|r| r.2).filter(|&n| n > 0);
        let span = f64::from(numbers().max().unwrap_or(0) - numbers().min().unwrap_or(0)).max(1.0);
        let distance = |r: &(u32, u32, u32)| {
            let number = match (r.2, known.2) {
                (0, 0) => 0.0,
                (0, _) | (_, 0) => 1.0,
                (a, b) => (f64::from(a) - f64::from(b)).abs() / span,
            };
            f64::from(u8::from(r.0 != known.0)) + f64::from(u8::from(r.1 != known.1)) + number
        };
        let mut plain: Vec<(f64, u32)> = released.iter().zip(0..).map(|(r, row)| (distance(r), row)).collect();
        plain.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut expected: Vec<Vec<u32>> = Vec::new();
        for level in plain.chunk_by(|a, b| (a.0 - b.0).abs() < 1e-9) {
            if expected.iter().map(Vec::len).sum::<usize>() < k {
                expected.push(level.iter().map(|l| l.1).collect());
            }
        }
        prop_assert_eq!(found, expected);
    }
}

/// The outcome, above its limit, with the change that helps.
fn helped(outcome: AttackOutcome, counted: &str, limit: f64, groups: impl IntoIterator<Item = Vec<Change>>) -> String {
    let limit = crate::risk::Limit {
        comparison: crate::risk::Comparison::AtMost,
        value: limit,
        source: "t".into(),
        confidence: None,
    };
    outcome.held(limit).helped(counted, |_| groups).advice.unwrap()
}

#[test]
fn the_column_that_tells_the_secret_is_named_with_what_is_left() {
    // the illness follows from the city; control rows are others whose illness does not
    let source = people(2_000, 5);
    let Cells::Codes(city) = &source.columns()[0] else { panic!() };
    let ill = |rows: &Rows, illness: Cells| {
        let [city, age, ..] = rows.columns() else { panic!() };
        table(&[("city", city.clone()), ("age", age.clone()), ("illness", illness)])
    };
    let told = ill(&source, codes(city.iter().map(|city| city + 1)));
    let others = people(500, 6);
    let control = ill(&others, others.columns()[2].clone());
    let tables = Tables::new(&told, &told, Some(&control)).unwrap();
    let tolerance = Tolerance::default();
    let run = |known: &[usize]| inference(&tables, known, 2, tolerance, 500, &mut rng(3));
    let (both, age) = (run(&[0, 1]), run(&[1]));
    let changes = || inference_changes(&tables, &[0, 1], 2, tolerance, 500, || rng(3));
    assert!(age.risk < both.risk && age.successes < both.successes, "{age:?}");
    let percent = |outcome: &AttackOutcome| words::percent(outcome.risk);
    assert_eq!(
        helped(both.clone(), "right guesses", age.risk, changes()),
        format!(
            "drop `city`: right guesses fall from {} to {} of 500, the risk beyond chance from {} to {}",
            both.successes,
            age.successes,
            percent(&both),
            percent(&age)
        )
    );
    // nothing but dropping the secret would do
    assert!(
        helped(both, "right guesses", 0.0, changes()).starts_with("drop `illness`: right guesses fall from 500 to 0")
    );
}

#[test]
fn columns_that_single_out_are_named_with_what_is_left() {
    let source = people(2_000, 1);
    let tables = Tables::new(&source, &source, None).unwrap();
    let several = |tables: &Tables| singling_out_multivariate(tables, 2..=4, 500, &mut rng(2));
    let single = |tables: &Tables| singling_out_univariate(tables, 500, &mut rng(2));
    for attack in [&several as &dyn Fn(&Tables) -> AttackOutcome, &single] {
        let before = attack(&tables);
        let dropped = |column: usize| {
            let left = source.without(&[column]);
            attack(&Tables::new(&left, &left, None).unwrap())
        };
        let all: Vec<AttackOutcome> = (0..4).map(dropped).collect();
        let best = (0..4).min_by(|&a, &b| all[a].risk.total_cmp(&all[b].risk)).unwrap();
        let after = &all[best];
        assert!(after.risk < before.risk / 2.0, "{after:?}");
        let told = helped(before.clone(), "persons singled out", after.risk, singling_out_changes(&tables, attack));
        let counts = match before.trials == after.trials {
            true => format!("from {} to {} of {}", before.successes, after.successes, after.trials),
            false => {
                format!("from {} of {} to {} of {}", before.successes, before.trials, after.successes, after.trials)
            }
        };
        let name = &source.names()[best];
        assert!(told.starts_with(&format!("drop `{name}`: persons singled out fall {counts}")), "{told}");
    }
}

#[test]
fn columns_that_link_are_named_with_what_is_left() {
    let source = people(2_000, 1);
    let tables = Tables::new(&source, &source, None).unwrap();
    let sets: (&[usize], &[usize]) = (&[3, 0], &[0, 1, 2]);
    let run = |first: &[usize], second: &[usize]| linkability(&tables, (first, second), 500, 1, &mut rng(2));
    let (before, after) = (run(&[3, 0], &[0, 1, 2]), run(&[0], &[0, 1, 2]));
    assert!(after.risk < before.risk, "{after:?}");
    let told = helped(before.clone(), "links", after.risk, linkability_changes(&tables, sets, 500, 1, || rng(2)));
    let counts = format!("from {} to {} of 500", before.successes, after.successes);
    assert!(told.starts_with(&format!("drop `wage`: links fall {counts}")), "{told}");
}
