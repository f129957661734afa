//! Spans of OpenTelemetry for runs: one for each pipeline, and below it one for each stage.
//!
//! Spans have names of stages, of the pipeline and its file, counts, seconds and memory; never a value. They are sent once the run
//! has ended, and what cannot be sent in time is a warning: nothing of the run depends on it.

mod messages;
mod settings;

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use self::messages::{KeyValue, Request, Resource, ResourceSpans, Scope, ScopeSpans, Span, Status, attribute};
use self::settings::{Parent, Settings};
use super::post::{Header, Why, post};
use super::prepare::random_secret;
use super::progress;
use super::runs::Ended;
use crate::error::{Error, Result};
use crate::source::interrupted;

/// A collector that did not answer once is not waited for so long again in this process.
static LATE: AtomicBool = AtomicBool::new(false);
/// For a collector that did not answer.
const BRIEF: Duration = Duration::from_secs(1);
/// For one who was told to stop.
const LAST: Duration = Duration::from_millis(200);

/// Tells the collector, where the environment names one, how a run ended.
pub fn tell(ended: &Ended, stages: &[progress::Ended]) {
    let told = match Settings::of(|name| std::env::var(name).ok()) {
        Ok(None) => return,
        Ok(Some(settings)) => told(&settings, ended, stages),
        Err(wrong) => Err(wrong),
    };
    if let Err(why) = told {
        let why = format!("the spans of a run were not sent: {why}");
        tracing::warn!(pipeline = ended.pipeline, error = why, "traces");
        super::tell(&format!("warning: {why}\n"));
    }
}

fn told(settings: &Settings, ended: &Ended, stages: &[progress::Ended]) -> std::result::Result<(), String> {
    let spans = spans(ended, stages, settings.parent).map_err(|error| error.to_string())?;
    let scope = Scope { name: "tuomin".into(), version: env!("CARGO_PKG_VERSION").into() };
    let request = Request {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource { attributes: settings.resource.clone() }),
            scope_spans: vec![ScopeSpans { scope: Some(scope), spans }],
        }],
    };
    send(settings, &request)
}

/// Sends a request, again where the server asks for it, until the time is over.
fn send(settings: &Settings, request: &Request) -> std::result::Result<(), String> {
    let mut body = if settings.json { request.json().to_string().into_bytes() } else { request.protobuf() };
    if settings.gzip {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        body = packed.write_all(&body).and_then(|()| packed.finish()).map_err(|_| "they could not be packed")?;
    }
    let authorities = settings.authorities.as_ref().map(std::fs::read).transpose();
    let authorities = authorities.map_err(|_| "the file of `OTEL_EXPORTER_OTLP_CERTIFICATE` cannot be read")?;
    let patience = match (interrupted(), LATE.load(Ordering::Relaxed)) {
        (Err(_), _) => LAST,
        (Ok(()), true) => BRIEF,
        (Ok(()), false) => settings.timeout,
    };
    let end = Instant::now() + settings.timeout.min(patience);
    let mut pause = Duration::from_millis(250);
    loop {
        let kind = if settings.json { "application/json" } else { "application/x-protobuf" };
        let mut headers = vec![Header::plain("content-type", kind)];
        headers.extend(settings.gzip.then(|| Header::plain("content-encoding", "gzip")));
        let secret =
            |(name, value): &(String, crate::secret::Secret<String>)| Header::secret(name, value.expose().clone());
        headers.extend(settings.headers.iter().map(secret));
        let left = end.saturating_duration_since(Instant::now());
        let why = match post(settings.url.expose(), headers, body.clone(), left, authorities.as_deref()) {
            Ok(()) => return Ok(()),
            Err(why) => why,
        };
        let again = matches!(why, Why::Status(429 | 502 | 503 | 504));
        if !again || Instant::now() + pause >= end || interrupted().is_err() {
            LATE.store(true, Ordering::Relaxed);
            return Err(why.to_string());
        }
        std::thread::sleep(pause);
        pause *= 2;
    }
}

/// The span of the run, and those of its stages below it.
fn spans(ended: &Ended, stages: &[progress::Ended], parent: Option<Parent>) -> Result<Vec<Span>> {
    let (now, wall) = (Instant::now(), SystemTime::now());
    let since_1970 = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let nanoseconds = |time: SystemTime| u64::try_from(since_1970(time)).unwrap_or(u64::MAX);
    // clocks that are set back during a run do not make it shorter
    let at = |instant: Instant| nanoseconds(wall - now.saturating_duration_since(instant));
    let trace_id = parent.map_or_else(id::<16>, |(trace, _)| Ok(trace.to_vec()))?;
    let root = Span {
        trace_id: trace_id.clone(),
        span_id: id::<8>()?,
        parent_span_id: parent.map_or_else(Vec::new, |(_, span)| span.to_vec()),
        name: "tuomin run".into(),
        kind: 1,
        start_time_unix_nano: nanoseconds(wall - Duration::try_from_secs_f64(ended.seconds).unwrap_or_default()),
        end_time_unix_nano: nanoseconds(wall),
        attributes: attributes(ended),
        status: Some(status(ended.outcome.as_ref().err())),
    };
    let mut spans = vec![root];
    for (index, stage) in stages.iter().enumerate() {
        let mut attributes = vec![
            attribute("tuomin.pipeline", ended.pipeline.as_str()),
            attribute("tuomin.rows", stage.rows),
            attribute("tuomin.seconds", stage.took.as_secs_f64()),
        ];
        attributes.extend(stage.peak.map(|peak| attribute("tuomin.peak_memory_bytes", peak)));
        // what went wrong did so in the last one
        let last = index + 1 == stages.len();
        spans.push(Span {
            trace_id: trace_id.clone(),
            span_id: id::<8>()?,
            parent_span_id: spans[0].span_id.clone(),
            name: stage.name.into(),
            kind: 1,
            start_time_unix_nano: at(stage.since).max(spans[0].start_time_unix_nano),
            end_time_unix_nano: at(stage.since + stage.took),
            attributes,
            status: Some(status(ended.outcome.as_ref().err().filter(|_| last))),
        });
    }
    Ok(spans)
}

/// A refusal is an answer and no error: its verdict tells it.
fn status(error: Option<&Error>) -> Status {
    match error {
        None | Some(Error::Refused(_)) => Status::default(),
        Some(error) => Status { message: error.to_string(), code: 2 },
    }
}

fn attributes(ended: &Ended) -> Vec<KeyValue> {
    let account = &ended.account;
    let mut all = vec![
        attribute("tuomin.pipeline", ended.pipeline.as_str()),
        attribute("tuomin.verdict", ended.verdict()),
        attribute("process.exit.code", u64::from(ended.code())),
        attribute("tuomin.seconds", ended.seconds),
    ];
    all.extend(account.name.iter().map(|name| attribute("tuomin.name", name.as_str())));
    for (key, value) in [
        ("tuomin.rows_read", account.rows_read),
        ("tuomin.rows_released", account.rows_released),
        ("tuomin.rows_suppressed", account.rows_suppressed),
        ("tuomin.k_required", account.k_asked),
        ("tuomin.k_reached", account.k_reached),
        ("tuomin.peak_memory_bytes", progress::peak()),
    ] {
        all.extend(value.map(|value| attribute(key, value)));
    }
    all
}

/// Random bytes that are not all zero: these are no id.
fn id<const LENGTH: usize>() -> Result<Vec<u8>> {
    let mut id = random_secret()?.expose()[..LENGTH].to_vec();
    if id.iter().all(|&byte| byte == 0) {
        id[0] = 1;
    }
    Ok(id)
}
