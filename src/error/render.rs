//! Errors as people read them, and as exit codes.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use super::{Error, Place, Refusal};

impl Error {
    /// Returns the exit code of the program, by who can act (design: verbs and exit codes).
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Internal(_) => 1,
            Error::Pipeline(_) | Error::Usage { .. } => 2,
            Error::Refused(_) => 3,
            Error::Input { .. } => 4,
            Error::Environment { .. } => 5,
            Error::Verification(_) => 6,
        }
    }

    /// A promise of our own code was broken.
    pub fn internal(message: impl Into<String>) -> Self {
        Error::Internal(message.into())
    }

    /// The command line is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Error::Usage { message: message.into(), help: None }
    }

    /// The input data are wrong; say where with [`Error::at`].
    pub fn input(message: impl Into<String>) -> Self {
        Error::Input { message: message.into(), place: None, help: None }
    }

    /// The system refused something about this path.
    pub fn environment(path: impl AsRef<Path>, message: impl Into<String>, source: io::Error) -> Self {
        let path = Some(path.as_ref().to_owned());
        Error::Environment { message: message.into(), path, source: Some(source), help: None }
    }

    /// Something outside of the data is not as it must be, without a word from the system.
    pub fn surroundings(path: Option<PathBuf>, message: impl Into<String>) -> Self {
        Error::Environment { message: message.into(), path, source: None, help: None }
    }

    /// Adds where in the input data; other errors have no such place and stay as they are.
    pub fn at(mut self, at: Place) -> Self {
        if let Error::Input { place, .. } = &mut self {
            *place = Some(at);
        }
        self
    }

    /// Adds what would help; errors that hold their help elsewhere stay as they are.
    pub fn with_help(mut self, text: impl Into<String>) -> Self {
        match &mut self {
            Error::Usage { help, .. } | Error::Input { help, .. } | Error::Environment { help, .. } => {
                *help = Some(text.into());
            }
            Error::Pipeline(_) | Error::Refused(_) | Error::Verification(_) | Error::Internal(_) => {}
        }
        self
    }

    /// Shows the error for a terminal, over as many lines as it needs; ends with a line end.
    ///
    /// Control characters are escaped, so that a column name cannot steer the terminal.
    pub fn render(&self, color: bool) -> String {
        let paint = Paint { color };
        match self {
            Error::Pipeline(findings) => findings.render(color),
            Error::Refused(refusal) => paint.refusal(refusal),
            Error::Usage { message, help } => paint.block(message, None, None, help.as_deref()),
            Error::Input { message, place, help } => {
                paint.block(message, place.as_ref().map(place_of).as_deref(), None, help.as_deref())
            }
            Error::Environment { message, path, source, help } => {
                let path = path.as_ref().map(|path| path.display().to_string());
                let source = source.as_ref().map(ToString::to_string);
                paint.block(message, path.as_deref(), source.as_deref(), help.as_deref())
            }
            Error::Verification(parts) => paint.verification(parts),
            Error::Internal(message) => {
                let help = "this is a bug of the program, not of the data: nothing was published";
                paint.block(&format!("internal: {message}"), None, None, Some(help))
            }
        }
    }
}

/// Escapes what a terminal would act on.
pub(super) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// `path, row N (line M), column `c``, as far as known.
fn place_of(place: &Place) -> String {
    let mut parts = Vec::new();
    if let Some(path) = &place.path {
        parts.push(path.display().to_string());
    }
    match (place.row, place.line) {
        (Some(row), Some(line)) => parts.push(format!("row {row} (line {line})")),
        (Some(row), None) => parts.push(format!("row {row}")),
        (None, Some(line)) => parts.push(format!("line {line}")),
        (None, None) => {}
    }
    if let Some(column) = &place.column {
        parts.push(format!("column `{column}`"));
    }
    parts.join(", ")
}

struct Paint {
    color: bool,
}

impl Paint {
    fn title(&self, word: &str, message: &str) -> String {
        let message = printable(message);
        if self.color {
            format!("\u{1b}[1m\u{1b}[91m{word}\u{1b}[0m\u{1b}[1m: {message}\u{1b}[0m\n")
        } else {
            format!("{word}: {message}\n")
        }
    }

    fn block(&self, message: &str, place: Option<&str>, source: Option<&str>, help: Option<&str>) -> String {
        let mut shown = self.title("error", message);
        if let Some(place) = place.filter(|place| !place.is_empty()) {
            shown.push_str(&self.dim(" --> ", place));
        }
        if let Some(source) = source {
            shown.push_str(&self.dim("  = cause: ", source));
        }
        if let Some(help) = help {
            shown.push_str(&self.dim("  = help: ", help));
        }
        shown
    }

    fn refusal(&self, refusal: &Refusal) -> String {
        let count = refusal.reasons.len();
        let unmet = if count == 1 { "condition is not met" } else { "conditions are not met" };
        let mut shown = self.title("refused", &format!("{count} {unmet}, nothing was published"));
        for reason in &refusal.reasons {
            let _ = writeln!(shown, "  {}: {}", printable(&reason.condition), printable(&reason.message));
            if let Some(help) = &reason.help {
                shown.push_str(&self.dim("    = help: ", help));
            }
        }
        shown
    }

    fn verification(&self, parts: &[String]) -> String {
        let mut shown = self.title("error", "verification failed");
        for part in parts {
            let _ = writeln!(shown, "  {}", printable(part));
        }
        shown
    }

    fn dim(&self, mark: &str, text: &str) -> String {
        let text = printable(text);
        if self.color { format!("\u{1b}[1m\u{1b}[94m{mark}\u{1b}[0m{text}\n") } else { format!("{mark}{text}\n") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Findings, Reason};

    #[test]
    fn exit_codes_follow_the_one_who_can_act() {
        let findings = Findings { path: "p.toml".into(), text: String::new(), list: vec![] };
        let errors = [
            (Error::internal("x"), 1),
            (Error::Pipeline(Box::new(findings)), 2),
            (Error::usage("x"), 2),
            (Error::Refused(Refusal { reasons: vec![] }), 3),
            (Error::input("x"), 4),
            (Error::surroundings(None, "x"), 5),
            (Error::Verification(vec![]), 6),
        ];
        for (error, code) in errors {
            assert_eq!(error.exit_code(), code, "{error}");
        }
    }

    #[test]
    fn places_and_causes_are_shown() {
        let place =
            Place { path: Some("data.csv".into()), row: Some(3), line: Some(5), column: Some("出生日期".into()) };
        let input = Error::input("expected a date like `%Y-%m-%d`").at(place).with_help("say its `format`");
        insta::assert_snapshot!(input.render(false), @"
        error: expected a date like `%Y-%m-%d`
         --> data.csv, row 3 (line 5), column `出生日期`
          = help: say its `format`
        ");
        let io = io::Error::from(io::ErrorKind::PermissionDenied);
        insta::assert_snapshot!(Error::environment("out", "could not make the folder", io).render(false), @"
        error: could not make the folder
         --> out
          = cause: permission denied
        ");
    }

    #[test]
    fn a_refusal_tells_every_reason() {
        let reason = |condition: &str, message: &str, help: Option<&str>| Reason {
            condition: condition.to_owned(),
            message: message.to_owned(),
            help: help.map(str::to_owned),
        };
        let refusal = Error::Refused(Refusal {
            reasons: vec![
                reason("k_anonymity", "the smallest class has 3 subjects, `k` asks for 5", Some("the best k is 4")),
                reason("row_order", "rows stand in the order of the source", None),
            ],
        });
        insta::assert_snapshot!(refusal.render(false), @"
        refused: 2 conditions are not met, nothing was published
          k_anonymity: the smallest class has 3 subjects, `k` asks for 5
            = help: the best k is 4
          row_order: rows stand in the order of the source
        ");
        let failed = Error::Verification(vec!["data/part-00000.parquet: digest differs".to_owned()]);
        insta::assert_snapshot!(failed.render(false), @"
        error: verification failed
          data/part-00000.parquet: digest differs
        ");
    }

    #[test]
    fn a_column_name_cannot_steer_the_terminal() {
        let place = Place { column: Some("a\u{1b}[2Jb".to_owned()), ..Place::default() };
        let shown = Error::input("not a number").at(place).render(false);
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
    }
}
