//! Where keys come from. A key itself in the file is refused, and no finding shows it.

use std::path::PathBuf;

use crate::spec::findings::Check;
use crate::spec::pipeline::KeyRef;
use crate::spec::words::{nearest, quoted};

/// Where a signing key may be.
const SIGNING_WAYS: &str = "say `env:NAME`, `file:PATH` or `pkcs11:…`";
const WAYS: &str = "say `ephemeral`, `env:NAME` or `file:PATH`";
const KEPT_WAYS: &str = "say `env:NAME` or `file:PATH`";

/// Reads where the key of tokens comes from.
pub(super) fn token(check: &mut Check, path: &[&str], text: &str) -> Option<KeyRef> {
    if text == "ephemeral" {
        return Some(KeyRef::Ephemeral);
    }
    kept(check, path, text, WAYS)
}

/// Reads where the signing key comes from; one that dies with the release could not be checked later.
pub(super) fn signing(check: &mut Check, path: &[&str], text: &str) -> Option<KeyRef> {
    if text == "ephemeral" {
        let help = "leave it out for a local key, or say `env:NAME` or `file:PATH`";
        check.add_help(check.at(path), "a signing key must outlive the release", help);
        return None;
    }
    if text.starts_with("pkcs11:") {
        if text.contains("pin-value") {
            let help = "give the PIN by `pin-source` or in the environment";
            check.add_secret(check.at(path), "a PIN must not stand in a pipeline file", help);
            return None;
        }
        return Some(KeyRef::Device(text.to_owned()));
    }
    kept(check, path, text, SIGNING_WAYS)
}

/// Reads where the key comes from that a recipient has too: one that dies with the release opens nothing.
pub(super) fn recipient(check: &mut Check, path: &[&str], text: &str) -> Option<KeyRef> {
    if text == "ephemeral" {
        check.add_help(check.at(path), "the recipient must have this key", KEPT_WAYS);
        return None;
    }
    kept(check, path, text, KEPT_WAYS)
}

fn kept(check: &mut Check, path: &[&str], text: &str, ways: &str) -> Option<KeyRef> {
    if let Some(name) = text.strip_prefix("env:") {
        let letters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if letters && name.bytes().next().is_some_and(|first| !first.is_ascii_digit()) {
            return Some(KeyRef::Env(name.to_owned()));
        }
        let help = "names have letters, digits and `_`, and do not start with a digit";
        check.add_help(check.at(path), "this is not the name of an environment variable", help);
        return None;
    }
    if let Some(file) = text.strip_prefix("file:") {
        if !file.trim().is_empty() {
            return Some(KeyRef::File(PathBuf::from(file)));
        }
        check.add_help(check.at(path), "the path of the key file is missing", ways);
        return None;
    }
    if text.len() >= 16 {
        // it may be a key
        let help = "take it out, make a new key, and say `env:NAME` or `file:PATH`";
        check.add_secret(check.at(path), "a key must not stand in a pipeline file", help);
        return None;
    }
    let help = match nearest(text, ["ephemeral"]) {
        Some(word) if ways == WAYS => format!("did you mean {}?", quoted(word)),
        _ => ways.to_owned(),
    };
    check.add_help(check.at(path), format!("{} does not tell where the key comes from", quoted(text)), help);
    None
}
