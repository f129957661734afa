//! Points of the curve y² = x³ − 3x + b, projective.

use super::field::Coordinate;

const fn hex32(text: &str) -> [u8; 32] {
    const fn digit(byte: u8) -> u8 {
        if byte < b'a' { byte - b'0' } else { byte - b'a' + 10 }
    }
    let (text, mut bytes, mut at) = (text.as_bytes(), [0; 32], 0);
    while at < 32 {
        bytes[at] = digit(text[2 * at]) << 4 | digit(text[2 * at + 1]);
        at += 1;
    }
    bytes
}

/// a, b, and the generator's x and y: GM/T 0003.5.
pub const CURVE: [[u8; 32]; 4] = [
    hex32("fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc"),
    hex32("28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93"),
    hex32("32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7"),
    hex32("bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0"),
];

/// (x : y : z); z is 0 for the point at infinity only.
#[derive(Clone, Copy)]
pub struct Point {
    x: Coordinate,
    y: Coordinate,
    z: Coordinate,
}

fn constant(place: usize) -> Coordinate {
    Coordinate::reduced(&CURVE[place])
}

impl Point {
    pub fn generator() -> Self {
        Self { x: constant(2), y: constant(3), z: Coordinate::one() }
    }

    fn infinity() -> Self {
        let one = Coordinate::one();
        let zero = one.sub(&one);
        Self { x: zero, y: one, z: zero }
    }

    /// The point of these coordinates; nothing where it is not on the curve.
    pub fn from_affine(x: &[u8; 32], y: &[u8; 32]) -> Option<Self> {
        let (x, y) = (Coordinate::from_bytes(x)?, Coordinate::from_bytes(y)?);
        let right = x.mul(&x).add(&constant(0)).mul(&x).add(&constant(1));
        y.mul(&y).sub(&right).is_zero().then(|| Self { x, y, z: Coordinate::one() })
    }

    pub fn is_infinity(&self) -> bool {
        self.z.is_zero()
    }

    /// x and y, big-endian; zeros for the point at infinity.
    pub fn affine(&self) -> ([u8; 32], [u8; 32]) {
        let inverse = self.z.inverse();
        (self.x.mul(&inverse).to_bytes(), self.y.mul(&inverse).to_bytes())
    }

    /// The sum of any two points, equal and infinite ones too, always in the same steps.
    ///
    /// # References
    /// Renes, Costello, Batina, *Complete addition formulas for prime order elliptic curves*, EUROCRYPT 2016,
    /// algorithm 4.
    pub fn add(&self, other: &Self) -> Self {
        let b = constant(1);
        let thrice = |value: &Coordinate| value.add(value).add(value);
        let xx = self.x.mul(&other.x);
        let yy = self.y.mul(&other.y);
        let zz = self.z.mul(&other.z);
        let xy = self.x.add(&self.y).mul(&other.x.add(&other.y)).sub(&xx.add(&yy));
        let yz = self.y.add(&self.z).mul(&other.y.add(&other.z)).sub(&yy.add(&zz));
        let xz = self.x.add(&self.z).mul(&other.x.add(&other.z)).sub(&xx.add(&zz));
        let first = thrice(&xz.sub(&b.mul(&zz)));
        let (minus, plus) = (yy.sub(&first), yy.add(&first));
        let zz3 = thrice(&zz);
        let second = thrice(&b.mul(&xz).sub(&zz3.add(&xx)));
        let third = thrice(&xx).sub(&zz3);
        Self {
            x: plus.mul(&xy).sub(&yz.mul(&second)),
            y: plus.mul(&minus).add(&third.mul(&second)),
            z: minus.mul(&yz).add(&xy.mul(&third)),
        }
    }

    /// A multiple by a big-endian number, in steps that do not depend on it.
    pub fn times(&self, number: &[u8; 32]) -> Self {
        let mut product = Self::infinity();
        for byte in number {
            for bit in (0..8).rev() {
                product = product.add(&product);
                let more = product.add(self);
                let pick = |zero, one| Coordinate::select(byte >> bit & 1, zero, one);
                product =
                    Self { x: pick(&product.x, &more.x), y: pick(&product.y, &more.y), z: pick(&product.z, &more.z) };
            }
        }
        product
    }
}
