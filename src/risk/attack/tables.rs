//! What attacks in the manner of WP216 start from, and how they draw.

use rand::Rng;
use rand::seq::index;

use super::cells::{Cells, Rows};
use super::{AttackOutcome, Baseline, BaselineKind, Looked, Sampling};

/// A release, its source and a control group, in the same terms.
///
/// All tables have the same columns in the same order. A column of labels has the codes of one [`Coder`] in all of
/// them: the source's cells are recoded to the labels that the release would give them, for `30-39` in the release
/// is not `34` in the source. A column of numbers has the released numbers, and in source and control the original
/// ones. Tokens stay out: nobody knows them.
///
/// [`Coder`]: super::Coder
#[derive(Debug, Clone, Copy)]
pub struct Tables<'a> {
    released: &'a Rows,
    source: &'a Rows,
    control: Option<&'a Rows>,
    subjects: Option<&'a [u64]>,
    of: (u64, u64),
}

/// The tables have different columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unlike;

impl std::fmt::Display for Unlike {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("release, source and control group have different columns")
    }
}

impl std::error::Error for Unlike {}

impl<'a> Tables<'a> {
    /// Takes all released rows and the rows of the source that they come from; `control` are rows of the source
    /// that were withheld from the release on purpose.
    ///
    /// # Errors
    /// Columns that differ by name, order or kind.
    pub fn new(released: &'a Rows, source: &'a Rows, control: Option<&'a Rows>) -> Result<Self, Unlike> {
        let kind = |cells: &Cells| matches!(cells, Cells::Codes(_));
        let alike = |other: &Rows| {
            other.names() == released.names()
                && other.columns().iter().zip(released.columns()).all(|(a, b)| kind(a) == kind(b))
        };
        let control = control.filter(|control| !control.is_empty());
        if !alike(source) || !control.is_none_or(alike) {
            return Err(Unlike);
        }
        Ok(Self { released, source, control, subjects: None, of: (source.len() as u64, released.len() as u64) })
    }

    /// With the subject of each row of the source.
    #[must_use]
    pub fn of_subjects(self, subjects: &'a [u64]) -> Self {
        Self { subjects: Some(subjects), ..self }
    }

    /// With the numbers of rows that these are samples of.
    #[must_use]
    pub fn sampled_from(self, source: u64, released: u64) -> Self {
        Self { of: (source, released), ..self }
    }

    /// The same with other columns, or cells, of the same rows.
    pub(super) fn with_rows<'b>(&self, released: &'b Rows, source: &'b Rows, control: Option<&'b Rows>) -> Tables<'b>
    where
        'a: 'b,
    {
        Tables { released, source, control, subjects: self.subjects, of: self.of }
    }

    pub fn released(&self) -> &'a Rows {
        self.released
    }

    pub fn source(&self) -> &'a Rows {
        self.source
    }

    pub fn control(&self) -> Option<&'a Rows> {
        self.control
    }

    /// The outcome of `trials` of which those on `hit` rows of the source succeeded (one row for each success);
    /// `looked` rows of the source were looked at. Measured beyond the control group where there is one.
    pub(super) fn outcome(
        &self,
        id: &str,
        trials: u64,
        hit: &[u32],
        looked: u64,
        naive: Baseline,
        control: Option<Baseline>,
    ) -> AttackOutcome {
        let sampling = Sampling {
            source: Looked { rows: looked, of: self.of.0 },
            released: Looked { rows: self.released.len() as u64, of: self.of.1 },
        };
        let mut outcome = AttackOutcome::new(id, hit.len() as u64, trials, control.or(Some(naive))).sampled(sampling);
        outcome.naive = control.is_some().then_some(naive);
        let mut who: Vec<u64> = hit.iter().map(|&row| self.subject(row)).collect();
        who.sort_unstable();
        who.dedup();
        outcome.subjects(who.len() as u64)
    }

    fn subject(&self, row: u32) -> u64 {
        self.subjects.and_then(|subjects| subjects.get(row as usize)).copied().unwrap_or(u64::from(row))
    }
}

/// Guesses without knowledge of the target.
pub(super) fn naive(successes: u64, trials: u64) -> Baseline {
    Baseline { successes, trials, what: BaselineKind::NaiveGuess }
}

/// The same attack on people who are not in the release.
pub(super) fn control_group(successes: u64, trials: u64) -> Baseline {
    Baseline { successes, trials, what: BaselineKind::ControlGroup }
}

/// At most `most` different rows of `rows`, in random order.
pub(super) fn draw(rows: usize, most: usize, rng: &mut impl Rng) -> Vec<u32> {
    index::sample(rng, rows, most.min(rows)).into_iter().map(|row| row as u32).collect()
}
