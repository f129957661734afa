use insta::assert_snapshot;

use crate::error::Findings;
use crate::spec::catalog::{AccessType, DataClass, Update};
use crate::spec::{embedded_rules, parse};

/// Shared under a condition: everything that articles 10, 15 and 16 ask for.
const SHARED: &str = r#"name    = "visits"
purpose = "share"
claim   = "anonymized"
rules   = "cn-gbt42460-2023"
context = "controlled"
[declaration]
source_basis = "b"
provider = "p"
recipient = "示例医学研究中心"
use = "u"
[catalog]
abstract = "住院记录"
class = { scheme = "GB/T 4754-2017", code = "Q8411", name = "综合医院" }
update = "yearly"
data_class = "social"
secret = "none"
provider_code = "12120000000000001T"
share_type = "conditional"
share_condition = "伦理委员会批准的研究"
share_method = "共享平台"
basis = "个人信息保护法第二十三条"
use_requirements = "仅限申请所列课题"
[source]
path = "visits.csv"
subject = "patient"
[privacy]
k = 5
[columns.district]
role = "quasi"
"#;

const OPENED: [(&str, &str); 3] = [
    ("\"share\"", "\"open\""),
    ("share_type = \"conditional\"\nshare_condition", "open_type = \"conditional\"\nopen_condition"),
    ("share_method", "open_method"),
];

/// A text with these replaced, one after the other.
fn changed(text: &str, changes: &[(&str, &str)]) -> String {
    changes.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "the pipeline has no {from:?}");
        text.replacen(from, to, 1)
    })
}

fn with(from: &str, to: &str) -> String {
    changed(SHARED, &[(from, to)])
}

fn opened(changes: &[(&str, &str)]) -> String {
    changed(&changed(SHARED, &OPENED), changes)
}

/// What is underlined and what is said about it.
fn told(text: &str) -> Vec<String> {
    match parse(text, &embedded_rules()) {
        Ok(_) => Vec::new(),
        Err(list) => list.iter().map(|found| format!("{} -- {}", &text[found.span.clone()], found.message)).collect(),
    }
}

#[track_caller]
fn only(text: &str, expected: &str) {
    assert_eq!(told(text), [expected]);
}

/// Takes a line out.
fn without(text: &str, key: &str) -> String {
    let kept: Vec<&str> = text.lines().filter(|line| !line.starts_with(key)).collect();
    assert!(kept.len() < text.lines().count(), "the pipeline has no {key}");
    kept.join("\n") + "\n"
}

#[test]
fn the_section_means_what_it_says() {
    let catalog = parse(SHARED, &embedded_rules()).unwrap().catalog.unwrap();
    assert_eq!((catalog.update, catalog.data_class), (Update::Yearly, DataClass::Social));
    assert_eq!(catalog.share_type, Some(AccessType::Conditional));
    assert_eq!((catalog.class.code.as_str(), catalog.summary.as_str()), ("Q8411", "住院记录"));
    assert!(told(&opened(&[])).is_empty());
}

#[test]
fn data_are_shared_and_opened_by_a_catalogue_and_traded_without_one() {
    let start = SHARED.find("[catalog]").unwrap();
    let end = SHARED.find("[source]").unwrap();
    let bare = format!("{}{}", &SHARED[..start], &SHARED[end..]);
    only(&bare, "\"share\" -- data that no catalogue knows cannot be shared");
    only(&bare.replacen("\"share\"", "\"open\"", 1), "\"open\" -- data that no catalogue knows cannot be opened");
    let traded = parse(&bare.replacen("\"share\"", "\"trade\"", 1), &embedded_rules()).unwrap();
    assert_eq!(traded.catalog, None);
}

#[test]
fn what_article_10_lists_is_there_for_the_purpose_that_needs_it() {
    for (key, says) in [
        ("abstract", "catalog -- `catalog` lacks the key `abstract`"),
        ("class", "catalog -- `catalog` lacks the key `class`"),
        ("update", "catalog -- `catalog` lacks the key `update`"),
        ("data_class", "catalog -- `catalog` lacks the key `data_class`"),
        ("secret", "catalog -- `catalog` lacks the key `secret`"),
        ("share_method", "catalog -- the catalogue does not tell in which way the data are shared"),
        ("use_requirements", "catalog -- the catalogue does not tell the 使用要求"),
    ] {
        only(&without(SHARED, key), says);
    }
    let traded = with("\"share\"", "\"trade\"");
    for key in ["share_method", "use_requirements"] {
        assert!(told(&without(&traded, key)).is_empty(), "{key} is not asked for in trade");
    }
}

#[test]
fn a_type_decides_whether_data_go_out() {
    let refused = "\"none\" -- the catalogue says 不予共享: the data must not be shared";
    let none = [("\"conditional\"\nshare_condition = \"伦理委员会批准的研究\"", "\"none\"")];
    only(&changed(SHARED, &none), refused);
    // the matching purpose only: shared with nobody, yet traded
    assert!(told(&changed(&changed(SHARED, &none), &[("\"share\"", "\"trade\"")])).is_empty());
    let none = [("\"conditional\"\nopen_condition = \"伦理委员会批准的研究\"", "\"none\"")];
    only(&opened(&none), "\"none\" -- the catalogue says 不予开放: the data must not be opened");
    let untyped = with("share_type = \"conditional\"\nshare_condition = \"伦理委员会批准的研究\"\n", "");
    only(&untyped, "catalog -- nothing says whether the data may be shared");
}

#[test]
fn a_condition_needs_its_words_its_basis_and_its_recipient() {
    only(&without(SHARED, "share_condition"), "\"conditional\" -- nothing says under which condition");
    only(&without(SHARED, "basis"), "\"conditional\" -- this type needs a legal basis");
    for nobody in ["公众", " 所有政务部门 ", "Public"] {
        let found = told(&with("示例医学研究中心", nobody));
        assert_eq!(found, [format!("\"{nobody}\" -- this names no recipient")]);
        assert_eq!(told(&opened(&[("示例医学研究中心", nobody)])).len(), 1, "opened to {nobody}");
    }
    // article 16 asks for the basis of 不予共享 whatever this release is for
    let none =
        [("\"share\"", "\"trade\""), ("\"conditional\"\nshare_condition = \"伦理委员会批准的研究\"", "\"none\"")];
    let text = without(&changed(SHARED, &none), "basis");
    only(&text, "\"none\" -- this type needs a legal basis");
}

#[test]
fn what_is_for_all_has_no_condition_and_is_measured_as_public() {
    only(&with("\"conditional\"", "\"unconditional\""), "share_condition -- there is no condition with this type");
    let all = [("\"conditional\"\nopen_condition = \"伦理委员会批准的研究\"", "\"unconditional\"")];
    only(&opened(&all), "\"controlled\" -- data that are opened without condition are public");
    let public = [all[0], ("\"controlled\"", "\"public\""), ("示例医学研究中心", "公众")];
    assert!(told(&opened(&public)).is_empty(), "all may be named as the recipient of what is for all");
}

#[test]
fn secrets_stay_and_the_code_of_the_provider_is_one() {
    only(
        &with("secret = \"none\"", "secret = \"confidential\""),
        "\"confidential\" -- data marked 机密 are not released",
    );
    let wrong = "this is not a unified social credit code";
    for code in ["12120000000000001K", "1212000000000000", "示例医院示例医院"] {
        only(&with("12120000000000001T", code), &format!("\"{code}\" -- {wrong}"));
    }
    only(&with("\"住院记录\"", "\" \""), "\" \" -- `abstract` is empty");
}

#[test]
fn findings_say_what_would_help() {
    let text =
        changed(SHARED, &[("\"none\"", "\"top-secret\""), ("\"conditional\"", "\"none\""), ("\"yearly\"", "\"year\"")]);
    let list = parse(&text, &embedded_rules()).unwrap_err();
    assert_snapshot!(Findings { path: "p.toml".into(), text, list }.render(false), @r#"
    error: `update` cannot be `year`
      --> p.toml:14:10
       |
    14 | update = "year"
       |          ^^^^^^
       |
       = help: did you mean `yearly`?

    error: data marked 绝密 are not released
      --> p.toml:16:10
       |
    16 | secret = "top-secret"
       |          ^^^^^^^^^^^^
       |
       = help: article 20: state secrets must first lose their mark in the way that the law knows

    error: the catalogue says 不予共享: the data must not be shared
      --> p.toml:18:14
       |
    18 | share_type = "none"
       |              ^^^^^^
       |
       = help: another `purpose`, or another type if the authority confirms it: article 15

    error: there is no condition with this type
      --> p.toml:19:1
       |
    19 | share_condition = "伦理委员会批准的研究"
       | ^^^^^^^^^^^^^^^
       |
       = help: leave it out, or say `share_type = "conditional"`
    "#);
}
