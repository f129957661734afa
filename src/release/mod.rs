//! From treated rows to a certified release: staging, shuffle, Parquet, certificate, ledger, publication.

pub mod parquet;
pub mod shuffle;
pub mod staging;
