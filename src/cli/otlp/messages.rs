//! The messages of OTLP that spans are sent in, as protobuf and as JSON.
//!
//! # References
//! `opentelemetry/proto/trace/v1/trace.proto` of OpenTelemetry's protocol 1.x, whose field numbers are stable.

use prost::Message;
use serde_json::{Value as Json, json};

/// `ExportTraceServiceRequest`.
#[derive(Clone, PartialEq, Message)]
pub struct Request {
    #[prost(message, repeated, tag = "1")]
    pub resource_spans: Vec<ResourceSpans>,
}

#[derive(Clone, PartialEq, Message)]
pub struct ResourceSpans {
    #[prost(message, optional, tag = "1")]
    pub resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    pub scope_spans: Vec<ScopeSpans>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Resource {
    #[prost(message, repeated, tag = "1")]
    pub attributes: Vec<KeyValue>,
}

#[derive(Clone, PartialEq, Message)]
pub struct ScopeSpans {
    #[prost(message, optional, tag = "1")]
    pub scope: Option<Scope>,
    #[prost(message, repeated, tag = "2")]
    pub spans: Vec<Span>,
}

/// `InstrumentationScope`.
#[derive(Clone, PartialEq, Message)]
pub struct Scope {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub version: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct Span {
    /// 16 bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub trace_id: Vec<u8>,
    /// 8 bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub span_id: Vec<u8>,
    /// 8 bytes; none of a span without parent.
    #[prost(bytes = "vec", tag = "4")]
    pub parent_span_id: Vec<u8>,
    #[prost(string, tag = "5")]
    pub name: String,
    /// 1, internal.
    #[prost(int32, tag = "6")]
    pub kind: i32,
    /// Nanoseconds since 1970.
    #[prost(fixed64, tag = "7")]
    pub start_time_unix_nano: u64,
    #[prost(fixed64, tag = "8")]
    pub end_time_unix_nano: u64,
    #[prost(message, repeated, tag = "9")]
    pub attributes: Vec<KeyValue>,
    #[prost(message, optional, tag = "15")]
    pub status: Option<Status>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Status {
    #[prost(string, tag = "2")]
    pub message: String,
    /// 0 unset, 1 ok, 2 error.
    #[prost(int32, tag = "3")]
    pub code: i32,
}

#[derive(Clone, PartialEq, Message)]
pub struct KeyValue {
    #[prost(string, tag = "1")]
    pub key: String,
    #[prost(message, optional, tag = "2")]
    pub value: Option<AnyValue>,
}

#[derive(Clone, PartialEq, Message)]
pub struct AnyValue {
    #[prost(oneof = "Value", tags = "1, 3, 4")]
    pub value: Option<Value>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub enum Value {
    #[prost(string, tag = "1")]
    Text(String),
    #[prost(int64, tag = "3")]
    Integer(i64),
    #[prost(double, tag = "4")]
    Number(f64),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<u64> for Value {
    /// What is larger than there can be becomes the largest.
    fn from(number: u64) -> Self {
        Self::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

/// One attribute.
pub fn attribute(key: &str, value: impl Into<Value>) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value.into()) }) }
}

impl Request {
    pub fn protobuf(&self) -> Vec<u8> {
        self.encode_to_vec()
    }

    /// As the protocol's mapping to JSON wants it: ids in hex, numbers of 64 bits as texts.
    pub fn json(&self) -> Json {
        let attributes = |all: &[KeyValue]| all.iter().map(KeyValue::json).collect::<Vec<_>>();
        let spans = |all: &ScopeSpans| {
            json!({
                "scope": all.scope.as_ref().map(|scope| json!({ "name": scope.name, "version": scope.version })),
                "spans": all.spans.iter().map(Span::json).collect::<Vec<_>>(),
            })
        };
        let resources = self.resource_spans.iter().map(|one| {
            json!({
                "resource": one.resource.as_ref().map(|resource| json!({ "attributes": attributes(&resource.attributes) })),
                "scopeSpans": one.scope_spans.iter().map(spans).collect::<Vec<_>>(),
            })
        });
        json!({ "resourceSpans": resources.collect::<Vec<_>>() })
    }
}

impl Span {
    fn json(&self) -> Json {
        let status = self.status.as_ref().map(|status| json!({ "message": status.message, "code": status.code }));
        json!({
            "traceId": hex::encode(&self.trace_id),
            "spanId": hex::encode(&self.span_id),
            "parentSpanId": hex::encode(&self.parent_span_id),
            "name": self.name,
            "kind": self.kind,
            "startTimeUnixNano": self.start_time_unix_nano.to_string(),
            "endTimeUnixNano": self.end_time_unix_nano.to_string(),
            "attributes": self.attributes.iter().map(KeyValue::json).collect::<Vec<_>>(),
            "status": status,
        })
    }
}

impl KeyValue {
    fn json(&self) -> Json {
        let value = match self.value.as_ref().and_then(|value| value.value.as_ref()) {
            Some(Value::Text(text)) => json!({ "stringValue": text }),
            Some(Value::Integer(number)) => json!({ "intValue": number.to_string() }),
            Some(Value::Number(number)) => json!({ "doubleValue": number }),
            None => json!({}),
        };
        json!({ "key": self.key, "value": value })
    }
}
