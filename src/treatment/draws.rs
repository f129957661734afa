//! [`Draws`]: randomness of one column that repeats itself, row by row or subject by subject.

use hmac::{Hmac, KeyInit, Mac};
use rand::rngs::ChaCha20Rng;
use rand::{CryptoRng, SeedableRng};
use sha2::Sha256;
use zeroize::Zeroize;

use super::beside::Rows;
use crate::secret::Secret;

/// A seed that exists nowhere else and dies with the release, so that nobody can take the draws back.
///
/// The same row, or the same subject, gives the same draws again: a retried task repeats itself, and nobody can
/// average several draws of one cell.
#[derive(Debug)]
pub struct Draws(Secret<[u8; 32]>);

impl Draws {
    /// Draws a seed; `rng` must be the system's or seeded from it.
    pub fn ephemeral(rng: &mut impl CryptoRng) -> Self {
        let mut seed = Secret::new([0; 32]);
        rng.fill_bytes(seed.expose_mut());
        Self(seed)
    }

    /// The streams of rows: one of the 2^64 streams of ChaCha20 under this seed for each.
    pub(super) fn of_rows(&self) -> RowDraws {
        RowDraws(ChaCha20Rng::from_seed(*self.0.expose()))
    }

    /// What draws of subjects start from.
    pub(super) fn of_subjects(&self) -> SubjectDraws {
        SubjectDraws(<Hmac<Sha256> as KeyInit>::new_from_slice(self.0.expose()).expect("HMAC takes keys of any length"))
    }
}

/// Gives the stream of each row.
pub(super) struct RowDraws(ChaCha20Rng);

impl RowDraws {
    /// The stream of the row of this cell, from its start.
    pub fn of(&mut self, rows: &Rows, cell: usize) -> &mut ChaCha20Rng {
        self.0.set_stream(rows.number(cell));
        &mut self.0
    }
}

/// Gives a number for each subject.
pub(super) struct SubjectDraws(Hmac<Sha256>);

impl SubjectDraws {
    /// A whole number below `bound`, by HMAC-SHA256 of the subject's canonical text.
    ///
    /// 128 bits modulo a bound of 32: no number is more likely than another by more than 2^-96.
    pub fn below(&self, bound: u32, subject: &str) -> u32 {
        let mut mac = self.0.clone();
        mac.update(subject.as_bytes());
        let mut tag: [u8; 32] = mac.finalize().into_bytes().into();
        let (head, _) = tag.split_at(16);
        let number = head.iter().fold(0u128, |number, &byte| number << 8 | u128::from(byte));
        tag.zeroize();
        (number % u128::from(bound.max(1))) as u32
    }
}
