//! `tuomin verify`: is a release what its certificate says? Needs the release and a public key.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::certify::file_digests;
use super::evidence;
use crate::engine;
use crate::error::{Error, Result};
use crate::release::certificate::{Predicate, Statement, Subject, open};
use crate::release::keys::PublicKey;
use crate::release::keystore;
use crate::release::ledger::{Event, verify_chain};
use crate::release::measure::{Measured, Question, Wrong, measure};
use crate::risk::{Basis, Measure};
use crate::table::tally::Memory;

/// What was checked and holds.
#[derive(Debug, serde::Serialize)]
pub struct Verified {
    pub release: String,
    pub name: String,
    pub claim: crate::spec::Claim,
    pub key: String,
    /// Whether the key is the local one of this machine, endorsed by nobody.
    pub local_key: bool,
    pub files: usize,
    /// Whether the bytes of every file were checked too: only with the folder's `certificate.json`.
    pub bytes: bool,
    pub records: u64,
    pub k: u64,
    pub ledger: Option<usize>,
}

fn failed(what: impl Into<String>) -> Error {
    Error::Verification(vec![what.into()])
}

/// Verifies the release in a folder, or one Parquet file of it by its footer alone.
///
/// # Errors
/// [`Error::Verification`] with all that is wrong; usage and environment errors for the arguments.
pub fn verify(path: &Path, key: Option<&Path>, ledger: Option<&Path>) -> Result<Verified> {
    let trusted = match key {
        Some(path) => vec![keystore::public_from_file(path)?],
        None => keystore::trusted(&keystore::config_folder()?)?,
    };
    if trusted.is_empty() {
        return Err(Error::Usage {
            message: "there is no public key to verify with".into(),
            help: Some("give the producer's with `--key`".into()),
        });
    }
    if !path.exists() {
        return Err(Error::Environment {
            message: "there is no such release".into(),
            path: Some(path.into()),
            source: None,
            help: None,
        });
    }
    // the file may be hostile: a decoder that panics on it has found it wrong
    let checked = catch_unwind(AssertUnwindSafe(|| match path.is_dir() {
        true => folder(path, &trusted),
        false => single(path, &trusted),
    }));
    let (statement, measured, files, certificate) =
        checked.unwrap_or_else(|_| Err(failed("its data pages are damaged")))?;
    let predicate = &statement.predicate;
    let entries = match ledger {
        None => None,
        Some(ledger) => {
            let entries = verify_chain(ledger)?;
            let known = entries.iter().any(|entry| match &entry.event {
                Event::Released { release, statement, .. } => {
                    *release == predicate.release && certificate.as_ref().is_none_or(|digest| digest == statement)
                }
                Event::Refused { .. } => false,
            });
            if !known {
                return Err(failed("the ledger does not know this release"));
            }
            Some(entries.len())
        }
    };
    Ok(Verified {
        release: predicate.release.clone(),
        name: predicate.name.clone(),
        claim: predicate.claim,
        key: predicate.signer.key.clone(),
        local_key: predicate.signer.local,
        files,
        bytes: certificate.is_some(),
        records: measured.rows,
        k: evidence::sizes(&measured.table).min().unwrap_or(0),
        ledger: entries,
    })
}

type Checked = Result<(Statement, Measured, usize, Option<String>)>;

fn folder(path: &Path, trusted: &[PublicKey]) -> Checked {
    let certificate = path.join("certificate.json");
    let text = std::fs::read(&certificate).map_err(|_| failed("certificate.json: it cannot be read"))?;
    let text = String::from_utf8(text).map_err(|_| failed("certificate.json: it is not text"))?;
    let statement = open(&text, trusted).map_err(|what| failed(format!("certificate.json: {what}")))?;
    let mut wrong = Vec::new();
    let mut named = BTreeSet::from(["certificate.json".to_owned()]);
    let same = |subject: &Subject| file_digests(&path.join(&subject.name)).is_ok_and(|digest| digest == subject.digest);
    let held: Vec<bool> = statement.subject.par_iter().map(same).collect();
    for (subject, same) in statement.subject.iter().zip(held) {
        if !same {
            wrong.push(format!("{}: its bytes are not those that were certified", subject.name));
        }
        named.insert(subject.name.clone());
    }
    for extra in listed(path)?.difference(&named) {
        wrong.push(format!("{extra}: it is not part of the release"));
    }
    let files: Vec<PathBuf> = statement.predicate.logical.iter().map(|subject| path.join(&subject.name)).collect();
    let measured = match check(&files, &statement.predicate, &mut wrong)? {
        Some(measured) if wrong.is_empty() => measured,
        _ => return Err(Error::Verification(wrong)),
    };
    for (subject, footer) in statement.predicate.logical.iter().zip(&measured.certificates) {
        let footer = footer.as_deref().ok_or("it is missing".to_owned()).and_then(|text| open(text, trusted));
        match footer {
            Ok(footer) if footer.predicate == statement.predicate && footer.subject == statement.predicate.logical => {}
            Ok(_) => wrong.push(format!("{}: the certificate in its footer is another", subject.name)),
            Err(what) => wrong.push(format!("{}: the certificate in its footer: {what}", subject.name)),
        }
    }
    if !wrong.is_empty() {
        return Err(Error::Verification(wrong));
    }
    let digest = crate::release::digest::Digests::of(text.as_bytes());
    Ok((statement, measured, files.len(), Some(hex::encode(digest.sha256))))
}

/// One file: its own digest and columns; privacy is measured where it is the whole release.
fn single(path: &Path, trusted: &[PublicKey]) -> Checked {
    let part =
        crate::release::parquet::Part::open(path).map_err(|what| failed(format!("{}: {what}", path.display())))?;
    let text = part.certificate().ok_or_else(|| failed("there is no certificate in its footer"))?;
    let statement = open(text, trusted).map_err(|what| failed(format!("the certificate in its footer: {what}")))?;
    if statement.predicate.logical.len() > 1 {
        return Err(Error::Usage {
            message: format!("this is one of {} files of a release", statement.predicate.logical.len()),
            help: Some("verify the folder: privacy is a property of all files together".into()),
        });
    }
    let mut wrong = Vec::new();
    match check(&[path.into()], &statement.predicate, &mut wrong)? {
        Some(measured) if wrong.is_empty() => Ok((statement, measured, 1, None)),
        _ => Err(Error::Verification(wrong)),
    }
}

/// Names of all files below a folder.
fn listed(folder: &Path) -> Result<BTreeSet<String>> {
    fn walk(folder: &Path, prefix: &str, names: &mut BTreeSet<String>) -> std::io::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            match entry.file_type()?.is_dir() {
                true => walk(&entry.path(), &format!("{name}/"), names)?,
                false => drop(names.insert(name)),
            }
        }
        Ok(())
    }
    let mut names = BTreeSet::new();
    walk(folder, "", &mut names).map_err(|_| failed("the folder cannot be listed"))?;
    Ok(names)
}

/// Recomputes digests and measures; what differs goes to `wrong`.
fn check(files: &[PathBuf], predicate: &Predicate, wrong: &mut Vec<String>) -> Result<Option<Measured>> {
    let conditions = &predicate.conditions;
    let subject = conditions.subject_token.as_deref();
    let sensitive = conditions.sensitive();
    let question = Question { quasi: &conditions.quasi, sensitive: &sensitive, subject };
    let key = super::prepare::random_secret()?;
    let parts = engine::parts(question.columns(), subject.is_some(), &Memory::spill, &key)?;
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
    for (subject, digest) in predicate.logical.iter().zip(&measured.digests) {
        if subject.digest != *digest {
            wrong.push(format!("{}: its values are not those that were certified", subject.name));
        }
    }
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
