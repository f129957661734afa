//! Certificates, keys and lists of revoked keys as strangers send them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tuomin::release::certificate::{as_released, open, parse, released_digest, stated};
use tuomin::release::keys::PublicKey;
use tuomin::release::policy::revocations;

/// The keys of the worked example.
const KEYS: [&str; 2] =
    [include_str!("../../docs/example/producer.pub.pem"), include_str!("../../docs/example/approver.pub.pem")];

fuzz_target!(|text: &str| {
    let trusted: Vec<PublicKey> =
        KEYS.iter().filter_map(|key| PublicKey::with_heading(key).ok()).map(|(key, _)| key).collect();
    assert_eq!(trusted.len(), 2);
    if let Ok((envelope, _)) = parse(text) {
        let released = as_released(text).expect("what is read can be written");
        assert!(parse(&released).is_ok() && envelope.signatures.len() >= 1);
    }
    if let Ok(statement) = open(text, &trusted) {
        // only the example is signed by these keys
        assert_eq!(statement.predicate.name, "example");
    }
    let _ = released_digest(text.as_bytes());
    let _: Option<serde_json::Value> = stated(text.as_bytes());
    let _ = PublicKey::with_heading(text);
    let _ = revocations(text);
});
