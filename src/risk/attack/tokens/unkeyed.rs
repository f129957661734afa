//! [`Unkeyed`]: are the released tokens plain hashes of the source's values?

use hashbrown::HashSet;
use sha2::{Digest, Sha256};
use sm3::Sm3;

use crate::risk::attack::AttackOutcome;

/// Distinct tokens that are looked for.
const TOKENS: usize = 1 << 18;
/// Fewer digits of a hash meet others by chance.
const LEAST: usize = 8;

/// Released tokens, and who tries to make them without a key.
///
/// Tries the value itself, SHA-256 and SM3 of it, in hex of any case and cut to the length of the tokens. Looks for
/// the first 262,144 distinct tokens: whether tokens are made with a key is a matter of the column, not of the row.
/// Tokens shorter than 8 signs are not looked for, and MD5, SHA-1 and published salts are not tried.
#[derive(Debug, Clone)]
pub struct Unkeyed {
    tokens: HashSet<String>,
    lengths: Vec<usize>,
    limit: usize,
    tried: u64,
    hits: u64,
}

impl Default for Unkeyed {
    fn default() -> Self {
        Self { tokens: HashSet::new(), lengths: Vec::new(), limit: TOKENS, tried: 0, hits: 0 }
    }
}

impl Unkeyed {
    /// Takes released tokens. All of them go before the first value.
    pub fn tokens<'a>(&mut self, tokens: impl IntoIterator<Item = &'a str>) {
        for token in tokens {
            if token.len() < LEAST || self.tokens.len() >= self.limit || !token.is_ascii() {
                continue;
            }
            if self.tokens.insert(token.to_ascii_lowercase()) && !self.lengths.contains(&token.len()) {
                self.lengths.push(token.len());
            }
        }
    }

    /// Tries distinct values of the source, in canonical form.
    pub fn values<'a>(&mut self, values: impl IntoIterator<Item = &'a str>) {
        for value in values {
            self.tried += 1;
            let known = self.tokens.contains(&value.to_ascii_lowercase())
                || self.hashed(&hex::encode(Sha256::digest(value)))
                || self.hashed(&hex::encode(Sm3::digest(value)));
            self.hits += u64::from(known);
        }
    }

    fn hashed(&self, digits: &str) -> bool {
        let cut = |&length: &usize| digits.get(..length);
        self.lengths.iter().filter_map(cut).any(|digits| self.tokens.contains(digits))
    }

    /// `token_unkeyed`: values whose token anyone computes, of those tried. Without tokens nothing was tried.
    pub fn outcome(&self) -> AttackOutcome {
        let trials = if self.tokens.is_empty() { 0 } else { self.tried };
        AttackOutcome::new("token_unkeyed", self.hits, trials, None).subjects(self.hits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attacked(tokens: &[&str]) -> AttackOutcome {
        let mut found = Unkeyed::default();
        found.tokens(tokens.iter().copied());
        found.values(["13800138000", "abc"]);
        found.outcome()
    }

    #[test]
    fn plain_hashes_are_recognized_at_any_length_and_case() {
        // published: SM3("abc") and SHA-256("abc")
        let sm3 = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";
        let sha = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";
        for token in [sm3, &sm3[..16], sha, &sha[..8], "13800138000"] {
            assert_eq!(attacked(&[token]).successes, 1, "{token}");
        }
        // HMAC-SM3 under a key
        let keyed = "28e63256e7c5a087b1f073265dc53092163f7b82729735d06f28f10af9d52393";
        assert_eq!((attacked(&[keyed]).successes, attacked(&[keyed]).trials), (0, 2));
    }

    #[test]
    fn without_tokens_nothing_was_tried() {
        assert!(!attacked(&[]).attempted());
        assert!(!attacked(&["abc"]).attempted(), "too short to look for");
    }
}
