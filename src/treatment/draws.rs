//! [`Draws`]: randomness of one column that repeats itself: for the equal values of a subject, or row by row.

use hmac::{Hmac, KeyInit, Mac};
use rand::rngs::ChaCha20Rng;
use rand::{CryptoRng, SeedableRng};
use sha2::Sha256;
use zeroize::Zeroize;

use arrow::array::ArrayRef;

use super::beside::{Beside, Rows};
use super::cell_error;
use super::text::each_text;
use crate::error::Result;
use crate::secret::Secret;
use crate::written::{Reader, Writer, Written};

/// A seed that exists nowhere else and dies with the release, so that nobody can take the draws back.
///
/// The same row, or the same value of the same subject, gives the same draws again: a retried task repeats itself, and
/// nobody can average several draws of one fact.
#[derive(Debug)]
pub struct Draws(Secret<[u8; 32]>);

impl Draws {
    /// Draws a seed; `rng` must be the system's or seeded from it.
    pub fn ephemeral(rng: &mut impl CryptoRng) -> Self {
        let mut seed = Secret::new([0; 32]);
        rng.fill_bytes(seed.expose_mut());
        Self(seed)
    }

    /// The streams of some cells: one of the 2^64 streams of ChaCha20 for each value of a subject, under a key of that
    /// subject; where no subjects stand beside the cells, for each row, under the seed.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::error::Error::Internal) where the rows are not told, and
    /// [`Error::Input`](crate::error::Error::Input) for a cell without a subject where others have one.
    pub(super) fn of_cells<'b>(&self, beside: &Beside<'b>, cells: &ArrayRef) -> Result<CellDraws<'b>> {
        let rows = beside.rows(cells)?;
        let draws = ChaCha20Rng::from_seed(*self.0.expose());
        let mut subjects: Vec<[u8; 32]> = Vec::new();
        if beside.subject.is_some() {
            let of_subjects = self.of_subjects();
            let mut latest: Option<(String, [u8; 32])> = None;
            each_text(beside.subject(cells)?, |cell, subject| {
                let subject = subject.ok_or_else(|| cell_error(cell, "expected a subject beside the cell"))?;
                let key = match &latest {
                    // records of a subject often stand together
                    Some((same, key)) if same == subject => *key,
                    _ => of_subjects.tag(subject),
                };
                if latest.as_ref().is_none_or(|(same, _)| same != subject) {
                    latest = Some((subject.to_owned(), key));
                }
                subjects.push(key);
                Ok(())
            })?;
        }
        Ok(CellDraws { rows, draws, subjects })
    }

    /// What draws of subjects start from.
    pub(super) fn of_subjects(&self) -> SubjectDraws {
        SubjectDraws(<Hmac<Sha256> as KeyInit>::new_from_slice(self.0.expose()).expect("HMAC takes keys of any length"))
    }
}

/// With its seed: see [`Writer::secret`].
impl Written for Draws {
    fn write(&self, to: &mut Writer) {
        to.secret(&self.0);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        from.secret().map(Self)
    }
}

/// Gives the stream of each cell.
pub(super) struct CellDraws<'b> {
    rows: Rows<'b>,
    draws: ChaCha20Rng,
    /// The key of each cell's subject; none where no subjects are known.
    subjects: Vec<[u8; 32]>,
}

impl CellDraws<'_> {
    /// The stream of this cell, whose value has this number, from its start.
    pub fn of(&mut self, cell: usize, value: u64) -> &mut ChaCha20Rng {
        match self.subjects.get(cell) {
            Some(key) => {
                self.draws = ChaCha20Rng::from_seed(*key);
                self.draws.set_stream(value);
            }
            None => self.draws.set_stream(self.rows.number(cell)),
        }
        &mut self.draws
    }
}

impl Drop for CellDraws<'_> {
    fn drop(&mut self) {
        self.subjects.iter_mut().for_each(Zeroize::zeroize);
    }
}

/// Gives a number or a key for each subject.
pub(super) struct SubjectDraws(Hmac<Sha256>);

impl SubjectDraws {
    /// A whole number below `bound`, by HMAC-SHA256 of the subject's canonical text.
    ///
    /// 128 bits modulo a bound of 32: no number is more likely than another by more than 2^-96.
    pub fn below(&self, bound: u32, subject: &str) -> u32 {
        let mut tag = self.tag(subject);
        let (head, _) = tag.split_at(16);
        let number = head.iter().fold(0u128, |number, &byte| number << 8 | u128::from(byte));
        tag.zeroize();
        (number % u128::from(bound.max(1))) as u32
    }

    fn tag(&self, subject: &str) -> [u8; 32] {
        let mut mac = self.0.clone();
        mac.update(subject.as_bytes());
        mac.finalize().into_bytes().into()
    }
}
