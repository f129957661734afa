//! Labelled columns: made-up cells of which it is known what they are, to judge detectors by.
//!
//! Written from the standards that define the identifiers, not from the detectors: what a detector looks for
//! is not asked here. A column follows from its seed, its [`Spec`], its [`Header`] and its [`Noise`] alone.

mod check;
mod devices;
mod distractors;
mod kinds;
mod noise;
mod papers;
mod people;
#[cfg(test)]
mod tests;
mod wrapped;

use super::draw::{Draw, key};
use super::person::{Names, Residents};
use super::text::Text;
use super::tianjin::Places;

pub use noise::Noise;

/// What a column is, told by whoever made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Truth {
    /// Names a subject directly.
    Identifier,
    /// Helps to single a subject out: dates of birth, districts, masked identifiers.
    Quasi,
    /// Holds identifiers inside other text: free text, JSON, URLs.
    Carrier,
    /// Neither, though some look like it.
    Nothing,
}

/// What kind of name a column has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Header {
    Chinese,
    Pinyin,
    English,
    /// Such as `col_17`: only the values can tell.
    Meaningless,
}

impl Header {
    pub const ALL: [Self; 4] = [Self::Chinese, Self::Pinyin, Self::English, Self::Meaningless];
}

/// A kind of column that can be made.
#[derive(Clone, Copy)]
pub struct Spec {
    /// A fixed name, such as `resident_id`.
    pub name: &'static str,
    pub truth: Truth,
    /// Headers in Chinese, pinyin and English.
    pub headers: [&'static str; 3],
    /// Whether the values alone can tell: a ten-digit account number is only a number without its header.
    pub by_values: bool,
    make: Make,
}

/// Makes the cell of a row.
type Make = fn(&mut Draw, &World, u64) -> String;

/// A column that its values alone tell.
const fn by_values(name: &'static str, truth: Truth, headers: [&'static str; 3], make: Make) -> Spec {
    Spec { name, truth, headers, by_values: true, make }
}

/// A column that only its header tells.
const fn by_header(name: &'static str, truth: Truth, headers: [&'static str; 3], make: Make) -> Spec {
    Spec { name, truth, headers, by_values: false, make }
}

impl std::fmt::Debug for Spec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Spec").field("name", &self.name).field("truth", &self.truth).finish_non_exhaustive()
    }
}

/// A made-up column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labelled {
    pub header: String,
    /// A cell without a value is null.
    pub cells: Vec<Option<String>>,
}

/// What makers of cells share.
struct World {
    names: Names,
    residents: Residents,
    places: Places,
}

/// All kinds of columns: first those that a detector is to find, then distractors.
pub fn specs() -> Vec<Spec> {
    [people::SPECS, papers::SPECS, devices::SPECS, wrapped::SPECS, distractors::SPECS].concat()
}

/// Makes columns of one seed.
pub struct Maker {
    seed: u64,
    world: World,
}

impl Maker {
    pub fn new(seed: u64) -> Self {
        Self { seed, world: World { names: Names::new(), residents: Residents::holders(), places: Places::new() } }
    }

    /// Makes a column of `rows` cells.
    pub fn column(&self, spec: &Spec, header: Header, noise: Noise, rows: u64) -> Labelled {
        let mut draw = Draw::new(key(self.seed, "labelled", &format!("{} {header:?} {noise:?}", spec.name)), 0);
        let name = match header {
            Header::Chinese => spec.headers[0].to_owned(),
            Header::Pinyin => spec.headers[1].to_owned(),
            Header::English => spec.headers[2].to_owned(),
            Header::Meaningless => {
                let word = draw.one_of(&["col_", "字段", "F", "c", "data"]);
                format!("{word}{}", 1 + draw.below(60))
            }
        };
        let cells = (0..rows).map(|row| {
            let cell = (spec.make)(&mut draw, &self.world, row);
            noise.over(cell, spec.truth, &mut draw)
        });
        Labelled { header: name, cells: cells.collect() }
    }
}

/// What a writer of cells adds, as text.
fn written(write: impl FnOnce(&mut Text)) -> String {
    use arrow::array::AsArray;
    let mut text = Text::new(1, 64);
    write(&mut text);
    text.end();
    text.finish().as_string::<i32>().value(0).to_owned()
}

/// `count` random digits.
fn digits(draw: &mut Draw, count: usize) -> String {
    from(draw, b"0123456789", count)
}

/// `count` random digits of which the first is not 0.
fn number(draw: &mut Draw, count: usize) -> String {
    format!("{}{}", 1 + draw.below(9), digits(draw, count - 1))
}

/// `count` random characters of an ASCII alphabet.
fn from(draw: &mut Draw, alphabet: &[u8], count: usize) -> String {
    (0..count).map(|_| char::from(draw.one_of(alphabet))).collect()
}
