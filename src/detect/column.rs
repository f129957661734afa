//! Cells of a column added up.

use std::hash::{BuildHasher, BuildHasherDefault, Hasher};

use hashbrown::HashSet;

use super::decide::decide;
use super::detector::Detector;
use super::finding::{ColumnFinding, Distinct, Whole};
use super::forms::LONGEST;
use super::header;
use super::kind::{Kind, Sort};
use super::names::NameForm;
use super::normalize::Plain;
use super::scan::{Bytes, Scratch, resolve, scan};
use super::whole::{Shape, is_null, judge};

/// Distinct cells are counted exactly up to here.
const MOST_DISTINCT: usize = 1 << 17;

/// A column under observation. Cells are fed one by one; none is kept, only hashes of distinct ones (64 bits: two
/// different cells count as one with a chance below one in a billion).
#[derive(Debug, Clone)]
pub struct Column {
    header: String,
    pub(super) hints: Vec<(Kind, f64)>,
    distinct: HashSet<u64, BuildHasherDefault<Ready>>,
    hasher: hashbrown::DefaultHashBuilder,
    full: bool,
    pub(super) sums: Sums,
    previous: Option<u64>,
    scratch: Scratch,
}

/// Counts of cells, by what they are.
#[derive(Debug, Clone, Default)]
pub(super) struct Sums {
    pub rows: u64,
    pub nulls: u64,
    pub matched: Counts,
    pub passed: Counts,
    pub failed: Counts,
    /// Cells with at least one identifier of the kind inside, and cells with several.
    pub inside: Counts,
    pub several: Counts,
    pub numbers: u64,
    pub integers: u64,
    pub codes: u64,
    pub words: u64,
    pub texts: u64,
    pub floated: u64,
    pub serials: u64,
    pub zeroless: u64,
    pub things: u64,
    pub surnames: u64,
    pub foreign_names: u64,
    /// Cells with more than one identifier and little else.
    pub packed: u64,
    /// Identifiers with separators, country codes or full-width digits.
    pub formed: u64,
    /// Integers that are one more than the one before.
    pub steps: u64,
    pub leading_zeros: u64,
    /// Cells by their length in characters; the last place holds all longer ones.
    pub lengths: Lengths,
    pub shortest: Option<u64>,
    pub longest: u64,
}

/// A count per kind.
#[derive(Debug, Clone)]
pub(super) struct Counts([u64; Kind::COUNT]);

/// A count per length.
#[derive(Debug, Clone)]
pub(super) struct Lengths(pub [u64; 41]);

impl Default for Counts {
    fn default() -> Self {
        Self([0; Kind::COUNT])
    }
}

impl Default for Lengths {
    fn default() -> Self {
        Self([0; 41])
    }
}

impl Counts {
    pub fn of(&self, kind: Kind) -> u64 {
        self.0[kind as usize]
    }

    fn add(&mut self, kind: Kind) {
        self.0[kind as usize] += 1;
    }
}

/// Passes on what is a hash already.
#[derive(Debug, Clone, Default)]
struct Ready(u64);

impl Hasher for Ready {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {}

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

impl Column {
    /// An empty column of this name; the name may be empty.
    pub fn new(header: &str) -> Self {
        Self {
            header: header.to_owned(),
            hints: header::kinds(header),
            distinct: HashSet::default(),
            hasher: hashbrown::DefaultHashBuilder::default(),
            full: false,
            sums: Sums::default(),
            previous: None,
            scratch: Scratch::default(),
        }
    }

    /// Takes a cell into account; `None` is a null. Empty cells and words for 'nothing' count as nulls.
    pub fn feed(&mut self, detector: &Detector, cell: Option<&str>) {
        self.sums.rows += 1;
        let Some(raw) = cell.map(str::trim).filter(|cell| !is_null(cell)) else {
            self.sums.nulls += 1;
            return;
        };
        if !self.full {
            self.distinct.insert(self.hasher.hash_one(raw));
            self.full = self.distinct.len() > MOST_DISTINCT;
        }
        let plain = Plain::decoded(raw);
        let text = plain.text.trim();
        let bytes = Bytes::of(text);
        self.scratch.hits.clear();
        // a run of digits is judged as a whole
        if !bytes.only_digits() || text.len() > LONGEST {
            scan(detector, text, &bytes, &mut self.scratch);
            resolve(&mut self.scratch.hits);
        }
        let (whole, shape) = judge(detector, text, &bytes, &self.scratch.hits);
        let characters = if bytes.ascii() { text.len() } else { text.chars().count() } as u64;
        let digits = shape.integer && text.len() <= 18;
        let value = if digits { text.parse::<u64>().ok() } else { None };
        self.add_whole(&whole, &shape, characters);
        if text.starts_with('0') && shape.integer && text.len() > 1 {
            self.sums.leading_zeros += 1;
        }
        if let (Some(value), Some(previous)) = (value, self.previous) {
            self.sums.steps += u64::from(value == previous + 1);
        }
        self.previous = value;
        if !self.scratch.hits.is_empty() {
            self.add_inside(text, &whole, raw.len() != text.len());
        }
    }

    fn add_whole(&mut self, whole: &Whole, shape: &Shape, characters: u64) {
        let sums = &mut self.sums;
        for kind in whole.kinds.iter() {
            sums.matched.add(kind);
        }
        for kind in whole.passed.iter() {
            sums.passed.add(kind);
        }
        for kind in whole.failed.iter() {
            sums.failed.add(kind);
        }
        sums.numbers += u64::from(shape.number);
        sums.integers += u64::from(shape.integer);
        sums.codes += u64::from(shape.code);
        sums.words += u64::from(shape.word);
        sums.texts += u64::from(shape.text);
        sums.floated += u64::from(shape.floated);
        sums.serials += u64::from(shape.serial);
        sums.zeroless += u64::from(shape.zeroless);
        sums.things += u64::from(shape.thing);
        match shape.name {
            Some(NameForm::Surname | NameForm::Dotted | NameForm::Pinyin) => sums.surnames += 1,
            Some(NameForm::Latin) => sums.foreign_names += 1,
            _ => {}
        }
        sums.lengths.0[(characters as usize).min(40)] += 1;
        sums.shortest = Some(sums.shortest.map_or(characters, |shortest| shortest.min(characters)));
        sums.longest = sums.longest.max(characters);
    }

    /// Counts what was found inside the cell, and takes a cell that is nothing but identifiers for those.
    fn add_inside(&mut self, text: &str, whole: &Whole, rewritten: bool) {
        let hits = &self.scratch.hits;
        let Some(first) = hits.first() else { return };
        let spans = hits.len() == 1 && first.start == 0 && first.end == text.len();
        let sums = &mut self.sums;
        if spans {
            sums.formed +=
                u64::from(rewritten || first.kind.sort() == Sort::Identifier && text.contains([' ', '-', '+', '(']));
            return;
        }
        let mut seen = super::kind::Kinds::default();
        let mut covered = 0;
        for hit in hits {
            covered += hit.end - hit.start;
            if seen.contains(hit.kind) {
                continue;
            }
            seen.insert(hit.kind);
            sums.inside.add(hit.kind);
            if hits.iter().filter(|other| other.kind == hit.kind).count() > 1 {
                sums.several.add(hit.kind);
            }
        }
        let rest = text.len() - covered;
        if hits.len() > 1 && rest <= 4 * hits.len() && covered >= 10 {
            sums.packed += 1;
            if !whole.kinds.contains(first.kind) {
                sums.matched.add(first.kind);
                match first.checked {
                    super::Checked::Passed => sums.passed.add(first.kind),
                    super::Checked::Failed => sums.failed.add(first.kind),
                    super::Checked::None => {}
                }
            }
        }
    }

    pub(super) fn distinct(&self) -> Distinct {
        match self.full {
            true => Distinct::MoreThan(MOST_DISTINCT as u64),
            false => Distinct::Exactly(self.distinct.len() as u64),
        }
    }

    pub(super) fn header(&self) -> &str {
        &self.header
    }

    /// Decides on what was fed so far.
    pub fn finish(&self) -> ColumnFinding {
        decide(self)
    }
}
