//! Certificates, keys and lists of revoked keys as strangers send them; and statements that a trusted key signed.
#![no_main]

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use libfuzzer_sys::fuzz_target;
use rand::SeedableRng;
use rand::rngs::ChaCha20Rng;
use tuomin::release::certificate::{
    Envelope, PAYLOAD_TYPE, Signature, Statement, approve, as_released, open, pae, parse, released_digest, sign,
    stated,
};
use tuomin::release::keys::{PublicKey, SigningPair};
use tuomin::release::policy::{Policy, judge, revocations};

/// The keys of the worked example.
const KEYS: [&str; 2] =
    [include_str!("../../docs/example/producer.pub.pem"), include_str!("../../docs/example/approver.pub.pem")];

static TRUSTED: LazyLock<Vec<PublicKey>> =
    LazyLock::new(|| KEYS.iter().filter_map(|key| PublicKey::with_heading(key).ok()).map(|(key, _)| key).collect());

/// The fuzzer's own key.
static OWN: LazyLock<SigningPair> = LazyLock::new(|| SigningPair::generate(&mut ChaCha20Rng::from_seed([7; 32])));

fuzz_target!(|text: &str| {
    assert_eq!(TRUSTED.len(), 2);
    if let Ok((envelope, _)) = parse(text) {
        let released = as_released(text).expect("what is read can be written");
        assert!(parse(&released).is_ok() && !envelope.signatures.is_empty());
        assert_eq!(released_digest(text.as_bytes()), released_digest(released.as_bytes()));
        if let Ok(approved) = approve(text, &OWN) {
            let (again, _) = parse(&approved).expect("what is approved can be read");
            assert_eq!(again.signatures.len(), envelope.signatures.len() + 1);
        }
    }
    if let Ok(statement) = open(text, &TRUSTED) {
        // only the example is signed by these keys
        assert_eq!(statement.predicate.name, "example");
    }
    let _: Option<serde_json::Value> = stated(text.as_bytes());
    let _ = PublicKey::with_heading(text);
    let _ = SigningPair::from_pem(text);
    let _ = revocations(text);
    if text.trim_start().starts_with('{') {
        signed(text);
    }
});

/// The text as a statement that a trusted key signed.
fn signed(text: &str) {
    let Ok(keyid) = OWN.public().id() else { panic!("the own key has no id") };
    let Ok(bytes) = OWN.sign(&pae(PAYLOAD_TYPE, text.as_bytes())) else { panic!("the own key does not sign") };
    let signatures = vec![Signature { keyid, sig: STANDARD.encode(bytes), userid: None }];
    let envelope = Envelope { payload: STANDARD.encode(text), payload_type: PAYLOAD_TYPE.into(), signatures };
    let Ok(envelope) = serde_json::to_string(&envelope) else { panic!("the envelope is not written") };
    let trusted = [OWN.public()];
    let policy = Policy::any_of(&trusted);
    if let Ok(judged) = judge(&(envelope + "\n"), &policy, DateTime::<Utc>::UNIX_EPOCH) {
        let phrases: Vec<String> = judged.signatures.iter().map(|checked| checked.phrase(false)).collect();
        assert_eq!(phrases.len(), 1);
    }
    // what was read is written and read again as the same
    if let Ok(statement) = serde_json::from_str::<Statement>(text) {
        let Ok(again) = sign(&statement, &OWN) else { panic!("a statement that was read is not written") };
        assert_eq!(stated::<Statement>(again.as_bytes()), Some(statement));
    }
}
