//! Cells of a column added up.

use std::hash::{BuildHasher, BuildHasherDefault, Hasher};

use hashbrown::HashMap;

use super::decide::decide;
use super::detector::Detector;
use super::finding::{ColumnFinding, Distinct, Whole};
use super::forms::LONGEST;
use super::header;
use super::kind::{Kind, Kinds, Sort};
use super::names::NameForm;
use super::normalize::Plain;
use super::scan::{Bytes, Hit, Scratch, resolve, scan};
use super::whole::{Shape, is_null, judge};

/// Distinct cells are counted exactly up to here.
const MOST_DISTINCT: usize = 1 << 17;
/// So many distinct cells are judged once, however often they come again.
const MOST_KNOWN: usize = 512;

/// A column under observation. Cells are fed one by one; none is kept, only hashes of distinct ones (64 bits: two
/// different cells count as one with a chance below one in a billion).
#[derive(Debug, Clone)]
pub struct Column {
    header: String,
    pub(super) hints: Vec<(Kind, f64)>,
    /// The place in `known` of each distinct cell, by its hash; beyond it for those that are not kept there.
    distinct: HashMap<u64, u32, BuildHasherDefault<Ready>>,
    known: Vec<(Judged, u64)>,
    hasher: hashbrown::DefaultHashBuilder,
    full: bool,
    /// Of cells that are not in `known`.
    sums: Sums,
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
    pub degrees: u64,
    pub scientific: u64,
    pub four_small: u64,
    /// Which ranges mobile numbers are of, a bit each.
    pub ranges: u128,
    pub surnames: u64,
    pub foreign_names: u64,
    /// Cells with more than one identifier and little else.
    pub packed: u64,
    /// Identifiers with separators, country codes or full-width digits.
    pub formed: u64,
    /// Integers that are one more than the one before.
    pub steps: u64,
    /// Integers that are at least one and at most a hundred more than the one before.
    pub rises: u64,
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

    fn add(&mut self, kinds: Kinds, times: u64) {
        for kind in kinds.iter() {
            self.0[kind as usize] += times;
        }
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
            distinct: HashMap::default(),
            known: Vec::new(),
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
        let Some(cell) = cell.map(str::trim).filter(|cell| !is_null(cell)) else {
            self.sums.nulls += 1;
            return;
        };
        let hash = self.hasher.hash_one(cell);
        let place = self.distinct.get(&hash).and_then(|place| self.known.get_mut(*place as usize));
        let value = match place {
            Some((judged, times)) => {
                *times += 1;
                judged.value
            }
            None => {
                let judged = Judged::new(detector, cell, &mut self.scratch);
                let value = judged.value;
                self.keep(hash, judged);
                value
            }
        };
        if let (Some(value), Some(previous)) = (value, self.previous) {
            self.sums.steps += u64::from(value == previous + 1);
            self.sums.rises += u64::from(value > previous && value - previous <= 100);
        }
        self.previous = value;
    }

    /// Takes a cell into account that is not known, and remembers it if there is room.
    fn keep(&mut self, hash: u64, judged: Judged) {
        if !self.full {
            self.distinct.insert(hash, self.known.len() as u32);
            self.full = self.distinct.len() > MOST_DISTINCT;
        }
        if self.known.len() < MOST_KNOWN && !self.full {
            self.known.push((judged, 1));
        } else {
            self.sums.add(&judged, 1);
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
        let mut sums = self.sums.clone();
        self.known.iter().for_each(|(judged, times)| sums.add(judged, *times));
        decide(self, &sums)
    }
}

/// All that a cell adds to the counts.
#[derive(Debug, Clone)]
struct Judged {
    whole: Whole,
    shape: Shape,
    characters: u64,
    /// An integer of at most 18 digits.
    value: Option<u64>,
    leading_zero: bool,
    /// Kinds found inside, and those found several times.
    inside: Kinds,
    several: Kinds,
    packed: bool,
    formed: bool,
}

impl Judged {
    fn new(detector: &Detector, raw: &str, scratch: &mut Scratch) -> Self {
        let plain = Plain::decoded(raw);
        let text = plain.text.trim();
        let bytes = Bytes::of(text);
        scratch.hits.clear();
        // a run of digits is judged as a whole
        if !bytes.only_digits() || text.len() > LONGEST {
            scan(detector, text, &bytes, scratch);
            resolve(&mut scratch.hits);
        }
        let (whole, shape) = judge(detector, text, &bytes, &scratch.hits);
        let mut judged = Self {
            whole,
            shape,
            characters: if bytes.ascii() { text.len() } else { text.chars().count() } as u64,
            value: if shape.integer && text.len() <= 18 { text.parse().ok() } else { None },
            leading_zero: shape.integer && text.len() > 1 && text.starts_with('0'),
            inside: Kinds::default(),
            several: Kinds::default(),
            packed: false,
            formed: false,
        };
        judged.look_inside(text, &scratch.hits, raw.len() != text.len());
        judged
    }

    /// Notes what was found inside the cell, and takes a cell that is nothing but identifiers for those.
    fn look_inside(&mut self, text: &str, hits: &[Hit], rewritten: bool) {
        let Some(first) = hits.first() else { return };
        if hits.len() == 1 && first.start == 0 && first.end == text.len() {
            let written = first.kind.sort() == Sort::Identifier && text.contains([' ', '-', '+', '(']);
            self.formed = rewritten || written;
            return;
        }
        for hit in hits {
            if self.inside.contains(hit.kind) {
                self.several.insert(hit.kind);
            }
            self.inside.insert(hit.kind);
        }
        let covered: usize = hits.iter().map(|hit| hit.end - hit.start).sum();
        let rest = text.len() - covered;
        self.packed = hits.len() > 1 && rest <= 4 * hits.len() && covered >= 10;
        if self.packed && !self.whole.kinds.contains(first.kind) {
            self.whole.add(first.kind, first.checked);
        }
    }
}

impl Sums {
    /// Adds a cell that comes so many times.
    fn add(&mut self, judged: &Judged, times: u64) {
        let Judged { whole, shape, characters, .. } = judged;
        self.matched.add(whole.kinds, times);
        self.passed.add(whole.passed, times);
        self.failed.add(whole.failed, times);
        self.inside.add(judged.inside, times);
        self.several.add(judged.several, times);
        let named = matches!(shape.name, Some(NameForm::Surname | NameForm::Dotted | NameForm::Pinyin));
        for (count, counts) in [
            (&mut self.numbers, shape.number),
            (&mut self.integers, shape.integer),
            (&mut self.codes, shape.code),
            (&mut self.words, shape.word),
            (&mut self.texts, shape.text),
            (&mut self.floated, shape.floated),
            (&mut self.serials, shape.serial),
            (&mut self.zeroless, shape.zeroless),
            (&mut self.things, shape.thing),
            (&mut self.degrees, shape.degrees),
            (&mut self.scientific, shape.scientific),
            (&mut self.four_small, shape.four_small),
            (&mut self.surnames, named),
            (&mut self.foreign_names, shape.name == Some(NameForm::Latin)),
            (&mut self.packed, judged.packed),
            (&mut self.formed, judged.formed),
            (&mut self.leading_zeros, judged.leading_zero),
        ] {
            *count += if counts { times } else { 0 };
        }
        self.ranges |= shape.range.map_or(0, |range| 1 << range);
        self.lengths.0[(*characters as usize).min(40)] += times;
        self.shortest = Some(self.shortest.map_or(*characters, |shortest| shortest.min(*characters)));
        self.longest = self.longest.max(*characters);
    }
}
