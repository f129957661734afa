//! How a reader checks a release without this program: the commands.

use super::ReportData;

/// Unpacks the envelope: the signed statement, what exactly was signed (DSSE v1), the signature and the digests.
pub const UNPACK: &str = r#"python3 - <<'END'
import base64, json
envelope = json.load(open("certificate.json"))
payload = base64.b64decode(envelope["payload"])
kind = envelope["payloadType"].encode()
open("statement.json", "wb").write(payload)
open("signed.bin", "wb").write(b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload))
open("signature.bin", "wb").write(base64.b64decode(envelope["signatures"][0]["sig"]))
with open("SHA256SUMS", "w") as sums:
    for file in json.loads(payload)["subject"]:
        sums.write(file["digest"]["sha256"] + "  " + file["name"] + "\n")
END"#;

pub const BYTES: &str = "sha256sum --check SHA256SUMS";

/// Checks the signature, by the algorithm of the key.
pub fn signature(data: &ReportData) -> String {
    let user = data.signing_key.as_ref().and_then(|key| key.user_id.as_ref());
    let sm2 = user
        .map_or_else(String::new, |user| format!(" -digest sm3 \\\n  -pkeyopt {}", quoted(&format!("distid:{user}"))));
    format!(
        "openssl pkeyutl -verify -pubin -inkey producer.pub.pem -rawin{sm2} \\\n  -in signed.bin -sigfile signature.bin"
    )
}

pub const KEY_ID: &str = "openssl pkey -pubin -in producer.pub.pem -outform DER | sha256sum";

pub const FOOTER: &str = r#"import pyarrow.parquet as pq
footer = pq.read_metadata("data/part-00000.parquet").metadata
print(footer[b"tuomin.certificate"].decode())"#;

/// Checks the release, with the producer's key and ledger.
pub fn verify(data: &ReportData) -> String {
    format!("tuomin verify {} --key producer.pub.pem --ledger ledger.jsonl", quoted(&data.release))
}

/// Counts `k` with any SQL engine that reads Parquet; `None` where the columns are not told.
pub fn smallest_class(data: &ReportData) -> Option<String> {
    let assumed = data.assumptions.as_ref().filter(|assumed| !assumed.quasi.is_empty())?;
    let name = |column: &String| format!("\"{}\"", column.replace('"', "\"\""));
    let counted = assumed.subject_token.as_ref().map_or("*".into(), |token| format!("DISTINCT {}", name(token)));
    let quasi: Vec<String> = assumed.quasi.iter().map(name).collect();
    Some(format!(
        "SELECT min(subjects) AS k FROM (\n  SELECT count({counted}) AS subjects\n  FROM 'data/*.parquet'\n  GROUP BY {}\n)",
        quasi.join(", ")
    ))
}

/// A word of a shell's command line.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:@".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.into() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}
