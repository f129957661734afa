//! What leaves a machine of the cluster is sealed: shuffle files and their owners see neither values nor rows.
//!
//! Deterministic authenticated encryption in the manner of SIV: the name of a text is the first 128 bits of HMAC-SHA256
//! over it, and the text is encrypted by AES-256-GCM with the first 96 bits of the name as nonce and the whole name as
//! associated data. So equal texts have equal seals, by which a cluster groups what it cannot read, a retried task
//! repeats itself, and a nonce is never used for two texts but where their names meet: below 2⁻³² for 2³² texts of a job.
//! Both keys are of one job and die with it. Source: Rogaway, Shrimpton, *A provable-security treatment of the key-wrap
//! problem*, Eurocrypt 2006.

use hmac::{Hmac, KeyInit, Mac};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use sha2::Sha256;

use crate::error::{Error, Result};
use crate::secret::Secret;

/// Bytes of a name.
pub const NAME: usize = 16;

/// What stands for a text: equal texts have equal names, and nobody without the key finds the text.
pub type Name = [u8; NAME];

/// Seals and opens texts under the keys of one job.
pub struct Sealer {
    names: Hmac<Sha256>,
    cipher: LessSafeKey,
}

impl Sealer {
    /// Derives both keys from that of the job.
    ///
    /// # Errors
    /// [`Error::Internal`] where the cipher refuses its key.
    pub fn new(job: &Secret<[u8; 32]>) -> Result<Self> {
        let derived = |purpose: &[u8]| -> Result<Secret<[u8; 32]>> {
            let mac = keyed(job.expose())?.chain_update(purpose);
            Ok(Secret::new(mac.finalize().into_bytes().into()))
        };
        let names = keyed(derived(b"tuomin cluster names")?.expose())?;
        let cipher = UnboundKey::new(&AES_256_GCM, derived(b"tuomin cluster seals")?.expose());
        Ok(Self { names, cipher: LessSafeKey::new(cipher.map_err(|_| broken())?) })
    }

    /// The name of a text.
    pub fn name(&self, text: &[u8]) -> Name {
        let tag = self.names.clone().chain_update(text).finalize().into_bytes();
        let mut name = [0; NAME];
        name.copy_from_slice(&tag[..NAME]);
        name
    }

    /// The name of a text, and the encrypted text with its tag.
    ///
    /// # Errors
    /// [`Error::Internal`] for a text beyond what the cipher takes, 64 GiB.
    pub fn seal(&self, text: &[u8]) -> Result<Vec<u8>> {
        let name = self.name(text);
        let mut sealed = Vec::with_capacity(NAME + text.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(text);
        let tag = self.cipher.seal_in_place_separate_tag(nonce(&name)?, Aad::from(name), &mut sealed);
        sealed.extend_from_slice(tag.map_err(|_| broken())?.as_ref());
        sealed.splice(..0, name);
        Ok(sealed)
    }

    /// The text of a seal.
    ///
    /// # Errors
    /// [`Error::Internal`] for anything else than a seal of this job.
    pub fn open(&self, sealed: &[u8]) -> Result<Vec<u8>> {
        let (name, text) = sealed.split_first_chunk::<NAME>().ok_or_else(broken)?;
        let mut text = text.to_vec();
        let length = self.cipher.open_in_place(nonce(name)?, Aad::from(*name), &mut text).map_err(|_| broken())?.len();
        text.truncate(length);
        Ok(text)
    }
}

fn keyed(key: &[u8]) -> Result<Hmac<Sha256>> {
    <Hmac<Sha256> as KeyInit>::new_from_slice(key).map_err(|_| broken())
}

fn nonce(name: &Name) -> Result<Nonce> {
    Nonce::try_assume_unique_for_key(&name[..12]).map_err(|_| broken())
}

fn broken() -> Error {
    Error::internal("what another machine sent is not sealed by this job")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_equal_seals_of_which_nothing_can_be_changed() {
        let sealer = |key| Sealer::new(&Secret::new([key; 32])).unwrap();
        for text in [&b""[..], b"1985-03-07", &[7; 100_000]] {
            let sealed = sealer(1).seal(text).unwrap();
            assert_eq!(sealed, sealer(1).seal(text).unwrap());
            assert_eq!(sealed[..NAME], sealer(1).name(text));
            assert_eq!(sealer(1).open(&sealed).unwrap(), text);
            assert!(text.is_empty() || !sealed.windows(text.len()).any(|part| part == text));
            assert!(sealer(2).open(&sealed).is_err() && sealer(2).seal(text).unwrap() != sealed);
            for at in [0, NAME - 1, sealed.len() - 1] {
                let mut changed = sealed.clone();
                changed[at] ^= 1;
                assert!(sealer(1).open(&changed).is_err(), "{at}");
            }
            assert!(sealer(1).open(&sealed[..sealed.len() - 1]).is_err() && sealer(1).open(&[]).is_err());
        }
    }
}
