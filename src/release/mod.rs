//! What is published: logical digests, certificate, keys and ledger.

pub mod digest;
pub mod keys;
pub mod ledger;
