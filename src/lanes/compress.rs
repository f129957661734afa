//! The compression function of SM3 over the lanes of vectors: plain arithmetic on arrays, which the compiler turns
//! into the widest instructions that the processor has.

#![expect(unsafe_code, reason = "functions for one kind of processor are called after asking for it")]

use super::BLOCK;

/// The most messages that are compressed together. With fewer the processor waits, with more the words of a block
/// leave its nearest cache.
pub(super) const MOST: usize = 64;
/// Where few messages are left. Below a third of this, one after the other is quicker.
const FEW: usize = 16;

/// One word of each of `N` messages.
#[derive(Clone, Copy)]
struct Words<const N: usize>([u32; N]);

impl<const N: usize> Words<N> {
    const ZERO: Self = Self([0; N]);

    #[inline(always)]
    fn with(mut self, other: Self, f: impl Fn(u32, u32) -> u32) -> Self {
        for lane in 0..N {
            self.0[lane] = f(self.0[lane], other.0[lane]);
        }
        self
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        self.with(other, |a, b| a ^ b)
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        self.with(other, |a, b| a & b)
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        self.with(other, |a, b| a | b)
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.with(other, u32::wrapping_add)
    }

    #[inline(always)]
    fn rotated(mut self, bits: u32) -> Self {
        for word in &mut self.0 {
            *word = word.rotate_left(bits);
        }
        self
    }
}

/// P₀ and P₁ of GB/T 32905 4.4, by their rotations.
#[inline(always)]
fn permuted<const N: usize>(x: Words<N>, first: u32, second: u32) -> Words<N> {
    x.xor(x.rotated(first)).xor(x.rotated(second))
}

/// CF of GB/T 32905 5.3 on `N` states and blocks.
#[inline(always)]
fn compress<const N: usize>(state: &mut [Words<N>; 8], block: &[Words<N>; 16]) {
    let mut w = [Words::ZERO; 68];
    w[..16].copy_from_slice(block);
    for j in 16..68 {
        let mixed = w[j - 16].xor(w[j - 9]).xor(w[j - 3].rotated(15));
        w[j] = permuted(mixed, 15, 23).xor(w[j - 13].rotated(7)).xor(w[j - 6]);
    }
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    macro_rules! round {
        ($j:expr, $t:expr, $ff:expr, $gg:expr) => {{
            let a12 = a.rotated(12);
            let ss1 = a12.add(e).add(Words([($t as u32).rotate_left($j as u32 % 32); N])).rotated(7);
            let ss2 = ss1.xor(a12);
            let tt1 = $ff.add(d).add(ss2).add(w[$j].xor(w[$j + 4]));
            let tt2 = $gg.add(h).add(ss1).add(w[$j]);
            (d, c, b, a) = (c, b.rotated(9), a, tt1);
            (h, g, f, e) = (g, f.rotated(19), e, permuted(tt2, 9, 17));
        }};
    }
    for j in 0..16 {
        round!(j, 0x79cc_4519_u32, a.xor(b).xor(c), e.xor(f).xor(g));
    }
    for j in 16..64 {
        round!(j, 0x7a87_9d8a_u32, a.and(b).or(a.or(b).and(c)), e.and(f.xor(g)).xor(g));
    }
    for (state, word) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *state = state.xor(word);
    }
}

/// [`compress`] on a processor of which nothing is known.
fn plain<const N: usize>(state: &mut [Words<N>; 8], block: &[Words<N>; 16]) {
    compress(state, block);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2<const N: usize>(state: &mut [Words<N>; 8], block: &[Words<N>; 16]) {
    compress(state, block);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl")]
fn avx512<const N: usize>(state: &mut [Words<N>; 8], block: &[Words<N>; 16]) {
    compress(state, block);
}

/// [`compress`] with what this processor can do.
fn best<const N: usize>(state: &mut [Words<N>; 8], block: &[Words<N>; 16]) {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vl") {
            // SAFETY: the processor was asked for both features
            return unsafe { avx512(state, block) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the processor was asked for the feature
            return unsafe { avx2(state, block) };
        }
    }
    plain(state, block);
}

/// Goes on from each state with the whole blocks of its message.
pub(super) fn absorb(states: &mut [[u32; 8]], messages: &[&[u8]]) {
    for (states, messages) in states.chunks_mut(MOST).zip(messages.chunks(MOST)) {
        match messages.len() {
            ..=5 => one_by_one(states, messages),
            6..=FEW => together::<FEW>(states, messages),
            _ => together::<MOST>(states, messages),
        }
    }
}

fn one_by_one(states: &mut [[u32; 8]], messages: &[&[u8]]) {
    for (state, message) in states.iter_mut().zip(messages) {
        let mut words = state.map(|word| Words([word]));
        for block in message.as_chunks::<4>().0.as_chunks::<16>().0 {
            plain(&mut words, &block.map(|word| Words([u32::from_be_bytes(word)])));
        }
        *state = words.map(|word| word.0[0]);
    }
}

fn together<const N: usize>(states: &mut [[u32; 8]], messages: &[&[u8]]) {
    let mut all = [Words::<N>::ZERO; 8];
    for (lane, state) in states.iter().enumerate() {
        for (words, &word) in all.iter_mut().zip(state) {
            words.0[lane] = word;
        }
    }
    let blocks = |message: &&[u8]| message.len() / BLOCK;
    let most = messages.iter().map(blocks).max().unwrap_or(0);
    let mut block = [Words::<N>::ZERO; 16];
    for number in 0..most {
        let before = all;
        let going = |message: &&[u8]| number < blocks(message);
        for (lane, message) in messages.iter().enumerate().filter(|(_, message)| going(message)) {
            let words = message.as_chunks::<4>().0[number * 16..].first_chunk::<16>();
            for (to, word) in block.iter_mut().zip(words.unwrap_or(&[[0; 4]; 16])) {
                to.0[lane] = u32::from_be_bytes(*word);
            }
        }
        best(&mut all, &block);
        for (lane, _) in messages.iter().enumerate().filter(|(_, message)| !going(message)) {
            for (words, before) in all.iter_mut().zip(&before) {
                words.0[lane] = before.0[lane];
            }
        }
    }
    for (lane, state) in states.iter_mut().enumerate() {
        *state = all.map(|words| words.0[lane]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_processor_gives_the_same() {
        let mut states = [Words::<8>::ZERO; 8];
        let mut block = [Words::<8>::ZERO; 16];
        for (at, words) in states.iter_mut().chain(&mut block).enumerate() {
            words.0 = std::array::from_fn(|lane| (at as u32 + 1).wrapping_mul(0x9e37_79b9).rotate_left(lane as u32));
        }
        let compressed = |compress: &dyn Fn(&mut [Words<8>; 8], &[Words<8>; 16])| {
            let mut states = states;
            compress(&mut states, &block);
            states.map(|words| words.0)
        };
        let plain = compressed(&|states, block| plain(states, block));
        assert_eq!(compressed(&|states, block| best(states, block)), plain);
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the processor was asked for the feature
            assert_eq!(compressed(&|states, block| unsafe { avx2(states, block) }), plain);
        }
    }
}
