//! [`TokenSet`]: the distinct tokens of a column, to see whether they stand elsewhere too.

use crate::risk::attack::distinct::Distinct;
use crate::risk::attack::{AttackOutcome, Baseline, BaselineKind, Looked, Sampling};

/// Distinct tokens that are kept unless [`TokenSet::with_limit`] says otherwise.
const TOKENS: usize = 1 << 20;

/// The distinct tokens of one column of one release, by the hashes of their texts.
///
/// Two sets compare only if both were hashed alike. Beyond a million tokens one in 2, 4, 8 … is kept, the same ones in
/// every set.
#[derive(Debug, Clone)]
pub struct TokenSet {
    tokens: Distinct<()>,
    rows: u64,
}

impl Default for TokenSet {
    fn default() -> Self {
        Self::with_limit(TOKENS)
    }
}

impl TokenSet {
    pub fn with_limit(limit: usize) -> Self {
        Self { tokens: Distinct::new(limit), rows: 0 }
    }

    /// Takes further tokens, nulls left out.
    pub fn feed(&mut self, tokens: &[u64]) {
        self.rows += tokens.len() as u64;
        for &token in tokens {
            self.tokens.entry(token, || ());
        }
    }

    /// Adds the tokens of other rows.
    pub fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        self.tokens.merge(other.tokens, |(), ()| ());
    }

    /// Distinct tokens, an estimate where not all are kept.
    fn distinct(&self) -> f64 {
        self.tokens.len() as f64 * 2f64.powi(self.tokens.level() as i32)
    }

    /// Tokens of this set that stand in another too: whoever has both links their records.
    ///
    /// `id` is `token_reuse_columns` for another column of this release, or `token_reuse_releases` for an earlier
    /// release or that of another recipient. The baseline is how many tokens of so many hex digits meet by chance.
    pub fn reused(&self, id: &str, other: &Self, digits: u32) -> AttackOutcome {
        let level = self.tokens.level().max(other.tokens.level());
        let mut own = self.tokens.clone();
        own.raise(level);
        let successes = own.iter().filter(|(place, ())| other.tokens.holds(*place)).count() as u64;
        let trials = own.len() as u64;
        // each token of the other set stands on one of 16^digits places
        let chance = -(-other.distinct() / 16f64.powi(digits.min(64) as i32)).exp_m1();
        let by_chance = Baseline {
            successes: ((trials as f64 * chance).round() as u64).min(trials),
            trials,
            what: BaselineKind::NaiveGuess,
        };
        let released = Looked { rows: self.rows >> level, of: self.rows };
        AttackOutcome::new(id, successes, trials, Some(by_chance))
            .sampled(Sampling { source: Looked { rows: other.rows >> level, of: other.rows }, released })
            .subjects(((successes as f64) * 2f64.powi(level as i32)) as u64)
    }
}

/// The outcome of [`TokenSet::reused`] had the tokens been made with a key that nobody used before: no more of them
/// recur than meet by chance.
pub fn with_new_key(outcome: &AttackOutcome) -> AttackOutcome {
    let chance = outcome.baseline.map_or(0, |chance| chance.successes);
    AttackOutcome::new(&outcome.id, chance, outcome.trials, outcome.baseline)
}

#[cfg(test)]
mod tests {
    use rand::rngs::ChaCha20Rng;
    use rand::{RngExt, SeedableRng};

    use super::*;

    fn set(tokens: std::ops::Range<u64>, limit: usize) -> TokenSet {
        let mut set = TokenSet::with_limit(limit);
        set.feed(&tokens.collect::<Vec<_>>());
        set
    }

    #[test]
    fn the_same_tokens_in_two_columns_link_them() {
        let found = set(0..100, 1000).reused("token_reuse_columns", &set(60..200, 1000), 16);
        assert_eq!((found.successes, found.trials, found.subjects_at_risk), (40, 100, Some(40)));
        assert_eq!(found.baseline.unwrap().successes, 0);
        assert_eq!(set(0..100, 1000).reused("token_reuse_columns", &set(100..200, 1000), 16).risk, 0.0);
        assert!(!set(0..0, 10).reused("token_reuse_columns", &set(0..9, 10), 16).attempted());
    }

    #[test]
    fn short_tokens_meet_by_chance() {
        // 2^20 tokens on 2^32 places: one in 4,096 is met; so 24 of 100,000
        let others = set(1 << 40..(1 << 40) + (1 << 20), 1 << 20);
        let found = set(0..100_000, 1 << 20).reused("token_reuse_releases", &others, 8);
        assert_eq!(found.baseline.unwrap().successes, 24);
    }

    #[test]
    fn tokens_of_a_new_key_recur_by_chance() {
        let mut draw = ChaCha20Rng::seed_from_u64(1);
        // 2^16 tokens against 2^16 others, on 2^24 places: 256 expected, a standard deviation of 16
        let mut drawn = || {
            let mut set = TokenSet::with_limit(1 << 17);
            set.feed(&(0..1 << 16).map(|_| draw.random_range(0..1_u64 << 24)).collect::<Vec<_>>());
            set
        };
        let (old, new) = (drawn(), drawn());
        let after = with_new_key(&old.reused("token_reuse_releases", &old, 6));
        let again = new.reused("token_reuse_releases", &old, 6);
        assert!(after.successes.abs_diff(again.successes) < 80, "{after:?} {again:?}");
        assert_eq!((after.risk, after.trials), (0.0, old.tokens.len() as u64));
    }

    #[test]
    fn sets_of_unlike_size_are_sampled_alike() {
        let mut small = set(0..2000, 4096);
        small.merge(set(2000..3000, 4096));
        let large = set(2000..40_000, 4096);
        let found = small.reused("token_reuse_releases", &large, 16);
        // 1,000 of 3,000 are common; about 300 are kept: five standard errors of 2.7 %
        assert!((found.risk - 1.0 / 3.0).abs() < 0.14, "{found:?}");
        let at_risk = found.subjects_at_risk.unwrap();
        assert!((500..1500).contains(&at_risk), "{at_risk}");
    }
}
