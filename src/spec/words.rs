//! Words that a pipeline may not use yet or ever, and the words that it may have meant.

/// Models of `[privacy]` that later versions bring.
const LATER_MODELS: [&str; 5] = ["p_sensitivity", "differential_privacy", "epsilon", "m_invariance", "profitability"];

const LATER_TREATMENTS: [&str; 2] = ["sample", "synthesize"];

/// Other names of treatments, with the ones used here.
const TREATMENTS: [(&str, &str); 20] = [
    ("clip", "top_bottom_coding"),
    ("winsorize", "top_bottom_coding"),
    ("top_code", "top_bottom_coding"),
    ("top_coding", "top_bottom_coding"),
    ("bottom_coding", "top_bottom_coding"),
    ("microaggregation", "microaggregate"),
    ("laplace", "noise"),
    ("gaussian", "noise"),
    ("perturb", "noise"),
    ("date_shift", "shift"),
    ("shift_dates", "shift"),
    ("postrandomize", "pram"),
    ("shuffle", "swap"),
    ("permute", "swap"),
    ("geohash", "grid"),
    ("encrypt", "fpe"),
    ("ff1", "fpe"),
    ("pseudonymize", "token"),
    ("suppress", "drop"),
    ("anonymize_text", "redact"),
];

const LATER_FORMATS: [&str; 5] = ["json", "database", "sql", "orc", "avro"];

/// Other names of formats, with the ones used here.
const FORMATS: [(&str, &str); 7] = [
    ("excel", "xlsx"),
    ("xlsm", "xlsx"),
    ("jsonl", "ndjson"),
    ("arrow", "ipc"),
    ("feather", "ipc"),
    ("tsv", "csv"),
    ("hive", "parquet"),
];

const UNKEYED: [&str; 12] =
    ["hash", "md5", "sha1", "sha-1", "sha256", "sha-256", "sha512", "sha-512", "sm3", "blake3", "blake2b", "crc32"];

/// A message and the help that goes with it.
pub(super) type Said = (String, String);

/// Writes a name of the file as code.
pub(super) fn quoted(name: &str) -> String {
    format!("`{name}`")
}

/// Lists names as code: `a`, `b` and `c`.
pub(super) fn listed<S: AsRef<str>>(names: &[S], and: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| quoted(name.as_ref())).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} {and} {last}", rest.join(", ")),
        _ => quoted.join(""),
    }
}

/// Returns the name that was probably meant: the nearest by edits, if near enough.
pub(super) fn nearest<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let lower = word.to_lowercase();
    let near = names.into_iter().map(|name| (strsim::damerau_levenshtein(&lower, &name.to_lowercase()), name));
    let (edits, name) = near.min_by_key(|(edits, _)| *edits)?;
    let letters = word.chars().count().max(name.chars().count());
    (edits <= (letters / 3).max(1)).then_some(name)
}

/// What to say of an unknown key that is not a mistake of spelling.
pub(super) fn special_key(path: &[String], key: &str) -> Option<Said> {
    match path.last().map(String::as_str) {
        Some("privacy") if path.len() == 1 && LATER_MODELS.contains(&key) => {
            let help = "leave it out: `tuomin schema` lists the models that are there".to_owned();
            Some((format!("the model `{key}` is not there yet"), help))
        }
        Some("treatment") => special_treatment(key),
        _ => None,
    }
}

/// What to say of an unknown word that is not a mistake of spelling.
pub(super) fn special_word(path: &[String], word: &str) -> Option<Said> {
    let lower = word.to_lowercase();
    match path.last().map(String::as_str) {
        Some("treatment") => special_treatment(&lower),
        Some("algorithm") if UNKEYED.contains(&lower.as_str()) => Some(unkeyed(word)),
        Some("format") => later_format(&lower),
        _ => None,
    }
}

/// What to say of a file format that later versions read.
pub(super) fn later_format(format: &str) -> Option<Said> {
    if let Some((_, ours)) = FORMATS.iter().find(|(other, _)| *other == format) {
        return Some((format!("there is no source format `{format}`"), format!("did you mean {}?", quoted(ours))));
    }
    LATER_FORMATS.contains(&format).then(|| {
        let help = "give the data as CSV, NDJSON, Parquet, Arrow IPC or a workbook".to_owned();
        (format!("the source format `{format}` is not there yet"), help)
    })
}

fn special_treatment(word: &str) -> Option<Said> {
    if UNKEYED.contains(&word) {
        return Some(unkeyed(word));
    }
    if let Some((_, ours)) = TREATMENTS.iter().find(|(other, _)| *other == word) {
        return Some((format!("there is no treatment `{word}`"), format!("did you mean {}?", quoted(ours))));
    }
    LATER_TREATMENTS.contains(&word).then(|| {
        let help = "leave it out: `tuomin schema` lists the treatments that are there".to_owned();
        (format!("the treatment `{word}` is not there yet"), help)
    })
}

/// Why hashing without a key is not offered (enumeration: about 4 billion mobile numbers, about 900 million
/// identity numbers of one city).
fn unkeyed(word: &str) -> Said {
    let message = format!(
        "hashing without a key (`{word}`) is not offered: whoever hashes all 4 billion mobile numbers, or the \
         900 million identity numbers of one city, reverses it within minutes"
    );
    let help = "use a key: `treatment = { token = { algorithm = \"hmac-sm3\", key = \"ephemeral\" } }`".to_owned();
    (message, help)
}
