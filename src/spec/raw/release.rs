//! `[release]` as written: how the release is made, and what is kept of earlier ones.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::spec::remote::RawStore;

/// How the release is made.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawRelease {
    /// The key that signs the certificate: `env:NAME`, `file:PATH` or, in a device, `pkcs11:…`; a local key unless it
    /// is given
    pub signing_key: Option<String>,
    /// Encrypt the data files for the recipient
    pub encryption: Option<RawEncryption>,
    /// Where releases are put beside the output folder: `s3://bucket/` or `s3://bucket/prefix/`
    pub path: Option<String>,
    /// How the store of `path` is reached
    pub store: Option<RawStore>,
    /// What is kept of releases that later ones have superseded; everything unless it is given
    pub keep: Option<RawKeep>,
}

/// How many superseded releases keep their data; of the others certificate, report and ledger entry stay.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawKeep {
    /// The number of superseded releases of this name that keep their data, from the newest
    pub releases: usize,
}

/// Parquet modular encryption: the data files can be read with the recipient's key only.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawEncryption {
    /// The recipient's key, 64 hex digits: `env:NAME` or `file:PATH`
    pub key: String,
    /// The name of the key, by which the recipient finds it; it is no secret
    pub id: String,
}
