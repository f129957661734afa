//! [`ApplySheet`]: what pass 2 needs on another machine.

use std::fmt;

use super::check::applicable;
use super::seal::{opened, sealed};
use crate::engine::{ApplyPlan, Made, Output};
use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::source::Wanted;
use crate::table::{EquivalenceTable, Hierarchy, LocalRecoding, Recoded, Recoding};
use crate::treatment::Treatment;
use crate::written::{Reader, Writer, Written, broken};

/// What pass 2 does with every row: an [`ApplyPlan`] with all that it borrows.
pub struct ApplySheet {
    wanted: Vec<Wanted>,
    quasi: Vec<usize>,
    table: EquivalenceTable,
    hierarchies: Vec<Hierarchy>,
    recoding: Chosen,
    outputs: Vec<Column>,
    subject: Option<usize>,
}

/// A recoding of either kind.
enum Chosen {
    Global(Recoding),
    Local(LocalRecoding),
}

/// A released column.
struct Column {
    name: String,
    made: Owned,
}

/// How it comes about.
#[expect(clippy::large_enum_variant, reason = "there is one for each column")]
enum Owned {
    Label(usize),
    Treated { column: usize, treatment: Treatment, subject: Option<usize>, other: Option<usize> },
}

impl ApplySheet {
    /// The bytes of a sheet, without making one: nothing of the plan is copied but into these.
    ///
    /// # Errors
    /// [`Error::Internal`] for a plan whose parts do not go together, and for what cannot be written.
    pub fn pack(plan: &ApplyPlan) -> Result<Secret<Vec<u8>>> {
        applicable(plan).map_err(|why| Error::Internal(why.into()))?;
        sealed("apply", |to| write(plan, to))
    }

    /// As [`Self::pack`].
    pub fn to_bytes(&self) -> Result<Secret<Vec<u8>>> {
        Self::pack(&self.plan())
    }

    /// Reads what [`Self::pack`] gave.
    ///
    /// # Errors
    /// Bytes that it did not give.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        opened("apply", bytes, |from| {
            let sheet = read(from)?;
            applicable(&sheet.plan()).map_err(broken)?;
            Ok(sheet)
        })
    }

    /// What is done, as the engine takes it.
    pub fn plan(&self) -> ApplyPlan<'_> {
        let hierarchies = &self.hierarchies[..];
        let outputs = self.outputs.iter().map(|Column { name, made }| {
            let made = match made {
                Owned::Label(quasi) => Made::Label(*quasi),
                Owned::Treated { column, treatment, subject, other } => {
                    Made::Treated { column: *column, treatment, subject: *subject, other: *other }
                }
            };
            Output { name: name.clone(), made }
        });
        ApplyPlan {
            wanted: self.wanted.clone(),
            quasi: self.quasi.clone(),
            table: &self.table,
            recoded: match &self.recoding {
                Chosen::Global(recoding) => Recoded::Global { hierarchies, recoding },
                Chosen::Local(recoding) => Recoded::Local { hierarchies, recoding },
            },
            outputs: outputs.collect(),
            subject: self.subject,
        }
    }
}

/// With the keys of treatments: see [`Writer::secret`].
fn write(plan: &ApplyPlan, to: &mut Writer) {
    let ApplyPlan { wanted, quasi, table, recoded, outputs, subject } = plan;
    to.list(wanted);
    to.list(quasi);
    table.write(to);
    match recoded {
        Recoded::Global { hierarchies, recoding } => {
            to.form(0);
            to.list(hierarchies);
            recoding.write(to);
        }
        Recoded::Local { hierarchies, recoding } => {
            to.form(1);
            to.list(hierarchies);
            recoding.write(to);
        }
    }
    outputs.len().write(to);
    for Output { name, made } in outputs {
        name.write(to);
        match made {
            Made::Label(quasi) => {
                to.form(0);
                quasi.write(to);
            }
            Made::Treated { column, treatment, subject, other } => {
                to.form(1);
                column.write(to);
                treatment.write(to);
                subject.write(to);
                other.write(to);
            }
        }
    }
    subject.write(to);
}

fn read(from: &mut Reader) -> Result<ApplySheet> {
    let (wanted, quasi, table) = (from.list()?, from.list()?, from.value()?);
    let global = match from.form()? {
        0 => true,
        1 => false,
        _ => return Err(broken("a recoding of an unknown kind")),
    };
    let hierarchies = from.list()?;
    let recoding = match global {
        true => Chosen::Global(from.value()?),
        false => Chosen::Local(from.value()?),
    };
    let mut outputs = Vec::new();
    for _ in 0..from.value::<usize>()? {
        let name = from.value()?;
        let made = match from.form()? {
            0 => Owned::Label(from.value()?),
            1 => Owned::Treated {
                column: from.value()?,
                treatment: from.value()?,
                subject: from.value()?,
                other: from.value()?,
            },
            _ => return Err(broken("a released column of an unknown kind")),
        };
        outputs.push(Column { name, made });
    }
    Ok(ApplySheet { wanted, quasi, table, hierarchies, recoding, outputs, subject: from.value()? })
}

/// Names of columns and treatments, no cell and no key.
impl fmt::Debug for ApplySheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = |Column { name, made }: &Column| match made {
            Owned::Label(_) => format!("{name}: label"),
            Owned::Treated { treatment, .. } => format!("{name}: {treatment}"),
        };
        f.debug_struct("ApplySheet")
            .field("combinations", &self.table.combinations())
            .field("outputs", &self.outputs.iter().map(told).collect::<Vec<String>>())
            .finish_non_exhaustive()
    }
}
