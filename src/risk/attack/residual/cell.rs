//! What is found in a cell, and in all cells of a column.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};

use super::identifiers::{MOBILE, Shape};
use super::{Form, Identifiers, pieces};
use crate::detect::{Checked, Detector, Kind};

/// More than chance: such a coincidence comes once in a thousand columns.
const RARE: f64 = 1e-3;
/// Standard deviations of the same rarity, one-sided.
const DEVIATIONS: f64 = 3.09;
/// A random number passes a check digit so often, at least.
const CHECK_BY_CHANCE: f64 = 0.1;

/// What was found in the cells of a column.
#[derive(Default)]
pub(super) struct Found {
    pub kinds: BTreeMap<Kind, Counts>,
    /// Cells with an identifier of the source.
    pub known: u64,
    /// Which ones.
    pub hits: HashSet<u64>,
    /// Identifiers expected by chance.
    chance: f64,
}

/// What was found in one cell.
#[derive(Default)]
pub(super) struct Seen {
    pub kinds: Vec<Kind>,
    /// The cell is nothing but this, its check digit right.
    passed: Vec<Kind>,
    /// The cell has the form of this, but for its check digit.
    failed: Vec<Kind>,
    hits: Vec<u64>,
    chance: f64,
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    /// Cells that hold the kind.
    pub cells: u64,
    /// Cells that are nothing but the kind, its check digit right.
    passed: u64,
    /// Cells of the same form whose check digit is wrong.
    failed: u64,
}

/// What cells are searched with.
pub(super) struct Search<'a> {
    pub detector: &'a Detector,
    pub identifiers: &'a Identifiers,
    pub shapes: &'a HashMap<Shape, u64>,
}

impl Search<'_> {
    pub(super) fn cell(&self, form: Form, cell: &str) -> Seen {
        let mut seen = Seen::default();
        if form == Form::Token && self.is_no_identifier(cell) {
            return seen;
        }
        if matches!(form, Form::Text | Form::Number) {
            self.detect(cell, &mut seen);
        }
        let mut probe = |piece: &str| {
            if let Some(shape) = Shape::of(piece)
                && let Some(&alike) = self.shapes.get(&shape)
            {
                seen.chance += alike as f64 / shape.space();
                seen.hits.extend(self.identifiers.find(piece));
            }
        };
        match form {
            Form::Text => pieces::each(cell, self.identifiers.han_lengths(), &mut probe),
            _ => pieces::whole(cell, &mut probe),
        }
        seen
    }

    /// Whether letters and digits without separators, more than a mobile number or a resident id has, are of a length that
    /// no identifier of the source has: as such a cell has one form, that is all there is to find out.
    fn is_no_identifier(&self, cell: &str) -> bool {
        cell.len() > MOBILE
            && cell.bytes().all(|sign| sign.is_ascii_alphanumeric())
            && Shape::of(cell).is_none_or(|shape| !self.shapes.contains_key(&shape))
    }

    /// Asks the detectors.
    fn detect(&self, cell: &str, seen: &mut Seen) {
        for found in self.detector.find(cell) {
            if !seen.kinds.contains(&found.kind) {
                seen.kinds.push(found.kind);
            }
            if found.checked == Checked::Passed && found.start == 0 && found.end == cell.len() {
                seen.passed.push(found.kind);
            }
        }
        let coded = (12..=19).contains(&cell.len()) && cell.bytes().all(|sign| sign.is_ascii_alphanumeric());
        if coded && seen.kinds.is_empty() {
            seen.failed.extend(self.detector.whole(cell).failed.iter());
        }
    }
}

impl Found {
    pub(super) fn add(&mut self, seen: &Seen, count: u64) {
        for kind in &seen.kinds {
            self.kinds.entry(*kind).or_default().cells += count;
        }
        for kind in &seen.passed {
            self.kinds.entry(*kind).or_default().passed += count;
        }
        for kind in &seen.failed {
            self.kinds.entry(*kind).or_default().failed += count;
        }
        self.known += if seen.hits.is_empty() { 0 } else { count };
        self.hits.extend(&seen.hits);
        self.chance += seen.chance;
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.known += other.known;
        self.hits.extend(other.hits);
        self.chance += other.chance;
        for (kind, counts) in other.kinds {
            let held = self.kinds.entry(kind).or_default();
            held.cells += counts.cells;
            held.passed += counts.passed;
            held.failed += counts.failed;
        }
    }

    pub(super) fn beyond_chance(&self) -> bool {
        beyond_chance(self.hits.len() as u64, self.chance)
    }
}

impl Counts {
    /// Whether all cells with the kind are such whose check digit random numbers would pass as often.
    pub(super) fn by_chance(&self) -> bool {
        let alike = (self.passed + self.failed) as f64;
        let expected = CHECK_BY_CHANCE * alike;
        let most = expected + DEVIATIONS * (expected * (1.0 - CHECK_BY_CHANCE)).sqrt();
        self.failed > 0 && self.cells == self.passed && self.passed as f64 <= most
    }
}

/// Whether so many hits are more than chance gives where `expected` are: less than one in a thousand (Poisson).
pub(super) fn beyond_chance(hits: u64, expected: f64) -> bool {
    if hits == 0 {
        return false;
    }
    if expected > 100.0 {
        return hits as f64 > expected + DEVIATIONS * expected.sqrt() + 1.0;
    }
    // the chance of fewer hits than these, term by term
    let (mut term, mut fewer) = ((-expected).exp(), 0.0);
    for i in 0..hits.min(1000) {
        fewer += term;
        term *= expected / (i + 1) as f64;
    }
    1.0 - fewer < RARE
}
