//! Keys are named, never written.

use super::*;
use crate::error::Findings;

#[test]
fn a_release_names_its_keys() {
    let release = |key: &str, more: &str| parsed(&and(&format!("[release]\nsigning_key = \"{key}\"\n{more}")));
    let device = "pkcs11:token=a;object=b?module-path=/m.so";
    assert_eq!(release(device, "").unwrap().signing_key, Some(KeyRef::Device(device.into())));
    let text = and(&format!("[release]\nsigning_key = \"{device}&pin-value=271828\""));
    let list = parsed(&text).unwrap_err();
    assert_eq!(list[0].message, "a PIN must not stand in a pipeline file");
    assert!(!Findings { path: "p".into(), list, text }.render(false).contains("271828"));
    let encryption = "encryption = { key = \"env:BUYER\", id = \"buyer-2026\" }";
    let found = release("file:k.pem", encryption).unwrap().encryption;
    assert_eq!(found, Some(EncryptionSpec { key: KeyRef::Env("BUYER".into()), id: "buyer-2026".into() }));
    assert!(release("file:k.pem", "encryption = { key = \"env:BUYER\" }").is_err(), "the recipient must find the key");
}

#[test]
fn hashing_without_a_key_is_explained() {
    for algorithm in ["md5", "sha1", "sha256", "sha-256", "sm3", "SM3"] {
        let list = parsed(&with("hmac-sm3", algorithm)).unwrap_err();
        assert_eq!(list.len(), 1, "{algorithm}: {list:?}");
        assert!(list[0].message.contains("4 billion mobile numbers"), "{}", list[0].message);
    }
    for treatment in ["\"hash\"", "\"sm3\"", "{ hash = \"sm3\" }", "{ hash = { salt = \"x\" } }"] {
        let list = parsed(&with("{ round = 10 }", treatment)).unwrap_err();
        assert_eq!(list.len(), 1, "{treatment}: {list:?}");
        assert!(list[0].message.contains("hashing without a key"), "{}", list[0].message);
        assert!(list[0].help.as_ref().unwrap().contains("hmac-sm3"));
    }
}

#[test]
fn keys_are_named_and_never_written_down() {
    let kept = "a kept key is not anonymization: whoever holds it can link the tokens to persons again";
    for key in ["env:TOKEN_KEY", "file:keys/token.hex"] {
        let text = with("\"ephemeral\"", &format!("\"{key}\""));
        only(&text, &format!("\"{key}\" -- {kept}"));
        assert!(parsed(&text.replacen("\"anonymized\"  ", "\"deidentified\"", 1)).is_ok());
    }
    only(&with("\"ephemeral\"", "\"ephemral\""), "\"ephemral\" -- `ephemral` does not tell where the key comes from");
    only(&with("\"ephemeral\"", "\"env:A-B\""), "\"env:A-B\" -- this is not the name of an environment variable");
    only(&with("\"ephemeral\"", "\"file:\""), "\"file:\" -- the path of the key file is missing");
    let text = with("\"ephemeral\"", "\"00112233445566778899aabbccddeeff\"");
    only(&text, "\"00112233445566778899aabbccddeeff\" -- a key must not stand in a pipeline file");
    let shown = Findings { path: "p".into(), list: parsed(&text).unwrap_err(), text }.render(false);
    assert!(!shown.contains("00112233"), "a key is not repeated: {shown}");
    let signing = "[release]\nsigning_key = \"ephemeral\"";
    only(&and(signing), "\"ephemeral\" -- a signing key must outlive the release");
    only(&with("length = 16", "length = 17"), "17 -- `length` must be even");
}
