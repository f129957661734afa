//! Signing keys that stay in a device: Ed25519 over PKCS#11, feature `hsm`.

use std::path::Path;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error as DeviceError, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;

use super::keys::PublicKey;
use super::keystore;
use crate::error::{Error, Result};
use crate::secret::Secret;

/// The environment variable with the PIN, where the URI names no file.
const PIN: &str = "TUOMIN_PKCS11_PIN";

/// An open session with a device and the key in it; closed when dropped.
pub struct Device {
    session: Session,
    key: ObjectHandle,
    public: PublicKey,
    // ends after the session
    _module: Pkcs11,
}

/// Never what the device or the URI say: both may hold a PIN.
fn failed(message: &str) -> Error {
    Error::Environment {
        message: format!("the device with the signing key: {message}"),
        path: None,
        source: None,
        help: Some(format!("`pkcs11:token=TOKEN;object=LABEL?module-path=PATH`, with the PIN in `{PIN}`")),
    }
}

impl Device {
    /// Opens the key that a PKCS#11 URI names: RFC 7512 with `token`, `object`, `module-path` and `pin-source`.
    ///
    /// # Errors
    /// [`Error::Environment`], which quotes neither URI nor PIN.
    pub fn open(uri: &str) -> Result<Self> {
        let named = Uri::read(uri).map_err(|what| failed(&what))?;
        let pin = match &named.pin_source {
            Some(path) => keystore::read_private(Path::new(path))?,
            None => Secret::new(std::env::var(PIN).map_err(|_| failed(&format!("`{PIN}` is not set")))?),
        };
        let module = Pkcs11::new(&named.module).map_err(|_| failed("its module cannot be loaded"))?;
        match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            Ok(()) | Err(DeviceError::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
            Err(_) => return Err(failed("its module cannot be started")),
        }
        let slots = module.get_slots_with_initialized_token().map_err(|_| failed("it tells no tokens"))?;
        let is = |info: cryptoki::slot::TokenInfo| info.label().trim_end() == named.token;
        let slot = slots.into_iter().find(|slot| module.get_token_info(*slot).is_ok_and(is));
        let slot = slot.ok_or_else(|| failed("there is no such token"))?;
        let session = module.open_ro_session(slot).map_err(|_| failed("it opens no session"))?;
        let pin = AuthPin::new(pin.expose().trim_end_matches(['\n', '\r']).to_owned().into_boxed_str());
        session.login(UserType::User, Some(&pin)).map_err(|_| failed("it does not accept the PIN"))?;
        let find = |class: ObjectClass| {
            let template = [Attribute::Class(class), Attribute::Label(named.object.clone().into_bytes())];
            match session.find_objects(&template).as_deref() {
                Ok([object]) => Ok(*object),
                _ => Err(failed("it has not exactly one key pair with this label")),
            }
        };
        let (key, public) = (find(ObjectClass::PRIVATE_KEY)?, find(ObjectClass::PUBLIC_KEY)?);
        let public = match session.get_attributes(public, &[AttributeType::EcPoint]).as_deref() {
            Ok([Attribute::EcPoint(point)]) => ed25519(point),
            _ => None,
        };
        let public = public.ok_or_else(|| failed("its key is no Ed25519 key"))?;
        Ok(Self { session, key, public, _module: module })
    }

    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs, and checks what the device gave.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let mechanism = Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Ed25519));
        let signature = self.session.sign(&mechanism, self.key, message).map_err(|_| failed("it does not sign"))?;
        match self.public.verifies(message, &signature) {
            true => Ok(signature),
            false => Err(failed("its signature is wrong")),
        }
    }
}

/// The point as an octet string, or, from some devices, as it is.
fn ed25519(point: &[u8]) -> Option<PublicKey> {
    let bytes = point.strip_prefix(&[0x04, 0x20]).filter(|rest| rest.len() == 32).unwrap_or(point);
    PublicKey::from_ed25519(bytes.try_into().ok()?)
}

/// What a PKCS#11 URI names.
#[derive(Debug, PartialEq, Eq)]
struct Uri {
    token: String,
    object: String,
    module: String,
    pin_source: Option<String>,
}

impl Uri {
    fn read(uri: &str) -> Result<Self, String> {
        let rest = uri.strip_prefix("pkcs11:").ok_or("this is no PKCS#11 URI")?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (mut token, mut object, mut module, mut pin_source) = (None, None, None, None);
        for part in path.split(';').chain(query.split('&')).filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or("a part of its URI has no `=`")?;
            let value = decoded(value).ok_or("its URI is wrongly encoded")?;
            let place = match name {
                "token" => &mut token,
                "object" => &mut object,
                "module-path" => &mut module,
                "pin-source" => &mut pin_source,
                "type" if value == "private" => continue,
                "pin-value" => return Err("a PIN must not stand in a URI".into()),
                _ => return Err("its URI has a part that is not understood".into()),
            };
            if place.replace(value).is_some() {
                return Err(format!("`{name}` stands twice in its URI"));
            }
        }
        let missing = |name: &str| format!("`{name}` is missing in its URI");
        let pin_source = pin_source.map(|source| source.strip_prefix("file:").map_or(source.clone(), str::to_owned));
        Ok(Self {
            token: token.ok_or_else(|| missing("token"))?,
            object: object.ok_or_else(|| missing("object"))?,
            module: module.ok_or_else(|| missing("module-path"))?,
            pin_source,
        })
    }
}

/// Percent-decodes.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (digits, after) = rest.split_first_chunk::<2>()?;
        bytes.extend(hex::decode(digits).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
pub mod tests;
