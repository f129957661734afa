//! What the certificate says of the values, computed again from the files.

use std::path::PathBuf;

use super::Opening;
use crate::cli::{evidence, prepare};
use crate::engine;
use crate::error::{Error, Result};
use crate::release::certificate::Predicate;
use crate::release::measure::{Measured, Question, Wrong, measure};
use crate::release::staging::SpillFile;
use crate::risk::{Basis, Measure};
use crate::table::tally::Spill;

/// Subjects that do not fit in memory go to a file without a name; what is written there are keyed hashes.
fn spill() -> Result<Box<dyn Spill>> {
    Ok(Box::new(SpillFile::new(&std::env::temp_dir())?))
}

/// Reads the files once and computes measures again; what differs from the certificate goes to `wrong`. Digests are left
/// to the caller.
pub(super) fn measured(
    files: &[PathBuf],
    predicate: &Predicate,
    key: Opening,
    wrong: &mut Vec<String>,
) -> Result<Option<Measured>> {
    let conditions = &predicate.conditions;
    let subject = conditions.subject_token.as_deref();
    let sensitive = conditions.sensitive();
    let question = Question { quasi: &conditions.quasi, sensitive: &sensitive, subject, key };
    let parts = engine::parts(question.columns(), subject.is_some(), &spill, &prepare::random_secret()?)?;
    let workers = parts.into_iter().map(|part| (part, ())).collect();
    let measured = match measure(files, &question, workers) {
        Ok((measured, _)) => measured,
        Err(Wrong::File(file, what)) => {
            let name =
                files.get(file).and_then(|file| file.file_name()).map(|name| name.to_string_lossy().into_owned());
            wrong.push(format!("{}: {what}", name.unwrap_or_default()));
            return Ok(None);
        }
        // our own files never bring us here
        Err(Wrong::Error(Error::Internal(what))) => {
            wrong.push(format!("the files are not of the form of a release: {what}"));
            return Ok(None);
        }
        Err(Wrong::Error(error)) => return Err(error),
    };
    if measured.rows != predicate.counts.records_released {
        wrong.push("the number of records is not the certified one".into());
    }
    let Ok(again) = evidence::from_files(&measured, conditions) else {
        wrong.push("the models that the certificate names cannot be measured on these files".into());
        return Ok(None);
    };
    let claimed = predicate.measures.iter().filter(|m| m.basis == Basis::Release);
    if claimed.clone().count() != again.len() {
        wrong.push("the certificate has other measures than the files give".into());
    }
    for measure in &again {
        let same =
            |m: &Measure| close(m.value, measure.value) && Measure { value: measure.value, ..m.clone() } == *measure;
        if !claimed.clone().any(same) {
            wrong.push(format!("{}: measured otherwise than certified", measure.id));
        }
    }
    if again.iter().chain(&predicate.measures).any(|measure| measure.met() == Some(false)) {
        wrong.push("a certified condition is not met".into());
    }
    Ok(Some(measured))
}

/// Equal but for the last digits: another machine's logarithms may differ in these.
fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-10 * a.abs().max(b.abs())
}
