//! Nonces from key and message: the generator of RFC 6979, 3.2, with HMAC-SM3.

use hmac::{Hmac, KeyInit, Mac};
use sm3::Sm3;
use zeroize::Zeroizing;

/// Numbers of 256 bits without end; those from n on are for the caller to leave out.
pub struct Nonces {
    key: Zeroizing<[u8; 32]>,
    value: Zeroizing<[u8; 32]>,
    first: bool,
}

fn mac(key: &[u8; 32], parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    // HMAC fills a short key up with zeros
    let mut block = Zeroizing::new([0; 64]);
    block[..32].copy_from_slice(key);
    let mut mac = Hmac::<Sm3>::new((&*block).into());
    parts.iter().for_each(|part| mac.update(part));
    Zeroizing::new(mac.finalize().into_bytes().into())
}

impl Nonces {
    /// `secret` and `digest` are big-endian and below n.
    pub fn new(secret: &[u8; 32], digest: &[u8; 32]) -> Self {
        let mut nonces = Self { key: Zeroizing::new([0; 32]), value: Zeroizing::new([1; 32]), first: true };
        nonces.stir(&[&[0], secret, digest]);
        nonces.stir(&[&[1], secret, digest]);
        nonces
    }

    fn stir(&mut self, with: &[&[u8]]) {
        let parts: Vec<&[u8]> = std::iter::once(&self.value[..]).chain(with.iter().copied()).collect();
        self.key = mac(&self.key, &parts);
        self.value = mac(&self.key, &[&self.value[..]]);
    }
}

impl Iterator for Nonces {
    type Item = Zeroizing<[u8; 32]>;

    fn next(&mut self) -> Option<Self::Item> {
        if !std::mem::take(&mut self.first) {
            self.stir(&[&[0]]);
        }
        self.value = mac(&self.key, &[&self.value[..]]);
        Some(self.value.clone())
    }
}
