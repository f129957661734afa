//! From the codes of a row's quasi values to the labels that it is released with.

use super::apply::ApplyPlan;
use crate::error::Result;
use crate::source::changed;
use crate::table::tuples::Tuples;
use crate::table::{LocalRecoding, Recoded};

/// How codes become labels, and which rows are withheld.
pub(super) enum Relabel<'a> {
    /// Column by column; the label tuples of withheld classes.
    Columns { label_of: Vec<&'a [u32]>, withheld: Tuples },
    /// By the whole tuple: the label of each code at level 0, a place for each tuple of these, and the
    /// combination that stands there.
    Tuples { finest: Vec<&'a [u32]>, recoding: &'a LocalRecoding, tuples: Tuples, combination: Vec<u32> },
}

impl<'a> Relabel<'a> {
    pub fn new(plan: &ApplyPlan<'a>) -> Self {
        match plan.recoded {
            Recoded::Global { hierarchies, recoding } => {
                let levels = hierarchies.iter().zip(&recoding.levels);
                let label_of = levels.map(|(hierarchy, &level)| &hierarchy.levels[level].label_of[..]).collect();
                let mut withheld = Tuples::new(hierarchies.len());
                for combination in (0..plan.table.combinations()).filter(|&c| recoding.suppressed[c]) {
                    let label = |column| plan.recoded.label(plan.table, column, combination);
                    withheld.insert(&(0..hierarchies.len()).map(label).collect::<Vec<u32>>());
                }
                Self::Columns { label_of, withheld }
            }
            Recoded::Local { hierarchies, recoding } => {
                let finest: Vec<&[u32]> = hierarchies.iter().map(|h| &h.levels[0].label_of[..]).collect();
                let codes = &plan.table.codes;
                let mut tuples = Tuples::new(codes.len());
                let mut combination = Vec::new();
                let mut tuple = vec![0; codes.len()];
                for row in 0..plan.table.combinations() {
                    let columns = codes.iter().zip(&finest);
                    tuple.iter_mut().zip(columns).for_each(|(label, (codes, of))| *label = of[codes[row] as usize]);
                    if tuples.insert(&tuple) as usize == combination.len() {
                        combination.push(row as u32);
                    }
                }
                Self::Tuples { finest, recoding, tuples, combination }
            }
        }
    }

    /// Turns the codes of each column into labels; gives the rows that are released.
    ///
    /// # Errors
    /// A combination that pass 1 has not seen: the source changed.
    pub fn apply(&self, columns: &mut [Vec<u32>], rows: usize) -> Result<Vec<u32>> {
        match self {
            Self::Columns { label_of, withheld } => {
                for (codes, labels) in columns.iter_mut().zip(label_of) {
                    codes.iter_mut().for_each(|code| *code = labels[*code as usize]);
                }
                if withheld.is_empty() {
                    return Ok((0..rows as u32).collect());
                }
                let mut tuple = vec![0; columns.len()];
                let released = |&row: &u32| {
                    tuple.iter_mut().zip(&*columns).for_each(|(label, codes)| *label = codes[row as usize]);
                    withheld.find(&tuple).is_none()
                };
                Ok((0..rows as u32).filter(released).collect())
            }
            Self::Tuples { finest, recoding, tuples, combination } => {
                let mut tuple = vec![0; columns.len()];
                let mut released = Vec::with_capacity(rows);
                for row in 0..rows {
                    let cells = columns.iter().zip(finest);
                    tuple.iter_mut().zip(cells).for_each(|(label, (codes, of))| *label = of[codes[row] as usize]);
                    let id = tuples.find(&tuple).ok_or_else(changed)?;
                    let at = combination[id as usize] as usize;
                    for (codes, column) in columns.iter_mut().zip(&recoding.columns) {
                        codes[row] = column.label_of[at];
                    }
                    if !recoding.suppressed[at] {
                        released.push(row as u32);
                    }
                }
                Ok(released)
            }
        }
    }
}
