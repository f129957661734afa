//! From treated rows to a certified release: staging, shuffle, Parquet, certificate, ledger, publication.

pub mod certificate;
pub mod digest;
pub mod facts;
pub mod keys;
pub mod keystore;
pub mod ledger;
pub mod measure;
pub mod parquet;
pub mod shuffle;
pub mod staging;
pub mod write;
