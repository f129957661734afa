//! Ed25519 signing pairs and public keys, as PKCS#8 and SubjectPublicKeyInfo PEM.

use ed25519_dalek::ed25519::pkcs8::KeypairBytes;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use rand::CryptoRng;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::secret::Secret;

/// A private key with its public half; wiped when dropped, never printed.
pub struct SigningPair(SigningKey);

impl std::fmt::Debug for SigningPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningPair(..)")
    }
}

impl SigningPair {
    /// Draws a new pair; `rng` must be the system's or seeded from it.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut seed = Secret::new([0; 32]);
        rng.fill_bytes(seed.expose_mut());
        Self(SigningKey::from_bytes(seed.expose()))
    }

    /// Reads PKCS#8 PEM; the error quotes nothing of it.
    pub fn from_pem(pem: &str) -> Result<Self> {
        SigningKey::from_pkcs8_pem(pem)
            .map(Self)
            .map_err(|_| wrong("the signing key is not an Ed25519 key in PKCS#8 PEM"))
    }

    /// Writes PKCS#8 version 1, without the public half.
    pub fn to_pem(&self) -> Result<Secret<String>> {
        let pair = KeypairBytes { secret_key: self.0.to_bytes(), public_key: None };
        let pem = pair.to_pkcs8_pem(LineEnding::LF).map_err(|_| Error::Internal("a key cannot be written".into()))?;
        Ok(Secret::new(pem.to_string()))
    }

    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Reads SubjectPublicKeyInfo PEM.
    pub fn from_pem(pem: &str) -> Result<Self> {
        VerifyingKey::from_public_key_pem(pem)
            .map(Self)
            .map_err(|_| wrong("the public key is not an Ed25519 key in PEM"))
    }

    pub fn to_pem(&self) -> Result<String> {
        self.0.to_public_key_pem(LineEnding::LF).map_err(|_| Error::Internal("a key cannot be written".into()))
    }

    /// Returns the SHA-256 of the SubjectPublicKeyInfo DER in lowercase hex.
    pub fn id(&self) -> Result<String> {
        let der = self.0.to_public_key_der().map_err(|_| Error::Internal("a key cannot be written".into()))?;
        Ok(hex::encode(Sha256::digest(der.as_bytes())))
    }

    /// Checks a signature strictly: no weak key, no second form of one signature.
    pub fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.0.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
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
mod tests {
    use rand::SeedableRng;
    use rand::rngs::ChaCha20Rng;

    use super::*;

    #[test]
    fn a_pair_survives_pem_and_signs() {
        let pair = SigningPair::generate(&mut ChaCha20Rng::from_seed([5; 32]));
        let again = SigningPair::from_pem(pair.to_pem().unwrap().expose()).unwrap();
        let public = PublicKey::from_pem(&again.public().to_pem().unwrap()).unwrap();
        let mut signature = pair.sign(b"message");
        assert!(public.verifies(b"message", &signature));
        assert!(!public.verifies(b"massage", &signature));
        signature[0] ^= 1;
        assert!(!public.verifies(b"message", &signature));
        assert_eq!(public.id().unwrap(), pair.public().id().unwrap());
        assert_eq!(format!("{pair:?}"), "SigningPair(..)");
    }
}
