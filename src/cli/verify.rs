//! `tuomin verify`: is a release what its certificate says? Needs the release and a public key.

mod again;
mod files;
mod told;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use super::evidence;
use crate::error::{Error, Result};
use crate::release::encryption::RecipientKey;
use crate::release::keys::Heading;
use crate::release::keystore;
use crate::release::ledger::{approvals, knows, verify_chain};
use crate::release::policy::{Checked as Signed, Policy, Trusted};

pub use told::{Failed, Step};

/// What was checked and holds, and what was not checked.
#[derive(Debug, serde::Serialize)]
pub struct Verified {
    pub verified: bool,
    pub release: String,
    pub name: String,
    pub claim: crate::spec::Claim,
    pub key: String,
    /// Whether the key is the local one of this machine, endorsed by nobody.
    pub local_key: bool,
    pub files: usize,
    /// Whether the bytes of every file were checked too: only with the folder's `certificate.json`.
    pub bytes: bool,
    /// Whether the values were read: not those of encrypted files without the recipient's key.
    pub values: bool,
    /// As measured, or, where the values were not read, as certified.
    pub records: u64,
    /// The smallest class, as measured; absent where the values were not read.
    pub k: Option<u64>,
    pub ledger: Option<usize>,
    /// What was found of each signature of the certificate, the producer's first.
    pub signatures: Vec<Signed>,
    /// Distinct trusted keys with a valid signature, and how many were asked for.
    pub signers: usize,
    pub threshold: usize,
    /// Files that stand under another name than the certified one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub renamed: Vec<Renamed>,
    /// Every step that there is, done or not.
    pub steps: Vec<Step>,
}

/// A file under another name than the certified one, known by its bytes or values.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Renamed {
    pub certified: String,
    pub found: String,
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
    /// The recipient's key of encrypted files: a file or `env:NAME` with 64 hex digits
    #[arg(long)]
    pub decryption_key: Option<String>,
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

/// Verifies the release in a folder, one Parquet file of it by its footer alone, or a copy whose files were renamed.
///
/// # Errors
/// [`Error::Verification`] with all that is wrong; usage and environment errors for the arguments.
pub fn verify_signed(path: &Path, signers: &Signers, ledger: Option<&Path>) -> Result<Verified> {
    let policy = signers.policy()?;
    let key = signers.decryption_key.as_deref().map(keystore::recipient_from).transpose()?;
    if !path.exists() {
        return Err(Error::Environment {
            message: "there is no such release".into(),
            path: Some(path.into()),
            source: None,
            help: None,
        });
    }
    // the file may be hostile: a decoder that panics on it has found it wrong
    let checked = catch_unwind(AssertUnwindSafe(|| files::check(path, &policy, key.as_ref())));
    let found = checked.unwrap_or_else(|_| Err(failed("its data pages are damaged")))?;
    let predicate = &found.judged.statement.predicate;
    let entries = ledger.map(|ledger| known(ledger, &found)).transpose()?;
    let steps = told::steps(&found, signers, entries);
    Ok(Verified {
        verified: true,
        release: predicate.release.clone(),
        name: predicate.name.clone(),
        claim: predicate.claim,
        key: predicate.signer.key.clone(),
        local_key: predicate.signer.local,
        files: found.files,
        bytes: found.certificate.is_some(),
        values: found.measured.is_some(),
        records: found.measured.as_ref().map_or(predicate.counts.records_released, |measured| measured.rows),
        k: found.measured.as_ref().map(|measured| evidence::sizes(&measured.table).min().unwrap_or(0)),
        ledger: entries,
        signers: found.judged.signers,
        threshold: found.judged.threshold,
        signatures: found.judged.signatures,
        renamed: found.renamed,
        steps,
    })
}

/// How many entries the ledger has, if its chain holds and it knows the release with every approval.
fn known(ledger: &Path, found: &files::Found) -> Result<usize> {
    let entries = verify_chain(ledger)?;
    let release = &found.judged.statement.predicate.release;
    if !knows(&entries, release, found.certificate.as_deref()) {
        return Err(failed("the ledger does not know this release"));
    }
    let signed = |key: &str| found.judged.signatures.iter().any(|signature| signature.key == key);
    if found.certificate.is_some() && approvals(&entries, release).any(|key| !signed(key)) {
        return Err(failed("certificate.json: an approval that the ledger has is missing"));
    }
    Ok(entries.len())
}

/// The key that a caller passes on.
type Opening<'a> = Option<&'a RecipientKey>;
