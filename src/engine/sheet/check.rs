//! Whether the parts of a sheet go together: what the passes take for granted.

use crate::engine::{ApplyPlan, Counted, Made};
use crate::table::Recoded;
use crate::treatment::Treatment;

/// Why a sheet cannot be used.
type Checked = Result<(), &'static str>;

fn ensure(right: bool, why: &'static str) -> Checked {
    if right { Ok(()) } else { Err(why) }
}

/// # Errors
/// What does not go together.
pub(super) fn countable(counted: &Counted) -> Checked {
    ensure(counted.coarse.len() == counted.quasi.len(), "not every column says whether its labels are counted")
}

/// # Errors
/// What does not go together.
pub(super) fn applicable(plan: &ApplyPlan) -> Checked {
    let (table, columns) = (plan.table, plan.table.domains.len());
    let wanted = |column: usize| column < plan.wanted.len();
    let places = plan.quasi.len() == columns && plan.quasi.iter().all(|&column| wanted(column));
    ensure(places, "the columns of a table are not among those that are read")?;
    let (Recoded::Global { hierarchies, .. } | Recoded::Local { hierarchies, .. }) = plan.recoded;
    ensure(hierarchies.len() == columns, "a table has not one hierarchy for each column")?;
    let over = |(hierarchy, domain): (&crate::table::Hierarchy, &crate::table::Domain)| {
        hierarchy.levels.iter().all(|level| level.label_of.len() == domain.len()) && !hierarchy.levels.is_empty()
    };
    ensure(hierarchies.iter().zip(&table.domains).all(over), "a hierarchy is over other values than its column")?;
    let combinations = table.combinations();
    match plan.recoded {
        Recoded::Global { recoding, .. } => {
            let there = recoding.levels.iter().zip(hierarchies).all(|(&level, of)| level < of.levels.len());
            ensure(recoding.levels.len() == columns && there, "a recoding has a level that its hierarchy has not")?;
        }
        Recoded::Local { recoding, .. } => {
            let alike = recoding.columns.iter().all(|column| column.label_of.len() == combinations);
            ensure(recoding.columns.len() == columns && alike, "a recoding is not that of its table")?;
        }
    }
    ensure(plan.recoded.suppressed().len() == combinations, "a recoding is not that of its table")?;
    for output in &plan.outputs {
        match &output.made {
            Made::Label(quasi) => ensure(*quasi < columns, "a released label is of no column")?,
            Made::Treated { column, treatment, subject, other } => {
                let read = [Some(*column), *subject, *other].into_iter().flatten().all(wanted);
                ensure(read, "a released column is not among those that are read")?;
                let beside = treatment.needs().other.is_none() || other.is_some();
                let known = !matches!(treatment, Treatment::Shift(_)) || subject.is_some();
                ensure(beside && known, "a treatment lacks the column that it needs beside its own")?;
            }
        }
    }
    ensure(plan.subject.is_none_or(wanted), "the column of the subjects is not among those that are read")
}
