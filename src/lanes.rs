//! SM3 of many messages at once: one message per lane of the processor's vectors.
//!
//! A single SM3 waits for itself: each of its 64 rounds needs the one before. Messages that do not depend on each
//! other fill that time. Source: GB/T 32905-2016; HMAC: RFC 2104, with SM3 GB/T 15852.2-2024.

mod compress;

use zeroize::Zeroize;

use crate::secret::Secret;
use compress::absorb;

/// Bytes that SM3 takes at a time.
const BLOCK: usize = 64;
/// Messages that go through the processor together.
const LANES: usize = compress::MOST;
/// What every SM3 begins with.
const BEGIN: [u32; 8] =
    [0x7380_166f, 0x4914_b2b9, 0x1724_42d7, 0xda8a_0600, 0xa96f_30bc, 0x1631_38aa, 0xe38d_ee4d, 0xb0fb_0e4e];

/// The SM3 of each message, in their order; all begin with `prefix`.
pub fn digests<'a>(prefix: &[u8], messages: impl IntoIterator<Item = &'a [u8]>) -> Vec<[u8; 32]> {
    let mut queue = Queue::default();
    let mut digests = Vec::new();
    for message in messages {
        queue.push(&[prefix, message], 0);
        if queue.is_full() {
            queue.digests(&BEGIN, &mut digests);
        }
    }
    queue.digests(&BEGIN, &mut digests);
    digests
}

/// HMAC-SM3 under one key, of messages with one beginning; wiped when dropped.
pub struct HmacSm3 {
    /// The states after the whole blocks of the inner and of the outer hash that all messages share.
    states: Secret<[[u32; 8]; 2]>,
    /// What comes before each message and fills no block.
    rest: Vec<u8>,
    /// Bytes in the shared blocks of the inner hash.
    shared: usize,
}

impl HmacSm3 {
    /// Takes a key of any length, and what stands before every message.
    pub fn new(key: &[u8], beginning: &[u8]) -> Self {
        let mut block = Secret::new([0; BLOCK]);
        match key.len() {
            0..=BLOCK => block.expose_mut()[..key.len()].copy_from_slice(key),
            _ => {
                let mut short = digests(&[], [key]);
                block.expose_mut()[..32].copy_from_slice(&short[0]);
                short.zeroize();
            }
        }
        let mut states = Secret::new([BEGIN; 2]);
        let whole = beginning.len() / BLOCK * BLOCK;
        for (state, pad) in states.expose_mut().iter_mut().zip([0x36, 0x5c]) {
            let padded = Secret::new(block.expose().map(|byte| byte ^ pad));
            absorb(std::slice::from_mut(state), &[padded.expose()]);
        }
        absorb(&mut states.expose_mut()[..1], &[&beginning[..whole]]);
        Self { states, rest: beginning[whole..].to_vec(), shared: BLOCK + whole }
    }

    /// The tags of messages that are handed over one by one.
    pub fn tags(&self) -> Tags<'_> {
        Tags { mac: self, queue: Queue::default(), tags: Vec::new() }
    }
}

/// The tags of messages: see [`HmacSm3::tags`].
pub struct Tags<'a> {
    mac: &'a HmacSm3,
    queue: Queue,
    tags: Vec<[u8; 32]>,
}

impl Tags<'_> {
    /// Takes a message, in parts.
    pub fn push(&mut self, parts: [&[u8]; 2]) {
        self.queue.push(&[&self.mac.rest, parts[0], parts[1]], self.mac.shared);
        if self.queue.is_full() {
            self.flush();
        }
    }

    /// The tag of each message, in their order.
    pub fn finish(mut self) -> Vec<[u8; 32]> {
        self.flush();
        self.tags
    }

    fn flush(&mut self) {
        let [inner, outer] = self.mac.states.expose();
        let first = self.tags.len();
        self.queue.digests(inner, &mut self.tags);
        for digest in self.tags.drain(first..) {
            self.queue.push(&[&digest], BLOCK);
        }
        self.queue.digests(outer, &mut self.tags);
    }
}

/// Messages that wait for each other: padded to whole blocks, one after the other.
#[derive(Default)]
struct Queue {
    blocks: Vec<u8>,
    ends: Vec<usize>,
}

impl Queue {
    fn is_full(&self) -> bool {
        self.ends.len() >= LANES
    }

    /// Adds a message, padded as GB/T 32905 5.2 says; so many bytes were hashed before it, whole blocks.
    fn push(&mut self, parts: &[&[u8]], before: usize) {
        let start = self.blocks.len();
        parts.iter().for_each(|part| self.blocks.extend_from_slice(part));
        let bits = 8 * (before + self.blocks.len() - start) as u64;
        self.blocks.push(0x80);
        let length = (self.blocks.len() - start + 8).next_multiple_of(BLOCK);
        self.blocks.resize(start + length - 8, 0);
        self.blocks.extend_from_slice(&bits.to_be_bytes());
        self.ends.push(self.blocks.len());
    }

    /// Ends all messages, begun in this state, and forgets them.
    fn digests(&mut self, begun: &[u32; 8], digests: &mut Vec<[u8; 32]>) {
        let starts = std::iter::once(&0).chain(&self.ends);
        let messages: Vec<&[u8]> = starts.zip(&self.ends).map(|(&start, &end)| &self.blocks[start..end]).collect();
        let mut states = vec![*begun; messages.len()];
        absorb(&mut states, &messages);
        digests.extend(states.iter().map(|state| {
            let mut digest = [0; 32];
            for (bytes, word) in digest.chunks_exact_mut(4).zip(state) {
                bytes.copy_from_slice(&word.to_be_bytes());
            }
            digest
        }));
        states.zeroize();
        self.blocks.clear();
        self.ends.clear();
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.blocks.zeroize();
    }
}

#[cfg(test)]
mod tests;
