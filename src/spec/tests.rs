use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;
use crate::error::{Diagnostic, Findings};

/// The example of the design, without the models that are not there yet.
const EXAMPLE: &str = r#"name     = "residential-electricity-2025"
purpose  = "trade"                       # share | open | trade
claim    = "anonymized"                  # deidentified | anonymized
rules    = "cn-gbt42460-2023"            # rule pack: context, thresholds
context  = "controlled"

[declaration]                            # article 7 and 10: no declaration, no run
source_basis = "供用电合同第8条; 用户授权"
provider     = "示例电力公司"
recipient    = "示例数据交易中心"
use          = "负荷预测模型训练"

[source]
path     = "../sample_data/residential_electricity.csv"
encoding = "gb18030"
subject  = "account_no"

[privacy]
k = 5
suppression_limit = 0.05

[columns.account_no]                     # identifier: must be dropped or tokenized
role = "identifier"
treatment = { token = { algorithm = "hmac-sm3", key = "ephemeral", length = 16 } }

[columns.birth_date]
role = "quasi"
hierarchy = { date = ["month", "quarter", "year", "decade"] }

[columns.district]
role = "quasi"
hierarchy = { table = "hierarchies/tianjin_district.csv" }

[columns.household_size]
role = "quasi"
hierarchy = { interval = { widths = [2, 4], top = 7 } }

[columns.consumption_kwh]
role = "sensitive"
treatment = { round = 10 }
"#;

fn parsed(text: &str) -> Result<Pipeline, Vec<Diagnostic>> {
    parse(text, &embedded_rules())
}

/// The example with the first `from` replaced.
fn with(from: &str, to: &str) -> String {
    assert!(EXAMPLE.contains(from), "the example has no {from:?}");
    EXAMPLE.replacen(from, to, 1)
}

/// The example with these lines behind it.
fn and(more: &str) -> String {
    format!("{EXAMPLE}\n{more}\n")
}

/// What is underlined and what is said about it, one line per finding.
fn told(text: &str) -> Vec<String> {
    match parsed(text) {
        Ok(_) => Vec::new(),
        Err(list) => list.iter().map(|found| format!("{} -- {}", &text[found.span.clone()], found.message)).collect(),
    }
}

#[track_caller]
fn only(text: &str, expected: &str) {
    assert_eq!(told(text), [expected]);
}

#[test]
fn the_example_of_the_design_means_what_it_says() {
    let pipeline = parsed(EXAMPLE).unwrap();
    assert_eq!(
        (pipeline.purpose, pipeline.claim, pipeline.context),
        (Purpose::Trade, Claim::Anonymized, Context::Controlled)
    );
    assert_eq!(pipeline.rules.name, "cn-gbt42460-2023");
    assert_eq!(pipeline.source.format, SourceFormat::Csv { delimiter: b',', encoding: Encoding::Gb18030 });
    assert_eq!(pipeline.source.subject, Subject::Column("account_no".into()));
    let privacy = PrivacySpec {
        k: 5,
        suppression_limit: 0.05,
        sampling_fraction: 1.0,
        sampling: None,
        population: None,
        models: vec![],
        recoding: RecodingKind::Global,
    };
    assert_eq!(pipeline.privacy, privacy);
    assert_eq!((pipeline.attacker, pipeline.signing_key), (None, None));
    let names: Vec<&str> = pipeline.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(
        names,
        ["account_no", "birth_date", "district", "household_size", "consumption_kwh"],
        "the file's order"
    );
    let [account, birth, district, size, kwh] = &pipeline.columns[..] else { panic!("five columns") };
    let token = TreatmentSpec::Token {
        algorithm: TokenAlgorithm::HmacSm3,
        key: KeyRef::Ephemeral,
        length: 16,
        canonical: None,
    };
    assert_eq!((&account.treatment, &account.hierarchy), (&token, &None));
    assert_eq!(birth.kind, ColumnType::Date { format: "%Y-%m-%d".into() });
    let periods = vec![Period::Month, Period::Quarter, Period::Years(1), Period::Years(10)];
    assert_eq!(birth.hierarchy, Some(HierarchySpec::Date { periods }));
    assert_eq!(district.treatment, TreatmentSpec::Generalize { level: None });
    assert_eq!((&district.kind, district.unknown), (&ColumnType::Text, UnknownValues::Error));
    let bands = HierarchySpec::Interval { widths: vec![2.0, 4.0], origin: 0.0, bottom: None, top: Some(7.0) };
    assert_eq!((&size.kind, &size.hierarchy), (&ColumnType::Number, &Some(bands)));
    assert_eq!((&kwh.kind, &kwh.treatment), (&ColumnType::Number, &TreatmentSpec::Round { step: 10.0 }));
}

#[test]
fn the_committed_pipelines_are_right() {
    let none: [String; 0] = [];
    assert_eq!(told(include_str!("../../pipelines/residential_electricity.toml")), none);
    assert_eq!(told(include_str!("../../pipelines/enterprise_registration.toml")), none);
    assert_eq!(told(include_str!("../../pipelines/hospital_visits.toml")), none);
}

#[test]
fn what_is_left_out_has_its_default() {
    let text = and("[columns.name]\nrole = \"identifier\"\n[columns.\"性别\"]\nrole = \"quasi\"\n\
         [columns.phone]\nrole = \"insensitive\"\ntreatment = { mask = { keep_first = 3 } }\n\
         [columns.code]\nrole = \"sensitive\"\ntreatment = { generalize = { level = 3 } }\nhierarchy = { prefix = [4, 2] }\n\
         [columns.day]\nrole = \"insensitive\"\nformat = \"%Y%m%d\"\ntreatment = \"keep\"\n\
         [release]\nsigning_key = \"file:keys/sign.pem\"\n\
         [attacker]\nmitigation = \"high\"\nmotive = \"low\"\nrecipient_control = \"high\"\nprevalence = 0.0005\nacquaintances = 150");
    let pipeline = parsed(&text).unwrap();
    let column = |name: &str| pipeline.columns.iter().find(|column| column.name == name).unwrap();
    assert_eq!(column("name").treatment, TreatmentSpec::Drop);
    assert_eq!(column("性别").hierarchy, Some(HierarchySpec::Suppress));
    assert_eq!(column("phone").treatment, TreatmentSpec::Mask { keep_first: 3, keep_last: 0, with: '*' });
    assert_eq!(column("code").treatment, TreatmentSpec::Generalize { level: Some(3) });
    assert_eq!(column("day").kind, ColumnType::Date { format: "%Y%m%d".into() });
    assert_eq!(pipeline.signing_key, Some(KeyRef::File("keys/sign.pem".into())));
    assert_eq!(pipeline.encryption, None);
    assert_eq!(pipeline.attacker.unwrap().acquaintances, 150);
}

#[test]
fn a_release_names_its_keys() {
    let release = |key: &str, more: &str| parsed(&and(&format!("[release]\nsigning_key = \"{key}\"\n{more}")));
    let device = "pkcs11:token=a;object=b?module-path=/m.so";
    assert_eq!(release(device, "").unwrap().signing_key, Some(KeyRef::Device(device.into())));
    let text = and(&format!("[release]\nsigning_key = \"{device}&pin-value=271828\""));
    let list = parsed(&text).unwrap_err();
    assert_eq!(list[0].message, "a PIN must not stand in a pipeline file");
    assert!(!Findings { path: "p".into(), list, text }.render(false).contains("271828"));
    let encryption = "encryption = { key = \"env:BUYER\", id = \"buyer-2026\" }";
    let found = release("file:k.pem", encryption).unwrap().encryption;
    assert_eq!(found, Some(EncryptionSpec { key: KeyRef::Env("BUYER".into()), id: "buyer-2026".into() }));
    assert!(release("file:k.pem", "encryption = { key = \"env:BUYER\" }").is_err(), "the recipient must find the key");
}

#[test]
fn the_format_follows_from_the_path() {
    let format = |path: &str, more: &str| {
        let text = with("../sample_data/residential_electricity.csv", path).replace("encoding = \"gb18030\"", more);
        parsed(&text).map(|pipeline| pipeline.source.format)
    };
    let csv = |delimiter| Ok(SourceFormat::Csv { delimiter, encoding: Encoding::Utf8 });
    assert_eq!(format("a.CSV", "delimiter = \";\""), csv(b';'));
    assert_eq!(format("a.tsv", "delimiter = \"\\t\""), csv(b'\t'));
    for path in ["a.parquet", "folder", "folder/", "folder/*", "folder/*.parquet", "v1.2/data/"] {
        let expected = if path == "v1.2/data/" { format("folder", "") } else { Ok(SourceFormat::Parquet) };
        assert_eq!(format(path, ""), expected, "{path}");
    }
    assert_eq!(format("folder/*.data", "format = \"csv\""), csv(b','));
    assert_eq!(format("a.csv.GZ", ""), csv(b','));
    assert_eq!(format("a.parquet", "hive = true"), Ok(SourceFormat::Hive));
    for path in ["a.ndjson", "a.jsonl", "a.jsonl.zst"] {
        assert_eq!(format(path, ""), Ok(SourceFormat::Ndjson), "{path}");
    }
    for path in ["a.arrow", "a.feather", "a.arrows"] {
        assert_eq!(format(path, ""), Ok(SourceFormat::Ipc), "{path}");
    }
    let sheet = |book, sheet, header_row, header_rows| {
        Ok(SourceFormat::Sheet(SheetSpec { book, sheet, header_row, header_rows }))
    };
    assert_eq!(format("a.xlsm", ""), sheet(Book::Xlsx, None, None, 1));
    assert_eq!(format("a.xlsb", "sheet = 2"), sheet(Book::Xlsb, Some(SheetName::Number(2)), None, 1));
    let named = Some(SheetName::Name("2025".into()));
    assert_eq!(format("a.ods", "sheet = \"2025\"\nheader_row = 3"), sheet(Book::Ods, named, Some(3), 1));
    assert_eq!(format("a.data", "format = \"xls\"\nheader_rows = 2"), sheet(Book::Xls, None, None, 2));
    for (path, more) in [
        ("a.csv", "sheet = 1"),
        ("a.csv", "hive = true"),
        ("a.ndjson", "encoding = \"gbk\""),
        ("a.arrow", "header_row = 1"),
        ("a.xlsx", "delimiter = \";\""),
        ("a.parquet", "header_rows = 2"),
        ("a.xlsx", "sheet = 0"),
        ("a.xlsx", "header_row = 0"),
        ("a.xlsx", "header_rows = 3"),
        ("a.parquet", "hive = false"),
    ] {
        assert_eq!(format(path, more).map_err(|found| found.len()), Err(1), "{path} {more}");
    }
}

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
fn hashing_without_a_key_is_explained() {
    for algorithm in ["md5", "sha1", "sha256", "sha-256", "sm3", "SM3"] {
        let list = parsed(&with("hmac-sm3", algorithm)).unwrap_err();
        assert_eq!(list.len(), 1, "{algorithm}: {list:?}");
        assert!(list[0].message.contains("4 billion mobile numbers"), "{}", list[0].message);
    }
    for treatment in ["\"hash\"", "\"sm3\"", "{ hash = \"sm3\" }", "{ hash = { salt = \"x\" } }"] {
        let list = parsed(&with("{ round = 10 }", treatment)).unwrap_err();
        assert_eq!(list.len(), 1, "{treatment}: {list:?}");
        assert!(list[0].message.contains("hashing without a key"), "{}", list[0].message);
        assert!(list[0].help.as_ref().unwrap().contains("hmac-sm3"));
    }
}

#[test]
fn keys_are_named_and_never_written_down() {
    let kept = "a kept key is not anonymization: whoever holds it can link the tokens to persons again";
    for key in ["env:TOKEN_KEY", "file:keys/token.hex"] {
        let text = with("\"ephemeral\"", &format!("\"{key}\""));
        only(&text, &format!("\"{key}\" -- {kept}"));
        assert!(parsed(&text.replacen("\"anonymized\"  ", "\"deidentified\"", 1)).is_ok());
    }
    only(&with("\"ephemeral\"", "\"ephemral\""), "\"ephemral\" -- `ephemral` does not tell where the key comes from");
    only(&with("\"ephemeral\"", "\"env:A-B\""), "\"env:A-B\" -- this is not the name of an environment variable");
    only(&with("\"ephemeral\"", "\"file:\""), "\"file:\" -- the path of the key file is missing");
    let text = with("\"ephemeral\"", "\"00112233445566778899aabbccddeeff\"");
    only(&text, "\"00112233445566778899aabbccddeeff\" -- a key must not stand in a pipeline file");
    let shown = Findings { path: "p".into(), list: parsed(&text).unwrap_err(), text }.render(false);
    assert!(!shown.contains("00112233"), "a key is not repeated: {shown}");
    let signing = "[release]\nsigning_key = \"ephemeral\"";
    only(&and(signing), "\"ephemeral\" -- a signing key must outlive the release");
    only(&with("length = 16", "length = 17"), "17 -- `length` must be even");
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

#[test]
fn sources_and_subjects_are_checked() {
    only(&with("subject  = \"account_no\"", ""), "source -- nothing says who the subjects are");
    only(
        &with("subject  =", "subject_is_row = true\nsubject  ="),
        "subject_is_row -- `subject` and `subject_is_row` cannot both be given",
    );
    let row = parsed(&with("subject  = \"account_no\"", "subject_is_row = true")).unwrap();
    assert_eq!(row.source.subject, Subject::Row);
    only(
        &with("subject  = \"account_no\"", "subject = \"district\""),
        "\"quasi\" -- column `district` tells the subjects apart: it is an identifier",
    );
    assert!(parsed(&with("subject  = \"account_no\"", "subject = \"undeclared\"")).is_ok());
    let path = "\"../sample_data/residential_electricity.dat\"";
    only(&with("city.csv", "city.dat"), &format!("{path} -- the extension `dat` does not tell the format"));
    only(&with("city.csv", "city.parquet"), "encoding -- `encoding` is of no use: the source is Parquet");
    only(&with("subject  =", "delimiter = \"，\"\nsubject ="), "\"，\" -- this character cannot stand between cells");
}

#[test]
fn roles_allow_only_their_treatments() {
    let released = "identifier `x` would be released";
    for treatment in ["\"keep\"", "\"generalize\"", "{ round = 10 }", "{ mask = { keep_first = 3 } }"] {
        let text = and(&format!("[columns.x]\nrole = \"identifier\"\ntype = \"text\"\ntreatment = {treatment}"));
        assert!(told(&text).iter().any(|told| told.ends_with(released)), "{treatment}: {:?}", told(&text));
    }
    let column = |role: &str, more: &str| and(&format!("[columns.x]\nrole = \"{role}\"\n{more}"));
    only(
        &column("quasi", "treatment = \"keep\""),
        "\"keep\" -- quasi-identifier `x` can only be generalized or dropped",
    );
    only(
        &column("quasi", "treatment = { generalize = { level = 1 } }\nhierarchy = { prefix = [1] }"),
        "{ generalize = { level = 1 } } -- the level of quasi-identifier `x` cannot be fixed: the search chooses it",
    );
    only(&column("sensitive", ""), "x -- nothing says what becomes of column `x`");
    only(
        &column("insensitive", "treatment = \"generalize\""),
        "\"generalize\" -- nothing says how coarse column `x` becomes",
    );
    only(
        &column("sensitive", "treatment = { generalize = { level = 1 } }"),
        "{ generalize = { level = 1 } } -- there is no hierarchy to generalize by",
    );
    only(
        &column("sensitive", "treatment = { generalize = { level = 3 } }\nhierarchy = { prefix = [2] }"),
        "3 -- there is no level 3: the last one, `*`, is 2",
    );
    only(
        &column("sensitive", "treatment = \"keep\"\nhierarchy = { prefix = [2] }"),
        "hierarchy -- column `x` has a hierarchy but is not generalized",
    );
    only(
        &column("sensitive", "treatment = { mask = { keep_first = 30, keep_last = 3 } }"),
        "{ keep_first = 30, keep_last = 3 } -- a mask that keeps 33 characters hides nothing",
    );
    only(
        &column("sensitive", "treatment = { mask = { with = \"0\" } }"),
        "\"0\" -- a masked character must not look like a value",
    );
    let columns = EXAMPLE.find("[columns.").unwrap();
    only(&format!("{}[columns]\n", &EXAMPLE[..columns]), "columns -- no column is declared");
    let dropped = "[columns.age]\nrole = \"quasi\"\ntreatment = \"drop\"\n";
    only(&format!("{}{dropped}", &EXAMPLE[..columns]), "columns -- no column is released");
    only(
        &EXAMPLE.replace("\"quasi\"", "\"identifier\"").replace("hierarchy =", "# "),
        "columns -- no column is a quasi-identifier",
    );
}

#[test]
fn types_and_hierarchies_must_fit() {
    let quasi = |more: &str| and(&format!("[columns.x]\nrole = \"quasi\"\n{more}"));
    only(&quasi("type = \"text\"\nhierarchy = { date = [\"year\"] }"), "\"text\" -- a `date` hierarchy needs dates");
    only(
        &quasi("type = \"date\"\nhierarchy = { interval = { widths = [1] } }"),
        "\"date\" -- a `interval` hierarchy needs numbers",
    );
    only(&quasi("type = \"integer\"\nhierarchy = { prefix = [2] }"), "\"integer\" -- a `prefix` hierarchy needs text");
    only(&quasi("type = \"text\"\nformat = \"%Y\""), "\"%Y\" -- `format` is for dates only");
    for format in ["%Y-%m", "%Y-%Q-%d", "%H:%M", ""] {
        only(
            &quasi(&format!("format = \"{format}\"")),
            &format!("\"{format}\" -- this form does not hold a whole date"),
        );
    }
    only(&quasi("unknown = \"suppress\""), "\"suppress\" -- `unknown` is for hierarchy tables only");
    let hierarchy = |hierarchy: &str| quasi(&format!("hierarchy = {hierarchy}"));
    only(&hierarchy("{ table = \"\" }"), "\"\" -- the path of the table is empty");
    only(&hierarchy("{ prefix = [4, 4] }"), "4 -- prefix lengths must shrink");
    only(&hierarchy("{ prefix = [4, 0] }"), "0 -- `prefix` must be at least 1");
    only(&hierarchy("{ interval = { widths = [0] } }"), "0 -- a width must be above 0");
    only(&hierarchy("{ interval = { widths = [4, 2] } }"), "2 -- widths must grow");
    only(&hierarchy("{ interval = { widths = [4, 6] } }"), "6 -- 6 is not a multiple of 4, the width before");
    only(&hierarchy("{ interval = { widths = [4], bottom = 9, top = 9 } }"), "9 -- `top` must be above `bottom`");
    only(&hierarchy("{ date = [\"moon\"] }"), "\"moon\" -- `moon` is not a period");
    only(
        &hierarchy("{ date = [\"2-year\", \"5-year\"] }"),
        "\"5-year\" -- a 5-year is not made of several of the period before",
    );
    for fine in
        ["{ date = [\"month\", \"half\", \"year\", \"5-year\", \"decade\"] }", "{ interval = { widths = [0.1, 0.3] } }"]
    {
        assert_eq!(told(&hierarchy(fine)), Vec::<String>::new());
    }
    only(&EXAMPLE.replace("round = 10 }", "round = 10 }\ntype = \"text\""), "\"text\" -- only numbers can be rounded");
}

/// A sensitive column with this treatment, and perhaps more lines.
fn treated(treatment: &str, more: &str) -> String {
    and(&format!("[columns.x]\nrole = \"sensitive\"\ntreatment = {treatment}\n{more}"))
}

fn deidentified(text: &str) -> String {
    text.replacen("\"anonymized\"  ", "\"deidentified\"", 1)
}

#[test]
fn treatments_mean_what_they_say() {
    let means = |text: &str| {
        let pipeline = parsed(&deidentified(text)).unwrap();
        let column = pipeline.columns.into_iter().find(|column| column.name == "x").unwrap();
        (column.kind, column.treatment)
    };
    let number = ColumnType::Number;
    for (treatment, kind, meant) in [
        (
            "{ top_bottom_coding = { top = 0.99 } }",
            number.clone(),
            TreatmentSpec::TopBottom { bottom: None, top: Some(0.99) },
        ),
        ("{ microaggregate = {} }", number.clone(), TreatmentSpec::Microaggregate { k: 5, centre: Centre::Mean }),
        (
            "{ microaggregate = { k = 9, statistic = \"median\" } }",
            number.clone(),
            TreatmentSpec::Microaggregate { k: 9, centre: Centre::Median },
        ),
        (
            "{ noise = { kind = \"laplace\", scale = 2.5, step = 0.1 } }",
            number.clone(),
            TreatmentSpec::Noise { kind: NoiseKind::Laplace, scale: 2.5, step: Some(0.1) },
        ),
        (
            "{ noise = { kind = \"discrete_laplace\", scale = 3 } }",
            ColumnType::Integer,
            TreatmentSpec::Noise { kind: NoiseKind::DiscreteLaplace, scale: 3.0, step: None },
        ),
        (
            "{ shift = { days = 30 } }",
            ColumnType::Date { format: "%Y-%m-%d".into() },
            TreatmentSpec::Shift { days: 30 },
        ),
        ("{ pram = { keep = 0.8 } }", ColumnType::Text, TreatmentSpec::Pram { keep: 0.8, invariant: true }),
        ("{ swap = \"class\" }", ColumnType::Text, TreatmentSpec::Swap),
        ("{ grid = { level = 5 } }", ColumnType::Text, TreatmentSpec::Grid { latitude: None, level: 5 }),
        ("\"redact\"", ColumnType::Text, TreatmentSpec::Redact),
        (
            "{ fpe = { alphabet = \"0123456789\", key = \"env:KEY\" } }",
            ColumnType::Text,
            TreatmentSpec::Fpe { alphabet: "0123456789".into(), key: KeyRef::Env("KEY".into()) },
        ),
    ] {
        assert_eq!(means(&treated(treatment, "")), (kind, meant), "{treatment}");
    }
    let pair = "[columns.y]\nrole = \"insensitive\"\ntype = \"number\"\ntreatment = \"drop\"";
    let grid = treated("{ grid = { latitude = \"y\", level = 6 } }", pair);
    assert_eq!(means(&grid), (number, TreatmentSpec::Grid { latitude: Some("y".into()), level: 6 }));
    let token = parsed(&with("length = 16", "length = 16, canonical = \"mobile\"")).unwrap();
    let TreatmentSpec::Token { canonical, .. } = token.columns[0].treatment else { panic!("a token") };
    assert_eq!(canonical, Some(crate::detect::Kind::Mobile));
}

#[test]
fn settings_of_treatments_have_their_ranges() {
    let wrong = |treatment: &str, expected: &str| only(&treated(treatment, ""), expected);
    wrong("{ top_bottom_coding = { top = 0 } }", "0 -- `top` must be above 0");
    wrong("{ top_bottom_coding = { top = 1.5 } }", "1.5 -- `top` must be at most 1");
    wrong("{ top_bottom_coding = { top = 1 } }", "1 -- nothing lies beyond the top quantile 1");
    wrong("{ top_bottom_coding = {} }", "{} -- nothing says where to cut");
    wrong("{ top_bottom_coding = { bottom = 0.6, top = 0.5 } }", "0.5 -- the top cut is not above the bottom cut");
    wrong("{ microaggregate = { k = 1 } }", "1 -- `k` must be at least 2");
    wrong("{ microaggregate = { k = 3 } }", "3 -- groups of 3 are smaller than the `k` of `[privacy]`");
    wrong("{ noise = { kind = \"laplace\", scale = 0 } }", "0 -- `scale` must be above 0");
    wrong("{ noise = { kind = \"laplace\", scale = 1e10 } }", "1e10 -- `scale` must be at most 1000000000");
    wrong("{ noise = { kind = \"gauss\", scale = 1 } }", "\"gauss\" -- `kind` cannot be `gauss`");
    wrong("{ noise = { scale = 1 } }", "noise -- `columns.x.treatment.noise` lacks the key `kind`");
    wrong("{ shift = { days = 0 } }", "0 -- `days` must be at least 1");
    wrong("{ pram = { keep = 1.0 } }", "1.0 -- PRAM that keeps everything changes nothing");
    wrong("{ pram = { keep = 0 } }", "0 -- `keep` must be above 0");
    wrong("{ swap = \"all\" }", "\"all\" -- `swap` cannot be `all`");
    wrong("{ grid = { level = 13 } }", "13 -- `level` must be at most 12");
    wrong("{ grid = { level = 5, latitude = \"x\" } }", "\"x\" -- a column cannot be its own latitude");
    wrong("{ grid = { level = 5, latitude = \"lat\" } }", "\"lat\" -- no column `lat` is declared");
    let kept = "[columns.lat]\nrole = \"insensitive\"\ntype = \"number\"\ntreatment = \"keep\"";
    only(
        &treated("{ grid = { level = 5, latitude = \"lat\" } }", kept),
        "\"lat\" -- the latitude would be released beside its cell of the grid",
    );
    for (alphabet, expected) in [
        ("", "\"\" -- an alphabet has at least two characters"),
        ("0", "\"0\" -- an alphabet has at least two characters"),
        ("010", "\"010\" -- the alphabet has `0` twice"),
    ] {
        let text = treated(&format!("{{ fpe = {{ alphabet = \"{alphabet}\", key = \"ephemeral\" }} }}"), "");
        only(&deidentified(&text), expected);
    }
    only(&with("length = 16", "length = 16, canonical = \"mobil\""), "\"mobil\" -- `canonical` cannot be `mobil`");
}

#[test]
fn treatments_go_with_their_types_and_claims() {
    let typed = |treatment: &str, kind: &str| treated(treatment, &format!("type = \"{kind}\""));
    for (treatment, kind, message) in [
        ("{ top_bottom_coding = { top = 0.9 } }", "text", "only numbers can be top and bottom coded"),
        ("{ microaggregate = {} }", "date", "only numbers can be microaggregated"),
        ("{ noise = { kind = \"laplace\", scale = 1 } }", "integer", "Laplace noise is for numbers"),
        ("{ noise = { kind = \"discrete_laplace\", scale = 1 } }", "number", "discrete Laplace noise is for integers"),
        ("{ shift = { days = 3 } }", "text", "only dates can be shifted"),
        ("{ pram = { keep = 0.8 } }", "integer", "this treatment is for text"),
        ("{ grid = { level = 5 } }", "number", "a place needs a latitude too"),
    ] {
        only(&typed(treatment, kind), &format!("\"{kind}\" -- {message}"));
    }
    only(&treated("\"redact\"", ""), "\"redact\" -- redacted text is not anonymization");
    let fpe = "{ alphabet = \"0123456789\", key = \"ephemeral\" }";
    only(
        &treated(&format!("{{ fpe = {fpe} }}"), ""),
        &format!("{fpe} -- encryption is not anonymization: whoever has the key gets the values back"),
    );
    let shift = "{ days = 3 }";
    let text = treated(&format!("{{ shift = {shift} }}"), "");
    only(
        &text.replacen("\"controlled\"", "\"public\"", 1),
        &format!("{shift} -- shifted dates are not for the public"),
    );
    only(
        &text.replacen("subject  = \"account_no\"", "subject_is_row = true", 1),
        &format!("{shift} -- a shift needs subjects: all dates of one move together"),
    );
    let identifier =
        |treatment: &str| deidentified(&and(&format!("[columns.x]\nrole = \"identifier\"\ntreatment = {treatment}")));
    assert_eq!(told(&identifier(&format!("{{ fpe = {fpe} }}"))), Vec::<String>::new());
    for treatment in ["\"redact\"", "{ swap = \"class\" }", "{ pram = { keep = 0.5 } }"] {
        assert!(told(&identifier(treatment))[0].ends_with("identifier `x` would be released"), "{treatment}");
    }
}

#[test]
fn other_names_of_treatments_lead_to_ours() {
    for (other, ours) in [
        ("clip", "top_bottom_coding"),
        ("microaggregation", "microaggregate"),
        ("date_shift", "shift"),
        ("geohash", "grid"),
    ] {
        let list = parsed(&with("{ round = 10 }", &format!("{{ {other} = 1 }}"))).unwrap_err();
        assert_eq!((list.len(), &list[0].message), (1, &format!("there is no treatment `{other}`")));
        assert_eq!(list[0].help, Some(format!("did you mean `{ours}`?")));
    }
    let list = parsed(&with("{ round = 10 }", "{ noize = { kind = \"laplace\", scale = 1 } }")).unwrap_err();
    assert_eq!(
        (&list[0].message, &list[0].help),
        (&"unknown key `noize`".into(), &Some("did you mean `noise`?".into()))
    );
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
