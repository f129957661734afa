//! `certificate.json` of a published release gets a second signature.
//!
//! The footers of the Parquet files stay as they are: the certificate has the digests of the files with them.

use std::fs;
use std::path::Path;

use super::certificate::{approve, parse, released_digest};
use super::keys::SigningPair;
use super::ledger::{Event, LEDGER, Ledger, knows, verify_chain};
use crate::error::{Error, Result};

const CERTIFICATE: &str = "certificate.json";

/// What came of an approval.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Approved {
    /// The id of the key that approved.
    pub key: String,
    /// How many signatures the certificate has now.
    pub signatures: usize,
    /// Whether a ledger beside the release has noted it.
    pub noted: bool,
}

/// Signs the certificate in a release's folder once more, and notes it in the ledger two folders above, where that
/// knows the release; `at` is the time as it shall stand there.
///
/// Checks neither files nor signatures: whoever approves verifies first. The certificate is replaced at once, and stays
/// what it was where something fails before.
///
/// # Errors
/// As [`approve`]; [`Error::Environment`] for the files, [`Error::Verification`] for a broken ledger.
pub fn approve_release(folder: &Path, pair: &SigningPair, at: &str) -> Result<Approved> {
    let path = folder.join(CERTIFICATE);
    let failed = |message: &str, source| Error::Environment {
        message: message.into(),
        path: Some(path.clone()),
        source: Some(source),
        help: None,
    };
    let folder = fs::canonicalize(folder).map_err(|source| failed("there is no such release", source))?;
    let beside = folder.parent().and_then(Path::parent).map(|out| out.join(LEDGER));
    let beside = beside.filter(|ledger| ledger.exists());
    let read = || fs::read_to_string(&path).map_err(|source| failed("could not read the certificate", source));
    let (release, name, statement) = told(&read()?)?;
    let mut ledger = match beside {
        Some(ledger) if knows(&verify_chain(&ledger)?, &release, Some(&statement)) => Some(Ledger::open(&ledger)?),
        _ => None,
    };
    // read again: the ledger's lock keeps others from signing in between
    let signed = approve(&read()?, pair)?;
    let (envelope, _) = parse(&signed).map_err(|what| Error::Internal(format!("an approved certificate: {what}")))?;
    // written beside the release, not in it, so that no leftover is ever a file too many
    let aside = folder.with_file_name(format!(".approved-{}-{}", release, std::process::id()));
    let replaced = fs::write(&aside, &signed).and_then(|()| fs::File::open(&aside)?.sync_all());
    let replaced = replaced.and_then(|()| fs::rename(&aside, folder.join(CERTIFICATE)));
    if let Err(source) = replaced {
        let _ = fs::remove_file(&aside);
        return Err(failed("could not write the certificate", source));
    }
    let key = pair.public().id()?;
    if let Some(ledger) = &mut ledger {
        ledger.append(at, Event::Approved { release, name, statement, key: key.clone() })?;
    }
    Ok(Approved { key, signatures: envelope.signatures.len(), noted: ledger.is_some() })
}

/// Id and name of a release, and the digest that the ledger has of its certificate.
fn told(text: &str) -> Result<(String, String, String)> {
    #[derive(serde::Deserialize)]
    struct Stated {
        predicate: Named,
    }
    #[derive(serde::Deserialize)]
    struct Named {
        release: String,
        name: String,
    }
    let wrong = |what: String| Error::Verification(vec![format!("{CERTIFICATE}: {what}")]);
    let (_, payload) = parse(text).map_err(wrong)?;
    let stated: Stated =
        serde_json::from_slice(&payload).map_err(|_| wrong("its statement is of another form".into()))?;
    // the id becomes part of a file name
    if !stated.predicate.release.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err(wrong("its release has no id of ours".into()));
    }
    Ok((stated.predicate.release, stated.predicate.name, released_digest(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::ChaCha20Rng;

    use super::*;
    use crate::release::certificate::{example, sign};
    use crate::release::ledger::approvals;

    #[test]
    fn an_approval_is_appended_and_noted_once() {
        let out = tempfile::tempdir().unwrap();
        let (ledger, folder) = (out.path().join("ledger.jsonl"), out.path().join("example/20260601T120000Z-00000000"));
        fs::create_dir_all(&folder).unwrap();
        let [producer, first, second] =
            [1, 2, 3].map(|seed| SigningPair::generate(&mut ChaCha20Rng::from_seed([seed; 32])));
        let text = sign(&example(&producer.public().id().unwrap()), &producer).unwrap();
        fs::write(folder.join(CERTIFICATE), &text).unwrap();
        // without a ledger it is signed and not noted
        let approved = approve_release(&folder, &first, "t").unwrap();
        assert_eq!((approved.signatures, approved.noted), (2, false));
        let digest = released_digest(text.as_bytes());
        let (release, name) = ("20260601T120000Z-00000000".to_owned(), "example".to_owned());
        let event = Event::Released { release: release.clone(), name, statement: digest.clone(), origin: None };
        Ledger::open(&ledger).unwrap().append("t", event).unwrap();
        let approved = approve_release(&folder, &second, "t").unwrap();
        assert_eq!((approved.signatures, approved.noted), (3, true));
        assert!(approve_release(&folder, &second, "t").is_err(), "once per key");
        let entries = verify_chain(&ledger).unwrap();
        assert_eq!(approvals(&entries, &release).collect::<Vec<_>>(), [second.public().id().unwrap()]);
        assert!(knows(&entries, &release, Some(&digest)) && !knows(&entries, &release, Some("00")));
        let names = |folder: &Path| fs::read_dir(folder).unwrap().count();
        assert_eq!((names(&folder), names(&out.path().join("example"))), (1, 1), "nothing is left beside it");
    }
}
