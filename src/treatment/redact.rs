//! [`Redact`]: identifiers in free text become what they are, in brackets.

use std::fmt;

use arrow::array::{Array, ArrayRef};

use super::text::{TextColumn, each_text};
use crate::detect::Detector;
use crate::error::Result;

/// Replaces each identifier that the detectors find in a text by its kind: `致电 13800138000` becomes
/// `致电 [mobile]`.
///
/// What no detector knows stays: redacted text is never anonymized.
#[derive(Debug, Clone, Default)]
pub struct Redact(Detector);

impl Redact {
    pub fn new() -> Self {
        Self(Detector::new())
    }

    /// Redacts each cell; nulls stay null.
    pub(super) fn apply(&self, cells: &ArrayRef) -> Result<ArrayRef> {
        let mut column = TextColumn::with_capacity(cells.len(), cells.len().saturating_mul(32));
        each_text(cells, |_, cell| {
            if let Some(text) = cell {
                redact(&self.0, text, column.bytes());
            }
            column.end_cell()
        })?;
        column.finish(cells.nulls())
    }
}

/// Writes the text with what the detectors find in it redacted.
pub fn redact(detector: &Detector, text: &str, bytes: &mut Vec<u8>) {
    let mut copied = 0;
    for found in detector.find(text) {
        bytes.extend_from_slice(&text.as_bytes()[copied..found.start.max(copied)]);
        bytes.push(b'[');
        bytes.extend_from_slice(found.kind.word().as_bytes());
        bytes.push(b']');
        copied = found.end.max(copied);
    }
    bytes.extend_from_slice(&text.as_bytes()[copied..]);
}

impl Redact {
    /// What it does, in Chinese.
    pub(super) fn zh(&self) -> String {
        "删去文本中发现的标识符".into()
    }
}

impl fmt::Display for Redact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("found identifiers redacted")
    }
}
