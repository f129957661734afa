use rand::SeedableRng;
use rand::rngs::ChaCha20Rng;

use super::*;

fn bytes(text: &str) -> [u8; 32] {
    hex::decode(text).unwrap().try_into().unwrap()
}

/// GM/T 0003.5, annex A: key, user, digest, nonce, signature.
#[test]
fn the_example_of_the_standard_comes_out() {
    let key =
        SecretKey::from_bytes(&bytes("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")).unwrap();
    let public = key.public();
    assert_eq!(public.x, bytes("09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"));
    assert_eq!(public.y, bytes("ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"));
    let user = bytes("b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3");
    assert_eq!(public.user(DEFAULT_USER_ID), user);
    let e = public.digest(DEFAULT_USER_ID, b"message digest");
    assert_eq!(e.to_bytes(), bytes("f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640"));
    let nonce = bytes("59276e27d506861a16680f3ad9c02dccef3cc1fa3cdbe4ce6d54b80deac1bc21");
    let signature = key.sign_with(&e, std::iter::once(Zeroizing::new(nonce)));
    assert_eq!(signature.r, bytes("f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"));
    assert_eq!(signature.s, bytes("b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"));
    assert!(public.verifies(DEFAULT_USER_ID, b"message digest", &signature));
}

#[test]
fn a_signature_holds_for_its_key_user_and_message_only() {
    let key = SecretKey::generate(&mut ChaCha20Rng::from_seed([3; 32]));
    let other = SecretKey::generate(&mut ChaCha20Rng::from_seed([4; 32]));
    let signature = key.sign("alice", b"message");
    assert!(key.public().verifies("alice", b"message", &signature));
    assert!(!key.public().verifies("bob", b"message", &signature));
    assert!(!key.public().verifies("alice", b"massage", &signature));
    assert!(!other.public().verifies("alice", b"message", &signature));
    assert_eq!(key.sign("alice", b"message"), signature, "one message, one signature");
    assert_ne!(key.sign("alice", b"massage").r, signature.r, "another message, another nonce");
    for bit in 0..512 {
        let mut bent = signature;
        let half = if bit < 256 { &mut bent.r } else { &mut bent.s };
        half[bit % 256 / 8] ^= 1 << (bit % 8);
        // each costs two multiplications: some of them
        if bit % 37 == 0 {
            assert!(!key.public().verifies("alice", b"message", &bent), "bit {bit}");
        }
    }
}

#[test]
fn numbers_out_of_range_are_refused() {
    let n = bytes("fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123");
    let less = |by: u8| {
        let mut bytes = n;
        bytes[31] -= by;
        bytes
    };
    assert!(SecretKey::from_bytes(&[0; 32]).is_none());
    assert!(SecretKey::from_bytes(&n).is_none());
    assert!(SecretKey::from_bytes(&less(1)).is_none(), "1 + d has no inverse");
    assert!(SecretKey::from_bytes(&less(2)).is_some());
    let key = SecretKey::generate(&mut ChaCha20Rng::from_seed([3; 32])).public();
    for bad in [[0; 32], n, [0xff; 32]] {
        let good = [1; 32];
        assert!(!key.verifies("", b"", &Signature { r: bad, s: good }));
        assert!(!key.verifies("", b"", &Signature { r: good, s: bad }));
    }
    assert!(
        !key.verifies(
            "",
            b"",
            &Signature {
                r: less(1),
                s: {
                    let mut one = [0; 32];
                    one[31] = 1;
                    one
                }
            }
        ),
        "t = 0"
    );
    let mut off = key.to_bytes();
    off[64] ^= 1;
    assert!(PublicKey::from_bytes(&off).is_none(), "not on the curve");
    assert!(PublicKey::from_bytes(&key.to_bytes()[..64]).is_none());
    assert!(PublicKey::from_bytes(&[0]).is_none(), "the point at infinity");
    assert_eq!(PublicKey::from_bytes(&key.to_bytes()), Some(key));
}

/// The laws of the group, with the points where other formulas fail.
#[test]
fn points_add_as_a_group() {
    let small = |number: u8| {
        let mut bytes = [0; 32];
        bytes[31] = number;
        Point::generator().times(&bytes)
    };
    let g = Point::generator();
    assert_eq!(g.add(&g).affine(), small(2).affine());
    assert_eq!(small(2).add(&small(5)).affine(), small(7).affine());
    assert_eq!(small(0).add(&g).affine(), g.affine());
    assert!(small(0).is_infinity() && small(0).add(&small(0)).is_infinity());
    let mut last = bytes("fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123");
    assert!(g.times(&last).is_infinity(), "n is the order");
    last[31] -= 1;
    let opposite = g.times(&last);
    assert_eq!(opposite.affine().0, g.affine().0);
    assert!(opposite.add(&g).is_infinity());
}
