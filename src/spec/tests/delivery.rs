//! Where releases are put.

use super::*;
use crate::error::Findings;

#[test]
fn a_place_is_a_bucket_and_a_prefix() {
    let place = |path: &str, store: &str| {
        parsed(&and(&format!("[release]\npath = \"{path}\"\n{store}"))).map(|pipeline| pipeline.delivery)
    };
    let store = "[release.store]\nendpoint = \"https://s3.example.cn\"\naccess_key = \"env:A\"\n\
                 secret_key = \"file:/run/secrets/s\"\nca = \"own.pem\"\ntimeout_seconds = 60";
    let bucket = BucketSpec {
        name: "grid".into(),
        endpoint: Some("https://s3.example.cn".into()),
        region: "us-east-1".into(),
        keys: Some((KeyRef::Env("A".into()), KeyRef::File("/run/secrets/s".into()), None)),
        ca: Some("own.pem".into()),
        allow_http: false,
        timeout_seconds: 60,
    };
    for prefix in ["", "releases/", "电力/2025 v1/"] {
        let expected = PlaceSpec { bucket: bucket.clone(), prefix: prefix.into() };
        assert_eq!(place(&format!("s3://grid/{prefix}"), store), Ok(Some(expected)), "{prefix}");
    }
    let open = place("s3://grid/", "").unwrap().unwrap().bucket;
    assert_eq!((open.keys, open.endpoint), (None, None));
    assert_eq!(parsed(EXAMPLE).unwrap().delivery, None);
}

#[test]
fn what_is_no_place_is_told() {
    let long = format!("s3://b/{}/", "a".repeat(500));
    for path in [
        "",
        "out",
        "/out/",
        "s3:/b/",
        "S3://b/",
        "s3://",
        "s3://b",
        "s3:///",
        "s3:///p/",
        "s3://b/p",
        "s3://b/*/",
        "s3://b*/p/",
        "s3://b//",
        "s3://b/p//q/",
        "s3://b/../",
        "s3://b/./p/",
        "s3://b/p?x/",
        "s3://b/{x}/",
        "s3://b:1/p/",
        &long,
    ] {
        let text = and(&format!("[release]\npath = \"{path}\""));
        only(&text, &format!("\"{path}\" -- this does not name a folder of a store"));
    }
    only(&and("[release.store]\nregion = \"r\""), "store -- `store` is of no use: nothing is put there");
}

#[test]
fn how_the_store_is_reached_is_checked_and_secrets_are_not_shown() {
    let with = |path: &str, store: &str| and(&format!("[release]\npath = \"{path}\"\n[release.store]\n{store}"));
    let text = |store: &str| with("s3://b/p/", store);
    only(&text("access_key = \"env:A\""), "store -- one of the two keys is missing");
    only(
        &text("endpoint = \"http://s3.example.cn\""),
        "\"http://s3.example.cn\" -- the cells would cross the network in clear",
    );
    only(&text("endpoint = \"s3.example.cn\""), "\"s3.example.cn\" -- this is not an address");
    only(&text("timeout_seconds = 0"), "0 -- `timeout_seconds` must be at least 1");
    for secret in [
        text("access_key = \"canary\"\nsecret_key = \"env:B\""),
        text("access_key = \"env:A\"\nsecret_key = \"canary\""),
        text("access_key = \"env:A\"\nsecret_key = \"env:B\"\nsession_token = \"canary\""),
        text("endpoint = \"https://a:canary@s3.example.cn\""),
        with("s3://a:canary@b/p/", ""),
    ] {
        let list = parsed(&secret).unwrap_err();
        assert_eq!(list.len(), 1, "{list:?}");
        let shown = Findings { path: "p".into(), list, text: secret }.render(false);
        assert!(shown.contains("must not stand in") && !shown.contains("canary"), "{shown}");
    }
}
