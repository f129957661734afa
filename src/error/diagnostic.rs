//! Findings in a text, shown over the text itself.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::render::printable;

/// One finding: what is wrong, exactly where, and what would help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// One lowercase phrase without a full stop.
    pub message: String,
    /// Bytes of the text that the finding speaks of.
    pub span: Range<usize>,
    /// What to do instead.
    pub help: Option<String>,
    /// Whether the bytes of the span are a secret that no finding may show.
    pub secret: bool,
}

impl Diagnostic {
    pub fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { message: message.into(), span, help: None, secret: false }
    }

    /// Adds what to do instead.
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// All findings in one text, in the order of their places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    pub path: PathBuf,
    pub text: String,
    pub list: Vec<Diagnostic>,
}

impl Findings {
    /// Shows every finding over the line it speaks of, with file, line and column, and an empty line between.
    ///
    /// Columns count characters from 1. A finding over several lines underlines the first; a place outside
    /// the text counts as its end. Ends with a line end.
    pub fn render(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled().hyperlink(false) } else { Renderer::plain() };
        let path = printable(&self.path.display().to_string());
        let text = self.without_secrets();
        let blocks: Vec<String> = self.list.iter().map(|found| block(&renderer, &path, &text, found)).collect();
        blocks.join("\n")
    }

    /// The text with stars in the place of secrets, which stand in the lines of other findings too.
    fn without_secrets(&self) -> String {
        let mut text = self.text.clone();
        for secret in self.list.iter().filter(|found| found.secret) {
            if let Some(shown) = text.get(secret.span.clone()) {
                text.replace_range(secret.span.clone(), &"*".repeat(shown.len()));
            }
        }
        text
    }
}

fn block(renderer: &Renderer, path: &str, text: &str, found: &Diagnostic) -> String {
    let snippet =
        Snippet::source(text).path(path).annotation(AnnotationKind::Primary.span(within_one_line(text, &found.span)));
    let mut group = Level::ERROR.primary_title(printable(&found.message)).element(snippet);
    if let Some(help) = &found.help {
        group = group.element(Level::HELP.message(printable(help)));
    }
    format!("{}\n", renderer.render(&[group]))
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let findings = if self.list.len() == 1 { "finding" } else { "findings" };
        write!(f, "{} {findings} in {}", self.list.len(), self.path.display())
    }
}

/// Returns the part of a span that lies in the text and in the line where it starts, cut between characters.
fn within_one_line(text: &str, span: &Range<usize>) -> Range<usize> {
    let mut start = span.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let line_end = text[start..].find(['\n', '\r']).map_or(text.len(), |length| start + length);
    let mut end = span.end.clamp(start, line_end);
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn wide_characters_are_underlined_where_they_stand() {
        let text = "name = \"x\"\n[columns.\"出生日期\"]\nrole = \"quasy\" # 准标识符\n".to_owned();
        let column = text.find('"').map_or(0, |_| text.find("\"出").unwrap_or(0));
        let word = text.find("\"quasy\"").unwrap_or(0);
        let findings = Findings {
            path: "pipelines/电力.toml".into(),
            list: vec![
                Diagnostic::new(column..column + 14, "column `出生日期` is not in the input"),
                Diagnostic::new(word..word + 7, "unknown word `quasy`").with_help("did you mean `quasi`?"),
            ],
            text,
        };
        insta::assert_snapshot!(findings.render(false), @r#"
        error: column `出生日期` is not in the input
         --> pipelines/电力.toml:2:10
          |
        2 | [columns."出生日期"]
          |          ^^^^^^^^^^

        error: unknown word `quasy`
         --> pipelines/电力.toml:3:8
          |
        3 | role = "quasy" # 准标识符
          |        ^^^^^^^
          |
          = help: did you mean `quasi`?
        "#);
        assert!(findings.render(true).contains("\u{1b}["), "styles are on when asked for");
    }

    #[test]
    fn a_terminal_gets_no_control_characters() {
        let list = vec![Diagnostic::new(0..1, "unknown key `\u{1b}[2J`").with_help("\u{7}")];
        let shown = Findings { path: "a\u{1b}.toml".into(), text: "\u{1b}[2J = 1".to_owned(), list }.render(false);
        assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
    }

    proptest! {
        #[test]
        fn any_place_in_any_text_is_shown(text in "\\PC*\n?\\PC*", start in 0usize..60, length in 0usize..60) {
            let list = vec![Diagnostic::new(start..start + length, "wrong")];
            let shown = Findings { path: "p.toml".into(), text, list }.render(false);
            prop_assert!(shown.starts_with("error: wrong\n"));
        }
    }
}
