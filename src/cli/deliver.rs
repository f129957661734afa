//! Releases go to a store too, where the pipeline says so: after they stand in the output folder.

use std::path::Path;

use super::prepare::Prepared;
use super::progress::Progress;
use crate::error::{Error, Result};
use crate::release::delivery::Delivery;
use crate::release::ledger::{LEDGER, verify_chain};
use crate::release::retention;
use crate::source::interrupted;

/// A release that is in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// `s3://bucket/prefix/NAME/ID/`
    pub address: String,
    /// How many objects were put now; none where all was there.
    pub objects: usize,
}

/// Opens the place that the pipeline names, before any work: see [`Delivery::open`].
///
/// # Errors
/// Those of [`Delivery::open`].
pub fn open(prepared: &Prepared) -> Result<Option<Delivery>> {
    let pipeline = &prepared.pipeline;
    pipeline.delivery.as_ref().map(|spec| Delivery::open(spec, &pipeline.name, &prepared.base)).transpose()
}

/// Puts in the store what is missing there of the release in `folder`, `out/NAME/ID`; `None` where there is no store.
///
/// # Errors
/// [`Error::Environment`], whatever failed: the release stands, and running again delivers it.
pub fn deliver(
    delivery: Option<&Delivery>,
    out: &Path,
    folder: &Path,
    progress: &Progress,
) -> Result<Option<Delivered>> {
    let (Some(delivery), Some(id)) = (delivery, folder.file_name().and_then(|name| name.to_str())) else {
        return Ok(None);
    };
    progress.stage("putting the release in the store");
    let objects = delivery.put(out, id).map_err(|error| {
        // its own words are for those who are told that nothing was published
        let why = interrupted().map_or_else(|_| "interrupted".to_owned(), |()| error.to_string());
        let message = format!(
            "the release is certified and stands in `{}`, but it was not put in the store: {why}",
            folder.display()
        );
        let path = if let Error::Environment { path, .. } = error { path } else { None };
        let help = "run it again: it puts what is missing there, and makes no other release; a slow network needs a \
                    larger `timeout_seconds`";
        Error::surroundings(path, message).with_help(help)
    })?;
    let address = delivery.address(id);
    if objects > 0 {
        tracing::info!(place = address, objects, "release delivered");
    }
    progress.note(|account| account.delivered = Some(delivery.dataset(id)));
    Ok(Some(Delivered { address, objects }))
}

/// Removes from the store the data that are no longer to be kept.
///
/// # Errors
/// Those of the ledger and of [`Delivery::prune`].
pub fn prune(delivery: &Delivery, prepared: &Prepared, out: &Path, keep: usize) -> Result<()> {
    let entries = verify_chain(&out.join(LEDGER))?;
    let objects = delivery.prune(&retention::unkept(&entries, &prepared.pipeline.name, keep))?;
    if objects > 0 {
        tracing::info!(objects, "data of superseded releases removed from the store");
    }
    Ok(())
}
