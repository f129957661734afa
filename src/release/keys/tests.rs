use rand::SeedableRng;
use rand::rngs::ChaCha20Rng;

use super::*;

fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

fn pairs() -> [SigningPair; 3] {
    [
        SigningPair::generate(&mut rng(5)),
        SigningPair::generate_sm2(&mut rng(6), None).unwrap(),
        SigningPair::generate_sm2(&mut rng(7), Some("审批人 alice@example.org")).unwrap(),
    ]
}

#[test]
fn a_pair_survives_pem_and_signs() {
    for pair in pairs() {
        let again = SigningPair::from_pem(pair.to_pem().unwrap().expose()).unwrap();
        let public = PublicKey::from_pem(&again.public().to_pem().unwrap()).unwrap();
        assert_eq!(public, pair.public());
        let mut signature = again.sign(b"message").unwrap();
        assert_eq!(signature, pair.sign(b"message").unwrap());
        assert!(public.verifies(b"message", &signature));
        assert!(!public.verifies(b"massage", &signature));
        assert!(!public.verifies(b"message", &signature[..signature.len() - 1]));
        assert!(!public.verifies(b"message", &[&signature[..], &[0]].concat()));
        let last = signature.len() - 1;
        signature[last] ^= 1;
        assert!(!public.verifies(b"message", &signature));
        assert_eq!(public.id().unwrap(), pair.public().id().unwrap());
        assert_eq!(format!("{pair:?}"), "SigningPair(..)");
    }
}

#[test]
fn the_user_id_stands_above_the_key_and_is_no_part_of_its_id() {
    let [_, default, named] = pairs();
    assert!(default.to_pem().unwrap().expose().starts_with("-----BEGIN"));
    let pem = named.public().to_pem().unwrap();
    assert!(pem.starts_with("user-id: 审批人 alice@example.org\n-----BEGIN"), "{pem}");
    let public = PublicKey::from_pem(&pem).unwrap();
    assert_eq!(public.user_id(), Some("审批人 alice@example.org"));
    assert_eq!(public.of_user("bob").id().unwrap(), public.id().unwrap());
    assert!(!public.of_user("bob").verifies(b"m", &named.sign(b"m").unwrap()));
}

#[test]
fn what_stands_above_a_key_is_read_strictly() {
    let [ed25519, sm2, _] = pairs();
    let pem = sm2.public().to_pem().unwrap();
    let read = |above: &str| PublicKey::with_heading(&format!("{above}\n{pem}")).map(|(_, heading)| heading);
    let heading = read("Keys of the producer\nnot-before: 2026-01-01\nnot-after: 2026-12-31\n").unwrap();
    assert_eq!(heading.not_before, moment("2026-01-01T00:00:00Z", false));
    assert_eq!(heading.not_after, moment("2027-01-01T08:00:00+08:00", true), "the last day is inside");
    for above in ["not-after: soon", "not-after: 2026-02-30", "user-id:", "user-id: a\nuser-id: b"] {
        assert!(read(above).is_err(), "{above}");
    }
    let text = format!("user-id: alice\n{}", ed25519.public().to_pem().unwrap());
    assert!(PublicKey::from_pem(&text).unwrap_err().to_string().contains("has no user id"));
    assert!(SigningPair::generate_sm2(&mut rng(1), Some("")).is_err());
    assert!(SigningPair::generate_sm2(&mut rng(1), Some(&"a".repeat(8192))).is_err());
    assert!(SigningPair::generate_sm2(&mut rng(1), Some("a\nb")).is_err());
}

#[test]
fn errors_and_debug_show_nothing_of_a_key() {
    let pem = pairs()[1].to_pem().unwrap();
    let body: String = pem.expose().lines().nth(1).unwrap().into();
    let bent = pem.expose().replacen(&body, &body[1..], 1);
    let error = SigningPair::from_pem(&bent).unwrap_err();
    assert!(!format!("{error} {error:?} {pem:?}").contains(&body[8..24]));
    let public = pairs()[0].public().to_pem().unwrap();
    assert!(SigningPair::from_pem(&public).is_err(), "a public key does not sign");
    assert!(PublicKey::from_pem(pem.expose()).is_err(), "a private key is no public one");
}

/// Second forms of one signature: negative, longer, with zeros in front, with an indefinite length.
#[test]
fn a_signature_has_one_form() {
    let [_, pair, _] = pairs();
    let (public, signature) = (pair.public(), pair.sign(b"m").unwrap());
    assert!(public.verifies(b"m", &signature));
    let r = signature[3] as usize;
    let mut padded = signature.clone();
    padded.insert(4, 0);
    padded[1] += 1;
    padded[3] += 1;
    let mut negative = signature.clone();
    negative[4] |= 0x80;
    let mut long = signature.clone();
    long.splice(1..2, [0x81, signature[1]]);
    let mut swapped = signature.clone();
    swapped.truncate(2);
    swapped.extend(&signature[4 + r..]);
    swapped.extend(&signature[2..4 + r]);
    for bent in [padded, negative, long, swapped, vec![], vec![0x30, 0]] {
        assert!(!public.verifies(b"m", &bent), "{}", hex::encode(&bent));
    }
}
