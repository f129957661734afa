use rand::SeedableRng;
use rand::rngs::ChaCha20Rng;

use super::*;
use crate::release::certificate::{Envelope, approve, as_released, example, open, sign};
use crate::release::keys::{SigningPair, moment};

fn ed25519(seed: u8) -> SigningPair {
    SigningPair::generate(&mut ChaCha20Rng::from_seed([seed; 32]))
}

fn sm2(seed: u8, user_id: Option<&str>) -> SigningPair {
    SigningPair::generate_sm2(&mut ChaCha20Rng::from_seed([seed; 32]), user_id).unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    moment(text, false).unwrap()
}

fn trusted(pair: &SigningPair) -> Trusted {
    Trusted::new(pair.public(), &Heading::default())
}

/// Of 2026-06-01T12:00:00Z.
fn signed(pair: &SigningPair) -> String {
    sign(&example(&pair.public().id().unwrap()), pair).unwrap()
}

fn judged(text: &str, policy: &Policy) -> Judged {
    judge(text, policy, at("2026-07-01")).unwrap()
}

/// What is found of an envelope with one signature.
fn found(text: &str, policy: &Policy) -> (Finding, String) {
    let judged = judged(text, policy);
    assert_eq!(judged.signatures.len(), 1);
    (judged.signatures[0].finding.clone(), judged.wrong().join("; "))
}

fn changed(text: &str, change: impl FnOnce(&mut Envelope)) -> String {
    let mut envelope: Envelope = serde_json::from_str(text).unwrap();
    change(&mut envelope);
    serde_json::to_string(&envelope).unwrap() + "\n"
}

#[test]
fn producer_and_approver_reach_a_threshold_of_two() {
    let (producer, approver) = (ed25519(1), sm2(2, Some("审批")));
    let policy = Policy::new(vec![trusted(&producer), trusted(&approver)], 2).unwrap();
    let released = signed(&producer);
    let one = judged(&released, &policy);
    assert!(!one.threshold_met());
    assert_eq!(one.wrong(), ["1 of 2 signers have signed it"]);
    let approved = approve(&released, &approver).unwrap();
    let both = judged(&approved, &policy);
    assert_eq!((both.signers, both.threshold, both.wrong()), (2, 2, vec![]));
    assert_eq!(both.signatures.iter().map(|checked| checked.producer).collect::<Vec<_>>(), [true, false]);
    assert_eq!(as_released(&approved).unwrap(), released, "what the ledger has stays findable");
    assert_eq!(both.statement, one.statement);
    assert!(open(&approved, &[producer.public()]).is_ok(), "one of one is enough where one is asked");
}

#[test]
fn a_key_signs_once() {
    let (producer, approver) = (ed25519(1), sm2(2, None));
    let released = signed(&producer);
    let twice = approve(&released, &producer).unwrap_err().to_string();
    assert!(twice.contains("has signed this certificate already"), "{twice}");
    let approved = approve(&released, &approver).unwrap();
    assert!(approve(&approved, &approver).is_err());
    assert!(approve(&approved, &producer).is_err());
    // and where somebody doubles a signature by hand, it counts once and is told
    let doubled = changed(&released, |envelope| envelope.signatures.push(envelope.signatures[0].clone()));
    let policy = Policy::new(vec![trusted(&producer), trusted(&approver)], 2).unwrap();
    let judged = judged(&doubled, &policy);
    assert_eq!((judged.signers, &judged.signatures[1].finding), (1, &Finding::Repeated));
    assert!(judged.wrong()[0].contains("has signed twice"), "{:?}", judged.wrong());
    assert!(approve("{}", &approver).is_err());
}

#[test]
fn a_stripped_approval_is_missed() {
    let (producer, approver) = (ed25519(1), ed25519(2));
    let policy = Policy::new(vec![trusted(&producer), trusted(&approver)], 2).unwrap();
    let approved = approve(&signed(&producer), &approver).unwrap();
    let stripped = changed(&approved, |envelope| envelope.signatures.truncate(1));
    assert_eq!(judged(&stripped, &policy).wrong(), ["1 of 2 signers have signed it"]);
    // without the producer the approver stands first, and the statement names another
    let headless = changed(&approved, |envelope| drop(envelope.signatures.remove(0)));
    let policy = Policy::any_of(&[producer.public(), approver.public()]);
    assert_eq!(judge(&headless, &policy, at("2026-07-01")).unwrap_err(), "its statement names another key");
    let none = changed(&approved, |envelope| envelope.signatures.clear());
    assert_eq!(judge(&none, &policy, at("2026-07-01")).unwrap_err(), "it has no signature");
}

#[test]
fn an_unknown_key_does_not_count_and_is_told() {
    let (producer, stranger) = (sm2(1, None), ed25519(9));
    let policy = Policy::any_of(&[producer.public()]);
    let (finding, why) = found(&signed(&stranger), &policy);
    assert_eq!(finding, Finding::UnknownKey);
    assert!(why.ends_with("is not among the trusted ones"), "{why}");
    // beside a signer that is enough it is told, and no harm
    let judged = judged(&approve(&signed(&producer), &stranger).unwrap(), &policy);
    assert_eq!((judged.signers, &judged.signatures[1].finding, judged.wrong()), (1, &Finding::UnknownKey, vec![]));
}

#[test]
fn keys_are_in_force_on_the_day_of_issue() {
    let pair = ed25519(1);
    let text = signed(&pair);
    let with = |not_before: Option<&str>, not_after: Option<&str>| {
        let not_after = not_after.map(|text| moment(text, true).unwrap());
        let key = Trusted { not_before: not_before.map(at), not_after, ..trusted(&pair) };
        Policy::new(vec![key], 1).unwrap()
    };
    let (finding, why) = found(&text, &with(None, Some("2026-05-31")));
    assert_eq!(finding, Finding::Expired { not_after: "2026-06-01T00:00:00Z".into() });
    assert!(why.contains("had expired when it was issued"), "{why}");
    let (finding, why) = found(&text, &with(Some("2026-06-02"), None));
    assert_eq!(finding, Finding::NotYetValid { not_before: "2026-06-02T00:00:00Z".into() });
    assert!(why.contains("it was issued before"), "{why}");
    let exact =
        [(Some("2026-06-01T12:00:00Z"), None), (None, Some("2026-06-01T12:00:01Z")), (None, Some("2026-06-01"))];
    for (not_before, not_after) in exact {
        assert_eq!(found(&text, &with(not_before, not_after)).0, Finding::Valid, "{not_before:?} {not_after:?}");
    }
    assert_ne!(found(&text, &with(None, Some("2026-06-01T12:00:00Z"))).0, Finding::Valid, "the end is outside");
    // in force then, not today: good, and told
    let since = judged(&text, &with(None, Some("2026-06-15"))).signatures[0].since_expired.clone();
    assert_eq!(since.as_deref(), Some("2026-06-16T00:00:00Z"));
    assert_eq!(judged(&text, &with(None, Some("2026-07-01"))).signatures[0].since_expired, None);
}

#[test]
fn a_revoked_key_fails_whatever_else_holds() {
    let (producer, approver) = (ed25519(1), ed25519(2));
    let text = approve(&signed(&producer), &approver).unwrap();
    let policy = |pair: &SigningPair, date: &str, reason: &str, accept: bool| {
        let id = pair.public().id().unwrap();
        let list =
            format!(r#"{{"revoked": [{{"key": "{id}", "date": "{date}", "reason": "{reason}", "note": "x"}}]}}"#);
        let mut policy = Policy::new(vec![trusted(&producer), trusted(&approver)], 1).unwrap();
        policy.revoked = revocations(&list).unwrap();
        policy.accept_issued_before_revocation = accept;
        policy
    };
    for (date, reason, accept, good) in [
        ("2026-05-01", "key_compromise", false, false),
        ("2026-05-01", "superseded", true, false),
        ("2026-06-01T12:00:00Z", "superseded", true, false),
        ("2026-06-20", "key_compromise", false, false),
        ("2026-06-20", "superseded", false, false),
        ("2026-06-20", "superseded", true, true),
        ("2026-06-20", "cessation_of_operation", true, true),
        ("2026-06-20", "key_compromise", true, false),
        ("2026-06-20", "unspecified", true, false),
    ] {
        for (place, pair) in [&producer, &approver].into_iter().enumerate() {
            let judged = judged(&text, &policy(pair, date, reason, accept));
            let revoked = matches!(judged.signatures[place].finding, Finding::Revoked { .. });
            assert_eq!((revoked, judged.wrong().is_empty()), (!good, good), "{date} {reason} {accept}");
            assert!(good || judged.wrong()[0].contains("is revoked from 2026-0"), "{:?}", judged.wrong());
        }
    }
}

#[test]
fn a_list_that_is_half_understood_is_refused() {
    let id = "0".repeat(64);
    assert!(revocations(r#"{"revoked": []}"#).unwrap().is_empty());
    for bad in [
        "[]".to_owned(),
        "{}".into(),
        r#"{"revoked": [], "more": 1}"#.into(),
        format!(r#"{{"revoked": [{{"key": "{}", "date": "2026-01-01", "reason": "superseded"}}]}}"#, &id[1..]),
        format!(r#"{{"revoked": [{{"key": "{}", "date": "2026-01-01", "reason": "superseded"}}]}}"#, "A".repeat(64)),
        format!(r#"{{"revoked": [{{"key": "{id}", "date": "2026-13-01", "reason": "superseded"}}]}}"#),
        format!(r#"{{"revoked": [{{"key": "{id}", "date": "2026-01-01", "reason": "whim"}}]}}"#),
        format!(r#"{{"revoked": [{{"key": "{id}", "date": "2026-01-01"}}]}}"#),
    ] {
        assert!(revocations(&bad).is_err(), "{bad}");
    }
}

#[test]
fn another_user_id_is_told_as_such() {
    let (alice, default) = (sm2(1, Some("alice")), sm2(1, None));
    let user = |pair: &SigningPair, user_id: &str| Policy::any_of(&[pair.public().of_user(user_id)]);
    let wrong =
        |signed: &str, trusted: &str| Finding::WrongUserId { signed: signed.into(), trusted: Some(trusted.into()) };
    assert_eq!(found(&signed(&alice), &user(&alice, "alice")).0, Finding::Valid);
    let (finding, why) = found(&signed(&alice), &user(&alice, "bob"));
    assert_eq!(finding, wrong("alice", "bob"));
    assert!(why.contains("made with the user id `alice`, trusted is `bob`"), "{why}");
    assert_eq!(found(&signed(&default), &user(&default, "bob")).0, wrong(crate::release::sm2::DEFAULT_USER_ID, "bob"));
    // the user id beside the signature is not signed: to change it changes nothing but what is told
    let renamed = changed(&signed(&alice), |envelope| envelope.signatures[0].userid = Some("bob".into()));
    assert_eq!(found(&renamed, &user(&alice, "alice")).0, wrong("bob", "alice"));
    assert_eq!(found(&renamed, &user(&alice, "bob")).0, Finding::BadSignature);
    let pair = ed25519(1);
    let named = changed(&signed(&pair), |envelope| envelope.signatures[0].userid = Some("bob".into()));
    let (finding, why) = found(&named, &Policy::any_of(&[pair.public()]));
    assert!(matches!(finding, Finding::WrongUserId { trusted: None, .. }) && why.contains("do not have"), "{why}");
}

#[test]
fn a_wrong_signature_and_a_wrong_payload_are_told() {
    for pair in [ed25519(1), sm2(1, None)] {
        let policy = Policy::any_of(&[pair.public()]);
        let text = signed(&pair);
        let other = signed(&ed25519(3));
        let payload = serde_json::from_str::<Envelope>(&other).unwrap().payload;
        let swapped = changed(&text, |envelope| envelope.payload = payload);
        assert_eq!(found(&swapped, &policy), (Finding::BadSignature, "its signature is wrong".into()));
        let broken = changed(&text, |envelope| envelope.signatures[0].sig.replace_range(0..2, "AA"));
        assert_eq!(found(&broken, &policy).0, Finding::BadSignature);
        let no_base64 = changed(&text, |envelope| envelope.signatures[0].sig = "!".into());
        assert_eq!(found(&no_base64, &policy).0, Finding::BadSignature);
        let empty = changed(&text, |envelope| envelope.signatures[0].sig.clear());
        assert_eq!(found(&empty, &policy).0, Finding::BadSignature);
        // a wrong signature is no help beside a right one either
        let approver = ed25519(4);
        let policy = Policy::any_of(&[pair.public(), approver.public()]);
        let approved = approve(&text, &approver).unwrap();
        let bent = changed(&approved, |envelope| envelope.signatures[1].sig.replace_range(0..2, "AA"));
        let judged = judged(&bent, &policy);
        assert_eq!((judged.signers, judged.wrong().len()), (1, 1), "{:?}", judged.wrong());
    }
}

#[test]
fn a_key_id_that_is_not_the_keys_is_told() {
    let (pair, other) = (ed25519(1), sm2(2, None));
    let [id, other_id] = [&pair, &other].map(|pair| pair.public().id().unwrap());
    for (policy, keyid) in [
        (Policy::any_of(&[pair.public(), other.public()]), other_id),
        (Policy::any_of(&[pair.public()]), "0".repeat(64)),
    ] {
        let text = changed(&signed(&pair), |envelope| envelope.signatures[0].keyid = keyid);
        let (finding, why) = found(&text, &policy);
        assert_eq!(finding, Finding::KeyIdMismatch { belongs_to: id.clone() });
        assert!(why.contains(&format!("is one of the key {}", short(&id))), "{why}");
    }
}

#[test]
fn any_changed_byte_is_found() {
    // SM2 is slow without optimization: fewer bytes
    for (approver, step) in [(ed25519(2), 1), (sm2(2, Some("alice")), 23)] {
        let producer = ed25519(1);
        let policy = Policy::new(vec![trusted(&producer), trusted(&approver)], 2).unwrap();
        let text = approve(&signed(&producer), &approver).unwrap();
        assert!(judged(&text, &policy).wrong().is_empty());
        let end = text.find("\",\"payloadType\"").unwrap();
        for place in (0..end).step_by(97 * step).chain((end..text.len()).step_by(step)) {
            let mut bytes = text.clone().into_bytes();
            bytes[place] ^= 1;
            let Ok(bent) = String::from_utf8(bytes) else { continue };
            let passes = judge(&bent, &policy, at("2026-07-01")).is_ok_and(|judged| judged.wrong().is_empty());
            assert!(!passes, "byte {place}");
        }
    }
}

#[test]
fn impossible_policies_are_refused() {
    let pair = ed25519(1);
    assert!(Policy::new(vec![], 1).is_err());
    assert!(Policy::new(vec![trusted(&pair)], 0).is_err());
    assert!(Policy::new(vec![trusted(&pair)], 2).is_err());
    assert!(Policy::new(vec![trusted(&pair), trusted(&pair)], 1).is_err());
    let alice = Trusted { key: sm2(1, None).public().of_user("alice"), ..trusted(&pair) };
    assert!(Policy::new(vec![trusted(&sm2(1, None)), alice], 1).is_err(), "one key of two users is one signer");
}

#[test]
fn foreign_text_is_printed_escaped() {
    let pair = sm2(1, Some("alice"));
    let text = changed(&signed(&pair), |envelope| {
        envelope.signatures[0].userid = Some("\u{1b}[2J\n".into());
        envelope.signatures[0].sig = "AA==".into();
    });
    let why = judged(&text, &Policy::any_of(&[pair.public()])).wrong().join("");
    assert!(!why.contains(char::is_control), "{why:?}");
}
