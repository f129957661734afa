//! Errors of a kernel on their way through Ballista, which knows texts only, to the driver.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

use crate::error::{Error, Place};

/// Before and after an error that is written down.
const MARKS: (&str, &str) = ("tuomin⟦", "⟧");

/// An error in a form that is written down.
#[derive(Serialize, Deserialize)]
enum Told {
    Input {
        message: String,
        place: Option<At>,
        help: Option<String>,
    },
    Environment {
        message: String,
        path: Option<PathBuf>,
        help: Option<String>,
    },
    Internal(String),
    /// No other attempt would end otherwise.
    ForGood(Box<Told>),
}

/// An error that came through.
#[derive(Debug)]
pub struct Fault {
    pub error: Error,
    /// Whether every other attempt would end with it too.
    pub for_good: bool,
}

#[derive(Serialize, Deserialize)]
struct At {
    path: Option<PathBuf>,
    row: Option<u64>,
    line: Option<u64>,
    column: Option<String>,
}

/// The text of an error; as every error of ours it quotes no cell.
pub fn told(error: &Error) -> String {
    marked(&written(error))
}

/// As [`told`], of an error that every other attempt would end with too.
pub fn told_for_good(error: &Error) -> String {
    marked(&Told::ForGood(Box::new(written(error))))
}

fn written(error: &Error) -> Told {
    match error {
        Error::Input { message, place, help } => Told::Input {
            message: message.clone(),
            place: place.clone().map(|Place { path, row, line, column }| At { path, row, line, column }),
            help: help.clone(),
        },
        Error::Environment { message, path, source, help } => {
            let why = source.as_ref().map_or_else(String::new, |source| format!(": {}", source.kind()));
            Told::Environment { message: format!("{message}{why}"), path: path.clone(), help: help.clone() }
        }
        other => Told::Internal(other.to_string()),
    }
}

fn marked(told: &Told) -> String {
    let json = serde_json::to_string(told).unwrap_or_default();
    // quotes in quotes would be escaped by whatever shows the text on the way
    format!("{}{}{}", MARKS.0, hex::encode(json), MARKS.1)
}

/// The error that a text of Ballista brings, if it brings one of ours. Other texts are not passed on.
pub fn read(text: &str) -> Option<Fault> {
    let (_, rest) = text.split_once(MARKS.0)?;
    let (json, _) = rest.split_once(MARKS.1)?;
    Some(match serde_json::from_slice(&hex::decode(json).ok()?).ok()? {
        Told::ForGood(told) => Fault { error: error(*told), for_good: true },
        // what is wrong with the input stays wrong
        told @ Told::Input { .. } => Fault { error: error(told), for_good: true },
        told => Fault { error: error(told), for_good: false },
    })
}

fn error(told: Told) -> Error {
    match told {
        Told::ForGood(told) => error(*told),
        Told::Input { message, place, help } => {
            let place = place.map(|At { path, row, line, column }| Place { path, row, line, column });
            Error::Input { message, place, help }
        }
        Told::Environment { message, path, help } => Error::Environment { message, path, source: None, help },
        Told::Internal(message) => Error::Internal(message.trim_start_matches("internal error: ").to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_comes_through_whatever_stands_around_it() {
        let place =
            Place { path: Some("a/b \"c\".csv".into()), row: Some(7), column: Some("年龄".into()), line: None };
        let error = Error::Input { message: "expected a number".into(), place: Some(place.clone()), help: None };
        let text = format!("Job x failed: Task failed: External({:?}) in stage 2", told(&error));
        match read(&text) {
            Some(Fault { error: Error::Input { message, place: Some(at), help: None }, for_good: true }) => {
                assert_eq!((message.as_str(), at), ("expected a number", place));
            }
            other => panic!("{other:?}"),
        }
        let full = Error::environment("/out", "could not write", std::io::ErrorKind::StorageFull.into());
        for (text, lasts) in [(told(&full), false), (told_for_good(&full), true)] {
            let Some(Fault { error: Error::Environment { message, .. }, for_good }) = read(&text) else {
                panic!("{text}")
            };
            assert!(message.contains("storage") && for_good == lasts, "{message}");
        }
        assert!(read("a text of somebody else").is_none() && read("tuomin⟦zz⟧").is_none());
    }
}
