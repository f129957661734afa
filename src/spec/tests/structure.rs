//! Keys, their kinds and ranges, and what names stand for.

use super::*;

#[test]
fn structure_has_its_findings() {
    only(&with("k = 5", "k = 5\nksi = 1"), "ksi -- unknown key `ksi`");
    only(&with("k = 5", "k = 5.5"), "5.5 -- `k` must be a whole number, not a number with decimals");
    only(&with("k = 5", "k = \"5\""), "\"5\" -- `k` must be a whole number, not text");
    only(&with("k = 5", ""), "privacy -- `privacy` lacks the key `k`");
    only(&with("0.05", "1.5"), "1.5 -- `suppression_limit` must be at most 1");
    only(&with("0.05", "nan"), "nan -- `suppression_limit` must be a finite number that fits 64 bits");
    only(&with("k = 5", "k = 5\nsampling_fraction = 0"), "0 -- `sampling_fraction` must be above 0");
    only(&with("k = 5", "k = 99999999999999999999"), "99999999999999999999 -- `k` must be a smaller number");
    only(&with("\"controlled\"", "2025-01-01"), "2025-01-01 -- `context` must be a word, not a TOML date");
    only(&with("round = 10", "round = 0"), "0 -- `round` must be above 0");
    only(&with("{ round = 10 }", "\"round\""), "\"round\" -- `treatment` `round` needs its settings");
    only(&with("{ round = 10 }", "{}"), "{} -- `treatment` says nothing");
    only(
        &with("{ round = 10 }", "{ round = 10, mask = {} }"),
        "{ round = 10, mask = {} } -- `treatment` can be only one of `round` and `mask`",
    );
    only(&with("length = 16", "length = 14"), "14 -- `length` must be at least 16");
    only(&with("subject  =", "delimiter = \"||\"\nsubject ="), "\"||\" -- `delimiter` must be one character, not 2");
    only(&with("[\"month\", \"quarter\", \"year\", \"decade\"]", "[]"), "[] -- `date` must not be empty");
    only(&with("k = 5", "k = 5\nk = 6"), "k -- the key `k` is given twice");
    only(&and("[columns.district]\nrole = \"quasi\""), "district -- two columns have the name `district`");
}

#[test]
fn what_is_not_there_yet_says_so() {
    only(&with("k = 5", "k = 5\nepsilon = 1.0"), "epsilon -- the model `epsilon` is not there yet");
    only(&with("{ round = 10 }", "\"sample\""), "\"sample\" -- the treatment `sample` is not there yet");
    only(&with("{ round = 10 }", "{ synthesize = 1 }"), "synthesize -- the treatment `synthesize` is not there yet");
    only(
        &with("residential_electricity.csv", "a.orc"),
        "\"../sample_data/a.orc\" -- the source format `orc` is not there yet",
    );
    only(&with("subject ", "format = \"avro\"\nsubject "), "\"avro\" -- the source format `avro` is not there yet");
}

#[test]
fn names_declarations_and_rules_are_checked() {
    for (name, message) in [
        ("", "`name` is empty"),
        (".hidden", "`name` must not start with a dot"),
        ("..", "`name` must not start with a dot"),
        ("a/b", "`name` must be usable as the name of a folder"),
        ("a b", "`name` must be usable as the name of a folder"),
    ] {
        only(&with("residential-electricity-2025", name), &format!("\"{name}\" -- {message}"));
    }
    assert!(parsed(&with("residential-electricity-2025", "居民用电_2025.v1")).is_ok());
    only(&with("示例电力公司", " "), "\" \" -- the declaration's `provider` is empty");
    only(&with("cn-gbt42460-2023", "us-hipaa"), "\"us-hipaa\" -- there is no rule pack `us-hipaa`");
    let text = with("cn-gbt42460-2023", "own.toml");
    assert_eq!(rules_path(&text), Some("own.toml".into()));
    let own = RulePack { name: "own".into(), ..embedded_rules().remove(0) };
    assert_eq!(parse(&text, std::slice::from_ref(&own)).map(|pipeline| pipeline.rules), Ok(own));
}
