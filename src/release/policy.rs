//! Whose signatures a buyer accepts: trusted keys, how many of them, until when, and which are revoked.
//!
//! The day of issue stands in the statement, so its signer has told it: whoever stole a key can give any day. Therefore
//! a revocation counts whatever the day of issue, unless the buyer says otherwise, and for a key that may be in wrong
//! hands always. See `docs/certificate.md`.

mod revocation;

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde::Serialize;

pub use revocation::{Reason, Revocation, revocations};

use super::certificate::{PAYLOAD_TYPE, PREDICATE_TYPE, STATEMENT_TYPE, Signature, Statement, pae, parse, short};
use super::keys::{Heading, PublicKey, written};
use super::sm2;
use crate::error::{Error, Result};

/// A key that a buyer accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trusted {
    /// With the user id that its signatures must be made with.
    pub key: PublicKey,
    /// The certificate must be issued from here on.
    pub not_before: Option<DateTime<Utc>>,
    /// The certificate must be issued before.
    pub not_after: Option<DateTime<Utc>>,
}

impl Trusted {
    pub fn new(key: PublicKey, heading: &Heading) -> Self {
        Self { key, not_before: heading.not_before, not_after: heading.not_after }
    }
}

/// What a buyer asks of the signatures of a certificate.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    trusted: Vec<Trusted>,
    /// How many distinct trusted keys must have signed.
    threshold: usize,
    pub revoked: Vec<Revocation>,
    /// Whether certificates count that were issued before their key was revoked, where it was merely replaced or given
    /// up. A key that may be in wrong hands counts as never good.
    pub accept_issued_before_revocation: bool,
}

impl Policy {
    /// # Errors
    /// [`Error::Usage`] for a threshold of 0, one that these keys cannot reach, and a key that is there twice.
    pub fn new(trusted: Vec<Trusted>, threshold: usize) -> Result<Self> {
        let usage = |message: String| Error::Usage { message, help: None };
        let ids = trusted.iter().map(|trusted| trusted.key.id()).collect::<Result<BTreeSet<_>>>()?;
        if ids.len() < trusted.len() {
            return Err(usage("one of the trusted keys is given twice".into()));
        }
        if threshold == 0 || threshold > trusted.len() {
            return Err(usage(format!("{threshold} signers cannot be asked of {} trusted keys", trusted.len())));
        }
        Ok(Self { trusted, threshold, revoked: Vec::new(), accept_issued_before_revocation: false })
    }

    /// One signature of any of these keys, whenever that was.
    pub fn any_of(keys: &[PublicKey]) -> Self {
        let trusted = |key: &PublicKey| Trusted::new(key.clone(), &Heading::default());
        let trusted = keys.iter().map(trusted).collect();
        Self { trusted, threshold: 1, revoked: Vec::new(), accept_issued_before_revocation: false }
    }

    /// The same keys, dates and revocations, and one signer: for footers, which only the producer signs.
    pub fn of_one(&self) -> Self {
        Self { threshold: 1, ..self.clone() }
    }

    pub fn threshold(&self) -> usize {
        self.threshold
    }
}

/// What was found of one signature; moments as RFC 3339 in UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Finding {
    Valid,
    /// The key is not among the trusted ones: nothing can be said of the signature.
    UnknownKey,
    /// The certificate was issued before the key was in force.
    NotYetValid {
        not_before: String,
    },
    /// The certificate was issued when the key was in force no more.
    Expired {
        not_after: String,
    },
    Revoked {
        date: String,
        reason: Reason,
    },
    /// Made as another user than the trusted one.
    WrongUserId {
        signed: String,
        trusted: Option<String>,
    },
    BadSignature,
    /// The signature is one of this other key.
    KeyIdMismatch {
        belongs_to: String,
    },
    /// The key has signed before.
    Repeated,
}

/// One signature of an envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// The id as it stands in the envelope.
    pub key: String,
    /// Whether it is the producer's, which is the first.
    pub producer: bool,
    #[serde(flatten)]
    pub finding: Finding,
    /// The key is in force no more today; its signatures from before stay good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since_expired: Option<String>,
}

/// An envelope under a policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    pub statement: Statement,
    pub signatures: Vec<Checked>,
    /// Distinct trusted keys with a valid signature.
    pub signers: usize,
    pub threshold: usize,
}

impl Judged {
    pub fn threshold_met(&self) -> bool {
        self.signers >= self.threshold
    }

    /// Why the certificate is not accepted, one phrase per cause; empty where it is.
    ///
    /// A signature that is false or of a revoked key is a cause of its own. One of an unknown key, or of one that was
    /// not in force, merely does not count: it is a cause where signers are missing.
    pub fn wrong(&self) -> Vec<String> {
        let alone = self.signatures.len() == 1;
        let missing = !self.threshold_met();
        let told = |checked: &&Checked| match checked.finding {
            Finding::Valid => false,
            Finding::UnknownKey | Finding::NotYetValid { .. } | Finding::Expired { .. } => missing,
            _ => true,
        };
        let mut wrong: Vec<String> = self.signatures.iter().filter(told).map(|checked| checked.phrase(alone)).collect();
        if missing && !(alone && self.threshold == 1) {
            wrong.push(format!("{} of {} signers have signed it", self.signers, self.threshold));
        }
        wrong
    }
}

impl Checked {
    /// What was found, for people; nothing of a foreign text is written as it is.
    pub fn phrase(&self, alone: bool) -> String {
        let key = short(&self.key);
        let of = if alone { String::new() } else { format!(" by {key}") };
        match &self.finding {
            Finding::Valid => format!("its signature{of} is valid"),
            Finding::UnknownKey => format!("its key {key} is not among the trusted ones"),
            Finding::NotYetValid { not_before } => {
                format!("its key {key} is in force from {not_before} on, and it was issued before")
            }
            Finding::Expired { not_after } => {
                format!("its key {key} had expired when it was issued: it was in force until {not_after}")
            }
            Finding::Revoked { date, reason } => format!("its key {key} is revoked from {date} on: {reason}"),
            Finding::WrongUserId { signed, trusted } => match trusted {
                Some(trusted) => format!(
                    "its signature{of} was made with the user id `{}`, trusted is `{}`",
                    signed.escape_debug(),
                    trusted.escape_debug()
                ),
                None => format!("its signature{of} has a user id, which keys of its kind do not have"),
            },
            Finding::BadSignature => format!("its signature{of} is wrong"),
            Finding::KeyIdMismatch { belongs_to } => {
                format!("its signature with the key id {key} is one of the key {}", short(belongs_to))
            }
            Finding::Repeated => format!("its key {key} has signed twice"),
        }
    }
}

/// Judges the signatures of an envelope, each by itself, and reads its statement; `now` is what is told of keys that
/// have expired since.
///
/// # Errors
/// A phrase, where it is no envelope with a statement of ours, or names another producer than its first signature.
pub fn judge(text: &str, policy: &Policy, now: DateTime<Utc>) -> Result<Judged, String> {
    let (envelope, payload) = parse(text)?;
    let message = pae(PAYLOAD_TYPE, &payload);
    // nothing of the statement is believed before its signatures were looked at, but its day
    let statement: Result<Statement, _> = serde_json::from_slice(&payload);
    let issued = statement.as_ref().ok().and_then(issued);
    let mut seen = BTreeSet::new();
    let mut signatures = Vec::new();
    for (place, signature) in envelope.signatures.iter().enumerate() {
        let (finding, since_expired) = match seen.insert(&signature.keyid) {
            true => policy.check(signature, &message, issued, now),
            false => (Finding::Repeated, None),
        };
        signatures.push(Checked { key: signature.keyid.clone(), producer: place == 0, finding, since_expired });
    }
    let signers = signatures.iter().filter(|checked| checked.finding == Finding::Valid).count();
    let statement = statement.map_err(|_| {
        let bad = signatures.iter().find(|checked| checked.finding != Finding::Valid);
        bad.map_or("its statement is of another form".into(), |checked| checked.phrase(signatures.len() == 1))
    })?;
    let judged = Judged { statement, signatures, signers, threshold: policy.threshold };
    if judged.wrong().is_empty() {
        let statement = &judged.statement;
        if statement.kind != STATEMENT_TYPE || statement.predicate_type != PREDICATE_TYPE {
            return Err("its statement is of another type".into());
        }
        if issued.is_none() {
            return Err("its statement has no day of issue".into());
        }
        if judged.signatures.first().is_none_or(|first| first.key != statement.predicate.signer.key) {
            return Err("its statement names another key".into());
        }
    }
    Ok(judged)
}

fn issued(statement: &Statement) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(&statement.predicate.issued_at).ok().map(|at| at.to_utc())
}

impl Policy {
    fn check(
        &self,
        signature: &Signature,
        message: &[u8],
        issued: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> (Finding, Option<String>) {
        let Ok(bytes) = STANDARD.decode(&signature.sig) else { return (Finding::BadSignature, None) };
        let is = |trusted: &&Trusted| trusted.key.id().is_ok_and(|id| id == signature.keyid);
        let known = self.trusted.iter().find(is);
        if !known.is_some_and(|trusted| trusted.key.verifies(message, &bytes)) {
            return (self.why(signature, known.map(|trusted| &trusted.key), message, &bytes), None);
        }
        let Some(trusted) = known else { return (Finding::UnknownKey, None) };
        let told = signature.userid.as_deref().or(trusted.key.user_id().map(|_| sm2::DEFAULT_USER_ID));
        if told != trusted.key.user_id() {
            let signed = told.unwrap_or_default().to_owned();
            return (Finding::WrongUserId { signed, trusted: trusted.key.user_id().map(str::to_owned) }, None);
        }
        let before = |date: DateTime<Utc>| issued.is_some_and(|issued| issued < date);
        let counts = |revoked: &&Revocation| {
            let spared = self.accept_issued_before_revocation && !revoked.reason.compromised();
            revoked.key == signature.keyid && !(spared && before(revoked.date))
        };
        if let Some(revoked) = self.revoked.iter().find(counts) {
            return (Finding::Revoked { date: written(&revoked.date), reason: revoked.reason }, None);
        }
        match (trusted.not_before, trusted.not_after) {
            (Some(not_before), _) if before(not_before) => {
                (Finding::NotYetValid { not_before: written(&not_before) }, None)
            }
            // a statement that cannot be read has no day: of its own, that is told
            (_, Some(not_after)) if issued.is_some() && !before(not_after) => {
                (Finding::Expired { not_after: written(&not_after) }, None)
            }
            (_, not_after) => (Finding::Valid, not_after.filter(|not_after| *not_after <= now).map(|at| written(&at))),
        }
    }

    /// Why a signature does not hold, as far as the trusted keys can tell.
    fn why(&self, signature: &Signature, known: Option<&PublicKey>, message: &[u8], bytes: &[u8]) -> Finding {
        let told = signature.userid.as_deref().unwrap_or(sm2::DEFAULT_USER_ID);
        if let Some(key) = known
            && let Some(trusted) = key.user_id()
        {
            let users = [told, sm2::DEFAULT_USER_ID].into_iter().filter(|user_id| *user_id != trusted);
            for user_id in users.filter(|user_id| user_id.len() <= sm2::LONGEST_USER_ID) {
                if key.of_user(user_id).verifies(message, bytes) {
                    return Finding::WrongUserId { signed: user_id.into(), trusted: Some(trusted.into()) };
                }
            }
        }
        let others = self.trusted.iter().filter(|trusted| trusted.key.verifies(message, bytes));
        match (others.map(|trusted| trusted.key.id()).next(), known) {
            (Some(Ok(belongs_to)), _) => Finding::KeyIdMismatch { belongs_to },
            (_, Some(_)) => Finding::BadSignature,
            (_, None) => Finding::UnknownKey,
        }
    }
}

#[cfg(test)]
mod tests;
