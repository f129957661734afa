//! [`Access`]: a bucket and how it is reached, so that another machine can reach it too.

use std::path::Path;

use crate::error::Result;
use crate::secret::Secret;
use crate::source::{authorities, secret};
use crate::spec::BucketSpec;
use crate::written::{Reader, Writer, Written};

/// A bucket, the address of its store and the keys.
#[derive(Debug)]
pub struct Access {
    pub(super) bucket: String,
    pub(super) endpoint: Option<String>,
    pub(super) region: String,
    pub(super) keys: Option<Keys>,
    /// Certificates of authorities beside the usual ones, PEM.
    pub(super) authorities: Vec<u8>,
    pub(super) allow_http: bool,
    pub(super) timeout_seconds: u64,
}

/// Access key, secret key, session token.
type Keys = (Secret<String>, Secret<String>, Option<Secret<String>>);

impl Access {
    /// Fetches the keys from where the pipeline file says they are; relative paths count from `base`.
    ///
    /// # Errors
    /// A key that is not there; authorities that cannot be read.
    pub fn open(spec: &BucketSpec, base: &Path) -> Result<Self> {
        let keys = match &spec.keys {
            None => None,
            Some((access, hidden, token)) => Some((
                secret(access, base, "the access key")?,
                secret(hidden, base, "the secret key")?,
                token.as_ref().map(|token| secret(token, base, "the session token")).transpose()?,
            )),
        };
        Ok(Self {
            bucket: spec.name.clone(),
            endpoint: spec.endpoint.clone(),
            region: spec.region.clone(),
            keys,
            authorities: authorities(spec.ca.as_ref(), base)?.unwrap_or_default(),
            allow_http: spec.allow_http,
            timeout_seconds: spec.timeout_seconds,
        })
    }
}

impl Written for Access {
    fn write(&self, to: &mut Writer) {
        self.bucket.write(to);
        self.endpoint.write(to);
        self.region.write(to);
        self.keys.is_some().write(to);
        if let Some((access, hidden, token)) = &self.keys {
            to.secret_text(access);
            to.secret_text(hidden);
            token.is_some().write(to);
            token.iter().for_each(|token| to.secret_text(token));
        }
        to.list(&self.authorities);
        self.allow_http.write(to);
        self.timeout_seconds.write(to);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        let (bucket, endpoint, region) = (from.value()?, from.value()?, from.value()?);
        let keys = match from.value()? {
            false => None,
            true => {
                let (access, hidden) = (from.secret_text()?, from.secret_text()?);
                let token = from.value::<bool>()?.then(|| from.secret_text()).transpose()?;
                Some((access, hidden, token))
            }
        };
        let (authorities, allow_http, timeout_seconds) = (from.list()?, from.value()?, from.value()?);
        Ok(Self { bucket, endpoint, region, keys, authorities, allow_http, timeout_seconds })
    }
}
