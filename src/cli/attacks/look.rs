//! What a run looks for in its own files while they are measured: one worker's share.

use std::time::{Duration, Instant};

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use hashbrown::HashMap;

use super::super::earlier::Tokens;
use super::{Attacks, Sight, panicked};
use crate::engine::OrderSample;
use crate::error::{Error, Result};
use crate::release::measure::Witness;
use crate::risk::attack::Homogeneity;
use crate::risk::attack::fingerprints::{Fingerprints, Numbers};
use crate::risk::attack::residual::{Form, Residual};
use crate::risk::attack::tokens::{Frequencies, TokenSet};
use crate::risk::attack::trails::{Points, Trails};

/// Distinct tokens that are looked at per column, and as many records of trails.
const TOKENS: usize = 1 << 20;
/// Records of trails that are kept column by column.
const POINTS: usize = 1 << 15;
/// Released rows that the attacks in the sense of WP216 hold in memory.
const WRITTEN: u64 = 50_000;
/// Rows of which the tokens are looked up among the source's identifiers: whether a column of tokens is what it
/// says does not depend on the row.
const LOOKED_UP: u64 = 1_000_000;

/// One worker's look at the written rows; parts of several workers are merged.
pub struct Look<'a> {
    pub order: OrderSample,
    attacks: &'a Attacks<'a>,
    pub(super) homogeneity: Homogeneity,
    pub(super) fingerprints: Fingerprints,
    /// By place of the column.
    pub(super) numbers: Vec<(usize, Numbers)>,
    pub(super) residual: Residual<'a>,
    pub(super) tokens: Vec<(usize, Frequencies, TokenSet)>,
    pub(super) trails: Trails,
    pub(super) points: Points,
    /// What an earlier release may have too.
    pub marks: Tokens,
    /// The first rows of the release, which the shuffle made a random sample, by portions of columns.
    pub(super) written: Vec<Vec<ArrayRef>>,
    /// All rows that were seen.
    pub(super) rows: u64,
    /// What looking took, all workers together.
    pub busy: Duration,
}

impl<'a> Look<'a> {
    /// Looks for the rows that `order` has sampled, and at all rows for the attacks.
    pub fn new(order: &OrderSample, attacks: &'a Attacks<'a>) -> Self {
        let measures = attacks.names(Sight::Measure);
        let tokens = attacks.places(Sight::Pseudonym);
        let numbers = |&at: &usize| attacks.forms[at].1 == Form::Number;
        Self {
            order: order.twin(),
            homogeneity: Homogeneity::new(measures.len()),
            fingerprints: Fingerprints::new(measures, attacks.k),
            numbers: attacks
                .places(Sight::Measure)
                .into_iter()
                .filter(numbers)
                .map(|at| (at, Numbers::new(&attacks.forms[at].0, attacks.k)))
                .collect(),
            residual: Residual::new(&attacks.detector, &attacks.identifiers, &attacks.forms),
            tokens: tokens
                .into_iter()
                .map(|at| (at, Frequencies::with_limit(TOKENS), TokenSet::with_limit(TOKENS)))
                .collect(),
            marks: Tokens::new(
                &order.hasher,
                attacks.places(Sight::Pseudonym).into_iter().map(|at| (attacks.forms[at].0.clone(), at)),
            ),
            trails: Trails::with_limit(TOKENS),
            points: Points::with_limit(POINTS),
            written: Vec::new(),
            rows: 0,
            busy: Duration::ZERO,
            attacks,
        }
    }

    pub fn merge(&mut self, other: Self) {
        self.order.merge(other.order);
        self.homogeneity.merge(other.homogeneity);
        self.fingerprints.merge(other.fingerprints);
        self.numbers.iter_mut().zip(other.numbers).for_each(|((_, own), (_, more))| own.merge(more));
        self.residual.merge(other.residual);
        for ((_, counts, set), (_, more_counts, more)) in self.tokens.iter_mut().zip(other.tokens) {
            counts.merge(more_counts);
            set.merge(more);
        }
        self.trails.merge(other.trails);
        self.points.merge(other.points);
        self.marks.merge(other.marks);
        self.written.extend(other.written);
        self.rows += other.rows;
        self.busy += other.busy;
    }

    /// Feeds each distinct cell of the rows with the number of its records.
    fn residues(&mut self, first_row: u64, columns: &[ArrayRef], hashes: &[Vec<u64>]) -> Result<()> {
        for (place, ((_, form), (cells, hashes))) in
            self.attacks.forms.iter().zip(columns.iter().zip(hashes)).enumerate()
        {
            let label = self.attacks.sights[place] == Sight::Quasi; // few, and counted: see `Attacks::outcomes`
            if label || *form == Form::Date || (*form == Form::Token && first_row >= LOOKED_UP) {
                continue;
            }
            let mut distinct: HashMap<u64, (usize, u64)> = HashMap::new();
            for (row, &hash) in hashes.iter().enumerate().filter(|(row, _)| cells.is_valid(*row)) {
                distinct.entry(hash).or_insert((row, 0)).1 += 1;
            }
            if let Some(texts) = cells.as_string_opt::<i32>() {
                let mut each = distinct.into_values();
                each.try_for_each(|(row, count)| self.residual.feed(place, texts.value(row), count))?;
                continue;
            }
            let internal = |error: arrow::error::ArrowError| Error::Internal(error.to_string());
            let text = ArrayFormatter::try_new(cells, &FormatOptions::default()).map_err(internal)?;
            for (row, count) in distinct.into_values() {
                let cell = text.value(row).try_to_string().map_err(internal)?;
                self.residual.feed(place, &cell, count)?;
            }
        }
        Ok(())
    }
}

impl Witness for Look<'_> {
    fn see(&mut self, first_row: u64, columns: &[ArrayRef]) -> Result<()> {
        let start = Instant::now();
        let hashes = columns.iter().map(|cells| self.order.hasher.cells(cells)).collect::<Result<Vec<_>>>()?;
        let count = columns.first().map_or(0, |cells| cells.len());
        let again: Vec<&[u64]> = self.attacks.given.recognized.iter().map(|&at| hashes[at].as_slice()).collect();
        self.order.add(&again, (0..count).map(|row| first_row + row as u64));

        self.rows += count as u64;
        if let Some(left) = WRITTEN.checked_sub(first_row).filter(|left| *left > 0) {
            self.written.push(columns.iter().map(|cells| cells.slice(0, count.min(left as usize))).collect());
        }
        let attacks = self.attacks;
        let of = |sight: Sight| -> Vec<&[u64]> {
            attacks.places(sight).into_iter().map(|at| hashes[at].as_slice()).collect()
        };
        let measures = of(Sight::Measure);
        let classes = self.order.hasher.rows(&of(Sight::Quasi), count);
        let subjects: Vec<u64> = match attacks.subject {
            Some(at) => hashes[at].clone(),
            None => (0..count).map(|row| first_row + row as u64).collect(),
        };
        self.marks.feed(columns, &hashes);
        self.homogeneity.feed(&classes, &measures);
        self.fingerprints.feed(&measures, &subjects)?;
        for (at, numbers) in &mut self.numbers {
            numbers.feed(&floats(&columns[*at])?, &subjects)?;
        }
        // where each subject has one record, its token occurs once, and there is nothing to count
        let several = self.tokens.len() > 1;
        for (at, counts, set) in &mut self.tokens {
            let once = attacks.subject == Some(*at) && !attacks.trails;
            if once && !several {
                continue;
            }
            let valid = (0..count).filter(|&row| columns[*at].is_valid(row));
            let tokens: Vec<u64> = valid.map(|row| hashes[*at][row]).collect();
            if !once {
                counts.feed(&tokens);
            }
            if several {
                set.feed(&tokens);
            }
        }
        if attacks.trails {
            let known: Vec<&[u64]> = of(Sight::Quasi).into_iter().chain(measures).collect();
            self.trails.feed(&subjects, &self.order.hasher.rows(&known, count))?;
            self.points.feed(&subjects, &known)?;
        }
        self.residues(first_row, columns, &hashes)?;
        let names: Vec<String> = attacks.forms.iter().map(|(name, _)| name.clone()).collect();
        attacks.footers.see(first_row, &names, columns)?;

        let known = known(&hashes, columns, &attacks.sights)?;
        let known: Vec<&[u64]> = known.iter().map(Vec::as_slice).collect();
        if let Some(relink) = attacks.relink.lock().map_err(|_| panicked())?.as_mut() {
            relink.feed(&known);
        }
        self.busy += start.elapsed();
        Ok(())
    }
}

/// The columns that an attacker can compute, cell by cell under 64-bit names: numbers by their bits, so that they can
/// be rounded, all else by hash.
pub(super) fn known(hashes: &[Vec<u64>], columns: &[ArrayRef], sights: &[Sight]) -> Result<Vec<Vec<u64>>> {
    let known = hashes.iter().zip(columns).zip(sights).filter(|(_, sight)| sight.computable());
    let names = known.map(|((hashes, cells), _)| match is_number(cells.data_type()) {
        true => Ok(floats(cells)?.into_iter().map(f64::to_bits).collect()),
        false => Ok(hashes.clone()),
    });
    names.collect()
}

pub(super) fn is_number(kind: &DataType) -> bool {
    matches!(kind, DataType::Int64 | DataType::Float64)
}

/// The numbers of a column; nulls are NaN.
pub(super) fn floats(cells: &ArrayRef) -> Result<Vec<f64>> {
    let or_nan = |number: Option<f64>| number.unwrap_or(f64::NAN);
    Ok(match cells.data_type() {
        DataType::Int64 => cells.as_primitive::<Int64Type>().iter().map(|n| or_nan(n.map(|n| n as f64))).collect(),
        DataType::Float64 => cells.as_primitive::<Float64Type>().iter().map(or_nan).collect(),
        DataType::Date32 => cells.as_primitive::<Date32Type>().iter().map(|n| or_nan(n.map(f64::from))).collect(),
        other => return Err(Error::Internal(format!("cells of type {other} are no numbers"))),
    })
}
