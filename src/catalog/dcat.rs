//! `catalog.json`: the article 10 entry as DCAT 3 in JSON-LD.

use serde_json::{Map, Value, json};

use super::package::{MEDIA_TYPE, description, kind, pretty};
use super::{CatalogData, Column, File, PACKAGE};
use crate::spec::catalog::{AccessType, Catalog, Update};
use crate::spec::{Claim, Context, Purpose};

const AUTHORITY: &str = "http://publications.europa.eu/resource/authority";

/// The catalogue's own terms, under the words of the catalogue: 政务信息资源目录 core metadata and article 10.
const TERMS: [(&str, &str); 25] = [
    ("信息资源名称", "resourceTitle"),
    ("信息资源代码", "resourceCode"),
    ("提供方名称", "providerName"),
    ("提供方代码", "providerCode"),
    ("摘要", "abstract"),
    ("分类标准", "classScheme"),
    ("分类编号", "classCode"),
    ("分类名称", "className"),
    ("格式分类", "formatClass"),
    ("格式类型", "formatType"),
    ("数据类别", "dataClass"),
    ("涉密性", "secrecy"),
    ("更新周期", "updateCycle"),
    ("共享类型", "shareType"),
    ("共享条件", "shareCondition"),
    ("共享方式", "shareMethod"),
    ("开放类型", "openType"),
    ("开放条件", "openCondition"),
    ("开放方式", "openMethod"),
    ("依据", "legalBasis"),
    ("备案号", "filingNumber"),
    ("使用要求", "useRequirements"),
    ("接收方", "recipient"),
    ("用途", "use"),
    ("结论", "claim"),
];

/// Writes the entry: one `dcat:Dataset` with a `dcat:Distribution` per file.
///
/// Its links are relative, so that it holds wherever the release lies; its context stands in it, so that a reader
/// needs no network. What the pipeline does not say is left out.
///
/// # References
/// W3C, *Data Catalog Vocabulary (DCAT) - Version 3*, 2024. 天津市促进大数据发展应用条例, article 10. Frequencies and
/// access rights: authority tables of the EU Publications Office.
pub fn catalog(data: &CatalogData) -> String {
    let catalog = data.catalog.as_ref();
    let mut entry = Map::new();
    let mut put = |key: &str, value: Value| {
        entry.insert(key.to_owned(), value);
    };
    put("@context", context());
    put("@id", json!("#dataset"));
    put("@type", json!("dcat:Dataset"));
    put("dct:identifier", json!(data.release));
    let title = catalog.and_then(|catalog| catalog.title.as_ref()).unwrap_or(&data.name);
    put("dct:title", spoken(title, catalog.and_then(|catalog| catalog.title_en.as_deref())));
    let told = data.declaration.purpose_of_use.as_str();
    let summary = catalog.map_or(told, |catalog| catalog.summary.as_str());
    put("dct:description", spoken(summary, catalog.and_then(|catalog| catalog.summary_en.as_deref())));
    put("dct:publisher", publisher(data));
    put("dct:issued", json!({ "@value": data.issued_at, "@type": "xsd:dateTime" }));
    put("dct:language", json!({ "@id": format!("{AUTHORITY}/language/ZHO"), "@type": "dct:LinguisticSystem" }));
    put("dct:accessRights", access_rights(data));
    put(
        "dct:provenance",
        json!({ "@type": "dct:ProvenanceStatement", "rdfs:label": zh(&data.declaration.source_basis) }),
    );
    put("dct:conformsTo", json!({ "@type": "dct:Standard", "dct:title": data.rules }));
    if let Some(catalog) = catalog {
        put("dct:accrualPeriodicity", json!({ "@id": frequency(catalog.update), "@type": "dct:Frequency" }));
        put("dcat:theme", theme(catalog));
        catalogued(catalog, &mut put);
    }
    put("信息资源名称", json!(title));
    put("提供方名称", json!(data.declaration.provider));
    put("接收方", json!(data.declaration.recipient));
    put("用途", json!(data.declaration.purpose_of_use));
    let claim = match data.claim {
        Claim::Deidentified => "去标识化",
        Claim::Anonymized => "匿名化",
    };
    put("结论", json!(claim));
    put("格式分类", json!("自描述格式"));
    put("格式类型", json!("Apache Parquet"));
    put("odrl:hasPolicy", policy(data));
    put("tm:records", json!({ "@value": data.records.to_string(), "@type": "xsd:nonNegativeInteger" }));
    put("tm:certificate", json!({ "@id": "certificate.json" }));
    put("foaf:page", json!({ "@id": "report.html", "@type": "foaf:Document" }));
    put("dcat:distribution", Value::from(data.files.iter().map(|file| distribution(data, file)).collect::<Vec<_>>()));
    pretty(&Value::Object(entry))
}

fn context() -> Value {
    let mut context = json!({
        "csvw": "http://www.w3.org/ns/csvw#",
        "dcat": "http://www.w3.org/ns/dcat#",
        "dct": "http://purl.org/dc/terms/",
        "foaf": "http://xmlns.com/foaf/0.1/",
        "odrl": "http://www.w3.org/ns/odrl/2/",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "skos": "http://www.w3.org/2004/02/skos/core#",
        "spdx": "http://spdx.org/rdf/terms#",
        "tm": "https://tuomin.dev/catalog/v1#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
    });
    for (word, term) in TERMS {
        context[word] = json!({ "@id": format!("tm:{term}"), "@language": "zh" });
    }
    // a code is in no language
    for word in ["信息资源代码", "提供方代码", "分类标准", "分类编号", "备案号"] {
        context[word]["@language"] = Value::Null;
    }
    context
}

fn zh(text: &str) -> Value {
    json!({ "@value": text, "@language": "zh" })
}

/// A text in Chinese, and in English where there is one.
fn spoken(text: &str, en: Option<&str>) -> Value {
    match en {
        None => zh(text),
        Some(en) => json!([zh(text), { "@value": en, "@language": "en" }]),
    }
}

fn publisher(data: &CatalogData) -> Value {
    let mut agent = json!({ "@id": "#publisher", "@type": "foaf:Agent", "foaf:name": zh(&data.declaration.provider) });
    if let Some(code) = data.catalog.as_ref().and_then(|catalog| catalog.provider_code.as_ref()) {
        agent["dct:identifier"] = json!(code);
        agent["提供方代码"] = json!(code);
    }
    agent
}

/// The keys of `[catalog]` under the words of the catalogue.
fn catalogued(catalog: &Catalog, put: &mut impl FnMut(&str, Value)) {
    let words = [
        ("信息资源代码", catalog.code.as_deref()),
        ("摘要", Some(catalog.summary.as_str())),
        ("分类标准", Some(catalog.class.scheme.as_str())),
        ("分类编号", Some(catalog.class.code.as_str())),
        ("分类名称", Some(catalog.class.name.as_str())),
        ("数据类别", Some(catalog.data_class.zh())),
        ("涉密性", Some(catalog.secret.zh())),
        ("更新周期", Some(catalog.update.zh())),
        ("共享类型", catalog.share_type.map(AccessType::share_zh)),
        ("共享条件", catalog.share_condition.as_deref()),
        ("共享方式", catalog.share_method.as_deref()),
        ("开放类型", catalog.open_type.map(AccessType::open_zh)),
        ("开放条件", catalog.open_condition.as_deref()),
        ("开放方式", catalog.open_method.as_deref()),
        ("依据", catalog.basis.as_deref()),
        ("备案号", catalog.filing.as_deref()),
        ("使用要求", catalog.use_requirements.as_deref()),
    ];
    for (word, text) in words {
        if let Some(text) = text {
            put(word, json!(text));
        }
    }
}

fn theme(catalog: &Catalog) -> Value {
    let class = &catalog.class;
    json!({
        "@type": "skos:Concept",
        "skos:notation": class.code,
        "skos:prefLabel": zh(&class.name),
        "skos:inScheme": { "@type": "skos:ConceptScheme", "dct:title": class.scheme },
    })
}

fn frequency(update: Update) -> String {
    let word = match update {
        Update::Realtime => "CONT",
        Update::Daily => "DAILY",
        Update::Weekly => "WEEKLY",
        Update::Monthly => "MONTHLY",
        Update::Quarterly => "QUARTERLY",
        Update::Yearly => "ANNUAL",
        Update::Irregular => "IRREG",
    };
    format!("{AUTHORITY}/frequency/{word}")
}

/// Public is only what everybody may have; what is shared stays among government departments.
fn access_rights(data: &CatalogData) -> Value {
    let open = data.catalog.as_ref().and_then(|catalog| catalog.open_type) == Some(AccessType::Unconditional);
    let word = match data.purpose {
        Purpose::Open if open && data.context == Context::Public => "PUBLIC",
        Purpose::Open | Purpose::Trade => "RESTRICTED",
        Purpose::Share => "NON_PUBLIC",
    };
    json!({ "@id": format!("{AUTHORITY}/access-right/{word}"), "@type": "dct:RightsStatement" })
}

/// Who may use the data for what: article 18 for what is shared.
fn policy(data: &CatalogData) -> Value {
    let constraint = json!({
        "@type": "odrl:Constraint",
        "odrl:leftOperand": { "@id": "odrl:purpose" },
        "odrl:operator": { "@id": "odrl:eq" },
        "odrl:rightOperand": zh(&data.declaration.purpose_of_use),
    });
    let mut policy = json!({
        "@type": "odrl:Agreement",
        "odrl:target": { "@id": "#dataset" },
        "odrl:assigner": { "@id": "#publisher" },
        "odrl:assignee": { "@type": "foaf:Agent", "foaf:name": zh(&data.declaration.recipient) },
        "odrl:permission": {
            "@type": "odrl:Permission",
            "odrl:action": { "@id": "odrl:use" },
            "odrl:constraint": constraint,
        },
    });
    if data.purpose == Purpose::Share {
        policy["odrl:prohibition"] =
            json!({ "@type": "odrl:Prohibition", "odrl:action": { "@id": "odrl:distribute" } });
    }
    policy
}

fn distribution(data: &CatalogData, file: &File) -> Value {
    json!({
        "@type": "dcat:Distribution",
        "dct:title": file.path,
        "dcat:accessURL": { "@id": file.path },
        "dcat:downloadURL": { "@id": file.path },
        "dcat:mediaType": {
            "@id": format!("https://www.iana.org/assignments/media-types/{MEDIA_TYPE}"),
            "@type": "dct:MediaType",
        },
        "dct:conformsTo": { "@id": PACKAGE, "@type": "dct:Standard" },
        "dcat:byteSize": { "@value": file.bytes.to_string(), "@type": "xsd:nonNegativeInteger" },
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": { "@id": "spdx:checksumAlgorithm_sha256" },
            "spdx:checksumValue": { "@value": file.sha256, "@type": "xsd:hexBinary" },
        },
        "csvw:tableSchema": {
            "@type": "csvw:Schema",
            "csvw:column": { "@list": data.columns.iter().map(column).collect::<Vec<_>>() },
        },
    })
}

/// A 信息项: name, type and what was done to it.
fn column(column: &Column) -> Value {
    json!({
        "@type": "csvw:Column",
        "csvw:name": column.name,
        "csvw:datatype": kind(&column.kind),
        "dct:description": zh(&description(column)),
    })
}
