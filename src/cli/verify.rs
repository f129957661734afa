//! `tuomin verify`: is a release what its certificate says? Needs the release and a public key.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::certify::file_digests;
use super::evidence;
use crate::engine;
use crate::error::{Error, Result};
use crate::release::certificate::{Predicate, Statement, Subject, released_digest};
use crate::release::keys::Heading;
use crate::release::keystore;
use crate::release::ledger::{approvals, knows, verify_chain};
use crate::release::measure::{Measured, Question, Wrong, measure};
use crate::release::policy::{Checked as Signed, Finding, Judged, Policy, Trusted, judge};
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
    /// What was found of each signature of the certificate, the producer's first.
    pub signatures: Vec<Signed>,
    /// Distinct trusted keys with a valid signature, and how many were asked for.
    pub signers: usize,
    pub threshold: usize,
}

// no doc comment: clap would tell it in the place of what the verb does
#[derive(Debug, Default, clap::Args)]
pub struct Signers {
    /// A trusted public key in PEM, may be given several times; without one the local key is trusted
    #[arg(long)]
    pub key: Vec<PathBuf>,
    /// How many of the trusted keys must have signed
    #[arg(long, default_value_t = 1)]
    pub threshold: usize,
    /// A list of revoked keys in JSON
    #[arg(long)]
    pub revoked: Option<PathBuf>,
    /// Accept what was issued before its key was revoked, where the key was only replaced or given up
    #[arg(long, requires = "revoked")]
    pub accept_issued_before_revocation: bool,
}

impl Signers {
    fn policy(&self) -> Result<Policy> {
        let trusted = match self.key.is_empty() {
            false => self.key.iter().map(|path| keystore::trusted_from_file(path)).collect::<Result<Vec<_>>>()?,
            true => {
                let local = keystore::trusted(&keystore::config_folder()?)?;
                local.into_iter().map(|key| Trusted::new(key, &Heading::default())).collect()
            }
        };
        if trusted.is_empty() {
            return Err(Error::Usage {
                message: "there is no public key to verify with".into(),
                help: Some("give the producer's with `--key`".into()),
            });
        }
        let mut policy = Policy::new(trusted, self.threshold)?;
        if let Some(path) = &self.revoked {
            policy.revoked = keystore::revoked_from_file(path)?;
        }
        policy.accept_issued_before_revocation = self.accept_issued_before_revocation;
        Ok(policy)
    }
}

fn failed(what: impl Into<String>) -> Error {
    Error::Verification(vec![what.into()])
}

/// Verifies the release in a folder, or one Parquet file of it by its footer alone, signed by one trusted key.
///
/// # Errors
/// As [`verify_signed`].
pub fn verify(path: &Path, key: Option<&Path>, ledger: Option<&Path>) -> Result<Verified> {
    let key = key.map(Path::to_owned).into_iter().collect();
    verify_signed(path, &Signers { key, threshold: 1, ..Signers::default() }, ledger)
}

/// Verifies the release in a folder, or one Parquet file of it by its footer alone.
///
/// # Errors
/// [`Error::Verification`] with all that is wrong; usage and environment errors for the arguments.
pub fn verify_signed(path: &Path, signers: &Signers, ledger: Option<&Path>) -> Result<Verified> {
    let policy = signers.policy()?;
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
        true => folder(path, &policy),
        false => single(path, &policy),
    }));
    let (judged, measured, files, certificate) =
        checked.unwrap_or_else(|_| Err(failed("its data pages are damaged")))?;
    let predicate = &judged.statement.predicate;
    let entries = match ledger {
        None => None,
        Some(ledger) => {
            let entries = verify_chain(ledger)?;
            if !knows(&entries, &predicate.release, certificate.as_deref()) {
                return Err(failed("the ledger does not know this release"));
            }
            let signed = |key: &str| judged.signatures.iter().any(|signature| signature.key == key);
            if certificate.is_some() && approvals(&entries, &predicate.release).any(|key| !signed(key)) {
                return Err(failed("certificate.json: an approval that the ledger has is missing"));
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
        signers: judged.signers,
        threshold: judged.threshold,
        signatures: judged.signatures,
    })
}

type Checked = Result<(Judged, Measured, usize, Option<String>)>;

/// Judges the signatures of an envelope today; `place` says where it stands.
fn signed(text: &str, policy: &Policy, place: &str) -> Result<Judged> {
    let judged = judge(text, policy, chrono::Utc::now()).map_err(|what| failed(format!("{place}: {what}")))?;
    match judged.wrong() {
        wrong if wrong.is_empty() => Ok(judged),
        wrong => Err(Error::Verification(wrong.into_iter().map(|what| format!("{place}: {what}")).collect())),
    }
}

/// The statement in a footer that this producer signed. Its bytes are certified already: where the buyer trusts only
/// who approved, nothing more is asked.
fn footer_statement(text: &str, policy: &Policy, producer: &str) -> Result<Statement, String> {
    let judged = judge(text, &policy.of_one(), chrono::Utc::now())?;
    let [signature] = judged.signatures.as_slice() else { return Err("it has not exactly one signature".into()) };
    if signature.key != producer {
        return Err("its key is not that of the certificate".into());
    }
    match signature.finding {
        Finding::Valid | Finding::UnknownKey | Finding::Expired { .. } | Finding::NotYetValid { .. } => {
            Ok(judged.statement)
        }
        _ => Err(signature.phrase(true)),
    }
}

fn folder(path: &Path, policy: &Policy) -> Checked {
    let certificate = path.join("certificate.json");
    let text = std::fs::read(&certificate).map_err(|_| failed("certificate.json: it cannot be read"))?;
    let text = String::from_utf8(text).map_err(|_| failed("certificate.json: it is not text"))?;
    let judged = signed(&text, policy, "certificate.json")?;
    let statement = &judged.statement;
    let mut wrong = Vec::new();
    let mut named = BTreeSet::from(["certificate.json".to_owned()]);
    let same = |subject: &Subject| file_digests(&path.join(&subject.name)).is_ok_and(|digest| digest == subject.digest);
    let held: Vec<bool> = statement.subject.par_iter().map(same).collect();
    named.extend(statement.subject.iter().map(|subject| subject.name.clone()));
    for extra in listed(path)?.difference(&named) {
        wrong.push(format!("{extra}: it is not part of the release"));
    }
    let logical = &statement.predicate.logical;
    let files: Vec<PathBuf> = logical.iter().map(|subject| path.join(&subject.name)).collect();
    let measured = check(&files, &statement.predicate, &mut wrong)?;
    for (subject, _) in statement.subject.iter().zip(held).filter(|(_, same)| !same) {
        let digests = measured.iter().flat_map(|measured| &measured.digests);
        let values =
            logical.iter().zip(digests).any(|(file, digest)| file.name == subject.name && file.digest == *digest);
        let how = match values {
            true => "it was written anew: its values are those that were certified, its bytes are not",
            false => "its bytes are not those that were certified",
        };
        wrong.push(format!("{}: {how}", subject.name));
    }
    let measured = match measured {
        Some(measured) if wrong.is_empty() => measured,
        _ => return Err(Error::Verification(wrong)),
    };
    for (subject, footer) in statement.predicate.logical.iter().zip(&measured.certificates) {
        match footer.as_deref().map(|text| footer_statement(text, policy, &statement.predicate.signer.key)) {
            Some(Ok(footer))
                if footer.predicate == statement.predicate && footer.subject == statement.predicate.logical => {}
            Some(Ok(_)) => wrong.push(format!("{}: the certificate in its footer is another", subject.name)),
            Some(Err(what)) => wrong.push(format!("{}: the certificate in its footer: {what}", subject.name)),
            None => wrong.push(format!("{}: the certificate in its footer: it is missing", subject.name)),
        }
    }
    if !wrong.is_empty() {
        return Err(Error::Verification(wrong));
    }
    Ok((judged, measured, files.len(), Some(released_digest(text.as_bytes()))))
}

/// One file: its own digest and columns; privacy is measured where it is the whole release.
fn single(path: &Path, policy: &Policy) -> Checked {
    let part =
        crate::release::parquet::Part::open(path).map_err(|what| failed(format!("{}: {what}", path.display())))?;
    let text = part.certificate().ok_or_else(|| failed("there is no certificate in its footer"))?;
    let judged = signed(text, policy, "the certificate in its footer, which only the producer signs")?;
    let statement = &judged.statement;
    if statement.predicate.logical.len() > 1 {
        return Err(Error::Usage {
            message: format!("this is one of {} files of a release", statement.predicate.logical.len()),
            help: Some("verify the folder: privacy is a property of all files together".into()),
        });
    }
    let mut wrong = Vec::new();
    match check(&[path.into()], &statement.predicate, &mut wrong)? {
        Some(measured) if wrong.is_empty() => Ok((judged, measured, 1, None)),
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
            wrong.push(format!(
                "{}: its values, row group by row group, are not those that were certified",
                subject.name
            ));
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
