//! What can be wrong with a step, and of which step it was said.

use arrow::datatypes::Schema;

use crate::error::{Error, Result};
use crate::spec::prepare::Step;

/// The place of a column, or an error that helps with the nearest name.
pub(super) fn find(schema: &Schema, name: &str) -> Result<usize> {
    schema.index_of(name).map_err(|_| {
        let names = schema.fields().iter().map(|field| field.name());
        let near = names.max_by(|a, b| strsim::jaro(a, name).total_cmp(&strsim::jaro(b, name)));
        let near = near.filter(|near| strsim::jaro(near, name) > 0.6);
        Error::Input {
            message: format!("column `{name}` is not there"),
            place: None,
            help: near.map(|near| format!("there is a column `{near}`")),
        }
    })
}

/// Refuses a second column with a name.
pub(super) fn is_new(schema: &Schema, name: &str) -> Result<()> {
    match schema.index_of(name) {
        Ok(_) => {
            Err(wrong(format!("there is a column `{name}` already"), "choose another name, or rename the first one"))
        }
        Err(_) => Ok(()),
    }
}

pub(super) fn wrong(message: impl Into<String>, help: &str) -> Error {
    Error::Input { message: message.into(), place: None, help: Some(help.to_owned()) }
}

pub(super) fn internal(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("a step of the preparation failed: {error}"))
}

/// Says of an error which step it was.
pub(super) fn in_step(error: Error, at: usize, step: &Step) -> Error {
    in_place(error, at, step.name())
}

pub(super) fn in_place(error: Error, at: usize, step: &str) -> Error {
    match error {
        Error::Input { message, place, help } => {
            Error::Input { message: format!("step {} (`{step}`): {message}", at + 1), place, help }
        }
        other => other,
    }
}
