//! Keys on disk and in the environment: who may read them, and the local pair made on first use.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rand::CryptoRng;
use zeroize::Zeroize;

use super::encryption::RecipientKey;
use super::keys::{PublicKey, SigningPair};
use super::policy::{Revocation, Trusted, revocations};
use super::staging::owners_only;
use crate::error::{Error, Result};
use crate::secret::Secret;

fn environment(path: &Path, message: &str, source: Option<std::io::Error>, help: Option<&str>) -> Error {
    Error::Environment { message: message.into(), path: Some(path.into()), source, help: help.map(str::to_owned) }
}

/// Reads a secret file that nobody but its owner can read.
pub(super) fn read_private(path: &Path) -> Result<Secret<String>> {
    let metadata = fs::metadata(path).map_err(|e| environment(path, "could not read the key", Some(e), None))?;
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(environment(
            path,
            "the key can be read by others",
            None,
            Some("take the rights away: `chmod 600`"),
        ));
    }
    let text = fs::read_to_string(path).map_err(|e| environment(path, "could not read the key", Some(e), None))?;
    Ok(Secret::new(text))
}

fn from_env(name: &str) -> Result<Secret<String>> {
    std::env::var(name).map(Secret::new).map_err(|_| Error::Environment {
        message: format!("the environment variable `{name}` with the key is not set"),
        path: None,
        source: None,
        help: None,
    })
}

/// 64 hex digits.
fn secret_of(text: &Secret<String>) -> Result<Secret<[u8; 32]>> {
    let mut bytes = [0; 32];
    let read = hex::decode_to_slice(text.expose().trim(), &mut bytes);
    let key = Secret::new(bytes);
    bytes.zeroize();
    read.map(|()| key).map_err(|_| Error::Environment {
        message: "the key is not 64 hex digits".into(),
        path: None,
        source: None,
        help: Some("`openssl rand -hex 32` makes one".into()),
    })
}

/// The key of tokens or of a recipient in an environment variable, 64 hex digits.
pub fn secret_from_env(name: &str) -> Result<Secret<[u8; 32]>> {
    secret_of(&from_env(name)?)
}

/// The key of tokens or of a recipient in a file that only its owner can read, 64 hex digits.
pub fn secret_from_file(path: &Path) -> Result<Secret<[u8; 32]>> {
    secret_of(&read_private(path)?)
}

/// The recipient's key that a reference names: `env:NAME`, `file:PATH` or the path of a file.
pub fn recipient_from(reference: &str) -> Result<RecipientKey> {
    let key = match reference.split_once(':') {
        Some(("env", name)) => secret_from_env(name)?,
        Some(("file", path)) => secret_from_file(Path::new(path))?,
        _ => secret_from_file(Path::new(reference))?,
    };
    Ok(RecipientKey::new("", key))
}

pub fn signing_from_env(name: &str) -> Result<SigningPair> {
    SigningPair::from_pem(from_env(name)?.expose())
}

pub fn signing_from_file(path: &Path) -> Result<SigningPair> {
    SigningPair::from_pem(read_private(path)?.expose())
}

/// The pair that a reference names: `env:NAME`, `file:PATH`, `pkcs11:…` (feature `hsm`), or the path of a file.
///
/// # Errors
/// [`Error::Environment`] where there is no such key, [`Error::Usage`] for a device without the feature.
pub fn signing_from(reference: &str) -> Result<SigningPair> {
    match reference.split_once(':') {
        Some(("env", name)) => signing_from_env(name),
        Some(("file", path)) => signing_from_file(Path::new(path)),
        #[cfg(feature = "hsm")]
        Some(("pkcs11", _)) => super::hsm::Device::open(reference).map(SigningPair::in_device),
        #[cfg(not(feature = "hsm"))]
        Some(("pkcs11", _)) => Err(Error::Usage {
            message: "this program was built without keys in devices".into(),
            help: Some("build it with `--features hsm`".into()),
        }),
        _ => signing_from_file(Path::new(reference)),
    }
}

/// A trusted key with the dates that stand above it.
pub fn trusted_from_file(path: &Path) -> Result<Trusted> {
    let text =
        fs::read_to_string(path).map_err(|e| environment(path, "could not read the public key", Some(e), None))?;
    PublicKey::with_heading(&text).map(|(key, heading)| Trusted::new(key, &heading))
}

/// A list of revoked keys.
pub fn revoked_from_file(path: &Path) -> Result<Vec<Revocation>> {
    let text =
        fs::read_to_string(path).map_err(|e| environment(path, "could not read the revoked keys", Some(e), None))?;
    revocations(&text).map_err(|what| environment(path, &what, None, None))
}

pub fn public_from_file(path: &Path) -> Result<PublicKey> {
    let text =
        fs::read_to_string(path).map_err(|e| environment(path, "could not read the public key", Some(e), None))?;
    PublicKey::from_pem(&text)
}

/// Writes `private` (0600) and `public`; neither may be there already.
pub fn write_pair(pair: &SigningPair, private: &Path, public: &Path) -> Result<()> {
    let create = |path: &Path, mode: u32, text: &str| {
        let file = OpenOptions::new().create_new(true).write(true).mode(mode).open(path);
        file.and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
            .map_err(|e| environment(path, "could not write the key", Some(e), None))
    };
    create(private, 0o600, pair.to_pem()?.expose())?;
    create(public, 0o644, &pair.public().to_pem()?)
}

/// The local pair under the user's configuration folder, made on first use.
pub fn local_pair(config: &Path, rng: &mut impl CryptoRng) -> Result<SigningPair> {
    let folder = config.join("keys");
    let private = folder.join("local.pem");
    if !private.exists() {
        owners_only()
            .recursive(true)
            .create(&folder)
            .map_err(|e| environment(&folder, "could not make the folder for keys", Some(e), None))?;
        // written aside and linked: of two first runs one wins, and none is seen half written
        let aside = folder.join(format!(".local-{}", std::process::id()));
        let aside_public = folder.join(format!(".local-{}.pub", std::process::id()));
        let _ = (fs::remove_file(&aside), fs::remove_file(&aside_public));
        write_pair(&SigningPair::generate(rng), &aside, &aside_public)?;
        let won = fs::hard_link(&aside, &private).is_ok();
        let _ = (fs::remove_file(&aside), fs::remove_file(&aside_public));
        if !won && !private.exists() {
            return Err(environment(&private, "could not write the key", None, None));
        }
    }
    signing_from_file(&private)
}

/// The public half of the local pair, if there is one.
pub fn trusted(config: &Path) -> Result<Vec<PublicKey>> {
    let private = config.join("keys/local.pem");
    match private.exists() {
        true => Ok(vec![signing_from_file(&private)?.public()]),
        false => Ok(Vec::new()),
    }
}

/// The user's configuration folder: `TUOMIN_CONFIG`, else `XDG_CONFIG_HOME/tuomin`, else `~/.config/tuomin`.
pub fn config_folder() -> Result<PathBuf> {
    let var = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let default = || var("XDG_CONFIG_HOME").or_else(|| var("HOME").map(|home| home.join(".config")));
    var("TUOMIN_CONFIG").or_else(|| default().map(|folder| folder.join("tuomin"))).ok_or_else(|| Error::Environment {
        message: "there is no configuration folder to keep a local key in".into(),
        path: None,
        source: None,
        help: Some("set HOME, or name a signing key in the pipeline".into()),
    })
}
