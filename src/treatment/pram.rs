//! [`Pram`]: post-randomization, categories change by known probabilities.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringArray, UInt32Array};
use arrow::compute::take;
use rand::RngExt;
use serde_json::{Value, json};

use super::beside::Beside;
use super::draws::Draws;
use super::text::each_text;
use super::{cell_error, refused};
use crate::error::{Error, Result};
use crate::table::EquivalenceTable;
use crate::written::{Reader, Writer, Written, ensure};

/// Categories whose matrix is told in full; with more, the rule that makes it is told.
const MOST_TOLD: usize = 64;

/// Replaces a category by another with a probability (Gouweleeuw et al., Post randomisation for statistical disclosure
/// control, 1998).
///
/// The matrix is `keep · I + (1 − keep) · R`. Invariant PRAM: each row of R has the shares of the categories in the
/// source, so that their expected shares stay the same. Otherwise R moves to every other category with equal
/// probability. A null is no category and stays. Each category of a subject has one draw, always the same one.
#[derive(Debug)]
pub struct Pram {
    keep: f64,
    invariant: bool,
    categories: Arc<StringArray>,
    code_of: HashMap<String, u32>,
    /// Records of the categories up to and with each.
    upto: Vec<u64>,
    /// Categories that fewer than k subjects have: the report does not tell them.
    rare: Vec<bool>,
    draws: Draws,
}

impl Pram {
    /// Takes a tally of the column and its subjects; `keep` is the least probability that a category stays.
    ///
    /// # Errors
    /// [`Error::Usage`] where `keep` is not above 0 and below 1, [`Error::Input`] for fewer than two categories.
    pub fn fit(table: &EquivalenceTable, keep: f64, invariant: bool, k: u64, draws: Draws) -> Result<Self> {
        if !(keep > 0.0 && keep < 1.0) {
            return Err(refused("the share that PRAM keeps is out of range".into(), "use a share such as 0.8"));
        }
        let ([domain], [codes]) = (&table.domains[..], &table.codes[..]) else {
            return Err(Error::Internal("PRAM is fitted to a tally of one column".into()));
        };
        let own = table.finest();
        let mut categories: Vec<(String, u64, bool)> = Vec::with_capacity(codes.len());
        for (row, &code) in codes.iter().enumerate() {
            if let Some(text) = &domain.values()[code as usize] {
                categories.push((text.clone(), table.records[row], own.subjects[own.class_of[row] as usize] < k));
            }
        }
        if categories.len() < 2 {
            return Err(Error::Input {
                message: "PRAM needs a column with at least two categories".into(),
                place: Some(crate::error::Place { column: Some(domain.column.clone()), ..Default::default() }),
                help: Some("keep the column, or drop it".into()),
            });
        }
        categories.sort();
        let mut sum = 0;
        let upto = categories.iter().map(|&(_, records, _)| {
            sum += records;
            sum
        });
        Ok(Self {
            keep,
            invariant,
            upto: upto.collect(),
            rare: categories.iter().map(|&(.., rare)| rare).collect(),
            categories: Arc::new(categories.iter().map(|(text, ..)| Some(text)).collect()),
            code_of: categories.iter().zip(0..).map(|((text, ..), code)| (text.clone(), code)).collect(),
            draws,
        })
    }

    /// The probability that a category becomes another.
    fn probability(&self, from: usize, to: usize) -> f64 {
        let (total, count) = (self.upto[self.upto.len() - 1] as f64, self.upto.len() as f64);
        let same = f64::from(u8::from(from == to));
        if self.invariant {
            let share = (self.upto[to] - to.checked_sub(1).map_or(0, |before| self.upto[before])) as f64 / total;
            self.keep * same + (1.0 - self.keep) * share
        } else {
            self.keep * same + (1.0 - self.keep) * (1.0 - same) / (count - 1.0)
        }
    }

    fn drawn(&self, code: u32, draws: &mut impl rand::Rng) -> u32 {
        if draws.random::<f64>() < self.keep {
            return code;
        }
        if self.invariant {
            let record = draws.random_range(0..self.upto[self.upto.len() - 1]);
            return self.upto.partition_point(|&upto| upto <= record) as u32;
        }
        let other = draws.random_range(0..self.upto.len() as u32 - 1);
        if other >= code { other + 1 } else { other }
    }

    /// Draws for each cell of text; nulls stay null.
    ///
    /// # Errors
    /// [`Error::Input`] where the column has other categories than it had.
    pub(super) fn apply(&self, cells: &ArrayRef, beside: &Beside) -> Result<ArrayRef> {
        let mut draws = self.draws.of_cells(beside, cells)?;
        let mut codes = Vec::with_capacity(cells.len());
        each_text(cells, |cell, text| {
            let code = match text {
                None => None,
                Some(text) => {
                    let changed = || cell_error(cell, "expected a category that was there when the column was counted");
                    let code = *self.code_of.get(text).ok_or_else(changed)?;
                    Some(self.drawn(code, draws.of(cell, u64::from(code))))
                }
            };
            codes.push(code);
            Ok(())
        })?;
        let categories: ArrayRef = self.categories.clone();
        take(&categories, &UInt32Array::from(codes), None).map_err(|error| Error::Internal(error.to_string()))
    }

    /// The transition matrix; without categories that fewer than k subjects have, and by its rule where there are
    /// many.
    pub(super) fn facts(&self) -> Value {
        let told: Vec<usize> = (0..self.rare.len()).filter(|&code| !self.rare[code]).collect();
        let rule = match self.invariant {
            true => "keep + (1 - keep) * share of the category in the source",
            false => "keep for the same category, (1 - keep) / (categories - 1) for each other",
        };
        let mut facts = json!({
            "keep": self.keep,
            "invariant": self.invariant,
            "rule": rule,
            "categories": self.rare.len(),
            "categories_of_fewer_than_k_subjects": self.rare.len() - told.len(),
        });
        if told.len() <= MOST_TOLD {
            let rounded = |probability: f64| (probability * 1e6).round() / 1e6;
            let row = |&from: &usize| told.iter().map(|&to| rounded(self.probability(from, to))).collect();
            facts["names"] = told.iter().map(|&code| self.categories.value(code)).collect();
            facts["matrix"] = told.iter().map(row).collect::<Vec<Vec<f64>>>().into();
        }
        facts
    }
}

impl Written for Pram {
    fn write(&self, to: &mut Writer) {
        self.keep.write(to);
        self.invariant.write(to);
        to.texts(self.categories.iter());
        to.counts(&self.upto);
        to.flags(&self.rare);
        self.draws.write(to);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        let (keep, invariant): (f64, bool) = (from.value()?, from.value()?);
        let (categories, upto, rare) = (from.texts(|text| text)?, from.counts()?, from.flags()?);
        ensure(keep > 0.0 && keep < 1.0, "the share that PRAM keeps is out of range")?;
        let alike = categories.len() == upto.len() && categories.len() == rare.len() && rare.len() >= 2;
        ensure(alike, "PRAM has not one count for each category")?;
        let ascending = categories[0].is_some() && categories.is_sorted_by(|a, b| a < b) && upto.is_sorted();
        ensure(ascending && upto.last() > Some(&0), "the categories of PRAM are not in order")?;
        let code_of = categories.iter().flatten().zip(0..).map(|(text, code)| ((*text).to_owned(), code)).collect();
        let categories = Arc::new(categories.into_iter().collect());
        Ok(Self { keep, invariant, categories, code_of, upto, rare, draws: from.value()? })
    }
}

impl Pram {
    /// What it does, in Chinese.
    pub(super) fn zh(&self) -> String {
        let kind = if self.invariant { "不变 PRAM 后随机化" } else { "PRAM 后随机化" };
        format!("{kind}，{} 个类别，以概率 {} 保持原值", self.rare.len(), self.keep)
    }
}

impl fmt::Display for Pram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.invariant { "invariant PRAM" } else { "PRAM" };
        write!(f, "{kind}, {} categories, kept with {}", self.rare.len(), self.keep)
    }
}
