//! Parquet modular encryption for one recipient: a stolen file is useless without the recipient's key.
//!
//! Every file has a random data key of its own (AES-256-GCM, all columns and the footer). That key travels in the file,
//! wrapped with the recipient's key, as *key material* of parquet-mr (`PKMT1`, single wrapping, stored inside), so that
//! Spark, pyarrow and others open the file through a KMS client that unwraps with the same key. Wrapped is: 12 bytes
//! nonce, ciphertext, 16 bytes tag, with the key's id as additional data.
//! Source: Parquet Modular Encryption, parquet-format `Encryption.md`; parquet-mr `KeyMaterial`, `KeyToolkit`.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use parquet::encryption::decrypt::{FileDecryptionProperties, KeyRetriever};
use parquet::encryption::encrypt::FileEncryptionProperties;
use parquet::errors::ParquetError;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::secret::Secret;

/// The algorithm, as the Parquet format names it.
pub const ALGORITHM: &str = "AES_GCM_V1";

/// The key of a recipient, and the name by which the recipient finds it.
#[derive(Debug)]
pub struct RecipientKey {
    id: String,
    key: Arc<Secret<[u8; 32]>>,
}

/// Key material of parquet-mr, as it stands in the footer's key metadata.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyMaterial {
    key_material_type: String,
    internal_storage: bool,
    is_footer_key: bool,
    #[serde(rename = "kmsInstanceID")]
    kms_instance_id: String,
    #[serde(rename = "kmsInstanceURL")]
    kms_instance_url: String,
    #[serde(rename = "masterKeyID")]
    master_key_id: String,
    #[serde(rename = "wrappedDEK")]
    wrapped_dek: String,
    double_wrapping: bool,
}

fn internal(_: impl fmt::Debug) -> Error {
    Error::Internal("a data key could not be made".into())
}

impl RecipientKey {
    pub fn new(id: impl Into<String>, key: Secret<[u8; 32]>) -> Self {
        Self { id: id.into(), key: Arc::new(key) }
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    /// What a file is written with: a new data key, wrapped for the recipient.
    ///
    /// # Errors
    /// If the system gives no randomness.
    pub fn encrypting(&self) -> Result<Arc<FileEncryptionProperties>> {
        let random = SystemRandom::new();
        let mut data_key = Secret::new([0u8; 32]);
        random.fill(data_key.expose_mut()).map_err(internal)?;
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce).map_err(internal)?;
        let mut sealed = data_key.expose().to_vec();
        let sealing = wrapping(self.key.expose()).ok_or_else(|| internal(()))?;
        sealing
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(self.id.as_bytes()), &mut sealed)
            .map_err(internal)?;
        let material = KeyMaterial {
            key_material_type: "PKMT1".into(),
            internal_storage: true,
            is_footer_key: true,
            kms_instance_id: "DEFAULT".into(),
            kms_instance_url: "DEFAULT".into(),
            master_key_id: self.id.clone(),
            wrapped_dek: STANDARD.encode([&nonce[..], &sealed].concat()),
            double_wrapping: false,
        };
        let material = serde_json::to_vec(&material).map_err(internal)?;
        FileEncryptionProperties::builder(data_key.expose().to_vec())
            .with_footer_key_metadata(material)
            .build()
            .map_err(internal)
    }

    /// What a file is read with.
    ///
    /// # Errors
    /// None that is known: the library's builder may have some.
    pub fn decrypting(&self) -> Result<Arc<FileDecryptionProperties>> {
        let retriever = Retriever { key: self.key.clone() };
        FileDecryptionProperties::with_key_retriever(Arc::new(retriever)).build().map_err(internal)
    }
}

/// Unwraps data keys. The id in the material is what the wrapping was bound to: whoever holds the right key need not
/// know it.
struct Retriever {
    key: Arc<Secret<[u8; 32]>>,
}

impl KeyRetriever for Retriever {
    fn retrieve_key(&self, material: &[u8]) -> Result<Vec<u8>, ParquetError> {
        let other = || ParquetError::General("the key does not open this file".into());
        let material: KeyMaterial = serde_json::from_slice(material).map_err(|_| other())?;
        if material.key_material_type != "PKMT1" || material.double_wrapping {
            return Err(other());
        }
        let wrapped = STANDARD.decode(&material.wrapped_dek).map_err(|_| other())?;
        let (nonce, sealed) = wrapped.split_at_checked(NONCE_LEN).ok_or_else(other)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| other())?;
        let mut opened = sealed.to_vec();
        let opening = wrapping(self.key.expose()).ok_or_else(other)?;
        let aad = Aad::from(material.master_key_id.as_bytes());
        Ok(opening.open_in_place(nonce, aad, &mut opened).map_err(|_| other())?.to_vec())
    }
}

fn wrapping(key: &[u8; 32]) -> Option<LessSafeKey> {
    UnboundKey::new(&AES_256_GCM, key).ok().map(LessSafeKey::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: &str, byte: u8) -> RecipientKey {
        RecipientKey::new(id, Secret::new([byte; 32]))
    }

    #[test]
    fn every_file_has_its_own_key_that_only_the_recipient_unwraps() {
        let (ours, others) = (key("buyer-2026", 7), key("buyer-2026", 8));
        let (first, second) = (ours.encrypting().unwrap(), ours.encrypting().unwrap());
        assert_ne!(first.footer_key(), second.footer_key());
        let material = first.footer_key_metadata().unwrap();
        let unwrap = |key: &RecipientKey, material: &[u8]| Retriever { key: key.key.clone() }.retrieve_key(material);
        assert_eq!(&unwrap(&ours, material).unwrap(), first.footer_key());
        assert!(unwrap(&others, material).is_err());
        // another id in the material: the wrapping was not made for that
        let renamed = String::from_utf8(material.clone()).unwrap().replace("buyer-2026", "buyer-2027");
        assert!(unwrap(&ours, renamed.as_bytes()).is_err());
        for junk in [&b""[..], b"{}", b"PKMT1"] {
            assert!(unwrap(&ours, junk).is_err());
        }
    }

    #[test]
    fn the_material_is_that_of_parquet_mr_and_holds_no_key() {
        let ours = key("buyer-2026", 7);
        let made = ours.encrypting().unwrap();
        let text = String::from_utf8(made.footer_key_metadata().unwrap().clone()).unwrap();
        let told: serde_json::Value = serde_json::from_str(&text).unwrap();
        for (field, value) in
            [("keyMaterialType", "PKMT1"), ("kmsInstanceID", "DEFAULT"), ("masterKeyID", "buyer-2026")]
        {
            assert_eq!(told[field], value);
        }
        assert_eq!(
            (&told["internalStorage"], &told["isFooterKey"], &told["doubleWrapping"]),
            (&true.into(), &true.into(), &false.into())
        );
        assert_eq!(STANDARD.decode(told["wrappedDEK"].as_str().unwrap()).unwrap().len(), 12 + 32 + 16);
        assert!(!text.contains(&STANDARD.encode(made.footer_key())) && !text.contains(&hex::encode(made.footer_key())));
        assert!(!format!("{ours:?}").contains('7'), "Debug shows no key: {ours:?}");
    }
}
