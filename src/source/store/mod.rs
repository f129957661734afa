//! Objects of S3-compatible stores.

use std::path::Path;

use super::reader::Reader;
use crate::error::{Error, Result};
use crate::spec::StoreSpec;

pub(super) fn reader(_spec: &StoreSpec, _base: &Path) -> Result<Box<dyn Reader>> {
    Err(Error::usage("not yet"))
}
