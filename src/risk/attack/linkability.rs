//! Linkability: two sets of facts, two attackers' files; does the release tell that they are of one person?

use hashbrown::HashSet;
use rand::Rng;
use rand::seq::index;

use super::AttackOutcome;
use super::cells::Rows;
use super::change::{Change, TRIED, drops, except};
use super::nearest::Nearest;
use super::tables::{Tables, control_group, draw, naive};

/// Tries to link what is known of people in two disjoint sets of columns, through the release.
///
/// For each of at most `queries` source records, drawn at random, the `neighbours` nearest released rows are looked
/// up once by the columns of `sets.0` and once by those of `sets.1`; a released row that is among both links the
/// two. Rows that are equally near are drawn among, independently for both sets: a class of `k` equal rows gives
/// no better link than `1 / k`. Naive baseline: as many rows drawn blindly for each set.
///
/// Low on many tables that hide nothing, for few rows are nearest by one half of their columns alone: no evidence by
/// itself.
///
/// # References
/// Article 29 Working Party, opinion 05/2014 (WP216), section 2.2; Giomi et al., PETS 2023, section 5.3.
pub fn linkability(
    tables: &Tables,
    sets: (&[usize], &[usize]),
    queries: usize,
    neighbours: usize,
    rng: &mut impl Rng,
) -> AttackOutcome {
    let (released, source) = (tables.released(), tables.source());
    let names = sets.0.iter().chain(sets.1).filter_map(|&column| released.names().get(column));
    let targets = draw(source.len(), queries, rng);
    if released.is_empty() || sets.0.is_empty() || sets.1.is_empty() {
        return tables.outcome("linkability", 0, &[], 0, naive(0, 0), None).on(names);
    }
    let sides = [sets.0, sets.1].map(|columns| Nearest::new(released, source, columns, rng));
    let hit = linked(&sides, source, &targets, neighbours, rng);
    let control = tables.control().map(|control| {
        let targets = draw(control.len(), queries, rng);
        control_group(linked(&sides, control, &targets, neighbours, rng).len() as u64, targets.len() as u64)
    });
    let blind = (0..targets.len()).filter(|_| {
        let first: HashSet<u32> = draw(released.len(), neighbours, rng).into_iter().collect();
        draw(released.len(), neighbours, rng).iter().any(|row| first.contains(row))
    });
    let blind = naive(blind.count() as u64, targets.len() as u64);
    let trials = targets.len() as u64;
    tables.outcome("linkability", trials, &hit, trials, blind, control).on(names)
}

/// Changes that link fewer: the columns with the most different values dropped, one after the other.
///
/// The arguments are those of [`linkability`], with draws that begin anew each time.
pub fn linkability_changes<'a, R: Rng>(
    tables: &'a Tables,
    sets: (&'a [usize], &'a [usize]),
    queries: usize,
    neighbours: usize,
    draws: impl Fn() -> R + 'a,
) -> impl Iterator<Item = Vec<Change>> + 'a {
    let released = tables.released();
    let finest = released.finest(sets.0.iter().chain(sets.1).copied(), TRIED);
    let without = move |dropped: &[usize]| {
        let [first, second] = [sets.0, sets.1].map(|set| except(set, dropped));
        let left = !first.is_empty() && !second.is_empty();
        left.then(|| linkability(tables, (&first, &second), queries, neighbours, &mut draws()))
    };
    drops(released.names(), finest, without)
}

/// The targets that both sides find the same released row for.
fn linked(sides: &[Nearest; 2], known: &Rows, targets: &[u32], neighbours: usize, rng: &mut impl Rng) -> Vec<u32> {
    let [first, second] = [0, 1].map(|side| sides[side].levels(known, targets, neighbours));
    let mut hit = Vec::new();
    for ((&target, first), second) in targets.iter().zip(&first).zip(&second) {
        let one: HashSet<u32> = choose(&sides[0], first, neighbours, rng).into_iter().collect();
        if choose(&sides[1], second, neighbours, rng).iter().any(|row| one.contains(row)) {
            hit.push(target);
        }
    }
    hit
}

/// The `k` nearest rows; of the level that has more than are wanted, some drawn at random.
fn choose(side: &Nearest, levels: &[Vec<u32>], k: usize, rng: &mut impl Rng) -> Vec<u32> {
    let mut chosen = Vec::with_capacity(k);
    for level in levels {
        let rows = || level.iter().flat_map(|&group| side.rows(group).iter().copied());
        let (all, wanted) = (rows().count(), k - chosen.len());
        if all <= wanted {
            chosen.extend(rows());
            continue;
        }
        let mut places = index::sample(rng, all, wanted).into_vec();
        places.sort_unstable();
        let mut left = places.into_iter().peekable();
        chosen.extend(rows().enumerate().filter(|(place, _)| left.next_if_eq(place).is_some()).map(|(_, row)| row));
    }
    chosen
}
