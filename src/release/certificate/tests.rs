use serde_json::json;

use super::*;

/// A small statement about one file; does not depend on the packs of rules that we ship.
pub(crate) fn example(signer: &str) -> Statement {
    let report = Digests::of(b"an example of a report\n");
    let limit = |value: f64| json!({ "value": value, "source": "an example", "confidence": "M/C" });
    let grades = json!({ "low": 0.1, "medium": 0.2, "high": 0.3 });
    let rules = json!({
        "name": "example", "in_force": "2026-01-01", "title": "Rules of an example", "overall_risk": limit(0.05),
        "class_risk": { "public": limit(0.05), "controlled": limit(0.2), "enclave": limit(0.5) },
        "level": { "deidentified": limit(2.0), "anonymized": limit(3.0) },
        "attack": {
            "source": "an example", "confidence": "M/C", "breach": grades,
            "insider": { "low": grades, "medium": grades, "high": grades },
        },
    });
    let predicate = json!({
        "release": "20260601T120000Z-00000000", "name": "example", "claim": "deidentified", "purpose": "share",
        "context": "controlled", "issued_at": "2026-06-01T12:00:00Z",
        "declaration": {
            "source_basis": "contract", "provider": "an example", "recipient": "a reader", "use": "checking by hand",
        },
        "conditions": {
            "claim": "deidentified", "context": "controlled", "k": 5, "suppression_limit": 0.05,
            "sampling_fraction": 1.0, "attacker": null, "rules": rules, "quasi": ["city"], "identifiers": [],
            "tokens": [], "subject_token": null,
        },
        "measures": [{
            "id": "k_anonymity", "value": 7.0, "basis": "release",
            "limit": { "comparison": "at_least", "value": 5.0, "source": "pipeline", "confidence": null },
        }],
        "recoding": [{ "column": "city", "level": 1, "of": 2, "name": "province" }],
        "search": {
            "recoding": "global", "metric": "loss", "value": 0.25, "lower_bound": 0.25, "proven_optimal": true,
            "lattice_size": "3", "nodes_checked": 2, "loss": 0.25, "suppressed_records": 0,
        },
        "counts": { "records_read": 100, "subjects_read": 100, "records_released": 100 },
        "logical": [], "tool": { "name": "tuomin", "version": "0.1.0" }, "pipeline": Digests::of(b"pipeline"),
        "source_sha256": "0".repeat(64), "token_keys": [], "signer": { "key": signer, "local": false },
    });
    statement(vec![Subject { name: "report.txt".into(), digest: report }], serde_json::from_value(predicate).unwrap())
}

#[test]
fn pae_is_that_of_the_specification() {
    // the example of the DSSE v1 protocol document
    assert_eq!(
        pae("http://example.com/HelloWorld", b"hello world"),
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    );
}

/// Every field that is written is in the schema, and the schema allows no other where we allow none.
#[test]
fn the_schema_is_that_of_what_is_written() {
    let schema = schema();
    let written = serde_json::to_value(example("00")).unwrap();
    let names = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    for name in names(&written) {
        assert!(schema["properties"].get(&name).is_some(), "{name}");
    }
    let predicate = &schema["$defs"]["Predicate"];
    assert_eq!(predicate["additionalProperties"], json!(false));
    for name in names(&written["predicate"]) {
        assert!(predicate["properties"].get(&name).is_some(), "{name}");
    }
    assert!(schema["$defs"]["Digests"]["properties"]["sm3"]["pattern"].is_string(), "{schema:#}");
}
