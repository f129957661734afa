//! OpenLineage events of a run: START, then COMPLETE or FAIL, as JSON lines in a file or by POST.
//!
//! Events have names of files and columns, and counts; never a value. An event that cannot be sent is a warning: a
//! release is no less a release because nobody was told.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::account::Account;
use super::post::{self, Header};
use super::prepare::random_secret;
use super::runs::Ended;
use crate::error::{Error, Result};
use crate::source::interrupted;

const PRODUCER: &str = concat!("https://tuomin.dev/", env!("CARGO_PKG_VERSION"));
const EVENT: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";

/// Where events go.
#[derive(Clone)]
pub enum Lineage {
    File(PathBuf),
    /// The whole URL, which may hold a password: it is never shown.
    Http(String),
}

/// One run, which all its events name.
#[derive(Clone)]
pub struct Run {
    lineage: Lineage,
    id: String,
    pipeline: String,
}

impl Lineage {
    /// Reads `http://…`, `https://…`, or the path of a file; a URL without a path gets the usual one.
    pub fn of(place: &str) -> Self {
        let Some(rest) = place.strip_prefix("http://").or_else(|| place.strip_prefix("https://")) else {
            return Self::File(place.into());
        };
        Self::Http(match rest.split_once('/') {
            None => format!("{place}/api/v1/lineage"),
            Some((_, "")) => format!("{place}api/v1/lineage"),
            Some(_) => place.to_owned(),
        })
    }

    fn send(&self, event: &Value) -> Result<()> {
        match self {
            Self::File(path) => {
                let failed = |error| Error::environment(path, "could not write the lineage", error);
                let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
                file.and_then(|mut file| file.write_all(format!("{event}\n").as_bytes())).map_err(failed)
            }
            Self::Http(url) => post(url, event),
        }
    }

    /// Begins a run.
    ///
    /// # Errors
    /// A file that cannot be written: then nothing is begun. A server that does not answer is a warning.
    pub fn begin(&self, pipeline: &Path) -> Result<Run> {
        let mut id = [0; 16];
        id.copy_from_slice(&random_secret()?.expose()[..16]);
        (id[6], id[8]) = (id[6] & 0x0f | 0x40, id[8] & 0x3f | 0x80);
        let hex = hex::encode(id);
        let id = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-");
        let run = Run { lineage: self.clone(), id, pipeline: pipeline.display().to_string() };
        match (self, self.send(&run.event("START", Map::new(), &Account::default()))) {
            (Self::File(_), sent) => sent?,
            (Self::Http(_), sent) => warned(sent),
        }
        Ok(run)
    }
}

/// Posts an event.
fn post(url: &str, event: &Value) -> Result<()> {
    let mut headers = vec![Header::plain("content-type", "application/json")];
    if let Ok(key) = std::env::var("OPENLINEAGE_API_KEY") {
        headers.push(Header::secret("authorization", format!("Bearer {key}")));
    }
    // who was told to stop does not wait for others
    let patience = Duration::from_millis(if interrupted().is_err() { 200 } else { 5000 });
    let sent = post::post(url, headers, event.to_string().into_bytes(), patience, None);
    sent.map_err(|why| Error::surroundings(None, format!("an OpenLineage event was not taken: {why}")))
}

fn warned(sent: Result<()>) {
    if let Err(error) = sent {
        tracing::warn!(error = %error, "lineage");
        super::tell(&format!("warning: {error}\n"));
    }
}

/// A facet with what every facet must say.
fn facet(schema: &str, mut facet: Value) -> Value {
    facet["_producer"] = PRODUCER.into();
    facet["_schemaURL"] = format!("https://openlineage.io/spec/facets/{schema}").into();
    facet
}

impl Run {
    /// Tells how the run ended.
    pub fn end(&self, ended: &Ended) {
        let mut facets = Map::new();
        let kind = match &ended.outcome {
            Ok(_) => "COMPLETE",
            Err(error) => {
                let message = json!({ "message": error.to_string(), "programmingLanguage": "rust" });
                let schema = "1-0-1/ErrorMessageRunFacet.json#/$defs/ErrorMessageRunFacet";
                facets.insert("errorMessage".into(), facet(schema, message));
                "FAIL"
            }
        };
        let mut event = self.event(kind, facets, &ended.account);
        if let Ok(done) = &ended.outcome
            && let Some(folder) = &done.folder
        {
            let name = whole(&folder.join("data"));
            let mut outputs = vec![output("file", &name, &ended.account)];
            let delivered = ended.account.delivered.iter();
            outputs.extend(delivered.map(|data| output(&data.namespace, &data.name, &ended.account)));
            event["outputs"] = outputs.into();
        }
        warned(self.lineage.send(&event));
    }

    fn event(&self, kind: &str, facets: Map<String, Value>, account: &Account) -> Value {
        let fields: Vec<Value> =
            account.columns.iter().map(|(name, kind)| json!({ "name": name, "type": kind })).collect();
        let inputs: Vec<Value> = account
            .inputs
            .iter()
            .map(|dataset| {
                let mut quality = json!({ "columnMetrics": distinct(account) });
                if let Some(bytes) = dataset.bytes {
                    quality["bytes"] = bytes.into();
                }
                // rows are counted over all of them
                if let (Some(rows), 1) = (account.rows_read, account.inputs.len()) {
                    quality["rowCount"] = rows.into();
                }
                let quality_schema =
                    "1-0-2/DataQualityMetricsInputDatasetFacet.json#/$defs/DataQualityMetricsInputDatasetFacet";
                json!({
                    "namespace": dataset.namespace,
                    "name": dataset.name,
                    "facets": { "schema": schema(&fields) },
                    "inputFacets": { "dataQualityMetrics": facet(quality_schema, quality) },
                })
            })
            .collect();
        json!({
            "eventType": kind,
            "eventTime": Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true),
            "run": { "runId": self.id, "facets": facets },
            "job": { "namespace": "tuomin", "name": self.pipeline, "facets": {} },
            "inputs": inputs,
            "outputs": [],
            "producer": PRODUCER,
            "schemaURL": EVENT,
        })
    }
}

fn schema(fields: &[Value]) -> Value {
    facet("1-1-1/SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet", json!({ "fields": fields }))
}

fn distinct(account: &Account) -> Map<String, Value> {
    account.distinct.iter().map(|(name, count)| (name.clone(), json!({ "distinctCount": count }))).collect()
}

fn output(namespace: &str, name: &str, account: &Account) -> Value {
    let fields: Vec<Value> = account.released.iter().map(|name| json!({ "name": name })).collect();
    let mut statistics = json!({});
    if let Some(rows) = account.rows_released {
        statistics["rowCount"] = rows.into();
    }
    let statistics_schema = "1-0-2/OutputStatisticsOutputDatasetFacet.json#/$defs/OutputStatisticsOutputDatasetFacet";
    json!({
        "namespace": namespace,
        "name": name,
        "facets": { "schema": schema(&fields) },
        "outputFacets": { "outputStatistics": facet(statistics_schema, statistics) },
    })
}

fn whole(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}
