//! The signed statement: an in-toto Statement v1 in a DSSE v1 envelope, Ed25519.
//!
//! Two statements with one predicate exist for a release. The one in each Parquet footer has the logical
//! digests of all data files as subjects; the detached `certificate.json` has the bytes of every file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::digest::Digests;
use super::keys::{PublicKey, SigningPair};
use crate::error::{Error, Result};
use crate::risk::{AttackOutcome, Conditions, Measure};
use crate::spec::{Claim, Context, Declaration, Purpose, RecodingKind};

pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
pub const PREDICATE_TYPE: &str = "https://tuomin.dev/certificate/v1";

/// An in-toto Statement v1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    #[serde(rename = "_type")]
    pub kind: String,
    pub subject: Vec<Subject>,
    #[serde(rename = "predicateType")]
    pub predicate_type: String,
    pub predicate: Predicate,
}

/// A file of the release, by its path within it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    pub name: String,
    pub digest: Digests,
}

/// What is certified.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Predicate {
    pub release: String,
    pub name: String,
    pub claim: Claim,
    pub purpose: Purpose,
    pub context: Context,
    pub issued_at: String,
    pub declaration: Declaration,
    pub conditions: Conditions,
    pub measures: Vec<Measure>,
    /// What attackers achieved on the files, as the run measured it.
    #[serde(default)]
    pub attacks: Vec<AttackOutcome>,
    pub recoding: Vec<LevelChosen>,
    pub search: SearchTold,
    pub counts: Counts,
    /// Logical digest of each data file.
    pub logical: Vec<Subject>,
    pub tool: Tool,
    pub pipeline: Digests,
    /// SHA-256 of the source's files one after the other, in hex: who holds the source can tell it is the one.
    pub source_sha256: String,
    /// Where token keys are: ids of kept keys, or that they are gone.
    pub token_keys: Vec<TokenKey>,
    pub signer: Signer,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelChosen {
    pub column: String,
    /// Absent where each class has a level of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<usize>,
    /// The level `*`.
    pub of: usize,
    /// The level's name, or how many labels there are.
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchTold {
    pub recoding: RecodingKind,
    /// What was made as small as possible, and how small it became.
    pub metric: String,
    pub value: f64,
    /// What no recoding of this kind can go below, as far as it is proven.
    pub lower_bound: f64,
    pub proven_optimal: bool,
    /// Nodes of the lattice, as decimal text: may exceed 64 bits. Only where all records have one level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lattice_size: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nodes_checked: Option<u64>,
    pub loss: f64,
    pub suppressed_records: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    pub records_read: u64,
    pub subjects_read: u64,
    pub records_released: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    pub name: String,
    pub version: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenKey {
    pub column: String,
    /// Absent: the key was random, in memory only, and is destroyed.
    pub kept: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signer {
    /// SHA-256 of the public key's SubjectPublicKeyInfo, in hex.
    pub key: String,
    /// Whether the pipeline named the key; a local key is endorsed by nobody.
    pub local: bool,
}

/// A DSSE v1 envelope with one signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    pub payload: String,
    #[serde(rename = "payloadType")]
    pub payload_type: String,
    pub signatures: Vec<Signature>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    pub keyid: String,
    pub sig: String,
}

/// The pre-authentication encoding of DSSE v1: what is signed.
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

/// The statement about these files.
pub fn statement(subject: Vec<Subject>, predicate: Predicate) -> Statement {
    Statement { kind: STATEMENT_TYPE.into(), subject, predicate_type: PREDICATE_TYPE.into(), predicate }
}

/// Signs a statement; gives the envelope's text, one line with a line feed.
pub fn sign(statement: &Statement, pair: &SigningPair) -> Result<String> {
    let internal = |error: serde_json::Error| Error::Internal(format!("the certificate cannot be written: {error}"));
    let payload = serde_json::to_vec(statement).map_err(internal)?;
    let signature = pair.sign(&pae(PAYLOAD_TYPE, &payload));
    let envelope = Envelope {
        payload: STANDARD.encode(&payload),
        payload_type: PAYLOAD_TYPE.into(),
        signatures: vec![Signature { keyid: pair.public().id()?, sig: STANDARD.encode(signature) }],
    };
    Ok(serde_json::to_string(&envelope).map_err(internal)? + "\n")
}

/// What an envelope states, whoever signed it; `None` if it has another form.
pub fn stated<T: DeserializeOwned>(text: &[u8]) -> Option<T> {
    let envelope: Envelope = serde_json::from_slice(text).ok()?;
    serde_json::from_slice(&STANDARD.decode(&envelope.payload).ok()?).ok()
}

/// Opens an envelope that one of the trusted keys signed.
///
/// Strict: the text must be byte for byte what [`sign`] writes, so that no byte of it is without a check.
///
/// # Errors
/// A phrase that names what is wrong.
pub fn open(text: &str, trusted: &[PublicKey]) -> Result<Statement, String> {
    let envelope: Envelope = serde_json::from_str(text).map_err(|_| "it is not a DSSE envelope".to_owned())?;
    let again = serde_json::to_string(&envelope).map_err(|_| "it is not a DSSE envelope".to_owned())? + "\n";
    if again != text {
        return Err("it is not written in the canonical form".into());
    }
    if envelope.payload_type != PAYLOAD_TYPE {
        return Err("its payload is not an in-toto statement".into());
    }
    let [signature] = envelope.signatures.as_slice() else { return Err("it has not exactly one signature".into()) };
    let key = trusted.iter().find(|key| key.id().is_ok_and(|id| id == signature.keyid));
    let Some(key) = key else {
        return Err(format!("its key {} is not among the trusted ones", short(&signature.keyid)));
    };
    let payload = STANDARD.decode(&envelope.payload).map_err(|_| "its payload is not canonical base64".to_owned())?;
    let bytes = STANDARD.decode(&signature.sig).map_err(|_| "its signature is not canonical base64".to_owned())?;
    let bytes: [u8; 64] = bytes.try_into().map_err(|_| "its signature has the wrong length".to_owned())?;
    if !key.verifies(&pae(PAYLOAD_TYPE, &payload), &bytes) {
        return Err("its signature is wrong".into());
    }
    let statement: Statement =
        serde_json::from_slice(&payload).map_err(|_| "its statement is of another form".to_owned())?;
    if statement.kind != STATEMENT_TYPE || statement.predicate_type != PREDICATE_TYPE {
        return Err("its statement is of another type".into());
    }
    if statement.predicate.signer.key != signature.keyid {
        return Err("its statement names another key".into());
    }
    Ok(statement)
}

/// A key id as people compare it, printable whatever it was.
fn short(id: &str) -> String {
    id.chars().filter(char::is_ascii_hexdigit).take(16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pae_is_that_of_the_specification() {
        // the example of the DSSE v1 protocol document
        assert_eq!(
            pae("http://example.com/HelloWorld", b"hello world"),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
    }
}
