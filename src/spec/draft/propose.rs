//! From what is known of a column to its role and what becomes of it, in doubt on the safe side.

use super::facts::Facts;
use super::words;
use crate::spec::pipeline::Role;

/// What a column was found to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// Names a subject.
    Identifier,
    /// An identifier of which some characters are covered.
    Covered,
    /// Coordinates.
    Position,
    /// Text with identifiers inside, or written freely.
    Text,
    /// A calendar date.
    Date,
    Age,
    /// A code of GB/T 2260.
    Region,
    Postcode,
    /// Sex, ethnicity, district: what others know.
    Category,
    /// A diagnosis, an amount: what nobody is to learn.
    Sensitive,
    Unknown,
}

/// What is known of a column.
#[derive(Debug, Clone, Copy)]
pub struct Clue<'a> {
    pub header: &'a str,
    pub meaning: Meaning,
    pub facts: &'a Facts,
    /// Whether the file says what type its columns have: then only wide types fit.
    pub typed: bool,
    /// Share of the subjects that the column alone singles out, if that was measured.
    pub singled_out: Option<f64>,
}

/// A role, a treatment, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    pub role: Role,
    pub treatment: Proposed,
    /// In plain words, without a value of the column.
    pub why: String,
}

/// What becomes of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Proposed {
    Drop,
    Keep,
    /// Rounded to multiples.
    Round(f64),
    /// Periods, never finer than the year, of dates in this form.
    Date(&'static str),
    /// Bands, never the number itself.
    Interval(Bands),
    /// So many first characters.
    Prefix(&'static [usize]),
    /// As it is, or `*`.
    Suppress,
}

/// Bands of a column of numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Bands {
    pub integer: bool,
    pub widths: Vec<f64>,
    /// From here on values are one.
    pub top: Option<f64>,
}

/// Categories beyond this are no categories.
const CATEGORIES: u64 = 200;
/// Sensitive categories beyond this have rare ones among them, as a rule.
const KEPT: u64 = 30;
/// A column that differs in more than this share of its values works like an identifier.
const NEARLY_ALL: f64 = 0.9;
/// Values with more characters than this, most of them different, are written freely.
const SENTENCE: f64 = 12.0;
/// A share of singled out subjects above which a category is no longer released as it is.
const MANY_ALONE: f64 = 0.05;

/// Proposes what becomes of a column.
pub fn propose(clue: &Clue) -> Proposal {
    let (facts, header) = (clue.facts, clue.header);
    match clue.meaning {
        Meaning::Identifier => drop(Role::Identifier, "names somebody directly"),
        Meaning::Covered => {
            drop(Role::Quasi, "an identifier with some characters covered: what is left still helps to find somebody")
        }
        Meaning::Position => drop(Role::Quasi, "a position on the map is as good as an address"),
        Meaning::Text => free_text(),
        _ if facts.values() == 0 => {
            drop(Role::Sensitive, "has no value among the records read: nothing is known of it")
        }
        Meaning::Date => date(clue),
        Meaning::Age => numbers(clue),
        Meaning::Unknown if words::known(header) && facts.all_numbers() => numbers(clue),
        Meaning::Region if region(facts) => quasi(
            Proposed::Prefix(&[4, 2]),
            "a code of GB/T 2260: district, then city, then province; in a municipality four digits tell nothing",
        ),
        Meaning::Postcode if facts.date_form().is_none() => {
            quasi(Proposed::Prefix(&[4, 3, 2]), "a postcode: the fewer digits, the larger the area")
        }
        Meaning::Region | Meaning::Postcode | Meaning::Category => category(clue, Role::Quasi),
        Meaning::Sensitive => sensitive(clue),
        Meaning::Unknown => unknown(clue),
    }
}

fn region(facts: &Facts) -> bool {
    facts.all_integers() && facts.mean_length() == 6.0
}

fn unknown(clue: &Clue) -> Proposal {
    let facts = clue.facts;
    if words::free(clue.header)
        || facts.mean_length() > SENTENCE && facts.distinct_share() > 0.2 && facts.distinct() > 20
    {
        return free_text();
    }
    if facts.date_form().is_some() || facts.mostly_dates() {
        return date(clue);
    }
    if words::sensitive(clue.header) {
        return sensitive(clue);
    }
    if facts.distinct_share() > NEARLY_ALL && facts.distinct() > 20 {
        let why = match facts.all_measures() && !facts.all_integers() {
            true => "numbers of unknown meaning that nearly never repeat: a fingerprint to whoever knows one",
            false => "nearly every record has another value: it works like an identifier, whatever it means",
        };
        let role = if facts.all_measures() && !facts.all_integers() { Role::Sensitive } else { Role::Identifier };
        return drop(role, why);
    }
    if facts.mostly_codes() {
        return drop(Role::Identifier, "numbers of so many digits that they are codes, perhaps damaged ones");
    }
    match facts.distinct() <= CATEGORIES {
        true => category(clue, Role::Quasi),
        false => drop(Role::Quasi, "nothing tells what it means, and it has many values: dropped until somebody says"),
    }
}

fn date(clue: &Clue) -> Proposal {
    match clue.facts.date_form() {
        Some(form) => {
            quasi(Proposed::Date(form), "a date: others may know it, so it is released as a year at the finest")
        }
        None => drop(
            Role::Quasi,
            "dates in a form that differs from cell to cell, or with the time of day: bring them to one form to release years",
        ),
    }
}

fn numbers(clue: &Clue) -> Proposal {
    let facts = clue.facts;
    if !facts.all_measures() {
        return drop(Role::Quasi, "meant to be numbers, but some cells are none: mend them to release bands");
    }
    match bands(clue) {
        Some(bands) => {
            quasi(Proposed::Interval(bands), "a number that others may know: released in bands, large ones as one")
        }
        None => quasi(Proposed::Suppress, "one number throughout"),
    }
}

fn category(clue: &Clue, role: Role) -> Proposal {
    let facts = clue.facts;
    if facts.all_measures() && facts.distinct() > 12 && clue.meaning == Meaning::Unknown {
        return numbers(clue);
    }
    if facts.distinct() > CATEGORIES && clue.meaning == Meaning::Unknown
        || clue.singled_out.is_some_and(|share| share > MANY_ALONE)
    {
        return drop(role, "it alone singles out many subjects: give it a hierarchy table to release coarser values");
    }
    let why = match clue.meaning {
        Meaning::Unknown => "few values of unknown meaning: in doubt others know them",
        _ => "others may know it; a hierarchy table would lose less than `*`",
    };
    quasi(Proposed::Suppress, why)
}

fn sensitive(clue: &Clue) -> Proposal {
    let facts = clue.facts;
    if facts.date_form().is_some() || facts.mostly_dates() {
        return date(clue);
    }
    let with = |treatment, why: &str| Proposal { role: Role::Sensitive, treatment, why: why.into() };
    if facts.all_measures() && facts.distinct() > 12 {
        return match step(facts) {
            Some(step) => with(
                Proposed::Round(step),
                "an amount: exact values are fingerprints, so it is rounded; large ones stay rare",
            ),
            None => with(Proposed::Drop, "numbers without a range to round by"),
        };
    }
    match facts.distinct() <= KEPT {
        true => with(Proposed::Keep, "what the recipient works with, in few values; consider `l_diversity` for it"),
        false => with(Proposed::Drop, "many values, rare ones among them: give it a hierarchy table and a fixed level"),
    }
}

fn quasi(treatment: Proposed, why: &str) -> Proposal {
    Proposal { role: Role::Quasi, treatment, why: why.into() }
}

fn drop(role: Role, why: &str) -> Proposal {
    Proposal { role, treatment: Proposed::Drop, why: why.into() }
}

fn free_text() -> Proposal {
    drop(Role::Sensitive, "free text: now and then it holds a name, a number or a story that only one person has")
}

/// Bands of about a tenth of the range that nine tenths of the numbers lie in; of ages 5, 10 and 20 years.
fn bands(clue: &Clue) -> Option<Bands> {
    let facts = clue.facts;
    let integer = facts.all_integers() && !clue.typed;
    let [low, high, last, most] = facts.quantiles([0.05, 0.95, 0.99, 1.0])?;
    if clue.meaning == Meaning::Age {
        return Some(Bands { integer, widths: vec![5.0, 10.0, 20.0], top: Some(85.0) });
    }
    if most == low {
        return None;
    }
    let range = if high > low { high - low } else { most - low };
    let least = if facts.all_integers() { 2.0 } else { 0.0 };
    let width = round_number(range / 10.0).max(least);
    let top = (last / width).ceil() * width;
    // cut only where there is something beyond
    let top = (top > low && top <= most).then_some(top);
    Some(Bands { integer, widths: vec![width, 2.0 * width, 4.0 * width], top })
}

/// About a quarter of the range that nine tenths of the numbers lie in, as a round number.
fn step(facts: &Facts) -> Option<f64> {
    let [low, high, least, most] = facts.quantiles([0.05, 0.95, 0.0, 1.0])?;
    let range = if high > low { high - low } else { most - least };
    (range > 0.0).then(|| round_number(range / 4.0)).filter(|step| step.is_finite() && *step > 0.0)
}

/// The largest of 1, 2, 5, 10, 20, … and their tenths that is not above a number above 0.
fn round_number(number: f64) -> f64 {
    let exponent = number.log10().floor() as i32;
    // as written: `1e-2` is nearer to a hundredth than a power of 0.1
    let power: f64 = format!("1e{exponent}").parse().unwrap_or(1.0);
    let factor = [5.0, 2.0].into_iter().find(|factor| factor * power <= number).unwrap_or(1.0);
    format!("{factor}e{exponent}").parse().unwrap_or(power)
}
