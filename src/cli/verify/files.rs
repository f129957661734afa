//! The files of a release as they are found: a folder with its certificate, a folder of data files alone, one file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::again::measured;
use super::{Opening, Renamed, failed};
use crate::cli::certify::file_digests;
use crate::error::{Error, Result};
use crate::release::certificate::{Statement, Subject, released_digest};
use crate::release::digest::Digests;
use crate::release::measure::Measured;
use crate::release::parquet::{Part, is_encrypted};
use crate::release::policy::{Finding, Judged, Policy, judge};

const CERTIFICATE: &str = "certificate.json";

/// What was found, all of it in order.
pub(super) struct Found {
    pub judged: Judged,
    /// `None` where the values cannot be read: encrypted, and no key was given.
    pub measured: Option<Measured>,
    pub files: usize,
    /// The digest of `certificate.json` as the ledger has it; `None` where the footers alone were checked.
    pub certificate: Option<String>,
    pub renamed: Vec<Renamed>,
}

/// # Errors
/// [`Error::Verification`] with all that is wrong; [`Error::Usage`] for a part of a release.
pub(super) fn check(path: &Path, policy: &Policy, key: Opening) -> Result<Found> {
    if !path.is_dir() {
        return by_footers(&[path.into()], policy, key);
    }
    if path.join(CERTIFICATE).exists() {
        return folder(path, policy, key);
    }
    let names = listed(path)?;
    if let Some(other) = names.iter().find(|name| !name.ends_with(".parquet")) {
        // a file that nothing certifies must not travel along unseen
        return Err(failed(format!("certificate.json: it is missing, and nothing else speaks of {other}")));
    }
    let data: Vec<PathBuf> = names.iter().map(|name| path.join(name)).collect();
    match data.is_empty() {
        true => Err(failed("certificate.json: it is missing, and there are no data files")),
        false => by_footers(&data, policy, key),
    }
}

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

/// A folder with `certificate.json`: bytes of all files, then values and measures of the data files.
fn folder(path: &Path, policy: &Policy, key: Opening) -> Result<Found> {
    let text = std::fs::read(path.join(CERTIFICATE)).map_err(|_| failed("certificate.json: it cannot be read"))?;
    let text = String::from_utf8(text).map_err(|_| failed("certificate.json: it is not text"))?;
    let judged = signed(&text, policy, CERTIFICATE)?;
    let statement = &judged.statement;
    let placed = Placed::find(path, &statement.subject)?;
    let mut wrong: Vec<String> =
        placed.extra.iter().map(|extra| format!("{extra}: it is not part of the release")).collect();
    let logical = &statement.predicate.logical;
    let files: Vec<PathBuf> = logical.iter().map(|subject| placed.path(path, &subject.name)).collect();
    let sealed = statement.predicate.encryption.is_some();
    wrong.extend(files.iter().zip(logical).filter_map(|(file, subject)| not_as_said(file, subject, sealed)));
    let readable = key.is_some() || !sealed;
    let measured = if readable { measured(&files, &statement.predicate, key, &mut wrong)? } else { None };
    let digests: Vec<Digests> = measured.iter().flat_map(|measured| measured.digests.clone()).collect();
    for (subject, digest) in logical.iter().zip(&digests) {
        if subject.digest != *digest {
            wrong.push(other_values(&subject.name));
        }
    }
    for changed in &placed.changed {
        let values = logical.iter().zip(&digests).any(|(file, digest)| file.name == *changed && file.digest == *digest);
        let how = match values {
            true => "it was written anew: its values are those that were certified, its bytes are not",
            false => "its bytes are not those that were certified",
        };
        wrong.push(format!("{changed}: {how}"));
    }
    if !wrong.is_empty() {
        return Err(Error::Verification(wrong));
    }
    let footers = measured.iter().flat_map(|measured| &measured.certificates);
    for (subject, footer) in logical.iter().zip(footers) {
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
    let certificate = Some(released_digest(text.as_bytes()));
    Ok(Found { measured, files: files.len(), certificate, renamed: placed.renamed, judged })
}

fn other_values(name: &str) -> String {
    format!("{name}: its values, row group by row group, are not those that were certified")
}

/// What is wrong with a file that is encrypted otherwise than its certificate says. Of a file that is missing or damaged
/// its bytes tell.
fn not_as_said(path: &Path, subject: &Subject, sealed: bool) -> Option<String> {
    let found = File::open(path).and_then(|mut file| is_encrypted(&mut file)).ok()?;
    let what = match (sealed, found) {
        (true, false) => "it is not encrypted, as it was certified to be",
        (false, true) => "it is encrypted, and was not certified to be",
        _ => return None,
    };
    Some(format!("{}: {what}", subject.name))
}

/// Where the certified files stand.
#[derive(Debug, Default)]
struct Placed {
    renamed: Vec<Renamed>,
    /// Certified names of files whose bytes are not the certified ones, or that are missing.
    changed: Vec<String>,
    /// Files that are no part of the release.
    extra: Vec<String>,
}

impl Placed {
    /// A file that is not where it should be is looked for, by its bytes, among those that have no other reason to be
    /// there.
    fn find(folder: &Path, subjects: &[Subject]) -> Result<Self> {
        let mut extra = listed(folder)?;
        extra.remove(CERTIFICATE);
        for subject in subjects {
            extra.remove(&subject.name);
        }
        let digest = |name: &String| file_digests(&folder.join(name)).ok();
        let held: Vec<bool> =
            subjects.par_iter().map(|subject| digest(&subject.name) == Some(subject.digest)).collect();
        let lost: Vec<&Subject> = subjects.iter().zip(held).filter(|(_, held)| !held).map(|(s, _)| s).collect();
        let missing: Vec<&Subject> = lost.iter().copied().filter(|lost| !folder.join(&lost.name).exists()).collect();
        let mut others: BTreeMap<String, Digests> = match missing.is_empty() {
            true => BTreeMap::new(),
            false => extra.par_iter().filter_map(|name| Some((name.clone(), digest(name)?))).collect(),
        };
        let mut placed = Self::default();
        for subject in missing {
            let found = others.iter().find(|(_, digest)| **digest == subject.digest).map(|(name, _)| name.clone());
            let Some(found) = found else { continue };
            others.remove(&found);
            extra.remove(&found);
            placed.renamed.push(Renamed { certified: subject.name.clone(), found });
        }
        let renamed = |name: &String| placed.renamed.iter().any(|renamed| renamed.certified == *name);
        placed.changed = lost.iter().map(|lost| lost.name.clone()).filter(|name| !renamed(name)).collect();
        placed.extra = extra.into_iter().collect();
        Ok(placed)
    }

    fn path(&self, folder: &Path, certified: &str) -> PathBuf {
        let renamed = self.renamed.iter().find(|renamed| renamed.certified == certified);
        folder.join(renamed.map_or(certified, |renamed| &renamed.found))
    }
}

/// Data files alone: what their footers state, and the values. Together they must be the whole release, since privacy is
/// a property of all files; which file is which follows from the values.
fn by_footers(paths: &[PathBuf], policy: &Policy, key: Opening) -> Result<Found> {
    let name = |path: &Path| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let open = |path: &PathBuf| Part::open(path, key).map_err(|what| failed(format!("{}: {what}", name(path))));
    let parts = paths.iter().map(open).collect::<Result<Vec<_>>>()?;
    let mut texts = parts.iter().map(Part::certificate);
    let first = texts.next().flatten().ok_or_else(|| failed("there is no certificate in its footer"))?;
    let judged = signed(first, policy, "the certificate in its footer, which only the producer signs")?;
    if let Some(other) = texts.position(|text| text != Some(first)) {
        return Err(failed(format!("{}: the certificate in its footer is another", name(&paths[other + 1]))));
    }
    let predicate = &judged.statement.predicate;
    let logical = &predicate.logical;
    if logical.len() > paths.len() {
        let message = match paths.len() {
            1 => format!("this is one of {} files of a release", logical.len()),
            some => format!("these are {some} of {} files of a release", logical.len()),
        };
        let help = Some("verify the folder: privacy is a property of all files together".into());
        return Err(Error::Usage { message, help });
    }
    let mut wrong = Vec::new();
    let measured = measured(paths, predicate, key, &mut wrong)?;
    let mut renamed = Vec::new();
    let mut left: BTreeSet<usize> = (0..logical.len()).collect();
    for (path, digest) in paths.iter().zip(measured.iter().flat_map(|measured| &measured.digests)) {
        let Some(at) = left.iter().copied().find(|&at| logical[at].digest == *digest) else {
            wrong.push(other_values(&name(path)));
            continue;
        };
        left.remove(&at);
        let certified = &logical[at].name;
        if Path::new(certified).file_name() != path.file_name() {
            renamed.push(Renamed { certified: certified.clone(), found: name(path) });
        }
    }
    match wrong.is_empty() {
        true => Ok(Found { measured, files: paths.len(), certificate: None, renamed, judged }),
        false => Err(Error::Verification(wrong)),
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
