//! The modules of `tuomin` that read what others have written, without the engine.

#[path = "../../src/catalog/mod.rs"]
pub mod catalog;
#[path = "../../src/detect/mod.rs"]
pub mod detect;
#[path = "../../src/error/mod.rs"]
pub mod error;
/// A file with a folder of its own is looked for from where it lies.
#[path = "../../src"]
mod beside {
    pub mod lanes;
}
pub use beside::lanes;
#[path = "../../src/privacy/mod.rs"]
pub mod privacy;
#[path = "../../src/release/mod.rs"]
pub mod release;
#[path = "../../src/report/mod.rs"]
pub mod report;
#[path = "../../src/risk/mod.rs"]
pub mod risk;
#[path = "../../src/search/mod.rs"]
pub mod search;
#[path = "../../src/secret.rs"]
pub mod secret;
#[path = "../../src/spec/mod.rs"]
pub mod spec;
#[path = "../../src/table/mod.rs"]
pub mod table;
#[path = "../../src/treatment/mod.rs"]
pub mod treatment;

/// What `release` asks of the module that is left out.
pub mod source {
    /// # Errors
    /// Never: nobody stops a fuzzer in this way.
    pub fn interrupted() -> crate::error::Result<()> {
        Ok(())
    }
}

/// What `release` tells the engine that is left out.
pub mod engine {
    /// Nobody watches how far a fuzzer has read.
    pub fn seen(_: usize) {}
}
