//! SM2 keys and signatures in DER and PEM: RFC 5480, RFC 5915, RFC 5958, with the curve's OID of GM/T 0006.

use pkcs8::der::asn1::{AnyRef, ContextSpecific, OctetStringRef, UintRef};
use pkcs8::der::{self, Decode, Reader, SliceReader, TagNumber};
use pkcs8::{
    AlgorithmIdentifierRef, Document, LineEnding, ObjectIdentifier, PrivateKeyInfoRef, SecretDocument,
    SubjectPublicKeyInfoRef,
};
use zeroize::Zeroizing;

use crate::release::sm2::{PublicKey, SecretKey, Signature};

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const SM2_CURVE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.301");

/// Both OIDs, as they stand in keys of either kind.
const ALGORITHM: &[u8] = b"\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x81\x1c\xcf\x55\x01\x82\x2d";

const PUBLIC: &str = "PUBLIC KEY";
const PRIVATE: &str = "PRIVATE KEY";

fn is_sm2(algorithm: &AlgorithmIdentifierRef<'_>) -> bool {
    algorithm.assert_oids(EC_PUBLIC_KEY, SM2_CURVE).is_ok()
}

pub(super) fn public_der(key: &PublicKey) -> Vec<u8> {
    [b"\x30\x59", ALGORITHM, b"\x03\x42\x00", &key.to_bytes()].concat()
}

pub(super) fn write_public(key: &PublicKey) -> Option<String> {
    Document::try_from(public_der(key)).ok()?.to_pem(PUBLIC, LineEnding::LF).ok()
}

pub(super) fn read_public(pem: &str) -> Option<PublicKey> {
    let (label, der) = Document::from_pem(pem).ok()?;
    let info = SubjectPublicKeyInfoRef::try_from(der.as_bytes()).ok()?;
    if label != PUBLIC || !is_sm2(&info.algorithm) {
        return None;
    }
    PublicKey::from_bytes(info.subject_public_key.as_bytes()?)
}

/// PKCS#8 version 1; the public half stands in the inner ECPrivateKey, as `openssl` writes it.
pub(super) fn write_private(key: &SecretKey) -> Option<Zeroizing<String>> {
    let mut der = Zeroizing::new([0_u8; 138]);
    let mut rest = &mut der[..];
    let secret = key.to_bytes();
    for part in [
        b"\x30\x81\x87\x02\x01\x00",
        ALGORITHM,
        b"\x04\x6d\x30\x6b\x02\x01\x01\x04\x20",
        &secret[..],
        b"\xa1\x44\x03\x42\x00",
        &key.public().to_bytes(),
    ] {
        let (here, after) = rest.split_at_mut_checked(part.len())?;
        here.copy_from_slice(part);
        rest = after;
    }
    SecretDocument::try_from(&der[..]).ok()?.to_pem(PRIVATE, LineEnding::LF).ok()
}

pub(super) fn read_private(pem: &str) -> Option<SecretKey> {
    let (label, der) = SecretDocument::from_pem(pem).ok()?;
    let info = PrivateKeyInfoRef::try_from(der.as_bytes()).ok()?;
    if label != PRIVATE || !is_sm2(&info.algorithm) {
        return None;
    }
    let mut reader = SliceReader::new(info.private_key.as_bytes()).ok()?;
    let secret: Zeroizing<[u8; 32]> = reader
        .sequence(|reader| {
            let version: u8 = reader.decode()?;
            let secret: &OctetStringRef = reader.decode()?;
            // parameters and the public half follow; both are known
            for tag in [TagNumber(0), TagNumber(1)] {
                ContextSpecific::<AnyRef<'_>>::decode_explicit(reader, tag)?;
            }
            let wrong = || der::Error::from(der::ErrorKind::Failed);
            let secret: [u8; 32] = secret.as_bytes().try_into().map_err(|_| wrong())?;
            if version == 1 { Ok(Zeroizing::new(secret)) } else { Err(wrong()) }
        })
        .ok()?;
    reader.finish().ok()?;
    SecretKey::from_bytes(&secret)
}

pub(super) fn write_signature(signature: &Signature) -> Vec<u8> {
    let number = |bytes: &[u8; 32], out: &mut Vec<u8>| {
        // no leading zeros, but one where the number would seem negative
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count().min(31);
        let sign = bytes[zeros] >> 7;
        out.extend([0x02, 32 - zeros as u8 + sign]);
        out.extend(std::iter::repeat_n(0, sign.into()));
        out.extend(&bytes[zeros..]);
    };
    let mut numbers = Vec::with_capacity(70);
    number(&signature.r, &mut numbers);
    number(&signature.s, &mut numbers);
    [&[0x30, numbers.len() as u8], &numbers[..]].concat()
}

/// Reads DER, and nothing but the form that [`write_signature`] gives.
pub(super) fn read_signature(bytes: &[u8]) -> Option<Signature> {
    let mut reader = SliceReader::new(bytes).ok()?;
    let (r, s) =
        reader.sequence(|reader| Ok::<_, der::Error>((UintRef::decode(reader)?, UintRef::decode(reader)?))).ok()?;
    let number = |number: UintRef<'_>| -> Option<[u8; 32]> {
        let (bytes, mut out) = (number.as_bytes(), [0; 32]);
        out[32_usize.checked_sub(bytes.len())?..].copy_from_slice(bytes);
        Some(out)
    };
    let signature = Signature { r: number(r)?, s: number(s)? };
    (write_signature(&signature) == bytes).then_some(signature)
}
