//! The keys that a run signs and encrypts with: opened once, before any work.

use super::prepare::{Prepared, random_secret};
use crate::error::Result;
use crate::release::encryption::RecipientKey;
use crate::release::keys::SigningPair;
use crate::release::keystore;
use crate::secret::stream;
use crate::spec::KeyRef;

/// Every key that the end of a run needs. Open from the start, so that a missing one costs no time and a device is asked
/// for its PIN once.
#[derive(Debug)]
pub struct Keys {
    /// The pair that signs.
    pub signing: SigningPair,
    /// Whether it is only the pair of this user and machine, which the pipeline does not name.
    pub local: bool,
    /// The key that the release's files are encrypted for; `None` where they are not.
    pub recipient: Option<RecipientKey>,
}

impl Keys {
    /// Opens the keys that the pipeline names, or makes the local pair on first use.
    ///
    /// # Errors
    /// A key cannot be read, or is none; a key in a device without the feature.
    pub fn open(prepared: &Prepared) -> Result<Self> {
        let (signing, local) = match &prepared.pipeline.signing_key {
            Some(KeyRef::Env(name)) => (keystore::signing_from_env(name)?, false),
            Some(KeyRef::File(path)) => (keystore::signing_from_file(&prepared.base.join(path))?, false),
            Some(KeyRef::Device(uri)) => (keystore::signing_from(uri)?, false),
            Some(KeyRef::Ephemeral) | None => {
                let mut draws = stream(&random_secret()?, "signing key", 0);
                (keystore::local_pair(&keystore::config_folder()?, &mut draws)?, true)
            }
        };
        Ok(Self { signing, local, recipient: prepared.recipient_key()? })
    }
}
