//! Attacks on tokens: can they be enumerated, do they betray themselves by how often they occur, do they recur.
//!
//! A token hides a value as long as nobody can compute tokens. Who can, tries all mobile numbers in minutes. Whether
//! the computing needs a key, and who has it, is a fact of the construction ([`enumeration`]); that tokens are no
//! plain hashes is tried on the files ([`Unkeyed`]). How often each value occurs shows through every token
//! ([`Frequencies`]), and a token that stands in a second column or an earlier release links both ([`TokenSet`]).
//!
//! Values are brought to a canonical form before they are hashed, or one phone in two spellings has two tokens: that
//! is the treatment's duty, not measured here.

mod domain;
mod frequency;
mod reuse;
mod unkeyed;

use super::AttackOutcome;

pub use domain::{Cost, Domain, rate_of};
pub use frequency::Frequencies;
pub use reuse::{TokenSet, with_new_key};
pub use unkeyed::Unkeyed;

/// Who can compute the tokens of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFact {
    /// Anyone: a hash without a key, or with a salt that was published.
    Absent,
    /// Whoever holds the kept key.
    Kept,
    /// Nobody: the key died with the run.
    Ephemeral,
}

/// `token_enumeration`: how many of `tokens` distinct tokens an attacker restores who tries every value of the domain.
///
/// Without a key all those are restored that only one value of the domain has: of D values and tokens of `digits` hex
/// digits, a share `exp(−(D − 1) / 16^digits)`. What a holder of a kept key can do counts as restored, whoever holds
/// it; a key that died leaves 2^256 keys to try, and no token is restored. The cost stands beside it:
/// [`Domain::cost`].
pub fn enumeration(key: KeyFact, domain: &Domain, tokens: u64, digits: u32) -> AttackOutcome {
    let sole = (-(domain.size.saturating_sub(1) as f64) / 16f64.powi(digits.min(64) as i32)).exp();
    let restored = match key {
        KeyFact::Ephemeral => 0,
        KeyFact::Absent | KeyFact::Kept => (tokens as f64 * sole).round() as u64,
    };
    AttackOutcome::new("token_enumeration", restored.min(tokens), tokens, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_dead_key_withstands_enumeration() {
        let mobiles = Domain::MOBILES;
        assert_eq!(enumeration(KeyFact::Absent, &mobiles, 1000, 16).successes, 1000);
        assert_eq!(enumeration(KeyFact::Absent, &mobiles, 1000, 64).risk, 1.0);
        assert_eq!(enumeration(KeyFact::Kept, &mobiles, 1000, 32).risk, 1.0);
        let dead = enumeration(KeyFact::Ephemeral, &mobiles, 1000, 16);
        assert_eq!((dead.successes, dead.trials, dead.risk), (0, 1000, 0.0));
        assert_eq!(enumeration(KeyFact::Ephemeral, &mobiles, 0, 16).risk, 1.0, "no token tried is no pass");
    }

    #[test]
    fn short_tokens_have_many_values_each() {
        // 10^10 values on 2^32 tokens: 2.3 others on average
        let found = enumeration(KeyFact::Absent, &Domain::MOBILES, 1000, 8);
        assert_eq!(found.successes, 97, "exp(−10^10 / 2^32)");
    }
}
