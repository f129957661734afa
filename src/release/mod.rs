//! From treated rows to a certified release: staging, shuffle, Parquet, certificate, ledger, publication.

pub mod approve;
pub mod certificate;
pub mod delivery;
pub mod digest;
pub mod encryption;
pub mod facts;
#[cfg(feature = "hsm")]
pub mod hsm;
pub mod keys;
pub mod keystore;
pub mod ledger;
pub mod measure;
pub mod parquet;
pub mod policy;
pub mod retention;
pub mod shuffle;
pub mod sm2;
pub mod staging;
pub mod write;
