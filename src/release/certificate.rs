//! The signed statement: an in-toto Statement v1 in a DSSE v1 envelope, signed with Ed25519 or SM2.
//!
//! Two statements with one predicate exist for a release. The one in each Parquet footer has the logical
//! digests of all data files as subjects; the detached `certificate.json` has the bytes of every file. The producer
//! signs both. Whoever approves signs `certificate.json` only: it holds the digests of the data files with their
//! footers, which therefore cannot change any more. `docs/certificate.md` tells all of it to people.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::digest::Digests;
use super::keys::{PublicKey, SigningPair};
use super::policy::{Policy, judge};
use super::sm2;
use crate::error::{Error, Result};
use crate::risk::preparation::PreparedStep;
use crate::risk::quality::DataQuality;
use crate::risk::{AttackOutcome, Conditions, Measure};
use crate::spec::{Claim, Context, Declaration, Purpose, RecodingKind};

pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
pub const PREDICATE_TYPE: &str = "https://tuomin.dev/certificate/v1";

/// An in-toto Statement v1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    pub name: String,
    pub digest: Digests,
}

/// What is certified.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// How the data files are encrypted; absent where they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encryption: Option<Encryption>,
    /// The release of the same name and period that this one replaces; absent where it is the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<String>,
    /// What each step of the preparation did to the source, as the run counted it; absent where there was none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub preparation: Vec<PreparedStep>,
    /// The quality of the source by GB/T 36344, as the run counted it; absent where the pipeline asks nothing of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<DataQuality>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
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

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    pub records_read: u64,
    pub subjects_read: u64,
    pub records_released: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    pub name: String,
    pub version: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenKey {
    pub column: String,
    /// Absent: the key was random, in memory only, and is destroyed.
    pub kept: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Signer {
    /// SHA-256 of the public key's SubjectPublicKeyInfo, in hex.
    pub key: String,
    /// Whether the pipeline named the key; a local key is endorsed by nobody.
    pub local: bool,
}

/// Parquet modular encryption of the data files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Encryption {
    /// `AES_GCM_V1`
    pub algorithm: String,
    /// The name of the recipient's key.
    pub key: String,
}

/// A DSSE v1 envelope: the producer's signature, then those of whoever approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// The statement's JSON in base64.
    pub payload: String,
    /// `application/vnd.in-toto+json`
    #[serde(rename = "payloadType")]
    pub payload_type: String,
    /// One per key, over the pre-authentication encoding of type and payload.
    pub signatures: Vec<Signature>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// SHA-256 of the public key's SubjectPublicKeyInfo, in hex.
    pub keyid: String,
    /// In base64: 64 bytes of Ed25519, or DER of SM2.
    pub sig: String,
    /// SM2 only: the user id it was made with; absent for 1234567812345678. Not signed: it says what to check against
    /// the user id that is trusted, it does not replace that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userid: Option<String>,
}

impl Signature {
    fn new(payload: &[u8], pair: &SigningPair) -> Result<Self> {
        let public = pair.public();
        Ok(Self {
            keyid: public.id()?,
            sig: STANDARD.encode(pair.sign(&pae(PAYLOAD_TYPE, payload))?),
            userid: public.user_id().filter(|user_id| *user_id != sm2::DEFAULT_USER_ID).map(str::to_owned),
        })
    }
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

fn unwritable(error: serde_json::Error) -> Error {
    Error::Internal(format!("the certificate cannot be written: {error}"))
}

/// What an envelope states, whoever signed it; `None` if it has another form.
pub fn stated<T: DeserializeOwned>(text: &[u8]) -> Option<T> {
    let envelope: Envelope = serde_json::from_slice(text).ok()?;
    serde_json::from_slice(&STANDARD.decode(&envelope.payload).ok()?).ok()
}

/// Signs a statement; gives the envelope's text, one line with a line feed.
pub fn sign(statement: &Statement, pair: &SigningPair) -> Result<String> {
    let payload = serde_json::to_vec(statement).map_err(unwritable)?;
    let signatures = vec![Signature::new(&payload, pair)?];
    let envelope = Envelope { payload: STANDARD.encode(&payload), payload_type: PAYLOAD_TYPE.into(), signatures };
    Ok(serde_json::to_string(&envelope).map_err(unwritable)? + "\n")
}

/// Adds a signature over the same payload, after those that are there; checks none of them: see [`judge`].
///
/// # Errors
/// [`Error::Verification`] for what is no envelope, [`Error::Usage`] where the key has signed already.
pub fn approve(envelope: &str, pair: &SigningPair) -> Result<String> {
    let wrong = |what: String| Error::Verification(vec![format!("certificate.json: {what}")]);
    let (mut envelope, payload) = parse(envelope).map_err(wrong)?;
    let signature = Signature::new(&payload, pair)?;
    if envelope.signatures.iter().any(|there| there.keyid == signature.keyid) {
        return Err(Error::Usage {
            message: format!("the key {} has signed this certificate already", short(&signature.keyid)),
            help: Some("an approval is the signature of another key than the producer's".into()),
        });
    }
    envelope.signatures.push(signature);
    Ok(serde_json::to_string(&envelope).map_err(unwritable)? + "\n")
}

/// The envelope as its producer left it: without the signatures of whoever approved. The ledger has this one's digest.
///
/// # Errors
/// A phrase, for what is no envelope.
pub fn as_released(text: &str) -> Result<String, String> {
    let (mut envelope, _) = parse(text)?;
    envelope.signatures.truncate(1);
    let form = |_| "it is not a DSSE envelope".to_owned();
    Ok(serde_json::to_string(&envelope).map_err(form)? + "\n")
}

/// SHA-256 of [`as_released`] in hex, as the ledger has it; of the bytes themselves where they are no envelope.
pub fn released_digest(text: &[u8]) -> String {
    let released = std::str::from_utf8(text).ok().and_then(|text| as_released(text).ok());
    hex::encode(Digests::of(released.as_deref().map_or(text, str::as_bytes)).sha256)
}

/// Reads an envelope and its payload, and checks no signature.
///
/// Strict: the text must be byte for byte what [`sign`] and [`approve`] write, so that no byte of it is without a
/// check.
///
/// # Errors
/// A phrase that names what is wrong.
pub fn parse(text: &str) -> Result<(Envelope, Vec<u8>), String> {
    let envelope: Envelope = serde_json::from_str(text).map_err(|_| "it is not a DSSE envelope".to_owned())?;
    let again = serde_json::to_string(&envelope).map_err(|_| "it is not a DSSE envelope".to_owned())? + "\n";
    if again != text {
        return Err("it is not written in the canonical form".into());
    }
    if envelope.payload_type != PAYLOAD_TYPE {
        return Err("its payload is not an in-toto statement".into());
    }
    if envelope.signatures.is_empty() {
        return Err("it has no signature".into());
    }
    let payload = STANDARD.decode(&envelope.payload).map_err(|_| "its payload is not canonical base64".to_owned())?;
    Ok((envelope, payload))
}

/// Opens an envelope that one of the trusted keys signed, whenever that was.
///
/// # Errors
/// A phrase that names what is wrong.
pub fn open(text: &str, trusted: &[PublicKey]) -> Result<Statement, String> {
    let policy = Policy::any_of(trusted);
    let judged = judge(text, &policy, DateTime::<Utc>::UNIX_EPOCH)?;
    match judged.wrong().into_iter().next() {
        None => Ok(judged.statement),
        Some(what) => Err(what),
    }
}

/// JSON Schema of the signed statement, from the types that write and read it.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Statement).to_value()
}

/// A key id as people compare it, printable whatever it was.
pub fn short(id: &str) -> String {
    id.chars().filter(char::is_ascii_hexdigit).take(16).collect()
}

#[cfg(test)]
pub(crate) use tests::example;

#[cfg(test)]
mod openssl;
#[cfg(test)]
mod tests;
