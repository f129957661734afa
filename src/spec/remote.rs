//! Sources on other machines: databases and object stores, as written and as meant.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::pipeline::{KeyRef, SourceFormat};

/// Seconds to wait for a connection, and between two answers, unless the file says otherwise.
pub const TIMEOUT_SECONDS: u64 = 30;

/// A table or a query of a PostgreSQL, MySQL or MariaDB database.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawDatabase {
    /// Where the connection string is: `env:NAME` or `file:PATH`. It begins with `postgres://` or `mysql://` and never
    /// stands in the pipeline file
    pub url: String,
    /// The table or view: `name` or `schema.name`
    pub table: Option<String>,
    /// One `SELECT` (or `WITH … SELECT`), in place of `table`
    pub query: Option<String>,
    /// How the connection is protected; `verify` unless the database is on this machine, and always with `ca`
    pub tls: Option<Tls>,
    /// A PEM file of the authorities that the database's certificate is held against; the system's unless it is given
    pub ca: Option<String>,
    /// Seconds to wait for the connection, and between two records; 30 unless it is given
    #[schemars(range(min = 1, max = 86400))]
    pub timeout_seconds: Option<u64>,
}

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// Encrypted, and the server shows a certificate for its name
    Verify,
    /// Encrypted; whoever answers is believed
    Require,
    /// In clear
    Off,
}

/// A store that speaks S3; `path` is then `s3://bucket/…`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawStore {
    /// The address of the store, such as `https://s3.example.cn`; that of AWS unless it is given
    pub endpoint: Option<String>,
    /// The store's region; `us-east-1` unless it is given
    pub region: Option<String>,
    /// Where the access key's name is: `env:NAME` or `file:PATH`
    pub access_key: Option<String>,
    /// Where the secret key is: `env:NAME` or `file:PATH`
    pub secret_key: Option<String>,
    /// Where the token of a passing session is: `env:NAME` or `file:PATH`
    pub session_token: Option<String>,
    /// A PEM file of authorities that the store's certificate may be of, beside the usual ones
    pub ca: Option<String>,
    /// Whether cells may cross the network in clear, over `http://`
    #[serde(default)]
    pub allow_http: bool,
    /// Seconds to wait for each answer, retries included; 30 unless it is given
    #[schemars(range(min = 1, max = 86400))]
    pub timeout_seconds: Option<u64>,
}

/// A database as meant; holds no secret, only where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseSpec {
    pub url: KeyRef,
    pub rows: Rows,
    /// `None` where it follows from the host.
    pub tls: Option<Tls>,
    pub ca: Option<PathBuf>,
    pub timeout_seconds: u64,
}

/// What is read of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rows {
    /// One or two names, unquoted.
    Table(Vec<String>),
    /// One statement without its semicolon.
    Query(String),
}

/// A bucket of a store as meant, and how it is reached; holds no secret, only where the keys are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketSpec {
    pub name: String,
    /// `None` for that of AWS.
    pub endpoint: Option<String>,
    pub region: String,
    /// Access key, secret key and session token; `None` for stores that are open to all.
    pub keys: Option<(KeyRef, KeyRef, Option<KeyRef>)>,
    /// A PEM file of authorities, beside the usual ones.
    pub ca: Option<PathBuf>,
    pub allow_http: bool,
    pub timeout_seconds: u64,
}

/// A place of a store that releases are put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceSpec {
    pub bucket: BucketSpec,
    /// What all keys there begin with: empty, or with `/` at its end.
    pub prefix: String,
}

/// Objects of a store as meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreSpec {
    pub bucket: BucketSpec,
    /// The key of one object, or a pattern with `*` in its last part; ends in `/` for all objects below.
    pub key: String,
    /// CSV or Parquet.
    pub form: SourceFormat,
}
