//! Findings while a document is read part by part.

use std::ops::Range;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::document::Document;
use super::structure::differences;
use crate::error::Diagnostic;

/// A document held against its schema, and what was found in it so far.
pub(super) struct Check<'t> {
    document: Document<'t>,
    /// Paths at which the structure is wrong: nothing above or below them is read.
    broken: Vec<Vec<String>>,
    found: Vec<Diagnostic>,
}

impl<'t> Check<'t> {
    /// Parses a text and compares its structure; fails where the text is not TOML.
    pub fn new(text: &'t str, schema: &Value) -> Result<Self, Vec<Diagnostic>> {
        let (document, mut found) = Document::parse(text).map_err(in_order)?;
        let mut broken = Vec::new();
        for difference in differences(schema, document.root()) {
            broken.push(difference.path);
            found.push(difference.diagnostic);
        }
        Ok(Self { document, broken, found })
    }

    /// Reads one part; `None` where there is none, or where its structure is wrong.
    pub fn part<T: DeserializeOwned>(&mut self, path: &[&str]) -> Option<T> {
        let touches = |broken: &Vec<String>| {
            let shared = broken.len().min(path.len());
            let same = broken.iter().zip(path).take(shared).all(|(broken, step)| broken == step);
            // an unknown or missing key breaks its table as a whole, not the other keys in it
            same && (broken.len() >= path.len())
        };
        if self.broken.iter().any(touches) {
            return None;
        }
        match self.document.read(path)? {
            Ok(part) => Some(part),
            Err(found) => {
                // values below a broken place were already told
                if !self.broken.iter().any(|broken| path.iter().zip(broken).all(|(step, broken)| step == broken)) {
                    self.found.push(found);
                }
                None
            }
        }
    }

    /// The place of a value, or of the nearest key above it.
    pub fn at(&self, path: &[&str]) -> Range<usize> {
        self.document.span(path)
    }

    /// The place of a key, or of the nearest key above it.
    pub fn at_key(&self, path: &[&str]) -> Range<usize> {
        self.document.key_span(path)
    }

    pub fn has(&self, path: &[&str]) -> bool {
        self.document.value(path).is_some()
    }

    /// The keys of a table in the order of the text.
    pub fn keys(&self, path: &[&str]) -> Vec<String> {
        self.document.keys(path)
    }

    pub fn add(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.found.push(Diagnostic::new(span, message));
    }

    pub fn add_help(&mut self, span: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        self.found.push(Diagnostic::new(span, message).with_help(help));
    }

    /// A finding whose place holds a secret: it is not shown.
    pub fn add_secret(&mut self, span: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        self.found.push(Diagnostic { secret: true, ..Diagnostic::new(span, message).with_help(help) });
    }

    /// Gives what was built if nothing was found, otherwise all findings in the order of their places.
    pub fn finish<T>(self, built: Option<T>) -> Result<T, Vec<Diagnostic>> {
        match built {
            Some(built) if self.found.is_empty() => Ok(built),
            _ if self.found.is_empty() => Err(vec![Diagnostic::new(0..0, "this file cannot be read")]),
            _ => Err(in_order(self.found)),
        }
    }
}

fn in_order(mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    found.sort_by_key(|found| (found.span.start, found.span.end));
    found.dedup();
    found
}
