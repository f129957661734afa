//! Secrets have a type, and die: [`Secret`] and the random streams made from one.

use std::fmt;

use rand::SeedableRng;
use rand::rngs::ChaCha20Rng;
use sha2::{Digest, Sha256};
use zeroize::Zeroize;

/// A value that is wiped from memory when dropped and never printed, cloned or serialized.
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The only way out: `grep 'expose('` lists every use.
    pub fn expose(&self) -> &T {
        &self.0
    }

    /// The only way in after [`Self::new`], so that a value can be filled where it will be wiped.
    pub fn expose_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Opens the random stream of one purpose on one partition: thread counts and retries change nothing.
///
/// The stream's seed is SHA-256 over the release seed and the length-prefixed purpose and partition.
pub fn stream(release_seed: &Secret<[u8; 32]>, purpose: &str, partition: u64) -> ChaCha20Rng {
    let mut hash = Sha256::new();
    hash.update(release_seed.expose());
    hash.update((purpose.len() as u64).to_be_bytes());
    hash.update(purpose.as_bytes());
    hash.update(partition.to_be_bytes());
    let mut seed: [u8; 32] = hash.finalize().into();
    let stream = ChaCha20Rng::from_seed(seed);
    seed.zeroize();
    stream
}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;

    fn first(seed: u8, purpose: &str, partition: u64) -> u64 {
        stream(&Secret::new([seed; 32]), purpose, partition).next_u64()
    }

    #[test]
    fn a_stream_repeats_and_differs_by_each_of_its_inputs() {
        let here = first(7, "shuffle", 0);
        assert_eq!(here, first(7, "shuffle", 0));
        for other in [first(8, "shuffle", 0), first(7, "noise", 0), first(7, "shuffle", 1), first(7, "", 0)] {
            assert_ne!(here, other);
        }
    }

    #[test]
    fn a_secret_prints_nothing_and_is_wiped() {
        use std::cell::RefCell;
        use std::rc::Rc;

        struct Probe(Rc<RefCell<Vec<&'static str>>>);
        impl Zeroize for Probe {
            fn zeroize(&mut self) {
                self.0.borrow_mut().push("wiped");
            }
        }
        let log = Rc::new(RefCell::new(Vec::new()));
        let secret = Secret::new(Probe(log.clone()));
        assert_eq!(format!("{secret:?}"), "Secret(..)");
        assert!(log.borrow().is_empty());
        drop(secret);
        assert_eq!(*log.borrow(), ["wiped"]);
    }
}
