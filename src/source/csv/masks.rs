//! Sixty-four bytes looked at in one go: which of them are what one looks for, one bit each.

/// Bytes looked at in one go.
pub(super) const WIDTH: usize = 64;

/// The bytes of a text, 64 at once; what the last ones lack is filled up.
pub(super) struct Chunks<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Chunks<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }
}

/// Bytes that follow each other.
pub(super) struct Piece {
    /// The place of the first one.
    pub at: usize,
    /// How many there are, 1 to 64; the bits of others mean nothing.
    pub length: usize,
    pub chunk: Chunk,
}

impl Piece {
    /// The bits of the bytes that are there.
    pub fn there(&self) -> u64 {
        u64::MAX >> (WIDTH - self.length)
    }
}

impl Iterator for Chunks<'_> {
    type Item = Piece;

    #[inline(always)]
    fn next(&mut self) -> Option<Piece> {
        let (at, rest) = (self.at, self.bytes.get(self.at..)?);
        self.at += WIDTH;
        if let Some(whole) = rest.first_chunk::<WIDTH>() {
            return Some(Piece { at, length: WIDTH, chunk: Chunk::new(whole) });
        }
        if rest.is_empty() {
            return None;
        }
        let mut filled = [0; WIDTH];
        filled[..rest.len()].copy_from_slice(rest);
        Some(Piece { at, length: rest.len(), chunk: Chunk::new(&filled) })
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) use vectors::Chunk;
#[cfg(not(target_arch = "x86_64"))]
pub(super) use words::Chunk;

/// With what every processor of this kind has.
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "instructions of SSE2, which every processor of this kind has")]
mod vectors {
    use std::arch::x86_64::{__m128i, _mm_cmpeq_epi8, _mm_max_epu8, _mm_movemask_epi8, _mm_set_epi64x, _mm_set1_epi8};

    use super::WIDTH;

    /// 64 bytes.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Chunk([__m128i; 4]);

    impl Chunk {
        #[inline(always)]
        pub fn new(bytes: &[u8; WIDTH]) -> Self {
            let words = bytes.as_chunks::<8>().0;
            let word = |at: usize| i64::from_le_bytes(words[at]);
            // SAFETY: SSE2 is a part of x86-64
            Self(std::array::from_fn(|at| unsafe { _mm_set_epi64x(word(2 * at + 1), word(2 * at)) }))
        }

        /// Which bytes are this one; the lowest bit is the first.
        #[inline(always)]
        pub fn equal(&self, byte: u8) -> u64 {
            // SAFETY: SSE2 is a part of x86-64
            joined(self.0.map(|lane| unsafe { _mm_cmpeq_epi8(lane, _mm_set1_epi8(byte.cast_signed())) }))
        }

        /// Which bytes are this one, which is beyond ASCII, or above it.
        #[inline(always)]
        pub fn at_least(&self, byte: u8) -> u64 {
            // SAFETY: SSE2 is a part of x86-64
            joined(
                self.0
                    .map(|lane| unsafe { _mm_cmpeq_epi8(_mm_max_epu8(lane, _mm_set1_epi8(byte.cast_signed())), lane) }),
            )
        }

        /// Which bytes are beyond ASCII.
        #[inline(always)]
        pub fn high(&self) -> u64 {
            joined(self.0)
        }
    }

    #[inline(always)]
    fn joined(lanes: [__m128i; 4]) -> u64 {
        // SAFETY: SSE2 is a part of x86-64
        let [a, b, c, d] = lanes.map(|lane| u64::from(unsafe { _mm_movemask_epi8(lane) }.cast_unsigned()));
        a | b << 16 | c << 32 | d << 48
    }
}

/// With words, for other processors.
#[cfg(any(test, not(target_arch = "x86_64")))]
mod words {
    use super::WIDTH;

    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const LOW: u64 = u64::from_le_bytes([0x7f; 8]);

    /// 64 bytes.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Chunk([u64; 8]);

    impl Chunk {
        #[inline(always)]
        pub fn new(bytes: &[u8; WIDTH]) -> Self {
            let words = bytes.as_chunks::<8>().0;
            Self(std::array::from_fn(|at| u64::from_le_bytes(words[at])))
        }

        /// Which bytes are this one; the lowest bit is the first.
        #[inline(always)]
        pub fn equal(&self, byte: u8) -> u64 {
            joined(self.0.map(|word| {
                let other = word ^ (ONES * u64::from(byte));
                // the highest bit of a byte is set where any of its bits is
                !(((other & LOW) + LOW) | other)
            }))
        }

        /// Which bytes are this one, which is beyond ASCII, or above it.
        #[inline(always)]
        pub fn at_least(&self, byte: u8) -> u64 {
            let lacks = ONES * u64::from(0x80 - (byte & 0x7f));
            joined(self.0.map(|word| ((word & LOW) + lacks) & word))
        }

        /// Which bytes are beyond ASCII.
        #[inline(always)]
        pub fn high(&self) -> u64 {
            joined(self.0)
        }
    }

    /// The highest bits of all bytes.
    #[inline(always)]
    fn joined(words: [u64; 8]) -> u64 {
        // the products bring the bit of byte i to bit 56 + i, and meet nowhere
        let bits = words.map(|word| (((word >> 7) & ONES).wrapping_mul(0x0102_0408_1020_4080)) >> 56);
        bits.into_iter().rev().fold(0, |all, bits| all << 8 | bits)
    }
}

/// For every bit whether an odd number of bits is set up to it and with it.
#[inline(always)]
pub(super) fn odd_before(bits: u64) -> u64 {
    [1, 2, 4, 8, 16, 32].into_iter().fold(bits, |bits, by| bits ^ bits << by)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bits_are_bytes(bytes in any::<[u8; 32]>(), other in any::<[u8; 32]>(), few in 0..9u8) {
            let byte = |at: usize| if at.is_multiple_of(2) { bytes[at / 2] } else { other[at / 2] % few.max(1) };
            let text: [u8; WIDTH] = std::array::from_fn(byte);
            let bits = |is: &dyn Fn(u8) -> bool| (0..WIDTH).filter(|&at| is(text[at])).map(|at| 1 << at).sum::<u64>();
            for byte in text.into_iter().chain([0, 1, 0x7f, 0x80, 0xff]) {
                prop_assert_eq!(Chunk::new(&text).equal(byte), bits(&|b| b == byte));
                prop_assert_eq!(words::Chunk::new(&text).equal(byte), bits(&|b| b == byte));
                let beyond = byte | 0x80;
                prop_assert_eq!(Chunk::new(&text).at_least(beyond), bits(&|b| b >= beyond));
                prop_assert_eq!(words::Chunk::new(&text).at_least(beyond), bits(&|b| b >= beyond));
            }
            prop_assert_eq!(Chunk::new(&text).high(), bits(&|b| b >= 0x80));
            prop_assert_eq!(words::Chunk::new(&text).high(), bits(&|b| b >= 0x80));
        }

        #[test]
        fn odd_numbers_of_bits_are_found(bits in any::<u64>()) {
            for at in 0..64 {
                let up_to = bits & (u64::MAX >> (63 - at));
                prop_assert_eq!(odd_before(bits) >> at & 1, u64::from(up_to.count_ones() % 2));
            }
        }
    }

    #[test]
    fn pieces_are_the_text() {
        for length in [0, 1, 63, 64, 65, 128, 200] {
            let text: Vec<u8> = (0..length).map(|at| if at % 3 == 0 { b'x' } else { b'y' }).collect();
            let mut seen = Vec::new();
            for piece in Chunks::new(&text) {
                assert_eq!(piece.at, seen.len());
                let bits = piece.chunk.equal(b'x');
                assert_eq!(bits & !piece.there(), 0);
                seen.extend((0..piece.length).map(|at| if bits >> at & 1 == 1 { b'x' } else { b'y' }));
            }
            assert_eq!(seen, text);
        }
    }
}
