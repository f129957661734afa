//! Which objects a key means.

use object_store::ObjectMeta;

use crate::error::{Error, Result};
use crate::spec::StoreSpec;
use crate::store::Store;

/// The objects that the key means, in ascending order: itself, those below it, or those its `*` stand for.
///
/// # Errors
/// Those of the store; no object is named like that; a store that tells no ETag.
pub fn list(store: &Store, spec: &StoreSpec) -> Result<Vec<ObjectMeta>> {
    let (folder, name) = spec.key.rsplit_once('/').unwrap_or(("", &spec.key));
    let found = match !name.is_empty() && !name.contains('*') {
        true => vec![store.head(&spec.key)?],
        false => {
            let patterns = if name.is_empty() { spec.form.patterns() } else { &[name][..] };
            let mut found = store.below(folder)?;
            found.retain(|object| named(object.location.as_ref(), folder, patterns));
            found
        }
    };
    if found.is_empty() {
        return Err(Error::input("no object of the store is named like `path`").with_help("check bucket and path"));
    }
    if found.iter().any(|object| object.e_tag.is_none()) {
        return Err(Error::surroundings(
            None,
            "the store tells no ETag of an object: a change of it would not be seen",
        )
        .with_help("copy the objects to this machine and name them there"));
    }
    Ok(found)
}

/// Whether an object is in the folder itself, and is named like one of the patterns.
fn named(key: &str, folder: &str, patterns: &[&str]) -> bool {
    let Some(rest) = (if folder.is_empty() { Some(key) } else { key.strip_prefix(folder) }) else { return false };
    let rest = rest.trim_start_matches('/');
    !rest.contains('/')
        && !rest.starts_with('.')
        && patterns.iter().any(|pattern| crate::source::matches(pattern, rest))
}
