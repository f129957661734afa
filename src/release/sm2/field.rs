//! Numbers modulo the two primes of SM2, kept in Montgomery form.

use fiat_crypto::sm2_64::{
    fiat_sm2_add, fiat_sm2_from_montgomery, fiat_sm2_montgomery_domain_field_element, fiat_sm2_mul,
    fiat_sm2_non_montgomery_domain_field_element, fiat_sm2_selectznz, fiat_sm2_set_one, fiat_sm2_sub,
    fiat_sm2_to_bytes, fiat_sm2_to_montgomery,
};
use fiat_crypto::sm2_scalar_64::{
    fiat_sm2_scalar_add, fiat_sm2_scalar_from_montgomery, fiat_sm2_scalar_montgomery_domain_field_element,
    fiat_sm2_scalar_mul, fiat_sm2_scalar_non_montgomery_domain_field_element, fiat_sm2_scalar_selectznz,
    fiat_sm2_scalar_set_one, fiat_sm2_scalar_sub, fiat_sm2_scalar_to_bytes, fiat_sm2_scalar_to_montgomery,
};
use zeroize::Zeroize;

/// Limbs of `left − right`, and whether it is below zero; least limb first.
fn subtract(left: &[u64; 4], right: &[u64; 4]) -> ([u64; 4], bool) {
    let (mut out, mut borrow) = ([0; 4], false);
    for (out, (left, right)) in out.iter_mut().zip(left.iter().zip(right)) {
        let (difference, below) = left.overflowing_sub(*right);
        let (difference, below_too) = difference.overflowing_sub(u64::from(borrow));
        (*out, borrow) = (difference, below | below_too);
    }
    (out, borrow)
}

macro_rules! numbers {
    (
        $(#[$doc:meta])* $name:ident, $modulus:expr, $montgomery:ident, $plain:ident, $add:ident, $sub:ident, $mul:ident,
        $one:ident, $to:ident, $from:ident, $write:ident, $select:ident
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Zeroize)]
        pub struct $name([u64; 4]);

        impl $name {
            /// The modulus, least limb first.
            const MODULUS: [u64; 4] = $modulus;

            pub fn one() -> Self {
                let mut out = $montgomery([0; 4]);
                $one(&mut out);
                Self(out.0)
            }

            /// Reads a big-endian number below the modulus.
            pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
                let limbs = Self::limbs(bytes);
                subtract(&limbs, &Self::MODULUS).1.then(|| Self::enter(limbs))
            }

            /// Reads any big-endian number, modulo the modulus: above 2^255, so taken away once at most.
            #[allow(dead_code, reason = "coordinates are never reduced")]
            pub fn reduced(bytes: &[u8; 32]) -> Self {
                let limbs = Self::limbs(bytes);
                let (less, below) = subtract(&limbs, &Self::MODULUS);
                Self::enter(if below { limbs } else { less })
            }

            fn limbs(bytes: &[u8; 32]) -> [u64; 4] {
                let mut limbs = [0; 4];
                for (limb, bytes) in limbs.iter_mut().zip(bytes.rchunks_exact(8)) {
                    *limb = bytes.iter().fold(0, |limb, byte| limb << 8 | u64::from(*byte));
                }
                limbs
            }

            fn enter(limbs: [u64; 4]) -> Self {
                let mut out = $montgomery([0; 4]);
                $to(&mut out, &$plain(limbs));
                Self(out.0)
            }

            pub fn to_bytes(self) -> [u8; 32] {
                let (mut plain, mut bytes) = ($plain([0; 4]), [0; 32]);
                $from(&mut plain, &$montgomery(self.0));
                $write(&mut bytes, &plain.0);
                plain.0.zeroize();
                bytes.reverse();
                bytes
            }

            pub fn add(&self, other: &Self) -> Self {
                self.with(other, $add)
            }

            pub fn sub(&self, other: &Self) -> Self {
                self.with(other, $sub)
            }

            pub fn mul(&self, other: &Self) -> Self {
                self.with(other, $mul)
            }

            fn with(&self, other: &Self, f: fn(&mut $montgomery, &$montgomery, &$montgomery)) -> Self {
                let mut out = $montgomery([0; 4]);
                f(&mut out, &$montgomery(self.0), &$montgomery(other.0));
                Self(out.0)
            }

            pub fn is_zero(&self) -> bool {
                self.0.iter().fold(0, |all, limb| all | limb) == 0
            }

            /// `one` where `bit` is 1, `zero` where it is 0, in the same steps.
            #[allow(dead_code, reason = "scalars are never selected")]
            pub fn select(bit: u8, zero: &Self, one: &Self) -> Self {
                let mut out = [0; 4];
                $select(&mut out, bit, &zero.0, &one.0);
                Self(out)
            }

            /// The inverse by Fermat: the power modulus − 2, whose bits are public; 0 for 0.
            pub fn inverse(&self) -> Self {
                let (exponent, _) = subtract(&Self::MODULUS, &[2, 0, 0, 0]);
                let mut power = Self::one();
                for bit in (0..256).rev() {
                    power = power.mul(&power);
                    if exponent[bit / 64] >> (bit % 64) & 1 == 1 {
                        power = power.mul(self);
                    }
                }
                power
            }
        }
    };
}

numbers!(
    /// A coordinate: a number modulo p.
    Coordinate, [0xffff_ffff_ffff_ffff, 0xffff_ffff_0000_0000, 0xffff_ffff_ffff_ffff, 0xffff_fffe_ffff_ffff],
    fiat_sm2_montgomery_domain_field_element, fiat_sm2_non_montgomery_domain_field_element, fiat_sm2_add, fiat_sm2_sub,
    fiat_sm2_mul, fiat_sm2_set_one, fiat_sm2_to_montgomery, fiat_sm2_from_montgomery,
    fiat_sm2_to_bytes, fiat_sm2_selectznz
);

numbers!(
    /// A multiple of the generator: a number modulo n, the order of the curve.
    Scalar, [0x53bb_f409_39d5_4123, 0x7203_df6b_21c6_052b, 0xffff_ffff_ffff_ffff, 0xffff_fffe_ffff_ffff],
    fiat_sm2_scalar_montgomery_domain_field_element, fiat_sm2_scalar_non_montgomery_domain_field_element,
    fiat_sm2_scalar_add, fiat_sm2_scalar_sub, fiat_sm2_scalar_mul, fiat_sm2_scalar_set_one,
    fiat_sm2_scalar_to_montgomery, fiat_sm2_scalar_from_montgomery,
    fiat_sm2_scalar_to_bytes, fiat_sm2_scalar_selectznz
);
