//! The compiled detectors.

use chrono::NaiveDate;

use super::context::Words;
use super::finding::{Found, Whole};
use super::normalize::Plain;
use super::scan::{Bytes, Scratch, resolve, scan};
use super::whole::judge;
use super::words::Dictionary;

/// All detectors, compiled once; shared by threads.
#[derive(Debug, Clone)]
pub struct Detector {
    /// Dates of birth after it do not count.
    pub(super) today: NaiveDate,
    pub(super) words: Words,
    pub(super) dictionary: Dictionary,
}

impl Detector {
    /// Detectors that take any date of birth until the end of 2099.
    pub fn new() -> Self {
        let today = NaiveDate::from_ymd_opt(2099, 12, 31).unwrap_or(NaiveDate::MAX);
        Self { today, words: Words::new(), dictionary: Dictionary::new() }
    }

    /// The same, with no date of birth after `today`.
    pub fn as_of(self, today: NaiveDate) -> Self {
        Self { today, ..self }
    }

    /// Identifiers inside a text, in its order, without overlap; where several readings overlap, the strongest.
    ///
    /// Full-width characters, invisible ones, JSON escapes (at any depth) and percent escapes are read as what they
    /// stand for. A number counts only if no letter or digit touches it. Formats that anything could have (account
    /// numbers, QQ, names) count only behind a word that tells them, such as 户号 or `"name":`.
    pub fn find(&self, text: &str) -> Vec<Found> {
        let plain = Plain::decoded(text);
        let mut scratch = Scratch::default();
        scan(self, &plain.text, &Bytes::of(&plain.text), &mut scratch);
        resolve(&mut scratch.hits);
        let found = scratch.hits.iter().map(|hit| {
            let (start, end) = plain.original(hit.start, hit.end);
            Found { kind: hit.kind, start, end, checked: hit.checked }
        });
        found.collect()
    }

    /// All that a whole cell can be by its form. Formats that need a header to be believed are among them.
    pub fn whole(&self, text: &str) -> Whole {
        let plain = Plain::decoded(text);
        let cell = plain.text.trim();
        let bytes = Bytes::of(cell);
        let mut scratch = Scratch::default();
        scan(self, cell, &bytes, &mut scratch);
        judge(self, cell, &bytes, &scratch.hits).0
    }
}

impl Default for Detector {
    fn default() -> Self {
        Self::new()
    }
}
