use std::process::Command;

use super::*;
use crate::release::certificate::{example, open, sign};
use crate::release::keys::SigningPair;

const MODULES: [&str; 2] = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"];

#[test]
fn uris_are_read_strictly() {
    let read = |rest: &str| Uri::read(&format!("pkcs11:token=a%20b;object=k{rest}"));
    let uri = read("?module-path=/m.so&pin-source=file:/p").unwrap();
    assert_eq!((uri.token.as_str(), uri.object.as_str(), uri.module.as_str()), ("a b", "k", "/m.so"));
    assert_eq!(uri.pin_source.as_deref(), Some("/p"));
    for bad in
        ["", ";object=k?module-path=/m", "?module-path=/m&pin-value=1234", "?module-path=/m&x=1", "?module-path=%"]
    {
        let error = read(bad).unwrap_err();
        assert!(!error.contains("1234"), "{bad}");
    }
}

#[test]
fn a_key_in_softhsm_signs() {
    in_softhsm("release::hsm::tests::inside");
}

/// Runs an ignored test in a process of its own beside an empty token: SoftHSM reads where its tokens are from the
/// environment.
pub fn in_softhsm(test: &str) {
    let module = MODULES.into_iter().find(|module| Path::new(module).exists());
    let (Some(module), Ok(_)) = (module, Command::new("softhsm2-util").arg("--version").output()) else {
        assert!(std::env::var_os("TUOMIN_REQUIRE_SHARED").is_none(), "softhsm2 is required here");
        eprintln!("SKIPPED: softhsm2 is not installed");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let (tokens, settings) = (folder.path().join("tokens"), folder.path().join("softhsm2.conf"));
    std::fs::create_dir(&tokens).unwrap();
    std::fs::write(&settings, format!("directories.tokendir = {}\n", tokens.display())).unwrap();
    let init = ["--init-token", "--free", "--label", "tuomin test", "--pin", "271828", "--so-pin", "314159"];
    let made = Command::new("softhsm2-util").args(init).env("SOFTHSM2_CONF", &settings).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let inner = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--ignored", "--nocapture"])
        .env("SOFTHSM2_CONF", &settings)
        .env(PIN, "271828")
        .env("TUOMIN_TEST_MODULE", module)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&inner.stdout) + String::from_utf8_lossy(&inner.stderr);
    assert!(inner.status.success() && said.contains("1 passed"), "{said}");
}

/// Makes a key pair in the token of [`in_softhsm`]; gives its URI.
pub fn made() -> String {
    let module = std::env::var("TUOMIN_TEST_MODULE").unwrap();
    let pkcs11 = Pkcs11::new(&module).unwrap();
    pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).unwrap();
    let slot = pkcs11.get_slots_with_initialized_token().unwrap()[0];
    let session = pkcs11.open_rw_session(slot).unwrap();
    session.login(UserType::User, Some(&AuthPin::new("271828".into()))).unwrap();
    let label = Attribute::Label(b"certificate".to_vec());
    // the name `edwards25519` as a printable string, which is how SoftHSM knows the curve
    let curve = Attribute::EcParams(b"\x13\x0cedwards25519".to_vec());
    let public = [Attribute::Token(true), Attribute::Private(false), Attribute::Verify(true), curve, label.clone()];
    let private = [Attribute::Token(true), Attribute::Sign(true), Attribute::Extractable(false), label];
    session.generate_key_pair(&Mechanism::EccEdwardsKeyPairGen, &public, &private).unwrap();
    format!("pkcs11:token=tuomin%20test;object=certificate?module-path={module}")
}

#[test]
#[ignore = "started by a_key_in_softhsm_signs"]
fn inside() {
    let uri = made();
    let pair = keystore::signing_from(&uri).unwrap();
    let public = pair.public();
    let text = sign(&example(&public.id().unwrap()), &pair).unwrap();
    assert!(open(&text, std::slice::from_ref(&public)).is_ok());
    assert!(!public.verifies(b"massage", &pair.sign(b"message").unwrap()));
    assert!(pair.to_pem().is_err(), "it stays in the device");
    assert_eq!(format!("{pair:?}"), "SigningPair(..)");
    assert_eq!(PublicKey::from_pem(&public.to_pem().unwrap()).unwrap(), public);
    drop(pair);
    let pin = tempfile::tempdir().unwrap().keep().join("pin");
    let with_pin = |text: &str| {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::write(&pin, text).unwrap();
        std::fs::set_permissions(&pin, std::fs::Permissions::from_mode(0o600)).unwrap();
        SigningPair::in_device(Device::open(&format!("{uri}&pin-source=file:{}", pin.display()))?).sign(b"m")
    };
    assert!(with_pin("271828\n").is_ok());
    let error = with_pin("99887766").unwrap_err();
    assert!(error.to_string().contains("does not accept the PIN") && !format!("{error:?}").contains("99887766"));
    std::fs::remove_dir_all(pin.parent().unwrap()).unwrap();
    let error = Device::open(&uri.replace("certificate", "other")).err().unwrap();
    assert!(error.to_string().contains("not exactly one key pair"), "{error}");
    let error = Device::open(&uri.replace("test", "other")).err().unwrap();
    assert!(error.to_string().contains("no such token"), "{error}");
}
