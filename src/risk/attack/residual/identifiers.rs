//! [`Identifiers`]: the source's own identifier values, as hashes.

use hashbrown::{DefaultHashBuilder, HashMap};
use std::hash::BuildHasher;

use super::pieces;
use crate::detect::{Kind, canonical};
use crate::risk::attack::Looked;
use crate::risk::attack::distinct::Distinct;

/// Distinct identifiers that are kept unless [`Identifiers::with_limit`] says otherwise.
const VALUES: usize = 1 << 22;
/// Shorter codes, and numbers with fewer digits that count, are met by chance.
const LEAST: usize = 6;
/// Han characters of names that are looked for inside texts; longer ones are found as whole cells and sentences.
const LONGEST_HAN: usize = 8;

/// The distinct values of the source's identifier columns, by 64-bit hashes under a key of their own.
///
/// Values are kept in one form: full-width signs plain, separators gone, letters capital, country codes of mobiles
/// gone. Left out are codes of fewer than 6 signs, numbers of fewer than 6 digits behind leading zeros, and single Han
/// characters: they stand in any table by chance. Exact up to 4 million values; beyond, one in 2, 4, 8 … is looked
/// for, and [`Self::looked`] says so.
#[derive(Debug, Clone)]
pub struct Identifiers {
    hasher: DefaultHashBuilder,
    values: Distinct<Shape>,
    /// Bit n: some value is nothing but n Han characters.
    han_lengths: u16,
    fed: u64,
}

/// How an identifier is written: how many are alike decides what chance does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    Digits(u32),
    Letters(u32),
    Other,
}

impl Shape {
    /// `None` for what is too short to be looked for.
    pub fn of(form: &str) -> Option<Self> {
        if form.bytes().all(|sign| sign.is_ascii_digit()) {
            let counting = form.trim_start_matches('0').len();
            return (counting >= LEAST).then_some(Self::Digits(form.len() as u32));
        }
        if form.is_ascii() {
            return (form.len() >= LEAST).then_some(Self::Letters(form.len() as u32));
        }
        (form.chars().nth(1).is_some()).then_some(Self::Other)
    }

    /// How many texts have this shape.
    pub fn space(self) -> f64 {
        match self {
            Self::Digits(length) => 10f64.powi(length as i32),
            // two letters and digits else: codes are not letters alone
            Self::Letters(length) => 26f64.powi(2) * 10f64.powi(length.saturating_sub(2) as i32),
            Self::Other => f64::INFINITY,
        }
    }
}

impl Default for Identifiers {
    fn default() -> Self {
        Self::with_limit(VALUES)
    }
}

impl Identifiers {
    pub fn with_limit(limit: usize) -> Self {
        Self { hasher: DefaultHashBuilder::default(), values: Distinct::new(limit), han_lengths: 0, fed: 0 }
    }

    /// Nothing yet, with the same key: to be merged.
    pub fn twin(&self) -> Self {
        Self { hasher: self.hasher.clone(), ..Self::default() }
    }

    /// Adds what its twin has taken.
    pub fn merge(&mut self, other: Self) {
        self.values.merge(other.values, |_, _| {});
        self.han_lengths |= other.han_lengths;
        self.fed += other.fed;
    }

    /// Takes a value of an identifier column of the source.
    pub fn add(&mut self, value: &str) {
        self.fed += 1;
        pieces::whole(value, &mut |form| {
            let Some(shape) = Shape::of(form) else { return };
            self.values.entry(self.hasher.hash_one(form), || shape);
            let length = form.chars().count();
            if length <= LONGEST_HAN && form.chars().all(pieces::is_han) {
                self.han_lengths |= 1 << length;
            }
        });
    }

    /// The hash of a form that is an identifier of the source.
    pub(super) fn find(&self, form: &str) -> Option<u64> {
        let hash = self.hasher.hash_one(form);
        self.values.get(hash).map(|_| hash)
    }

    pub(super) fn han_lengths(&self) -> u16 {
        self.han_lengths
    }

    pub(super) fn shapes(&self) -> HashMap<Shape, u64> {
        let mut shapes = HashMap::new();
        self.values.values().for_each(|&shape| *shapes.entry(shape).or_insert(0) += 1);
        shapes
    }

    /// An estimate of all from so many of the kept ones.
    pub(super) fn scaled(&self, kept: u64) -> u64 {
        kept.saturating_mul(1 << self.values.level())
    }

    /// Distinct forms that are looked for.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// How many of the values fed are looked for.
    pub fn looked(&self) -> Looked {
        Looked { rows: self.fed >> self.values.level(), of: self.fed }
    }
}

/// The digits of a mobile number of things, of 13, with its country code and the zeros before it, and of a zero
/// fraction.
pub(super) const MOBILE: usize = 13 + 4 + 2;

/// The forms under which a value may be written, the same for source and release.
pub(super) fn forms(piece: &str, probe: &mut dyn FnMut(&str)) {
    let digits = match piece.is_ascii() {
        true => piece.bytes().filter(u8::is_ascii_digit).count(),
        false => piece.chars().filter(|sign| sign.is_numeric()).count(),
    };
    if (11..=MOBILE).contains(&digits)
        && let Some(mobile) = canonical(Kind::Mobile, piece)
    {
        probe(&mobile);
        return;
    }
    if digits == 15
        && let Some(id) = canonical(Kind::ResidentId15, piece)
    {
        probe(&id);
    }
    if piece.contains('@') {
        if let Some(mail) = canonical(Kind::Email, piece) {
            probe(&mail);
        }
        return;
    }
    // letters and digits without separators, in capitals; else whatever it is, without blanks
    if let Some(code) = canonical(Kind::EmployeeNumber, piece) {
        probe(&code);
    } else if let Some(text) = canonical(Kind::Address, piece) {
        probe(&text);
    }
}
