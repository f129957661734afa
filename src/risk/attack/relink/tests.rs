use std::collections::BTreeSet;

use proptest::prelude::*;
use rand::rngs::ChaCha20Rng;
use rand::{RngExt, SeedableRng};

use super::*;

fn known(names: &[(&str, Part, Compared)]) -> Vec<Known> {
    names.iter().map(|&(name, part, compared)| Known { name: name.into(), part, compared }).collect()
}

fn run(columns: &[Known], images: &[Vec<u64>], released: &[Vec<u64>], portion: usize) -> Relinked {
    let mut attack = Relink::new(columns.to_vec(), images, Bounds::default());
    feed(&mut attack, released, portion);
    attack.finish()
}

fn feed(attack: &mut Relink, released: &[Vec<u64>], portion: usize) {
    let rows = released.first().map_or(0, Vec::len);
    for start in (0..rows).step_by(portion) {
        let batch: Vec<&[u64]> = released.iter().map(|c| &c[start..rows.min(start + portion)]).collect();
        attack.feed(&batch);
    }
}

fn bits(numbers: &[f64]) -> Vec<u64> {
    numbers.iter().map(|n| n.to_bits()).collect()
}

/// Targets that exactly one row matches, the plain way.
fn plain(columns: &[Known], set: &[usize], images: &[Vec<u64>], released: &[Vec<u64>]) -> Vec<u32> {
    let equal = |column: usize, a: u64, b: u64| match columns[column].compared {
        Compared::Equal => a == b,
        Compared::Within(reach) => {
            let (a, b) = (f64::from_bits(a), f64::from_bits(b));
            (a.is_nan() && b.is_nan()) || (a - b).abs() <= reach
        }
    };
    let matches = |t: usize| {
        let row_matches = |row: &usize| set.iter().all(|&c| equal(c, images[c][t], released[c][*row]));
        (0..released[0].len()).filter(row_matches).count()
    };
    (0..images[0].len()).filter(|&t| matches(t) == 1).map(|t| t as u32).collect()
}

fn check(columns: &[Known], images: &[Vec<u64>], released: &[Vec<u64>], portion: usize) {
    let found = run(columns, images, released, portion);
    let n = columns.len();
    let all: Vec<usize> = (0..n).collect();
    let quasi: Vec<usize> = all.iter().copied().filter(|&c| columns[c].part == Part::Quasi).collect();
    if !quasi.is_empty() {
        assert_eq!(found.by_quasi, plain(columns, &quasi, images, released));
    }
    assert_eq!(found.by_all, plain(columns, &all, images, released));
    for &column in all.iter().filter(|_| n > 1) {
        let left = plain(columns, &except(&all, column), images, released);
        assert_eq!(found.without[column], left.len() as u64);
    }
    let (mut single, mut most) = (BTreeSet::new(), 0);
    for set in (1_u32..1 << n).filter(|set| set.count_ones() <= 3) {
        let set: Vec<usize> = all.iter().copied().filter(|c| set >> c & 1 == 1).collect();
        let targets = plain(columns, &set, images, released);
        if let Some(told) = found.worst.iter().find(|told| told.columns == set) {
            assert_eq!(told.targets, targets);
        }
        most = most.max(targets.len());
        single.extend(targets);
    }
    assert_eq!(found.by_subsets, single.into_iter().collect::<Vec<_>>());
    assert_eq!(found.worst.first().map_or(0, |set| set.targets.len()), most);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn it_finds_what_a_plain_comparison_finds(
        cells in prop::collection::vec((0..4_u64, 0..30_u64, 0..9_u64, 0..60_u64), 1..700),
        targets in prop::collection::vec((0..5_u64, 0..30_u64, 0..9_u64, 0..60_u64), 1..30),
        portion in 1..400_usize,
        reach in 0.0..4.0_f64,
    ) {
        let columns = known(&[
            ("a", Part::Quasi, Compared::Equal),
            ("b", Part::Quasi, Compared::Equal),
            ("c", Part::Measure, Compared::Within(reach)),
            ("d", Part::Measure, Compared::Within(1.0)),
        ]);
        let number = |n: u64| (if n == 0 { f64::NAN } else { n as f64 * 0.7 - 3.0 }).to_bits();
        let table = |rows: &[(u64, u64, u64, u64)]| -> Vec<Vec<u64>> {
            vec![
                rows.iter().map(|r| r.0).collect(),
                rows.iter().map(|r| r.1).collect(),
                rows.iter().map(|r| number(r.2)).collect(),
                rows.iter().map(|r| number(r.3)).collect(),
            ]
        };
        check(&columns, &table(&targets), &table(&cells), portion);
    }
}

#[test]
fn wide_tables_with_repeated_images_are_compared_exactly() {
    let mut draw = ChaCha20Rng::seed_from_u64(11);
    let columns: Vec<Known> = (0..7)
        .map(|c| Known {
            name: format!("c{c}"),
            part: if c < 3 { Part::Quasi } else { Part::Measure },
            compared: Compared::Equal,
        })
        .collect();
    let released: Vec<Vec<u64>> = (0..7_u64)
        .map(|c| (0..3_000).map(|_| draw.random_range(0..[2, 3, 900, 7, 40, 11, 5][c as usize])).collect())
        .collect();
    let images: Vec<Vec<u64>> = released.iter().map(|c| (0..60).map(|t| c[t % 50 * 7]).collect()).collect();
    check(&columns, &images, &released, 1000);
}

#[test]
fn a_coarser_column_is_counted_as_if_it_were_released_so() {
    let mut draw = ChaCha20Rng::seed_from_u64(12);
    let kwh: Vec<f64> = (0..2_000).map(|_| draw.random_range(0..2_000) as f64).collect();
    let city: Vec<u64> = (0..2_000).map(|_| draw.random_range(0..4)).collect();
    let age: Vec<u64> = (0..2_000).map(|_| draw.random_range(0..20)).collect();
    let columns = known(&[
        ("city", Part::Quasi, Compared::Equal),
        ("age", Part::Quasi, Compared::Equal),
        ("kwh", Part::Measure, Compared::Equal),
    ]);
    let table = |kwh: &[f64], age: &[u64]| vec![city.clone(), age.to_vec(), bits(kwh)];
    let sample = |table: &[Vec<u64>]| -> Vec<Vec<u64>> { table.iter().map(|c| c[..500].to_vec()).collect() };

    let released = table(&kwh, &age);
    let mut attack = Relink::new(columns.clone(), &sample(&released), Bounds::default());
    attack.what_if(Coarser::round(2, 500.0), &sample(&released));
    let wider = || Box::new(|age: u64| age / 5) as Box<dyn Fn(u64) -> u64 + Send + Sync>;
    attack.what_if(Coarser { name: "bands".into(), column: 1, change: wider() }, &sample(&released));
    feed(&mut attack, &released, 333);
    let found = attack.finish();
    assert!(found.by_all.len() > 400, "a precise reading is a fingerprint: {}", found.by_all.len());
    assert_eq!(found.most_telling().unwrap().0, "kwh");
    assert!(found.by_quasi.is_empty(), "80 classes of 25");

    let round: Vec<f64> = kwh.iter().map(|kwh| (kwh / 500.0).round() * 500.0).collect();
    let banded: Vec<u64> = age.iter().map(|age| age / 5).collect();
    for (place, coarser) in [table(&round, &age), table(&kwh, &banded)].iter().enumerate() {
        let direct = run(&columns, &sample(coarser), coarser, 4000);
        let told = &found.repaired[place];
        assert_eq!(told.by_all, (found.by_all.len() as u64, direct.by_all.len() as u64));
        assert_eq!(told.by_subsets, (found.by_subsets.len() as u64, direct.by_subsets.len() as u64));
        assert!(told.by_all.1 < told.by_all.0);
    }
    assert_eq!(found.repaired[0].by_quasi, None);
    assert_eq!(found.repaired[1].by_quasi, Some((0, 0)));
    let (before, after) = found.repaired[0].by_all;
    assert_eq!(
        found.repaired[0].sentence(found.targets),
        format!("round to 500 in column `kwh`: re-linkable records fall from {before} to {after} of 500 attacked")
    );
}

#[test]
fn outcomes_count_records_and_subjects() {
    let columns = known(&[("age", Part::Quasi, Compared::Equal), ("note", Part::Measure, Compared::Equal)]);
    let released = vec![vec![1, 1, 1, 2, 2, 2], vec![7, 8, 9, 7, 7, 8]];
    let found = run(&columns, &released, &released, 2);
    let outcomes = found.outcomes(60, Some(&[1, 1, 2, 3, 3, 3]));
    let told: Vec<_> =
        outcomes.iter().map(|o| (o.id.as_str(), o.successes, o.trials, o.subjects_at_risk, o.columns.len())).collect();
    assert_eq!(
        told,
        [
            ("relink_quasi", 0, 6, Some(0), 1),
            ("relink_measures", 4, 6, Some(3), 2),
            ("relink_subsets", 4, 6, Some(3), 2)
        ]
    );
    assert_eq!(outcomes[0].sampling.source, crate::risk::attack::Looked { rows: 6, of: 60 });
    let nothing = run(&columns, &[vec![], vec![]], &released, 2);
    assert!(nothing.outcomes(60, None).iter().all(|o| !o.attempted() && o.risk == 1.0));
}

#[test]
fn wide_tables_have_fewer_targets() {
    assert_eq!(Bounds::default().targets(20), 2_000);
    assert_eq!(Bounds::default().targets(50), 6_000_000 / 20_875);
    assert_eq!(Bounds::default().targets(10_000), 1);
    assert_eq!(Bounds { combinations: 10, ..Bounds::default() }.targets(2), 3);
}
