use hmac::{Hmac, KeyInit, Mac};
use rand::rngs::ChaCha20Rng;
use rand::{Rng, RngExt, SeedableRng};
use sm3::{Digest, Sm3};

use super::*;

fn drawn(rng: &mut ChaCha20Rng, most: usize) -> Vec<u8> {
    let mut bytes = vec![0; rng.random_range(0..=most)];
    rng.fill_bytes(&mut bytes);
    bytes
}

/// GB/T 32905, appendix A.
#[test]
fn the_examples_of_the_standard() {
    let abcd = "abcd".repeat(16);
    let digests: Vec<String> = digests(&[], [&b"abc"[..], abcd.as_bytes()]).iter().map(hex::encode).collect();
    assert_eq!(digests[0], "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    assert_eq!(digests[1], "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
}

#[test]
fn as_the_messages_alone_in_any_number_and_of_any_length() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    for count in [0, 1, 2, 5, 6, 7, 15, 16, 17, 63, 64, 65, 130] {
        let messages: Vec<Vec<u8>> = (0..count).map(|_| drawn(&mut rng, 400)).collect();
        let alone: Vec<[u8; 32]> = messages.iter().map(|message| Sm3::digest(message).into()).collect();
        assert_eq!(digests(&[], messages.iter().map(Vec::as_slice)), alone, "{count} messages");
    }
}

#[test]
fn every_length_near_the_end_of_a_block() {
    let bytes = [7; 200];
    let alone: Vec<[u8; 32]> = (3..200).map(|length| Sm3::digest(&bytes[..length]).into()).collect();
    assert_eq!(digests(&[7; 3], (0..197).map(|length| &bytes[..length])), alone);
}

#[test]
fn tags_are_those_of_hmac_for_keys_and_beginnings_of_any_length() {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    for (key, beginning) in [(0, 0), (32, 0), (32, 63), (64, 64), (65, 65), (100, 200), (32, 128)] {
        let mut bytes = vec![0; key + beginning];
        rng.fill_bytes(&mut bytes);
        let (key, beginning) = bytes.split_at(key);
        let messages: Vec<(Vec<u8>, Vec<u8>)> = (0..100).map(|_| (drawn(&mut rng, 9), drawn(&mut rng, 150))).collect();
        let mac = HmacSm3::new(key, beginning);
        let mut tags = mac.tags();
        messages.iter().for_each(|(first, second)| tags.push([first, second]));
        let alone: Vec<[u8; 32]> = messages
            .iter()
            .map(|(first, second)| {
                let mut mac = <Hmac<Sm3> as KeyInit>::new_from_slice(key).unwrap();
                [beginning, first, second].into_iter().for_each(|part| mac.update(part));
                mac.finalize().into_bytes().into()
            })
            .collect();
        assert_eq!(tags.finish(), alone);
    }
}
