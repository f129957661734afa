//! All findings of a file at once, each with its place.

use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;
use crate::error::Findings;

#[test]
fn ten_mistakes_are_told_in_one_go() {
    let text = EXAMPLE
        .replacen("\"trade\" ", "\"trad\"  ", 1)
        .replacen("cn-gbt42460-2023", "cn-gbt42460-2032", 1)
        .replacen("recipient ", "recipent  ", 1)
        .replacen("k = 5", "k = 1\nepsilon = 1.0", 1)
        .replacen("\"hmac-sm3\"", "\"sm3\"", 1)
        .replacen("[\"month\", \"quarter\"", "[\"quarter\", \"month\"", 1)
        .replacen("widths = [2, 4]", "widths = [2, 5]", 1)
        .replacen("role = \"sensitive\"\ntreatment = { round = 10 }", "role = \"sensitive\"", 1)
        + "\n[columns.\"客户姓名\"]\nrole = \"identifier\"\ntreatment = \"keep\"\n\n[columns.district]\nrole = \"quasi\"\n";
    let list = parsed(&text).unwrap_err();
    let shown = Findings { path: "pipelines/electricity.toml".into(), text, list }.render(false);
    assert_snapshot!(shown, @r#"
    error: `purpose` cannot be `trad`
     --> pipelines/electricity.toml:2:12
      |
    2 | purpose  = "trad"                        # share | open | trade
      |            ^^^^^^
      |
      = help: did you mean `trade`?

    error: there is no rule pack `cn-gbt42460-2032`
     --> pipelines/electricity.toml:4:12
      |
    4 | rules    = "cn-gbt42460-2032"            # rule pack: context, thresholds
      |            ^^^^^^^^^^^^^^^^^^
      |
      = help: did you mean `cn-gbt42460-2023`?

    error: unknown key `recipent`
      --> pipelines/electricity.toml:10:1
       |
    10 | recipent     = "示例数据交易中心"
       | ^^^^^^^^
       |
       = help: did you mean `recipient`?

    error: `k` must be at least 2
      --> pipelines/electricity.toml:19:5
       |
    19 | k = 1
       |     ^

    error: the model `epsilon` is not there yet
      --> pipelines/electricity.toml:20:1
       |
    20 | epsilon = 1.0
       | ^^^^^^^
       |
       = help: leave it out: `tuomin schema` lists the models that are there

    error: hashing without a key (`sm3`) is not offered: whoever hashes all 4 billion mobile numbers, or the 900 million identity numbers of one city, reverses it within minutes
      --> pipelines/electricity.toml:25:37
       |
    25 | treatment = { token = { algorithm = "sm3", key = "ephemeral", length = 16 } }
       |                                     ^^^^^
       |
       = help: use a key: `treatment = { token = { algorithm = "hmac-sm3", key = "ephemeral" } }`

    error: a month is not made of several of the period before
      --> pipelines/electricity.toml:29:34
       |
    29 | hierarchy = { date = ["quarter", "month", "year", "decade"] }
       |                                  ^^^^^^^
       |
       = help: give periods from the shortest to the longest, each made of whole ones before it

    error: 5 is not a multiple of 2, the width before
      --> pipelines/electricity.toml:37:41
       |
    37 | hierarchy = { interval = { widths = [2, 5], top = 7 } }
       |                                         ^
       |
       = help: a band must be made of whole bands of the level below

    error: nothing says what becomes of column `consumption_kwh`
      --> pipelines/electricity.toml:39:10
       |
    39 | [columns.consumption_kwh]
       |          ^^^^^^^^^^^^^^^
       |
       = help: say `treatment = "keep"`, "drop", or a treatment such as `{ round = 10 }`

    error: identifier `客户姓名` would be released
      --> pipelines/electricity.toml:44:13
       |
    44 | treatment = "keep"
       |             ^^^^^^
       |
       = help: say `treatment = "drop"`, or `{ token = { algorithm = "hmac-sm3", key = "ephemeral" } }`

    error: two columns have the name `district`
      --> pipelines/electricity.toml:46:10
       |
    46 | [columns.district]
       |          ^^^^^^^^
       |
       = help: declare every column once
    "#);
}

#[test]
fn syntax_errors_are_told_with_their_place() {
    let text = "name = \"a\nclaim = = 1\n[columns.户号]\nrole = \"quasi\"\n";
    let list = parsed(text).unwrap_err();
    let shown = Findings { path: "p.toml".into(), text: text.to_owned(), list }.render(false);
    assert_snapshot!(shown, @r#"
    error: not TOML: invalid basic string, expected `"`
     --> p.toml:1:10
      |
    1 | name = "a
      |          ^

    error: not TOML: extra `=`, expected nothing
     --> p.toml:2:9
      |
    2 | claim = = 1
      |         ^

    error: not TOML: invalid unquoted key, expected letters, numbers, `-`, `_`
     --> p.toml:3:10
      |
    3 | [columns.户号]
      |          ^^^^
      |
      = help: names with other than English letters need quotes: `[columns."户号"]`
    "#);
}

#[test]
fn an_empty_file_lacks_everything_that_is_required() {
    let keys = ["name", "purpose", "claim", "rules", "context", "declaration", "source", "privacy", "columns"];
    let expected: Vec<String> = keys.iter().map(|key| format!(" -- the key `{key}` is missing")).collect();
    assert_eq!(told(""), expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Cuts, doubles and overwrites parts of the example: there is always an answer, and findings lie in the text.
    #[test]
    fn no_text_is_without_an_answer(
        edits in prop::collection::vec((0usize..1700, 0usize..40, "[a-z0-9\"\\[\\]{}=.,\n 号]{0,6}"), 1..4),
    ) {
        let mut letters: Vec<char> = EXAMPLE.chars().collect();
        for (start, length, put) in edits {
            let start = start.min(letters.len());
            let end = (start + length).min(letters.len());
            letters.splice(start..end, put.chars());
        }
        let text: String = letters.into_iter().collect();
        if let Err(list) = parsed(&text) {
            prop_assert!(!list.is_empty());
            prop_assert!(list.iter().all(|found| text.get(found.span.clone()).is_some()), "{list:?}");
            prop_assert!(list.is_sorted_by_key(|found| found.span.start));
            let shown = Findings { path: "p.toml".into(), text, list }.render(false);
            prop_assert!(shown.starts_with("error: "));
        }
    }
}
