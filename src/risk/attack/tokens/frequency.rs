//! [`Frequencies`]: how often each value and each token occurs, matched.

use hashbrown::HashMap;

use crate::risk::attack::distinct::Distinct;
use crate::risk::attack::{AttackOutcome, Baseline, BaselineKind, Looked, Sampling};

/// Distinct values that are counted unless [`Frequencies::with_limit`] says otherwise.
const VALUES: usize = 1 << 23;

/// How often each value of a column occurs; the same for its tokens.
///
/// Nulls are to be left out: they get no token. Memory is bounded: beyond 8 million distinct values one in 2, 4, 8 …
/// is counted.
#[derive(Debug, Clone)]
pub struct Frequencies {
    counts: Distinct<u64>,
    rows: u64,
}

impl Default for Frequencies {
    fn default() -> Self {
        Self::with_limit(VALUES)
    }
}

impl Frequencies {
    pub fn with_limit(limit: usize) -> Self {
        Self { counts: Distinct::new(limit), rows: 0 }
    }

    /// Counts further cells, by their hashes.
    pub fn feed(&mut self, cells: &[u64]) {
        self.rows += cells.len() as u64;
        for &cell in cells {
            if let Some(count) = self.counts.entry(cell, || 0) {
                *count += 1;
            }
        }
    }

    /// Adds what was counted over other rows, with the same hashes.
    pub fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        self.counts.merge(other.counts, |own, more| *own += more);
    }

    /// How many values occur how often.
    fn of_frequencies(&self) -> HashMap<u64, u64> {
        let mut held = HashMap::new();
        self.counts.values().for_each(|&count| *held.entry(count).or_insert(0) += 1);
        held
    }

    fn looked(&self) -> Looked {
        Looked { rows: self.rows >> self.counts.level(), of: self.rows }
    }

    /// `token_frequency`: tokens that the attacker matches with a value because both alone occur so often.
    ///
    /// `source` are the values that he knows, exactly as often as the source has them; `self` are the released tokens.
    /// A trial is a distinct token. Where rows are withheld counts shift, and such a match may be wrong: it is counted
    /// all the same. Where not all could be counted, a token counts that alone occurs so often among those counted:
    /// never too few. The baseline is a guess at random, right for one token of all on average.
    pub fn matched(&self, source: &Self) -> AttackOutcome {
        let complete = self.counts.level() == 0 && source.counts.level() == 0;
        let (tokens, values) = (self.of_frequencies(), source.of_frequencies());
        let alone = |(count, held): &(&u64, &u64)| **held == 1 && (!complete || values.get(*count) == Some(&1));
        let successes = tokens.iter().filter(alone).count() as u64;
        let trials = self.counts.len() as u64;
        let sampling = Sampling { source: source.looked(), released: self.looked() };
        AttackOutcome::new("token_frequency", successes, trials, guess(trials)).sampled(sampling)
    }
}

fn guess(trials: u64) -> Option<Baseline> {
    Some(Baseline { successes: 1.min(trials), trials, what: BaselineKind::NaiveGuess })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each value (and token) so often.
    fn counted(counts: &[u64]) -> Frequencies {
        let mut found = Frequencies::default();
        for (value, &count) in counts.iter().enumerate() {
            found.feed(&vec![value as u64 * 977 + 5; count as usize]);
        }
        found
    }

    #[test]
    fn who_alone_occurs_so_often_is_known() {
        // 9 and 4 stand alone; 3 and 3 hide each other
        let found = counted(&[9, 4, 3, 3]).matched(&counted(&[3, 9, 3, 4]));
        assert_eq!((found.successes, found.trials), (2, 4));
        assert_eq!(found.baseline.unwrap().successes, 1);
        assert_eq!(counted(&[1; 50]).matched(&counted(&[1; 50])).successes, 0);
        assert_eq!(counted(&[9, 4]).matched(&counted(&[8, 4])).successes, 1, "a withheld row breaks the match");
    }

    #[test]
    fn no_tokens_do_not_pass() {
        assert!(!Frequencies::default().matched(&counted(&[1])).attempted());
    }

    #[test]
    fn a_sample_never_has_too_few() {
        let counts: Vec<u64> = (1..=60).collect();
        let mut tokens = Frequencies::with_limit(16);
        for (token, &count) in counts.iter().enumerate() {
            tokens.feed(&vec![token as u64; count as usize]);
        }
        let found = tokens.matched(&counted(&counts));
        assert!(found.trials <= 16 && found.successes == found.trials && found.trials > 0);
        assert!(found.sampling.released.rows < found.sampling.released.of);
    }
}
