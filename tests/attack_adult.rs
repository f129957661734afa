//! Attacks on releases of the Adult census data: what hides nothing must fall, what hides must stand.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test may stop, and tells what it found")]

#[path = "common/adult.rs"]
mod adult;
mod common;

use std::hash::{DefaultHasher, Hash, Hasher};

use adult::{Adult, COLUMNS};
use common::shared;
use rand::SeedableRng;
use rand::rngs::ChaCha20Rng;
use rand::seq::SliceRandom;
use tuomin::risk::attack::relink::{Bounds, Compared, Known, Part, Relink, Relinked};
use tuomin::risk::attack::{
    AttackOutcome, Coder, Rows, Tables, Tolerance, inference, linkability, singling_out_multivariate,
    singling_out_univariate, told,
};
use tuomin::table::Domain;

const QUERIES: usize = 2_000;
/// The optimum of the whole lattice for k = 5 without suppression: see `oracles/README.md`.
const LEVELS: [usize; 9] = [0, 4, 1, 1, 3, 2, 2, 1, 0];

/// A table of labels, rows first.
type Labels = Vec<Vec<String>>;

/// The census in the order of [`COLUMNS`], recoded to these levels.
fn recoded(adult: &Adult, levels: [usize; 9]) -> Labels {
    let mut rows = adult.all.clone();
    for (place, (column, level)) in COLUMNS.iter().zip(levels).enumerate() {
        let cells = || adult.all.iter().map(|row| Some(row[place].clone()));
        let domain = Domain::sorted(*column, cells().collect()).0;
        let hierarchy = adult.hierarchy(column, &domain);
        for row in &mut rows {
            let code = domain.values().binary_search(&Some(row[place].clone())).unwrap();
            row[place] = hierarchy.label(level, code as u32).unwrap().to_string();
        }
    }
    rows
}

fn tables(all: &[&Labels]) -> Vec<Rows> {
    let mut columns = vec![Vec::new(); all.len()];
    for (place, name) in COLUMNS.iter().enumerate() {
        let mut coder = Coder::default();
        for (columns, table) in columns.iter_mut().zip(all) {
            columns.push(((*name).to_string(), coder.column(table.iter().map(|row| Some(row[place].as_str())))));
        }
    }
    columns.into_iter().map(|columns| Rows::new(columns).unwrap()).collect()
}

fn relink(images: &Labels, released: &Labels, quasi: usize) -> Relinked {
    let cells = |rows: &[Vec<String>]| -> Vec<Vec<u64>> {
        let name = |text: &String| {
            let mut hasher = DefaultHasher::new();
            text.hash(&mut hasher);
            hasher.finish()
        };
        (0..COLUMNS.len()).map(|column| rows.iter().map(|row| name(&row[column])).collect()).collect()
    };
    let known = |(place, name): (usize, &&str)| Known {
        name: (*name).to_string(),
        part: if place < quasi { Part::Quasi } else { Part::Measure },
        compared: Compared::Equal,
    };
    let bounds = Bounds { subset_targets: images.len(), ..Bounds::default() };
    let mut attack = Relink::new(COLUMNS.iter().enumerate().map(known).collect(), &cells(images), bounds);
    for batch in released.chunks(8_192) {
        let cells = cells(batch);
        attack.feed(&cells.iter().map(Vec::as_slice).collect::<Vec<_>>());
    }
    attack.finish()
}

fn show(name: &str, outcomes: &[AttackOutcome]) {
    for outcome in outcomes {
        println!("{name}, {}: {}", outcome.id, told(outcome).en);
    }
}

fn attacks(released: &Rows, source: &Rows, secret: usize) -> [AttackOutcome; 4] {
    let tables = Tables::new(released, source, None).unwrap();
    let mut rng = ChaCha20Rng::seed_from_u64(8);
    let known: Vec<usize> = (0..COLUMNS.len()).filter(|&column| column != secret).collect();
    [
        singling_out_univariate(&tables, QUERIES, &mut rng),
        singling_out_multivariate(&tables, 2..=COLUMNS.len(), QUERIES, &mut rng),
        linkability(&tables, (&known[..4], &known[4..]), QUERIES, 1, &mut rng),
        inference(&tables, &known, secret, Tolerance::default(), QUERIES, &mut rng),
    ]
}

#[test]
fn a_verbatim_copy_falls() {
    let Some(shared) = shared() else { return };
    let adult = Adult::load(&shared);
    let found = relink(&adult.all, &adult.all, 9);
    show("verbatim", &found.outcomes(30_162, None));
    // counted the plain way
    let mut sorted = adult.all.clone();
    sorted.sort();
    let alone = sorted.chunk_by(|a, b| a == b).filter(|same| same.len() == 1).count();
    assert_eq!(found.by_all.len(), alone);
    assert!(found.by_all.len() > 10_000 && found.by_subsets.len() > 200);
    assert_eq!(found.most_telling().unwrap().0, "age");

    let rows = tables(&[&adult.all]).remove(0);
    let outcomes = attacks(&rows, &rows, 7);
    show("verbatim", &outcomes);
    let [single, several, linked, inferred] = outcomes;
    // as peers.md tells of the same copy: single columns and links say little, several columns
    // nearly all of those that can be formed
    assert!(single.risk < 0.05 && linked.risk < 0.05);
    assert!(several.successes as f64 > 0.99 * (several.trials - several.not_formed) as f64);
    // a row is alone in the census or it is not
    assert!((several.successes as f64 / 2_000.0 - alone as f64 / 30_162.0).abs() < 0.06);
    assert!(inferred.interval[0] > 0.5);
}

#[test]
fn a_release_of_classes_of_five_stands() {
    let Some(shared) = shared() else { return };
    let adult = Adult::load(&shared);
    let released = recoded(&adult, LEVELS);
    let found = relink(&released, &released, 9);
    show("k = 5", &found.outcomes(30_162, None));
    assert!(found.by_quasi.is_empty() && found.by_subsets.is_empty() && found.worst.is_empty());

    let rows = tables(&[&released]).remove(0);
    let outcomes = attacks(&rows, &rows, 7);
    show("k = 5", &outcomes);
    let [single, several, linked, inferred] = outcomes;
    assert_eq!((single.not_formed, several.not_formed), (single.trials, 2_000));
    assert_eq!((single.risk, several.risk), (0.0, 0.0));
    assert!(linked.risk < 0.01);
    assert!(inferred.risk < 0.5);

    // occupation as it is beside eight coarse columns: the classes of all nine are smaller than five
    let mut precise = LEVELS;
    precise[7] = 0;
    let beside = recoded(&adult, precise);
    let found = relink(&beside, &beside, 7);
    show("k = 5, occupation as it is", &found.outcomes(30_162, None));
    assert!(found.by_quasi.is_empty() && !found.by_all.is_empty());
}

#[test]
fn shuffled_columns_tell_nothing_of_anybody() {
    let Some(shared) = shared() else { return };
    let adult = Adult::load(&shared);
    let mut shuffled = adult.all.clone();
    for column in 0..COLUMNS.len() {
        let mut cells: Vec<String> = shuffled.iter().map(|row| row[column].clone()).collect();
        cells.shuffle(&mut ChaCha20Rng::seed_from_u64(column as u64));
        shuffled.iter_mut().zip(cells).for_each(|(row, cell)| row[column] = cell);
    }
    let rows = tables(&[&shuffled, &adult.all]);
    for secret in [3, 7, 8] {
        let found = attacks(&rows[0], &rows[1], secret)[3].clone();
        show("shuffled", std::slice::from_ref(&found));
        assert_eq!((found.risk, found.trials), (0.0, 2_000));
    }
}
