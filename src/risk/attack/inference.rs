//! Inference: what a person's other facts tell of a sensitive one, through the release.

use hashbrown::HashMap;
use rand::Rng;

use super::AttackOutcome;
use super::cells::{Cells, Rows};
use super::change::{Change, TRIED, drops, except};
use super::nearest::Nearest;
use super::tables::{Tables, control_group, draw, naive};

/// How near a guessed number must come: within the larger of both. Labels must be equal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance {
    /// In units of the column.
    pub absolute: f64,
    /// As a share of the guess.
    pub relative: f64,
}

impl Default for Tolerance {
    /// 5 % of the guess, as in the anonymeter paper.
    fn default() -> Self {
        Self { absolute: 0.0, relative: 0.05 }
    }
}

impl Tolerance {
    fn around(self, guess: f64) -> f64 {
        self.absolute.max(self.relative * guess.abs())
    }

    fn hits(self, guess: f64, truth: f64) -> bool {
        (guess.is_nan() && truth.is_nan()) || (guess - truth).abs() <= self.around(guess)
    }
}

/// Tries to learn the cell in `secret` of people whose cells in `known` columns are known.
///
/// For each of at most `queries` source records, drawn at random, the attacker takes the released rows that are
/// nearest in the known columns and guesses the value that is right for most of them; of values that are right for
/// equally many, the least. Naive baseline: the one value that is right for most released rows, so that a value
/// that nearly everybody has is no success of the attack. The guess of the paper's attacker, one row of the
/// nearest, is weaker where classes hold several rows.
///
/// Without a control group the risk also counts what the release tells of people in general, and would tell of a
/// person who is not in it.
///
/// # References
/// Article 29 Working Party, opinion 05/2014 (WP216), section 2.2; Giomi et al., PETS 2023, section 5.4.
pub fn inference(
    tables: &Tables,
    known: &[usize],
    secret: usize,
    tolerance: Tolerance,
    queries: usize,
    rng: &mut impl Rng,
) -> AttackOutcome {
    let (released, source) = (tables.released(), tables.source());
    let name = released.names().get(secret);
    if released.is_empty() || known.is_empty() {
        return tables.outcome("inference", 0, &[], 0, naive(0, 0), None).on(name);
    }
    let targets = draw(source.len(), queries, rng);
    let nearest = Nearest::new(released, source, known, rng);
    let guesses = Guesses { cells: &released.columns()[secret], tolerance };
    let hit = guessed(&nearest, &guesses, source, secret, &targets);
    let control = tables.control().map(|control| {
        let targets = draw(control.len(), queries, rng);
        let hit = guessed(&nearest, &guesses, control, secret, &targets);
        control_group(hit.len() as u64, targets.len() as u64)
    });
    let everyone: Vec<u32> = (0..released.len() as u32).collect();
    let usual = guesses.best(&everyone);
    let lucky = targets.iter().filter(|&&target| guesses.right(usual, source, secret, target)).count();
    let trials = targets.len() as u64;
    tables.outcome("inference", trials, &hit, trials, naive(lucky as u64, trials), control).on(name)
}

/// Changes that tell less of the secret: of the known columns those with the most different values dropped, one after
/// the other; at last the secret itself.
///
/// The arguments are those of [`inference`], with draws that begin anew each time.
pub fn inference_changes<'a, R: Rng>(
    tables: &'a Tables,
    known: &'a [usize],
    secret: usize,
    tolerance: Tolerance,
    queries: usize,
    draws: impl Fn() -> R + 'a,
) -> impl Iterator<Item = Vec<Change>> + 'a {
    let released = tables.released();
    let finest = released.finest(known.iter().copied().filter(|&column| column != secret), TRIED);
    let without = move |dropped: &[usize]| {
        let left = except(known, dropped);
        (!left.is_empty()).then(|| inference(tables, &left, secret, tolerance, queries, &mut draws()))
    };
    let secret = released.names().get(secret).map(|name| vec![Change::drop_all([name.as_str()], "inference")]);
    drops(released.names(), finest, without).chain(secret)
}

/// The targets whose secret the attacker guesses.
fn guessed(nearest: &Nearest, guesses: &Guesses, known: &Rows, secret: usize, targets: &[u32]) -> Vec<u32> {
    let mut made: HashMap<Vec<u32>, Guess> = HashMap::new();
    let levels = nearest.levels(known, targets, 1);
    let mut right = |(target, levels): (&u32, Vec<Vec<u32>>)| {
        let level = levels.into_iter().next()?;
        let rows =
            |level: &[u32]| level.iter().flat_map(|&group| nearest.rows(group).iter().copied()).collect::<Vec<_>>();
        let guess = *made.entry(level).or_insert_with_key(|level| guesses.best(&rows(level)));
        guesses.right(guess, known, secret, *target).then_some(*target)
    };
    targets.iter().zip(levels).filter_map(&mut right).collect()
}

#[derive(Debug, Clone, Copy)]
enum Guess {
    Code(u32),
    Number(f64),
}

struct Guesses<'a> {
    /// The released cells of the secret.
    cells: &'a Cells,
    tolerance: Tolerance,
}

impl Guesses<'_> {
    /// The value that is right for most of these rows, of which there must be some.
    fn best(&self, rows: &[u32]) -> Guess {
        match self.cells {
            Cells::Codes(codes) => {
                let mut own: Vec<u32> = rows.iter().map(|&row| codes[row as usize]).collect();
                own.sort_unstable();
                let mut best = (0, 0);
                for same in own.chunk_by(|a, b| a == b) {
                    if same.len() > best.0 {
                        best = (same.len(), same[0]);
                    }
                }
                Guess::Code(best.1)
            }
            Cells::Numbers(numbers) => {
                let all = rows.iter().map(|&row| numbers[row as usize]);
                let mut own: Vec<f64> = all.filter(|n| !n.is_nan()).collect();
                own.sort_by(f64::total_cmp);
                let mut best = (rows.len() - own.len(), f64::NAN);
                for same in own.chunk_by(|a, b| a == b) {
                    let (guess, reach) = (same[0], self.tolerance.around(same[0]));
                    let low = own.partition_point(|&n| n < guess && guess - n > reach);
                    let high = own.partition_point(|&n| n <= guess || n - guess <= reach);
                    if high - low > best.0 {
                        best = (high - low, guess);
                    }
                }
                Guess::Number(best.1)
            }
        }
    }

    fn right(&self, guess: Guess, truth: &Rows, secret: usize, target: u32) -> bool {
        match (guess, &truth.columns()[secret]) {
            (Guess::Code(guess), Cells::Codes(codes)) => guess == codes[target as usize],
            (Guess::Number(guess), Cells::Numbers(numbers)) => self.tolerance.hits(guess, numbers[target as usize]),
            _ => false,
        }
    }
}
