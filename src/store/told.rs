//! What went wrong with a store, in our words: its own text may hold the address, names of keys and what the server wrote.

use object_store::ObjectMeta;

use crate::error::{Error, Place};

pub(super) const LATER: &str =
    "run it again when the store is steady, or raise `timeout_seconds`: nothing was published";

pub(super) fn environment(message: &str, help: &str) -> Error {
    Error::surroundings(None, message).with_help(help)
}

pub(super) fn cut() -> Error {
    environment("the store's answer ended before the object did", LATER)
}

/// Says of which object it is; keys of objects are paths, not cells.
pub fn at(error: Error, object: &ObjectMeta) -> Error {
    let key = std::path::PathBuf::from(object.location.as_ref());
    match error {
        Error::Environment { message, source, help, .. } => {
            Error::Environment { message, path: Some(key), source, help }
        }
        Error::Input { message, place, help } => {
            let place = Place { path: Some(key), ..place.unwrap_or_default() };
            Error::Input { message, place: Some(place), help }
        }
        other => other,
    }
}

/// The store's error in our words.
pub(super) fn told(error: &object_store::Error, seconds: u64) -> Error {
    use object_store::Error as Theirs;
    match error {
        Theirs::NotFound { .. } => {
            Error::input("the object or the bucket is not in the store").with_help("check `path`, bucket and prefix")
        }
        Theirs::PermissionDenied { .. } => told_forbidden(),
        Theirs::Unauthenticated { .. } => {
            environment("the store wants keys (401)", "give `access_key` and `secret_key` by `env:NAME` or `file:PATH`")
        }
        Theirs::Precondition { .. } => {
            environment("an object was changed while it was read", "run it again: nothing was published")
        }
        other => by_text(&chain(other), seconds),
    }
}

fn told_forbidden() -> Error {
    environment(
        "the store refused the keys (403)",
        "check `access_key`, `secret_key` and `region`, and that the keys may list and read the bucket, and write to it where a release goes there",
    )
}

/// All messages of an error and its causes: only looked at, never shown.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push('\n');
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text.to_lowercase()
}

fn by_text(text: &str, seconds: u64) -> Error {
    let status = text.split("status code: ").nth(1).and_then(|rest| rest.get(..3)?.parse::<u16>().ok());
    match status {
        Some(403) => told_forbidden(),
        Some(404) => {
            Error::input("the object or the bucket is not in the store").with_help("check `path`, bucket and prefix")
        }
        Some(code @ 500..=599) => environment(
            &format!("the store failed (HTTP {code}), also when asked again"),
            "run it again when the store is steady: nothing was published",
        ),
        Some(code) => environment(
            &format!("the store refused the request (HTTP {code})"),
            "check `endpoint`, `region` and `path`",
        ),
        // marks have spaces, which no address in the text has
        None if text.contains("timed out") => {
            environment(&format!("the store did not answer within {seconds} seconds"), LATER)
        }
        // one object of those that were to be removed
        None if text.contains("(code: accessdenied)") => told_forbidden(),
        None if text.contains("response body") => cut(),
        None if text.contains("error sending request") || text.contains("client error (connect)") => environment(
            "could not reach the store",
            "check `endpoint`, and that its certificate is one that this machine believes",
        ),
        None if text.contains("connection closed") => cut(),
        None => environment("the store answered in a way that is not understood", "check `endpoint`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_that_may_not_be_removed_are_told_as_a_refusal() {
        let text = "deleteobjects request failed for key a: denied (code: accessdenied)";
        assert_eq!(by_text(text, 3).to_string(), "the store refused the keys (403)");
        assert!(by_text("(code: internalerror)", 3).to_string().contains("not understood"));
    }
}
