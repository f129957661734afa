//! Signing pairs and public keys of Ed25519 and SM2, as PKCS#8 and SubjectPublicKeyInfo PEM that `openssl` reads.
//!
//! Lines above the PEM block say what the block cannot: see [`Heading`]. `openssl` passes over them.

mod encoding;
mod heading;

use ed25519_dalek::ed25519::pkcs8::KeypairBytes;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, LineEnding};
use rand::CryptoRng;
use sha2::{Digest, Sha256};

pub use heading::{Heading, moment, written};

use super::sm2;
use crate::error::{Error, Result};
use crate::secret::Secret;

/// How signatures are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// RFC 8032; 64 bytes.
    Ed25519,
    /// GM/T 0003 with SM3; `r` and `s` in DER, as GM/T 0009 and `openssl` have them.
    Sm2,
}

/// A private key with its public half; wiped when dropped, never printed.
pub struct SigningPair(Pair);

enum Pair {
    Ed25519(SigningKey),
    Sm2 {
        key: sm2::SecretKey,
        user_id: String,
    },
    /// The private half never leaves the device.
    #[cfg(feature = "hsm")]
    Device(Box<super::hsm::Device>),
}

impl std::fmt::Debug for SigningPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningPair(..)")
    }
}

impl SigningPair {
    /// Draws a new Ed25519 pair; `rng` must be the system's or seeded from it.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut seed = Secret::new([0; 32]);
        rng.fill_bytes(seed.expose_mut());
        Self(Pair::Ed25519(SigningKey::from_bytes(seed.expose())))
    }

    /// Draws a new SM2 pair whose signatures are made as this user; `None` is [`sm2::DEFAULT_USER_ID`].
    ///
    /// # Errors
    /// [`Error::Usage`] for a user id that cannot be one.
    pub fn generate_sm2(rng: &mut impl CryptoRng, user_id: Option<&str>) -> Result<Self> {
        let user_id = user_id.unwrap_or(sm2::DEFAULT_USER_ID);
        heading::check_user_id(user_id)
            .map_err(|what| Error::Usage { message: format!("the user id {what}"), help: None })?;
        Ok(Self(Pair::Sm2 { key: sm2::SecretKey::generate(rng), user_id: user_id.into() }))
    }

    /// A pair whose private half is in a device.
    #[cfg(feature = "hsm")]
    pub fn in_device(device: super::hsm::Device) -> Self {
        Self(Pair::Device(Box::new(device)))
    }

    /// Reads PKCS#8 PEM, for SM2 with the user id above it; the error quotes nothing of it.
    pub fn from_pem(text: &str) -> Result<Self> {
        let unread = || wrong("the signing key is not an Ed25519 or SM2 key in PKCS#8 PEM");
        let (heading, pem) = heading::split(text).map_err(|what| wrong(&format!("above the signing key: {what}")))?;
        if let Ok(key) = SigningKey::from_pkcs8_pem(pem) {
            heading.no_user_id().map_err(|what| wrong(&what))?;
            return Ok(Self(Pair::Ed25519(key)));
        }
        let key = encoding::read_private(pem).ok_or_else(unread)?;
        Ok(Self(Pair::Sm2 { key, user_id: heading.user_id.unwrap_or_else(|| sm2::DEFAULT_USER_ID.into()) }))
    }

    /// Writes PKCS#8 version 1; for Ed25519 without the public half.
    ///
    /// # Errors
    /// [`Error::Usage`] for a key that is in a device.
    pub fn to_pem(&self) -> Result<Secret<String>> {
        let internal = || Error::Internal("a key cannot be written".into());
        match &self.0 {
            Pair::Ed25519(key) => {
                let pair = KeypairBytes { secret_key: key.to_bytes(), public_key: None };
                let pem = pair.to_pkcs8_pem(LineEnding::LF).map_err(|_| internal())?;
                Ok(Secret::new(pem.to_string()))
            }
            Pair::Sm2 { key, user_id } => {
                let pem = encoding::write_private(key).ok_or_else(internal)?;
                Ok(Secret::new(Heading::of_user(user_id).to_string() + &pem))
            }
            #[cfg(feature = "hsm")]
            Pair::Device(_) => Err(Error::Usage { message: "a key in a device cannot be read".into(), help: None }),
        }
    }

    pub fn public(&self) -> PublicKey {
        match &self.0 {
            Pair::Ed25519(key) => PublicKey(Public::Ed25519(key.verifying_key())),
            Pair::Sm2 { key, user_id } => PublicKey(Public::Sm2 { key: key.public(), user_id: user_id.clone() }),
            #[cfg(feature = "hsm")]
            Pair::Device(device) => device.public().clone(),
        }
    }

    /// Signs: 64 bytes with Ed25519, DER with SM2. Without a device a message has one signature.
    ///
    /// # Errors
    /// [`Error::Environment`] where a device does not sign.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        match &self.0 {
            Pair::Ed25519(key) => Ok(key.sign(message).to_bytes().to_vec()),
            Pair::Sm2 { key, user_id } => Ok(encoding::write_signature(&key.sign(user_id, message))),
            #[cfg(feature = "hsm")]
            Pair::Device(device) => device.sign(message),
        }
    }
}

/// A public key; of SM2 with the user id that signatures are checked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(Public);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Public {
    Ed25519(VerifyingKey),
    Sm2 { key: sm2::PublicKey, user_id: String },
}

impl PublicKey {
    /// Reads SubjectPublicKeyInfo PEM, for SM2 with the user id above it.
    pub fn from_pem(text: &str) -> Result<Self> {
        Self::with_heading(text).map(|(key, _)| key)
    }

    /// Reads the key and what stands above it.
    pub fn with_heading(text: &str) -> Result<(Self, Heading)> {
        let (heading, pem) = heading::split(text).map_err(|what| wrong(&format!("above the public key: {what}")))?;
        if let Ok(key) = VerifyingKey::from_public_key_pem(pem) {
            heading.no_user_id().map_err(|what| wrong(&what))?;
            return Ok((Self(Public::Ed25519(key)), heading));
        }
        let unread = || wrong("the public key is not an Ed25519 or SM2 key in PEM");
        let key = encoding::read_public(pem).ok_or_else(unread)?;
        let user_id = heading.user_id.clone().unwrap_or_else(|| sm2::DEFAULT_USER_ID.into());
        Ok((Self(Public::Sm2 { key, user_id }), heading))
    }

    /// The Ed25519 key of these 32 bytes.
    #[cfg(feature = "hsm")]
    pub fn from_ed25519(bytes: &[u8; 32]) -> Option<Self> {
        VerifyingKey::from_bytes(bytes).ok().map(|key| Self(Public::Ed25519(key)))
    }

    pub fn to_pem(&self) -> Result<String> {
        let internal = || Error::Internal("a key cannot be written".into());
        match &self.0 {
            Public::Ed25519(key) => key.to_public_key_pem(LineEnding::LF).map_err(|_| internal()),
            Public::Sm2 { key, user_id } => {
                let pem = encoding::write_public(key).ok_or_else(internal)?;
                Ok(Heading::of_user(user_id).to_string() + &pem)
            }
        }
    }

    /// Returns the SHA-256 of the SubjectPublicKeyInfo DER in lowercase hex; the user id is no part of it.
    pub fn id(&self) -> Result<String> {
        let der = match &self.0 {
            Public::Ed25519(key) => {
                let der = key.to_public_key_der().map_err(|_| Error::Internal("a key cannot be written".into()))?;
                der.into_vec()
            }
            Public::Sm2 { key, .. } => encoding::public_der(key),
        };
        Ok(hex::encode(Sha256::digest(der)))
    }

    pub fn algorithm(&self) -> Algorithm {
        match &self.0 {
            Public::Ed25519(_) => Algorithm::Ed25519,
            Public::Sm2 { .. } => Algorithm::Sm2,
        }
    }

    /// The user that SM2 signatures must be of.
    pub fn user_id(&self) -> Option<&str> {
        match &self.0 {
            Public::Ed25519(_) => None,
            Public::Sm2 { user_id, .. } => Some(user_id),
        }
    }

    /// The same key for signatures of another user; Ed25519 has none.
    pub fn of_user(&self, user_id: &str) -> Self {
        match &self.0 {
            Public::Ed25519(_) => self.clone(),
            Public::Sm2 { key, .. } => Self(Public::Sm2 { key: *key, user_id: user_id.into() }),
        }
    }

    /// Checks a signature strictly: no weak key, no second form of one signature.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.0 {
            Public::Ed25519(key) => {
                Signature::from_slice(signature).is_ok_and(|signature| key.verify_strict(message, &signature).is_ok())
            }
            Public::Sm2 { key, user_id } => {
                encoding::read_signature(signature).is_some_and(|signature| key.verifies(user_id, message, &signature))
            }
        }
    }
}

fn wrong(message: &str) -> Error {
    Error::Environment {
        message: message.into(),
        path: None,
        source: None,
        help: Some("make a pair with `tuomin keys new`".into()),
    }
}

#[cfg(test)]
mod tests;
