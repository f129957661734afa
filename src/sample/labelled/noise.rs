//! What happens to cells before they reach anybody: typing errors, gaps, full-width digits.

use super::Truth;
use crate::sample::draw::Draw;

/// How clean a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Noise {
    /// As made.
    None,
    /// 4 % of the cells with a wrong, missing or doubled character, 1 % with a word for 'unknown', 3 % null.
    Broken,
    /// 70 % null, 10 % a word for 'unknown'.
    Sparse,
    /// A fifth of the cells with full-width digits, blanks around or between groups of four.
    Dressed,
}

const UNKNOWN: [&str; 6] = ["无", "-", "不详", "NULL", "/", "未知"];

impl Noise {
    pub const ALL: [Self; 4] = [Self::None, Self::Broken, Self::Sparse, Self::Dressed];

    pub(super) fn over(self, cell: String, truth: Truth, draw: &mut Draw) -> Option<String> {
        match self {
            Self::None => Some(cell),
            Self::Broken => match draw.below(100) {
                0..4 => Some(broken(&cell, draw)),
                4 => Some(draw.one_of(&UNKNOWN).to_owned()),
                5..8 => None,
                _ => Some(cell),
            },
            Self::Sparse => match draw.below(100) {
                0..70 => None,
                70..80 => Some(draw.one_of(&UNKNOWN).to_owned()),
                _ => Some(cell),
            },
            Self::Dressed => match draw.below(100) {
                0..8 => Some(cell.chars().map(full_width).collect()),
                8..16 => Some(format!(" {cell} ")),
                16..20 if truth == Truth::Identifier => Some(grouped(&cell)),
                _ => Some(cell),
            },
        }
    }
}

/// One character goes, comes twice, or is another.
fn broken(cell: &str, draw: &mut Draw) -> String {
    let mut characters: Vec<char> = cell.chars().collect();
    if characters.is_empty() {
        return String::new();
    }
    let at = draw.below(characters.len() as u32) as usize;
    match draw.below(3) {
        0 => {
            characters.remove(at);
        }
        1 => characters.insert(at, characters[at]),
        _ => characters[at] = if characters[at].is_ascii_digit() { draw.one_of(&['0', '3', '7', 'l']) } else { '?' },
    }
    characters.into_iter().collect()
}

/// ASCII digits, letters and signs as East Asian full-width forms.
pub(super) fn full_width(c: char) -> char {
    match c {
        '!'..='~' => char::from_u32(c as u32 - 0x21 + 0xff01).unwrap_or(c),
        _ => c,
    }
}

/// Long numbers as people read them out: in groups of four.
fn grouped(cell: &str) -> String {
    if cell.len() < 11 || !cell.bytes().all(|c| c.is_ascii_digit()) {
        return cell.to_owned();
    }
    let groups: Vec<&str> = (0..cell.len()).step_by(4).map(|at| &cell[at..cell.len().min(at + 4)]).collect();
    groups.join(" ")
}
