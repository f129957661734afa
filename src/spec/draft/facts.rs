//! What the cells of a column are like: numbers, dates, how many differ.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use chrono::{Datelike, NaiveDate};

/// Forms of dates that a pipeline can declare, each a whole date.
const FORMS: [&str; 5] = ["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y.%m.%d", "%Y年%m月%d日"];

/// Words for 'no value', as people type them.
const NOTHING: [&str; 14] =
    ["-", "--", "/", "\\N", "NULL", "null", "None", "NaN", "N/A", "无", "空", "未知", "不详", "未填写"];

/// Counts over the cells of one column; nulls, and words for them, are counted and otherwise left out. Feed the cells, then ask.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    cells: u64,
    nulls: u64,
    /// Of [`NOTHING`], those that occur: one bit each.
    words: u16,
    characters: u64,
    integers: u64,
    /// Numbers that a measurement could be: without leading zeros, of at most 15 digits.
    plain: u64,
    /// Numbers larger than any measurement: codes of 16 digits and more, as a spreadsheet shows them.
    beyond: u64,
    dates: [u64; FORMS.len()],
    numbers: Vec<f64>,
    /// Hashes: two values in 2^64 that collide count as one.
    distinct: HashSet<u64, BuildHasherDefault<DefaultHasher>>,
}

impl Facts {
    /// Counts a cell.
    pub fn feed(&mut self, cell: Option<&str>) {
        self.cells += 1;
        let nothing = cell.and_then(|cell| NOTHING.iter().position(|word| *word == cell));
        let Some(text) = cell.filter(|_| nothing.is_none()) else {
            self.nulls += 1;
            self.words |= nothing.map_or(0, |word| 1 << word);
            return;
        };
        self.distinct.insert(BuildHasherDefault::<DefaultHasher>::default().hash_one(text));
        self.characters += text.chars().count() as u64;
        let text = text.trim();
        let Some(first) = text.bytes().next() else { return };
        if first.is_ascii_digit() && (8..=20).contains(&text.len()) {
            self.dates.iter_mut().zip(FORMS).for_each(|(count, form)| *count += u64::from(is_date(text, form)));
        }
        if let Some(number) = number(text) {
            self.numbers.push(number);
            self.integers += u64::from(text.parse::<i64>().is_ok());
            self.plain += u64::from(plain(text));
            self.beyond += u64::from(number.abs() >= 1e15);
        }
    }

    /// Takes in what another has counted of the same column.
    pub fn merge(&mut self, other: Self) {
        self.cells += other.cells;
        self.nulls += other.nulls;
        self.words |= other.words;
        self.characters += other.characters;
        self.integers += other.integers;
        self.plain += other.plain;
        self.beyond += other.beyond;
        self.dates.iter_mut().zip(other.dates).for_each(|(count, more)| *count += more);
        self.numbers.extend(other.numbers);
        self.distinct.extend(other.distinct);
    }

    pub fn cells(&self) -> u64 {
        self.cells
    }

    pub fn nulls(&self) -> u64 {
        self.nulls
    }

    /// The words for 'no value' that occur: they belong to the pipeline's `nulls`.
    pub fn words_for_nothing(&self) -> impl Iterator<Item = &'static str> {
        NOTHING.into_iter().enumerate().filter(|(at, _)| self.words >> at & 1 == 1).map(|(_, word)| word)
    }

    /// Cells with a value.
    pub fn values(&self) -> u64 {
        self.cells - self.nulls
    }

    pub fn distinct(&self) -> u64 {
        self.distinct.len() as u64
    }

    /// Distinct values per cell with a value, 0 to 1; 0 without values.
    pub fn distinct_share(&self) -> f64 {
        share(self.distinct(), self.values())
    }

    /// Mean number of characters of the cells with a value.
    pub fn mean_length(&self) -> f64 {
        share(self.characters, self.values())
    }

    /// Whether every value is a number.
    pub fn all_numbers(&self) -> bool {
        self.values() > 0 && self.numbers.len() as u64 == self.values()
    }

    /// Whether every value is a whole number of 64 bits.
    pub fn all_integers(&self) -> bool {
        self.values() > 0 && self.integers == self.values()
    }

    /// Whether every value is a number that something could have been counted or measured by: not a code with
    /// leading zeros, not of more digits than a measurement has.
    pub fn all_measures(&self) -> bool {
        self.values() > 0 && self.plain == self.values()
    }

    /// Whether more than half of the values are numbers that nothing is measured in.
    pub fn mostly_codes(&self) -> bool {
        2 * self.beyond > self.values()
    }

    /// The form in which every value is a calendar date.
    pub fn date_form(&self) -> Option<&'static str> {
        let all = |&at: &usize| self.values() > 0 && self.dates[at] == self.values();
        (0..FORMS.len()).find(all).map(|at| FORMS[at])
    }

    /// Whether at least half of the values are dates in one form.
    pub fn mostly_dates(&self) -> bool {
        self.dates.iter().any(|&count| count > 0 && 2 * count >= self.values())
    }

    /// The numbers that these shares, 0 to 1, of all numbers do not exceed; `None` without numbers.
    pub fn quantiles<const N: usize>(&self, shares: [f64; N]) -> Option<[f64; N]> {
        let mut sorted = self.numbers.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let last = sorted.len().checked_sub(1)?;
        Some(shares.map(|share| sorted[((last as f64 * share).round() as usize).min(last)]))
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// What a source reads as a number: finite, in decimals.
fn number(text: &str) -> Option<f64> {
    let decimal = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'));
    if !decimal {
        return None;
    }
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

fn plain(number: &str) -> bool {
    let digits = number.trim_start_matches(['+', '-']);
    let zeros = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    !zeros && digits.bytes().filter(u8::is_ascii_digit).count() <= 15
}

/// A day between 1850 and 2100: eight digits that are none are no date.
fn is_date(text: &str, form: &str) -> bool {
    let padded = form != "%Y-%m-%d" && form != "%Y%m%d" || text.len() == if form == "%Y%m%d" { 8 } else { 10 };
    padded && NaiveDate::parse_from_str(text, form).is_ok_and(|day| (1850..2100).contains(&day.year()))
}
