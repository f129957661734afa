//! The compiled detectors.

use chrono::NaiveDate;

use super::finding::{Found, Whole};

/// All detectors, compiled once; shared by threads.
#[derive(Debug, Clone)]
pub struct Detector {
    /// Dates of birth after it do not count.
    today: NaiveDate,
}

impl Detector {
    /// Detectors that take any date of birth until the end of 2099.
    pub fn new() -> Self {
        Self { today: NaiveDate::from_ymd_opt(2099, 12, 31).unwrap_or(NaiveDate::MAX) }
    }

    /// The same, with no date of birth after `today`.
    pub fn as_of(self, today: NaiveDate) -> Self {
        Self { today }
    }

    /// Identifiers inside a text, in order, without overlap.
    pub fn find(&self, _text: &str) -> Vec<Found> {
        Vec::new()
    }

    /// What a whole cell can be.
    pub fn whole(&self, _text: &str) -> Whole {
        Whole::default()
    }
}

impl Default for Detector {
    fn default() -> Self {
        Self::new()
    }
}
