//! SM2 signatures with SM3 over the recommended curve: GM/T 0003.2, GM/T 0003.5, GB/T 32918.
//!
//! Arithmetic modulo both primes is `fiat-crypto`'s; here are points, signatures and nothing else. What is done with a
//! secret takes the same steps whatever the secret is. Nonces are drawn from key and message as RFC 6979 does, with
//! HMAC-SM3: no bad generator can give the key away, and a message signed twice gives one signature.
//!
//! # References
//! GM/T 0003-2012, *SM2 elliptic curve public key cryptography*, parts 2 (signature) and 5 (curve). Pornin, RFC 6979,
//! 2013.

mod field;
mod nonce;
mod point;

use rand::CryptoRng;
use sm3::{Digest, Sm3};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use field::Scalar;
use nonce::Nonces;
use point::Point;

/// The user id that GM/T 0009 gives to whoever has none of their own.
pub const DEFAULT_USER_ID: &str = "1234567812345678";

/// The longest user id in bytes: its length in bits has 16 bits.
pub const LONGEST_USER_ID: usize = 8191;

/// A private key `d`, 1 to n − 2; wiped when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SecretKey(Scalar);

/// A point of the curve other than that at infinity, big-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey {
    x: [u8; 32],
    y: [u8; 32],
}

/// `r` and `s`, each 1 to n − 1, big-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature {
    pub r: [u8; 32],
    pub s: [u8; 32],
}

impl SecretKey {
    /// Draws a key; `rng` must be the system's or seeded from it.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        loop {
            rng.fill_bytes(&mut *bytes);
            if let Some(key) = Self::from_bytes(&bytes) {
                return key;
            }
        }
    }

    /// Reads a big-endian number; nothing for 0, and from n − 1 on.
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        let key = Self(Scalar::from_bytes(bytes)?);
        let usable = !key.0.is_zero() && !key.0.add(&Scalar::one()).is_zero();
        usable.then_some(key)
    }

    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    pub fn public(&self) -> PublicKey {
        let (x, y) = Point::generator().times(&self.to_bytes()).affine();
        PublicKey { x, y }
    }

    /// Signs as the user of this id, which has at most [`LONGEST_USER_ID`] bytes.
    pub fn sign(&self, user_id: &str, message: &[u8]) -> Signature {
        let e = self.public().digest(user_id, message);
        self.sign_with(&e, Nonces::new(&self.to_bytes(), &e.to_bytes()))
    }

    /// Steps A3 to A7 of GM/T 0003.2, 6.1.
    fn sign_with(&self, e: &Scalar, nonces: impl Iterator<Item = Zeroizing<[u8; 32]>>) -> Signature {
        let inverse = Zeroizing::new(self.0.add(&Scalar::one()).inverse());
        for nonce in nonces {
            let Some(k) = Scalar::from_bytes(&nonce).map(Zeroizing::new).filter(|k| !k.is_zero()) else { continue };
            let (x, _) = Point::generator().times(&nonce).affine();
            let r = e.add(&Scalar::reduced(&x));
            if r.is_zero() || r.add(&k).is_zero() {
                continue;
            }
            let rest = Zeroizing::new(k.sub(&Zeroizing::new(r.mul(&self.0))));
            let s = inverse.mul(&rest);
            if !s.is_zero() {
                return Signature { r: r.to_bytes(), s: s.to_bytes() };
            }
        }
        unreachable!("nonces do not end")
    }
}

impl PublicKey {
    /// Reads an uncompressed point: 0x04, x, y; nothing for what is no point of the curve.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let [0x04, rest @ ..] = bytes else { return None };
        let (x, y) = rest.split_first_chunk::<32>()?;
        let y: &[u8; 32] = y.try_into().ok()?;
        Point::from_affine(x, y).map(|_| Self { x: *x, y: *y })
    }

    pub fn to_bytes(self) -> [u8; 65] {
        let mut bytes = [0x04; 65];
        bytes[1..33].copy_from_slice(&self.x);
        bytes[33..].copy_from_slice(&self.y);
        bytes
    }

    /// Steps B1 to B7 of GM/T 0003.2, 7.1.
    pub fn verifies(&self, user_id: &str, message: &[u8], signature: &Signature) -> bool {
        let (Some(r), Some(s)) = (Scalar::from_bytes(&signature.r), Scalar::from_bytes(&signature.s)) else {
            return false;
        };
        let t = r.add(&s);
        let Some(point) = Point::from_affine(&self.x, &self.y) else { return false };
        if r.is_zero() || s.is_zero() || t.is_zero() {
            return false;
        }
        let sum = Point::generator().times(&s.to_bytes()).add(&point.times(&t.to_bytes()));
        if sum.is_infinity() {
            return false;
        }
        let (x, _) = sum.affine();
        self.digest(user_id, message).add(&Scalar::reduced(&x)).to_bytes() == signature.r
    }

    /// `e`: the message under `Z`, the digest of the user.
    fn digest(&self, user_id: &str, message: &[u8]) -> Scalar {
        let e = Sm3::new().chain_update(self.user(user_id)).chain_update(message).finalize();
        Scalar::reduced(&e.into())
    }

    /// `Z`, the digest of user id, curve and key: GM/T 0003.2, 5.5.
    fn user(&self, user_id: &str) -> [u8; 32] {
        let mut hash = Sm3::new();
        hash.update(((user_id.len() * 8) as u16).to_be_bytes());
        hash.update(user_id);
        for part in point::CURVE.iter().chain([&self.x, &self.y]) {
            hash.update(part);
        }
        hash.finalize().into()
    }
}

#[cfg(test)]
mod tests;
