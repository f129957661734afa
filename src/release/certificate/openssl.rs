//! What `openssl` says of our keys and signatures, we of its, and both of the example in `docs/certificate.md`.

use std::fs;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::SeedableRng;
use rand::rngs::ChaCha20Rng;

use super::tests::example;
use super::{PAYLOAD_TYPE, approve, pae, parse, sign};
use crate::release::keys::{PublicKey, SigningPair};

/// Whether the shell finds `openssl` 3; where it must be there, its absence fails the test.
fn there() -> bool {
    let found = Command::new("openssl").arg("version").output();
    if found.is_ok_and(|found| String::from_utf8_lossy(&found.stdout).starts_with("OpenSSL 3")) {
        return true;
    }
    assert!(std::env::var_os("TUOMIN_REQUIRE_SHARED").is_none(), "openssl 3 is required here");
    eprintln!("SKIPPED: openssl 3 is not installed");
    false
}

/// Runs a script and gives its stdout, or what it said where it failed.
fn shell(folder: &Path, script: &str) -> Result<String, String> {
    let run = Command::new("sh").args(["-euc", script]).current_dir(folder).env("LC_ALL", "C").output().unwrap();
    let out = String::from_utf8_lossy(&run.stdout).into_owned();
    if run.status.success() { Ok(out) } else { Err(out + &String::from_utf8_lossy(&run.stderr)) }
}

fn pairs() -> [SigningPair; 3] {
    let rng = |seed| ChaCha20Rng::from_seed([seed; 32]);
    [
        SigningPair::generate(&mut rng(1)),
        SigningPair::generate_sm2(&mut rng(2), None).unwrap(),
        SigningPair::generate_sm2(&mut rng(3), Some("auditor@example.org")).unwrap(),
    ]
}

#[test]
fn openssl_verifies_what_we_sign() {
    if !there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for pair in pairs() {
        let public = pair.public();
        let text = sign(&example(&public.id().unwrap()), &pair).unwrap();
        let (envelope, payload) = parse(&text).unwrap();
        let put = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
        put("pae", &pae(PAYLOAD_TYPE, &payload));
        put("sig", &STANDARD.decode(&envelope.signatures[0].sig).unwrap());
        put("pub.pem", public.to_pem().unwrap().as_bytes());
        put("key.pem", pair.to_pem().unwrap().expose().as_bytes());
        let ways: Vec<String> = match public.user_id() {
            None => vec!["openssl pkeyutl -verify -pubin -inkey pub.pem -rawin -in pae -sigfile sig".into()],
            Some(user) => vec![
                format!("openssl dgst -sm3 -verify pub.pem -sigopt distid:{user} -signature sig pae"),
                format!(
                    "openssl pkeyutl -verify -pubin -inkey pub.pem -rawin -digest sm3 -pkeyopt distid:{user} \
                     -in pae -sigfile sig"
                ),
            ],
        };
        for way in &ways {
            shell(folder.path(), way).unwrap();
            put("bent", &[&pae(PAYLOAD_TYPE, &payload)[..], b" "].concat());
            assert!(shell(folder.path(), &way.replace("pae", "bent")).is_err(), "openssl checks nothing: {way}");
            assert!(!way.contains("distid") || shell(folder.path(), &way.replace("distid:", "distid:x")).is_err());
        }
        // the private key is one to openssl too, and has the same public half and id
        let id = shell(folder.path(), "openssl pkey -pubin -in pub.pem -outform DER | sha256sum").unwrap();
        assert_eq!(id.split(' ').next(), Some(public.id().unwrap().as_str()));
        let id = shell(folder.path(), "openssl pkey -in key.pem -pubout -outform DER | sha256sum").unwrap();
        assert_eq!(id.split(' ').next(), Some(public.id().unwrap().as_str()));
    }
}

#[test]
fn we_verify_what_openssl_signs() {
    if !there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    let text = |name: &str| String::from_utf8(read(name)).unwrap();
    fs::write(folder.path().join("m"), b"message").unwrap();
    for (make, sign, user) in [
        ("openssl genpkey -algorithm ED25519 -out k", "openssl pkeyutl -sign -inkey k -rawin -in m -out s", None),
        (
            "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2 -out k",
            "openssl dgst -sm3 -sign k -sigopt distid:1234567812345678 -out s m",
            None,
        ),
        (
            "openssl ecparam -name SM2 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out k",
            "openssl pkeyutl -sign -inkey k -rawin -digest sm3 -pkeyopt distid:alice -in m -out s",
            Some("alice"),
        ),
    ] {
        shell(folder.path(), make).unwrap();
        shell(folder.path(), "openssl pkey -in k -pubout -out p").unwrap();
        // signatures of SM2 have several lengths
        for _ in 0..8 {
            shell(folder.path(), sign).unwrap();
            let heading = user.map(|user| format!("user-id: {user}\n")).unwrap_or_default();
            let public = PublicKey::from_pem(&(heading.clone() + &text("p"))).unwrap();
            assert!(public.verifies(b"message", &read("s")), "{make}");
            assert!(!public.verifies(b"massage", &read("s")), "{make}");
            let pair = SigningPair::from_pem(&(heading + &text("k"))).unwrap();
            assert_eq!(pair.public(), public);
            assert!(public.verifies(b"other", &pair.sign(b"other").unwrap()));
        }
    }
}

/// The commands of `docs/certificate.md` print what stands under them, and its files are what we write.
///
/// With `TUOMIN_WRITE_EXAMPLE` set the files are written anew; what they print must then be copied to the document.
#[test]
fn the_example_in_the_docs_is_true() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let [producer, _, approver] = pairs();
    let signed = sign(&example(&producer.public().id().unwrap()), &producer).unwrap();
    let files = [
        ("certificate.json", approve(&signed, &approver).unwrap()),
        ("producer.pub.pem", producer.public().to_pem().unwrap()),
        ("approver.pub.pem", approver.public().to_pem().unwrap()),
        ("report.txt", "an example of a report\n".into()),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in &files {
        let kept = docs.join("example").join(name);
        if std::env::var_os("TUOMIN_WRITE_EXAMPLE").is_some() {
            fs::write(&kept, text).unwrap();
        }
        assert_eq!(fs::read_to_string(&kept).unwrap(), *text, "docs/example/{name}");
        fs::write(folder.path().join(name), text).unwrap();
    }
    if !there() {
        return;
    }
    let text = fs::read_to_string(docs.join("certificate.md")).unwrap();
    let mut blocks = text.split("```").skip(1).step_by(2).peekable();
    let mut ran = 0;
    while let Some(block) = blocks.next() {
        let Some(script) = block.strip_prefix("sh\n") else { continue };
        let shown = blocks.next_if(|next| next.starts_with("text\n")).and_then(|next| next.strip_prefix("text\n"));
        let out = shell(folder.path(), script).unwrap_or_else(|said| panic!("{script}{said}"));
        assert_eq!(out, shown.unwrap_or_default(), "{script}");
        ran += 1;
    }
    assert!(ran >= 6, "only {ran} commands stand in the document");
}
