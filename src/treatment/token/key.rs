//! [`Key`]: what tokens and encryption are made with, how long it lives and where it is valid.

use rand::CryptoRng;
use sha2::{Digest, Sha256};

use crate::error::Result;
use crate::secret::Secret;
use crate::written::{Reader, Writer, Written};

/// How long a key lives: what decides between anonymized and de-identified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyLife {
    /// Random, in memory only, dies with the release.
    Ephemeral,
    /// Somebody holds it and can redo the tokens.
    Kept(KeyId),
}

/// Names a kept key without showing it: the first 16 hex digits of SHA-256 over `tuomin token key` and
/// the key. Says nothing about a random key of 32 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyId(String);

impl KeyId {
    pub fn of(key: &Secret<[u8; 32]>) -> Self {
        let digest = Sha256::new().chain_update(b"tuomin token key").chain_update(key.expose()).finalize();
        Self(hex::encode(&digest[..8]))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A token key with its life; wiped when dropped.
#[derive(Debug)]
pub struct Key {
    bytes: Secret<[u8; 32]>,
    life: KeyLife,
}

impl Key {
    /// Draws a key that exists nowhere else; `rng` must be the system's or seeded from it.
    pub fn ephemeral(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = Secret::new([0; 32]);
        rng.fill_bytes(bytes.expose_mut());
        Self { bytes, life: KeyLife::Ephemeral }
    }

    /// Takes a key that somebody keeps.
    pub fn kept(bytes: Secret<[u8; 32]>, id: KeyId) -> Self {
        Self { bytes, life: KeyLife::Kept(id) }
    }

    pub fn life(&self) -> &KeyLife {
        &self.life
    }

    pub(in crate::treatment) fn expose(&self) -> &[u8; 32] {
        self.bytes.expose()
    }

    /// The same key, for a treatment that outlives this one.
    pub(in crate::treatment) fn twin(&self) -> Self {
        let mut bytes = Secret::new([0; 32]);
        bytes.expose_mut().copy_from_slice(self.bytes.expose());
        Self { bytes, life: self.life.clone() }
    }
}

/// Where tokens are valid: the same value elsewhere gets another token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope<'a> {
    pub release: &'a str,
    pub recipient: &'a str,
    pub column: &'a str,
}

impl Scope<'_> {
    /// Release, recipient and column, each as its length in bytes (64 bits, big-endian) and its UTF-8 bytes.
    pub(in crate::treatment) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in [self.release, self.recipient, self.column] {
            bytes.extend_from_slice(&super::length_of(part));
            bytes.extend_from_slice(part.as_bytes());
        }
        bytes
    }
}

/// With its bytes: see [`Writer::secret`].
impl Written for Key {
    fn write(&self, to: &mut Writer) {
        to.secret(&self.bytes);
        let id = match &self.life {
            KeyLife::Ephemeral => None,
            KeyLife::Kept(KeyId(id)) => Some(id.clone()),
        };
        id.write(to);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        let (bytes, id) = (from.secret()?, from.value::<Option<String>>()?);
        Ok(Self { bytes, life: id.map_or(KeyLife::Ephemeral, |id| KeyLife::Kept(KeyId(id))) })
    }
}
