//! What is sent to those who watch, by HTTP: in time or not at all.

use std::fmt;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::secret::Secret;

/// A header of a request.
pub struct Header {
    name: String,
    value: Secret<String>,
}

impl Header {
    pub fn plain(name: &str, value: &str) -> Self {
        Self::secret(name, value.to_owned())
    }

    /// One whose value is shown by nobody.
    pub fn secret(name: &str, value: String) -> Self {
        Self { name: name.to_owned(), value: Secret::new(value) }
    }

    fn put(&self, headers: &mut HeaderMap) -> Option<()> {
        let name = HeaderName::from_bytes(self.name.as_bytes()).ok()?;
        let mut value = HeaderValue::from_str(self.value.expose()).ok()?;
        value.set_sensitive(true);
        headers.insert(name, value);
        Some(())
    }
}

/// Why something was not taken. What the server or the connection said is not in it: these may quote the address or the
/// headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The address, a header or the authorities cannot be used.
    Unusable(&'static str),
    /// Not there, or not in time.
    Silent,
    /// This is no success.
    Status(u16),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unusable(what) => write!(f, "{what}"),
            Self::Silent => write!(f, "the server does not answer"),
            Self::Status(status) => write!(f, "the server answers {status}"),
        }
    }
}

/// Posts a body and waits for the answer, all in all no longer than `patience`. Redirections are not followed: what is
/// sent is for this server. `authorities` are certificates, PEM, that the server's is held against beside the system's.
///
/// # Errors
/// See [`Why`].
pub fn post(
    url: &str,
    headers: Vec<Header>,
    body: Vec<u8>,
    patience: Duration,
    authorities: Option<&[u8]>,
) -> Result<(), Why> {
    let mut sent = HeaderMap::new();
    for header in &headers {
        header.put(&mut sent).ok_or(Why::Unusable("a header cannot be sent"))?;
    }
    let mut client = reqwest::Client::builder().timeout(patience).redirect(reqwest::redirect::Policy::none());
    if let Some(authorities) = authorities {
        let unusable = Why::Unusable("the certificates of the authorities cannot be used");
        for authority in reqwest::Certificate::from_pem_bundle(authorities).map_err(|_| unusable)? {
            client = client.add_root_certificate(authority);
        }
    }
    let client = client.build().map_err(|_| Why::Unusable("no connection can be prepared"))?;
    let request = client.post(url).headers(sent).body(body);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|_| Why::Unusable("no runtime"))?;
    // beside the client's own limit: also where a name is looked up
    let answer = runtime.block_on(async { tokio::time::timeout(patience, request.send()).await });
    // a look-up of a name that hangs is left alone
    runtime.shutdown_background();
    match answer {
        Ok(Ok(answer)) if answer.status().is_success() => Ok(()),
        Ok(Ok(answer)) => Err(Why::Status(answer.status().as_u16())),
        Ok(Err(error)) if error.is_builder() => Err(Why::Unusable("the address cannot be used")),
        Ok(Err(_)) | Err(_) => Err(Why::Silent),
    }
}
