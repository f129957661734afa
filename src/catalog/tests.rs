use arrow::datatypes::DataType;
use serde_json::Value;

use super::*;
use crate::spec::catalog::{AccessType, Class, DataClass, Secrecy, Update};
use crate::spec::{Catalog, Claim, Context, Declaration, Purpose, Role};
use crate::table::{Domain, EquivalenceTable, Footprints};

fn declaration() -> Declaration {
    Declaration {
        source_basis: "诊疗服务关系".into(),
        provider: "示例医院".into(),
        recipient: "示例医学研究中心".into(),
        purpose_of_use: "住院费用研究".into(),
    }
}

fn entry() -> Catalog {
    Catalog {
        title: Some("住院记录".into()),
        title_en: Some("Hospital visits".into()),
        code: Some("307001012000/000001".into()),
        summary: "三年的住院记录".into(),
        summary_en: None,
        class: Class { scheme: "GB/T 4754-2017".into(), code: "Q8411".into(), name: "综合医院".into() },
        update: Update::Yearly,
        data_class: DataClass::Social,
        secret: Secrecy::None,
        provider_code: Some("12120000000000001T".into()),
        share_type: Some(AccessType::Conditional),
        share_condition: Some("伦理委员会批准的研究".into()),
        share_method: Some("共享平台".into()),
        open_type: None,
        open_condition: None,
        open_method: None,
        basis: Some("个人信息保护法第二十三条".into()),
        filing: None,
        use_requirements: Some("仅限申请所列课题".into()),
    }
}

fn column(name: &str, kind: DataType, role: Role, labels: &[(&str, u64)]) -> Column {
    let labels = labels.iter().map(|(text, subjects)| Label { text: (*text).into(), subjects: *subjects }).collect();
    Column { name: name.into(), kind, role, treatment: "year (level 3 of 4)".into(), labels }
}

fn data() -> CatalogData {
    CatalogData {
        release: "20260101T000000Z-0a1b2c3d".into(),
        name: "hospital-visits".into(),
        issued_at: "2026-01-01T00:00:00Z".into(),
        claim: Claim::Deidentified,
        purpose: Purpose::Share,
        context: Context::Controlled,
        rules: "cn-health-39725-2020".into(),
        k: 5,
        declaration: declaration(),
        catalog: Some(entry()),
        records: 40,
        columns: vec![
            column("病案号", DataType::Utf8, Role::Identifier, &[]),
            column("年龄", DataType::Utf8, Role::Quasi, &[("[0, 10)", 5), ("[10, 20)", 35)]),
            column("费用", DataType::Float64, Role::Sensitive, &[]),
        ],
        files: vec![File { path: "data/part-00000.parquet".into(), bytes: 17, sha256: "ab".repeat(32) }],
    }
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn package(data: &CatalogData) -> Value {
    read(&data_package(data))
}

#[test]
fn the_entry_has_what_article_10_lists_in_the_words_of_the_catalogue() {
    let entry = read(&catalog(&data()));
    for (word, text) in [
        ("信息资源名称", "住院记录"),
        ("信息资源代码", "307001012000/000001"),
        ("摘要", "三年的住院记录"),
        ("分类编号", "Q8411"),
        ("格式分类", "自描述格式"),
        ("数据类别", "社会数据"),
        ("涉密性", "非涉密"),
        ("更新周期", "每年"),
        ("共享类型", "有条件共享"),
        ("共享条件", "伦理委员会批准的研究"),
        ("共享方式", "共享平台"),
        ("依据", "个人信息保护法第二十三条"),
        ("使用要求", "仅限申请所列课题"),
        ("结论", "去标识化"),
    ] {
        assert_eq!(entry[word], text, "{word}");
        assert!(entry["@context"][word]["@id"].is_string(), "{word} has no meaning in the context");
    }
    assert!(entry.get("开放类型").is_none(), "what is not said is left out");
    assert_eq!(entry["dct:publisher"]["dct:identifier"], "12120000000000001T");
    assert_eq!(entry["dct:title"][1]["@value"], "Hospital visits");
    let file = &entry["dcat:distribution"][0];
    assert_eq!(file["spdx:checksum"]["spdx:checksumValue"]["@value"], "ab".repeat(32));
    assert_eq!(file["csvw:tableSchema"]["csvw:column"]["@list"][2]["csvw:datatype"], "number");
}

#[test]
fn every_word_of_an_entry_has_a_meaning() {
    let entry = read(&catalog(&data()));
    let context = entry["@context"].as_object().unwrap();
    for key in entry.as_object().unwrap().keys().filter(|key| !key.starts_with('@')) {
        let known = context.contains_key(key.split(':').next().unwrap());
        assert!(known, "`{key}` means nothing in the context");
    }
}

#[test]
fn access_follows_from_purpose_and_type() {
    let rights = |purpose, kind, context| {
        let open = Catalog { open_type: kind, ..entry() };
        let entry = read(&catalog(&CatalogData { purpose, context, catalog: Some(open), ..data() }));
        let id = entry["dct:accessRights"]["@id"].as_str().unwrap().to_owned();
        (id.rsplit('/').next().unwrap().to_owned(), entry["odrl:hasPolicy"].get("odrl:prohibition").is_some())
    };
    let said = |word: &str, bound| (word.to_owned(), bound);
    let (all, some) = (Some(AccessType::Unconditional), Some(AccessType::Conditional));
    assert_eq!(rights(Purpose::Open, all, Context::Public), said("PUBLIC", false));
    assert_eq!(rights(Purpose::Open, some, Context::Public), said("RESTRICTED", false));
    assert_eq!(rights(Purpose::Open, all, Context::Controlled), said("RESTRICTED", false));
    assert_eq!(rights(Purpose::Trade, all, Context::Public), said("RESTRICTED", false));
    // article 18: not to third parties
    assert_eq!(rights(Purpose::Share, all, Context::Public), said("NON_PUBLIC", true));
}

#[test]
fn without_a_section_the_entry_tells_what_the_declaration_does() {
    let bare = CatalogData { catalog: None, ..data() };
    let entry = read(&catalog(&bare));
    assert_eq!(entry["dct:title"]["@value"], "hospital-visits");
    assert_eq!(entry["dct:description"]["@value"], "住院费用研究");
    assert!(entry.get("dct:accrualPeriodicity").is_none() && entry.get("更新周期").is_none());
    assert_eq!(package(&bare)["title"], "hospital-visits");
}

#[test]
fn the_package_has_a_resource_per_file_and_types_as_written() {
    let mut data = data();
    data.files.push(File { path: "data/part-00001.parquet".into(), bytes: 18, sha256: "cd".repeat(32) });
    let package = package(&data);
    assert_eq!(package["name"], "20260101t000000z-0a1b2c3d");
    let resources = package["resources"].as_array().unwrap();
    let told: Vec<_> = resources.iter().map(|r| (r["name"].as_str().unwrap(), r["hash"].as_str().unwrap())).collect();
    let hash = |digits: &str| format!("sha256:{}", digits.repeat(32));
    assert_eq!(told, [("part-00000", hash("ab").as_str()), ("part-00001", hash("cd").as_str())]);
    let fields = resources[1]["schema"]["fields"].as_array().unwrap();
    let types: Vec<_> = fields.iter().map(|field| field["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["string", "string", "number"]);
}

#[test]
fn only_labels_that_k_subjects_share_are_listed() {
    let listed = |role, kind, labels: &[(&str, u64)]| {
        let columns = vec![column("年龄", kind, role, labels)];
        let package = package(&CatalogData { columns, ..data() });
        package["resources"][0]["schema"]["fields"][0]["constraints"]["enum"].clone()
    };
    let shared = [("[0, 10)", 5), ("[10, 20)", 35)];
    assert_eq!(listed(Role::Quasi, DataType::Utf8, &shared), Value::from(vec!["[0, 10)", "[10, 20)"]));
    assert_eq!(listed(Role::Quasi, DataType::Utf8, &[("[0, 10)", 4), ("[10, 20)", 35)]), Value::Null);
    assert_eq!(listed(Role::Sensitive, DataType::Utf8, &shared), Value::Null);
    assert_eq!(listed(Role::Quasi, DataType::Int64, &shared), Value::Null);
    assert_eq!(listed(Role::Quasi, DataType::Utf8, &[]), Value::Null);
    let many: Vec<(String, u64)> = (0..101).map(|i| (format!("{i}"), 9)).collect();
    let many: Vec<(&str, u64)> = many.iter().map(|(text, n)| (text.as_str(), *n)).collect();
    assert_eq!(listed(Role::Quasi, DataType::Utf8, &many), Value::Null);
    assert_eq!(listed(Role::Quasi, DataType::Utf8, &many[1..]).as_array().unwrap().len(), 100);
}

#[test]
fn the_subjects_of_a_label_are_those_of_its_largest_class() {
    // three classes: (a, x) 3, (a, y) 4, (null, y) 6; two more subjects have records in the first two
    let (first, a) = Domain::sorted("first", vec![Some("a".into()), Some("a".into()), None]);
    let (second, b) = Domain::sorted("second", vec![Some("x".into()), Some("y".into()), Some("y".into())]);
    let table = EquivalenceTable {
        domains: vec![first, second],
        codes: vec![a, b],
        sensitive: vec![],
        records: vec![5, 6, 6],
        subjects: vec![3, 4, 6],
        spread: Footprints { starts: vec![0, 2], members: vec![0, 1], subjects: vec![2] },
        population: vec![],
    };
    let label = |text: &str, subjects| Label { text: text.into(), subjects };
    assert_eq!(labels(&table, 0), [label("a", 6)], "4 and the 2, not 3 + 4 + 2 twice; null is no label");
    assert_eq!(labels(&table, 1), [label("x", 5), label("y", 6)]);
    assert_eq!(labels(&table, 2), []);
}

#[test]
fn what_was_shared_stays_with_its_recipient_and_its_use() {
    let source = declaration();
    let same = Declaration { provider: "示例医学研究中心".into(), ..declaration() };
    let third = Declaration { recipient: "示例数据公司".into(), ..same.clone() };
    let other = Declaration { purpose_of_use: "营销".into(), ..third.clone() };
    let told = |purpose, now: &Declaration| -> Vec<String> {
        received((purpose, &source), now).into_iter().map(|reason| reason.condition).collect()
    };
    assert!(told(Purpose::Share, &same).is_empty());
    assert_eq!(told(Purpose::Share, &third), ["article_18_third_party"]);
    assert_eq!(told(Purpose::Share, &other), ["article_18_third_party", "article_18_other_use"]);
    assert!(told(Purpose::Trade, &other).is_empty() && told(Purpose::Open, &other).is_empty());
}
