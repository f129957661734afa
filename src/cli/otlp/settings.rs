//! Where spans go, by the environment variables that every exporter of OpenTelemetry has.
//!
//! # References
//! OpenTelemetry specification, *OpenTelemetry protocol exporter* and *Environment variables*; W3C Trace Context for
//! `TRACEPARENT`.

use std::time::Duration;

use super::messages::{KeyValue, attribute};
use crate::secret::Secret;

/// What an exporter waits for unless it is told.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Trace and span, by their ids.
pub type Parent = ([u8; 16], [u8; 8]);

/// Where spans go. `Debug` is not derived: address and headers are secrets.
pub struct Settings {
    /// The whole address.
    pub url: Secret<String>,
    /// Their values may hold tokens.
    pub headers: Vec<(String, Secret<String>)>,
    /// For all that is sent of one run.
    pub timeout: Duration,
    pub json: bool,
    pub gzip: bool,
    /// The path of a PEM file.
    pub authorities: Option<String>,
    /// What all spans say of the process.
    pub resource: Vec<KeyValue>,
    /// Trace and span that the run is part of.
    pub parent: Option<Parent>,
}

impl Settings {
    /// `None` where nothing is to be sent: no address is given, or `OTEL_SDK_DISABLED=true`,
    /// `OTEL_TRACES_EXPORTER=none`, or a parent that is not recorded.
    ///
    /// # Errors
    /// The name of a variable that cannot be used, and why; never what it holds.
    pub fn of(get: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, String> {
        let get = |name: &str| get(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        // what is said of traces goes before what is said of all signals
        let own = |rest: &str| {
            let names = [format!("OTEL_EXPORTER_OTLP_TRACES_{rest}"), format!("OTEL_EXPORTER_OTLP_{rest}")];
            names.into_iter().find_map(|name| Some((get(&name)?, name)))
        };
        let off = get("OTEL_SDK_DISABLED").is_some_and(|text| text.eq_ignore_ascii_case("true"))
            || get("OTEL_TRACES_EXPORTER").is_some_and(|text| text == "none");
        let url = match own("ENDPOINT") {
            Some((url, name)) if name.contains("TRACES") => url,
            Some((url, _)) => format!("{}/v1/traces", url.trim_end_matches('/')),
            None => return Ok(None),
        };
        let (parent, recorded) = get("TRACEPARENT").map_or((None, true), |text| parent(&text));
        if off || !recorded {
            return Ok(None);
        }
        let json = match own("PROTOCOL") {
            None => false,
            Some((text, name)) => match text.as_str() {
                "http/protobuf" => false,
                "http/json" => true,
                _ => return Err(format!("`{name}` can be `http/protobuf` or `http/json`")),
            },
        };
        let gzip = match own("COMPRESSION") {
            None => false,
            Some((text, name)) => match text.as_str() {
                "none" => false,
                "gzip" => true,
                _ => return Err(format!("`{name}` can be `gzip` or `none`")),
            },
        };
        let timeout = match own("TIMEOUT") {
            None => TIMEOUT,
            Some((text, name)) => match text.parse() {
                Ok(milliseconds @ 1..=600_000) => Duration::from_millis(milliseconds),
                _ => return Err(format!("`{name}` is a number of milliseconds, up to 600000")),
            },
        };
        let headers = own("HEADERS").map_or(Ok(Vec::new()), |(text, name)| pairs(&text, &name))?;
        let headers = headers.into_iter().map(|(key, value)| (key, Secret::new(value))).collect();
        let said = get("OTEL_RESOURCE_ATTRIBUTES");
        let said = said.map_or(Ok(Vec::new()), |text| pairs(&text, "OTEL_RESOURCE_ATTRIBUTES"))?;
        let service = get("OTEL_SERVICE_NAME");
        let named = said.iter().any(|(key, _)| key == "service.name");
        let service = service.or_else(|| (!named).then(|| "tuomin".to_owned()));
        let mut resource = vec![attribute("service.version", env!("CARGO_PKG_VERSION"))];
        resource.extend(service.iter().map(|name| attribute("service.name", name.as_str())));
        let others =
            said.iter().filter(|(key, _)| key != "service.version" && (key != "service.name" || service.is_none()));
        resource.extend(others.map(|(key, value)| attribute(key, value.as_str())));
        let authorities = own("CERTIFICATE").map(|(path, _)| path);
        Ok(Some(Self { url: Secret::new(url), headers, timeout, json, gzip, authorities, resource, parent }))
    }
}

/// Reads `key=value,key=value`, in which values may have `%2C` for a comma.
fn pairs(text: &str, name: &str) -> Result<Vec<(String, String)>, String> {
    let wrong = || format!("`{name}` is no list of `key=value`, with commas between");
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let read = parts.map(|part| {
        let (key, value) = part.split_once('=').ok_or_else(wrong)?;
        let key = key.trim();
        if key.is_empty() {
            return Err(wrong());
        }
        Ok((key.to_owned(), plain(value.trim()).ok_or_else(wrong)?))
    });
    read.collect()
}

/// A text with its `%41` read as bytes of UTF-8.
fn plain(text: &str) -> Option<String> {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((&first, behind)) = rest.split_first() {
        rest = behind;
        if first != b'%' {
            bytes.push(first);
            continue;
        }
        let mut byte = [0];
        hex::decode_to_slice(behind.get(..2)?, &mut byte).ok()?;
        bytes.push(byte[0]);
        rest = &behind[2..];
    }
    String::from_utf8(bytes).ok()
}

/// Reads `00-<trace>-<span>-<flags>`: what the run is part of, and whether that is recorded. What is none says nothing.
fn parent(text: &str) -> (Option<Parent>, bool) {
    let read = || {
        let mut parts = text.split('-');
        let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let (mut ids, mut flag) = (([0; 16], [0; 8]), [0]);
        hex::decode_to_slice(trace, &mut ids.0).ok()?;
        hex::decode_to_slice(span, &mut ids.1).ok()?;
        hex::decode_to_slice(flags, &mut flag).ok()?;
        let known = version.len() == 2 && version != "ff" && ids.0 != [0; 16] && ids.1 != [0; 8];
        known.then_some((ids, flag[0] & 1 == 1))
    };
    read().map_or((None, true), |(ids, recorded)| (Some(ids), recorded))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(set: &[(&str, &str)]) -> Result<Option<Settings>, String> {
        Settings::of(|name| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn addresses_are_as_the_specification_says() {
        const ALL: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
        const OWN: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
        let url = |set: &[(&str, &str)]| of(set).unwrap().map(|settings| settings.url.expose().clone());
        assert_eq!(url(&[]), None);
        assert_eq!(url(&[(ALL, "http://c:4318/")]).unwrap(), "http://c:4318/v1/traces");
        assert_eq!(url(&[(ALL, "http://c:4318/x")]).unwrap(), "http://c:4318/x/v1/traces");
        assert_eq!(url(&[(ALL, "http://c:4318"), (OWN, "http://d/own")]).unwrap(), "http://d/own");
        assert_eq!(url(&[(ALL, "http://c"), ("OTEL_SDK_DISABLED", "True")]), None);
        assert_eq!(url(&[(ALL, "http://c"), ("OTEL_TRACES_EXPORTER", "none")]), None);
        assert_eq!(url(&[(ALL, " ")]), None);
    }

    #[test]
    fn settings_are_read_and_wrong_ones_are_told_by_name_only() {
        const URL: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://canary");
        let with = |name: &str, value: &str| of(&[URL, (name, value)]);
        let good = with("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20a%3Db, x-n = 1,").unwrap().unwrap();
        let headers: Vec<(&str, &str)> =
            good.headers.iter().map(|(name, value)| (name.as_str(), value.expose().as_str())).collect();
        assert_eq!(headers, [("authorization", "Bearer a=b"), ("x-n", "1")]);
        assert_eq!((good.timeout, good.json, good.gzip), (TIMEOUT, false, false));
        assert!(with("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json").unwrap().unwrap().json);
        assert!(with("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip").unwrap().unwrap().gzip);
        let quick = with("OTEL_EXPORTER_OTLP_TIMEOUT", "250").unwrap().unwrap();
        assert_eq!(quick.timeout, Duration::from_millis(250));
        for (name, value) in [
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "canary"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "canary"),
            ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "canary"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "0"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "canary"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x=canary%zz"),
            ("OTEL_RESOURCE_ATTRIBUTES", "=canary"),
        ] {
            let wrong = with(name, value).err().unwrap();
            assert!(wrong.contains(name) && !wrong.contains("canary"), "{wrong}");
        }
    }

    #[test]
    fn a_service_has_one_name() {
        let named = |set: &[(&str, &str)]| {
            let all = [&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c")], set].concat();
            let resource = of(&all).unwrap().unwrap().resource;
            resource.into_iter().filter(|said| said.key == "service.name").collect::<Vec<_>>()
        };
        let own = ("OTEL_RESOURCE_ATTRIBUTES", "service.name=mine,zone=north");
        assert_eq!(named(&[]), [attribute("service.name", "tuomin")]);
        assert_eq!(named(&[own]), [attribute("service.name", "mine")]);
        assert_eq!(named(&[own, ("OTEL_SERVICE_NAME", "first")]), [attribute("service.name", "first")]);
    }

    #[test]
    fn a_run_is_part_of_the_trace_that_started_it() {
        let text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let (ids, recorded) = parent(text);
        assert_eq!((hex::encode(ids.unwrap().1), recorded), ("b7ad6b7169203331".into(), true));
        assert!(!parent(&text.replace("-01", "-00")).1, "its parent is not recorded");
        for wrong in ["", "00", "00-x-y-01", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"] {
            assert_eq!(parent(wrong), (None, true), "{wrong}");
        }
    }
}
