//! What was checked and what was not: every step that there is, in words.

use std::fmt;

use serde::Serialize;

use super::files::Found;
use super::{Signers, Verified};
use crate::release::certificate::Predicate;
use crate::risk::Basis;
use crate::spec::Claim;

/// A step of the verification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    pub id: &'static str,
    /// Whether it was done; then it held.
    pub checked: bool,
    /// What was looked at, or why not.
    pub told: String,
}

/// What `--json` gives where the verification failed.
#[derive(Debug, Serialize)]
pub struct Failed<'a> {
    pub verified: bool,
    pub wrong: &'a [String],
}

fn done(id: &'static str, told: impl Into<String>) -> Step {
    Step { id, checked: true, told: told.into() }
}

fn open(id: &'static str, told: impl Into<String>) -> Step {
    Step { id, checked: false, told: told.into() }
}

/// Every step, those of the signature first.
pub(super) fn steps(found: &Found, signers: &Signers, ledger: Option<usize>) -> Vec<Step> {
    let predicate = &found.judged.statement.predicate;
    let mut steps = vec![
        done(
            "signatures",
            format!("{} of {} trusted signers asked for have signed", found.judged.signers, found.judged.threshold),
        ),
        match &signers.revoked {
            Some(_) => done("revocation", "no key that counts is on the list of revoked keys"),
            None => open("revocation", "no list of revoked keys was given: `--revoked`"),
        },
    ];
    steps.extend(of_files(found));
    steps.extend(of_values(found, predicate));
    steps.push(match ledger {
        Some(entries) => done("ledger", format!("its chain of {entries} entries holds and knows the release")),
        None => open("ledger", "no ledger was given: `--ledger`"),
    });
    steps.push(open(
        "declaration",
        "source basis, provider, recipient and use are what the producer says, and so is the day of issue",
    ));
    steps
}

fn of_files(found: &Found) -> Vec<Step> {
    match &found.certificate {
        Some(_) => vec![
            done("bytes", "every file is byte for byte the certified one"),
            done("nothing_added", "the folder holds no file that the certificate does not name"),
        ],
        None => vec![
            open(
                "bytes",
                "file bytes stand in `certificate.json`, which was not given: values hold, whatever the encoding",
            ),
            open("nothing_added", "only data files were given: report and catalogue were not looked at"),
        ],
    }
}

fn of_values(found: &Found, predicate: &Predicate) -> Vec<Step> {
    let named = |basis: fn(&Basis) -> bool| {
        let ids = predicate.measures.iter().filter(|measure| basis(&measure.basis)).map(|measure| measure.id.as_str());
        ids.collect::<Vec<_>>().join(", ")
    };
    let (again, stated) = (named(|basis| *basis == Basis::Release), named(|basis| *basis != Basis::Release));
    let mut steps = match &found.measured {
        Some(measured) => vec![
            done("values", format!("all cells of {} records are the certified ones", measured.rows)),
            done("footers", "every data file carries this certificate"),
            done("measures", format!("measured again on the files: {again}")),
        ],
        None => {
            let key = predicate.encryption.as_ref().map_or("", |encryption| &encryption.key);
            let told = format!("the files are encrypted for the key `{key}`: `--decryption-key`");
            vec![open("values", told.clone()), open("footers", told.clone()), open("measures", told)]
        }
    };
    if !stated.is_empty() {
        steps.push(open(
            "measures_of_the_run",
            format!("they need the source, and stand as the run found them: {stated}"),
        ));
    }
    let attacks = predicate.attacks.len();
    steps.push(open(
        "attacks",
        format!("{attacks} outcomes stand as the run found them; `tuomin risk --release` repeats them with the source"),
    ));
    steps
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let claim = match self.claim {
            Claim::Anonymized => "anonymized 匿名化",
            Claim::Deidentified => "deidentified 去标识化",
        };
        let key = match self.local_key {
            true => "local key, not endorsed by anyone",
            false => "key named by the pipeline",
        };
        writeln!(f, "verified  {} {}", self.name, self.release)?;
        writeln!(f, "claim     {claim}")?;
        let bytes = match (self.bytes, self.values) {
            (true, true) => "bytes, values and signature hold",
            (true, false) => "bytes and signature hold; the values are encrypted and were not read",
            (false, _) => "values and signature hold; bytes are checked with the whole folder",
        };
        writeln!(f, "files     {}, {} records: {bytes}", self.files, self.records)?;
        match self.k {
            Some(k) => writeln!(f, "measured  k = {k}, as certified")?,
            None => writeln!(f, "measured  nothing: the values were not read")?,
        }
        writeln!(f, "signed    {} ({key})", self.key)?;
        for signature in &self.signatures {
            if !signature.producer {
                writeln!(f, "          {}", signature.phrase(false))?;
            }
            if let Some(since) = &signature.since_expired {
                writeln!(f, "          the key {} is in force no more since {since}", signature.key)?;
            }
        }
        if let Some(entries) = self.ledger {
            writeln!(f, "ledger    knows it, {entries} entries")?;
        }
        for renamed in &self.renamed {
            writeln!(f, "renamed   {} is {}", renamed.found, renamed.certified)?;
        }
        for (title, checked) in [("checked", true), ("not checked", false)] {
            writeln!(f, "\n{title}")?;
            for step in self.steps.iter().filter(|step| step.checked == checked) {
                writeln!(f, "  {:<20} {}", step.id, step.told)?;
            }
        }
        Ok(())
    }
}
