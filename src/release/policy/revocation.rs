//! The list of revoked keys: plain JSON, unsigned, as good as the way it came.

use std::fmt;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::release::keys::moment;

/// Why a key is revoked: the reasons of RFC 5280, 5.3.1, that make sense for keys without certificates of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Nobody says; counts as compromised.
    Unspecified,
    /// The key may be in wrong hands.
    KeyCompromise,
    /// Another key is used now.
    Superseded,
    /// Its holder does not sign any more.
    CessationOfOperation,
}

impl Reason {
    /// Whether somebody else may have signed, on any day.
    pub fn compromised(self) -> bool {
        matches!(self, Self::Unspecified | Self::KeyCompromise)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unspecified => "no reason told",
            Self::KeyCompromise => "it may be in wrong hands",
            Self::Superseded => "it was replaced",
            Self::CessationOfOperation => "its holder does not sign any more",
        })
    }
}

/// A key that is revoked from a day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// SHA-256 of the public key's SubjectPublicKeyInfo, 64 lowercase hex digits.
    pub key: String,
    pub date: DateTime<Utc>,
    pub reason: Reason,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawList {
    revoked: Vec<RawRevocation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRevocation {
    key: String,
    date: String,
    reason: Reason,
    /// For people.
    #[serde(default, rename = "note")]
    _note: Option<String>,
}

/// Reads `{"revoked": [{"key": …, "date": …, "reason": …, "note": …}]}`; a date counts from its first moment in UTC.
///
/// # Errors
/// A phrase: a list that is half understood would let a revoked key pass.
pub fn revocations(text: &str) -> Result<Vec<Revocation>, String> {
    let list: RawList =
        serde_json::from_str(text).map_err(|error| format!("it is not a list of revoked keys: {error}"))?;
    let read = |(place, raw): (usize, RawRevocation)| {
        let digits = raw.key.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if raw.key.len() != 64 || !digits {
            return Err(format!("`key` of entry {} is not 64 lowercase hex digits", place + 1));
        }
        let date = moment(&raw.date, false).ok_or_else(|| format!("`date` of entry {} is no date", place + 1))?;
        Ok(Revocation { key: raw.key, date, reason: raw.reason })
    };
    list.revoked.into_iter().enumerate().map(read).collect()
}
