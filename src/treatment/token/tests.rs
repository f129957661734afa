use std::sync::Arc;

use arrow::array::{AsArray, StringArray};
use rand::SeedableRng;
use rand::rngs::ChaCha20Rng;
use sm3::Sm3;

use super::*;
use crate::secret::Secret;

const ID: &str = "120101199003071235";

fn raw<M: Mac + KeyInit>(key: &[u8], message: &[u8]) -> String {
    let mut mac = <M as KeyInit>::new_from_slice(key).unwrap();
    mac.update(message);
    hex::encode(mac.finalize().into_bytes())
}

/// The tokens of some texts with the key of 32 bytes 7.
fn tokens_of(
    algorithm: TokenAlgorithm,
    parts: [&str; 3],
    cells: &[Option<&str>],
    length: usize,
) -> Vec<Option<String>> {
    let bytes = Secret::new([7; 32]);
    let id = KeyId::of(&bytes);
    let [release, recipient, column] = parts;
    let token = Token::new(algorithm, &Key::kept(bytes, id), Scope { release, recipient, column }, length).unwrap();
    let cells: ArrayRef = Arc::new(StringArray::from(cells.to_vec()));
    token.apply(&cells).unwrap().as_string::<i32>().iter().map(|cell| cell.map(str::to_owned)).collect()
}

fn one(parts: [&str; 3], value: &str) -> String {
    tokens_of(TokenAlgorithm::HmacSm3, parts, &[Some(value)], 64).remove(0).unwrap()
}

#[test]
fn the_hmacs_are_the_published_ones() {
    let sm3 = raw::<Hmac<Sm3>>;
    assert_eq!(sm3(b"key", b"abc"), "28e63256e7c5a087b1f073265dc53092163f7b82729735d06f28f10af9d52393");
    let want = "16acb0d518339836a91f412c89f6663f504de5bcaa27e5df3575611aeb4a80cb";
    assert_eq!(sm3(b"0123456789abcdef", ID.as_bytes()), want);
    // RFC 4231, test cases 1, 2 and 6
    let sha256 = raw::<Hmac<Sha256>>;
    let want = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
    assert_eq!(sha256(&[0x0b; 20], b"Hi There"), want);
    let want = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    assert_eq!(sha256(b"Jefe", b"what do ya want for nothing?"), want);
    let long = b"Test Using Larger Than Block-Size Key - Hash Key First";
    let want = "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54";
    assert_eq!(sha256(&[0xaa; 131], long), want);
}

#[test]
fn the_message_is_length_prefixed_parts() {
    // computed with Python's hmac module over the documented message
    let parts = ["r-1", "数据交易中心", "account_no"];
    let sha256 = tokens_of(TokenAlgorithm::HmacSha256, parts, &[Some(ID)], 64);
    assert_eq!(sha256, [Some("1dc3daa6610c57273fe25ecb42cde59414144c17fbf5cf82038d444906f30d2d".to_owned())]);
    assert_eq!(one(parts, ID), "1d8e67bd6defdc21679c5e253d21e6e8b514539ca2c4536ed986e6ca602c1f88");
    let mut message = Vec::new();
    for part in [parts[0], parts[1], parts[2], ID] {
        message.extend((part.len() as u64).to_be_bytes());
        message.extend(part.as_bytes());
    }
    assert_eq!(one(parts, ID), raw::<Hmac<Sm3>>(&[7; 32], &message));
}

#[test]
fn every_part_counts_and_none_runs_into_the_next() {
    let here = one(["release", "recipient", "column"], ID);
    assert_eq!(here, one(["release", "recipient", "column"], ID));
    let elsewhere = [["release2", "recipient", "column"], ["release", "bank", "column"], ["release", "recipient", "c"]];
    for parts in elsewhere {
        assert_ne!(here, one(parts, ID));
    }
    assert_ne!(one(["ab", "c", "d"], "e"), one(["a", "bc", "d"], "e"));
    assert_ne!(one(["a", "b", "cd"], "e"), one(["a", "b", "c"], "de"));
    assert_ne!(one(["a", "b", ""], "c"), one(["a", "b", "c"], ""));
}

#[test]
fn tokens_are_truncated_lowercase_hex_and_nulls_stay() {
    let parts = ["r", "b", "c"];
    let cells = [Some(ID), None, Some(""), Some(ID)];
    let whole = tokens_of(TokenAlgorithm::HmacSm3, parts, &cells, 64);
    for length in [8, 9, 16, 63] {
        let short = tokens_of(TokenAlgorithm::HmacSm3, parts, &cells, length);
        for (short, whole) in short.iter().zip(&whole) {
            assert_eq!(short.as_deref(), whole.as_ref().map(|digits| &digits[..length]));
        }
    }
    assert_eq!(whole[0], whole[3]);
    assert_eq!(whole[1], None);
    assert!(whole[2].as_ref().unwrap().bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
    let key = Key::ephemeral(&mut ChaCha20Rng::from_seed([1; 32]));
    let scope = Scope { release: "r", recipient: "b", column: "c" };
    for length in [0, 7, 65] {
        assert!(Token::new(TokenAlgorithm::HmacSm3, &key, scope, length).is_err());
    }
}

#[test]
fn no_key_is_printed() {
    let bytes = [0xab; 32];
    let id = KeyId::of(&Secret::new(bytes));
    let key = Key::kept(Secret::new(bytes), id.clone());
    let scope = Scope { release: "r", recipient: "b", column: "c" };
    let token = Token::new(TokenAlgorithm::HmacSha256, &key, scope, 16).unwrap();
    let shown = format!("{key:?} {token:?} {token}");
    assert!(!shown.contains("abab") && !shown.contains("171, 171") && shown.contains(id.as_str()));
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    let (first, second) = (Key::ephemeral(&mut rng), Key::ephemeral(&mut rng));
    assert_ne!(first.expose(), second.expose(), "every key is a new draw");
    assert_ne!(first.expose(), &[0; 32]);
}
