//! Stores that speak S3: objects are listed, read by ranges, put and removed, each answer within a time, each failure in
//! our words.

mod access;
mod put;
mod several;
#[cfg(test)]
mod tests;
mod told;

use std::future::Future;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::RecvTimeoutError;
use futures::TryStreamExt;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path as Key;
use object_store::{
    BackoffConfig, Certificate, ClientOptions, GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt,
    PutPayload, RetryConfig,
};
use tokio::runtime::Runtime;

pub use access::Access;
pub use put::PART;
pub use several::several;
pub use told::at;

use crate::error::{Error, Result};
use crate::source::interrupted;
use told::{LATER, cut, environment, told};

/// The bytes that pieces come in, and that the reader of Parquet takes.
pub type Bytes = <PutPayload as IntoIterator>::Item;

/// Bytes of one request, about.
pub const PIECE: u64 = 4 << 20;
/// A request is sent so often again after the first time.
const RETRIES: usize = 3;
/// Requests of one caller at a time.
const AT_ONCE: usize = 4;
/// How often a wait looks whether it is to end.
const TICK: Duration = Duration::from_millis(100);

/// A place in a bucket, below which nothing else is.
#[derive(Debug)]
pub struct Place {
    pub access: Arc<Access>,
    /// Without `/` at its end.
    pub key: String,
}

/// A bucket with the threads that talk to its store. `Debug` is not derived: it holds secrets.
pub struct Store {
    client: AmazonS3,
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
    limit: Duration,
}

impl Store {
    /// Makes the client; nothing is sent yet. The environment's own settings for AWS are not read.
    ///
    /// # Errors
    /// An address, a region or keys that cannot be used.
    pub fn new(access: &Access) -> Result<Self> {
        let limit = Duration::from_secs(access.timeout_seconds);
        let mut options = ClientOptions::new()
            .with_allow_http(access.allow_http)
            .with_timeout(limit)
            .with_connect_timeout(limit.min(Duration::from_secs(10)));
        let unclear =
            |_| environment("the authorities of the store cannot be used", "`ca` is a PEM file of certificates");
        for authority in Certificate::from_pem_bundle(&access.authorities).map_err(unclear)? {
            options = options.with_root_certificate(authority);
        }
        let backoff = BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(2),
            ..BackoffConfig::default()
        };
        let retry = RetryConfig { backoff, max_retries: RETRIES, retry_timeout: limit };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&access.bucket)
            .with_region(&access.region)
            .with_virtual_hosted_style_request(false)
            .with_client_options(options)
            .with_retry(retry);
        if let Some(endpoint) = &access.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        builder = match &access.keys {
            None => builder.with_skip_signature(true),
            Some((access, secret, token)) => {
                let signed = builder.with_access_key_id(access.expose()).with_secret_access_key(secret.expose());
                match token {
                    Some(token) => signed.with_token(token.expose()),
                    None => signed,
                }
            }
        };
        let client = builder.build().map_err(|_| {
            environment(
                "the store cannot be used as the pipeline file says",
                "check `endpoint`, `region`, `ca` and the keys",
            )
        })?;
        // threads of its own: whoever waits may itself be a thread of a runtime
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.map_err(|e| Error::environment("", "could not make the threads", e))?;
        Ok(Self { client, runtime: Some(runtime), limit })
    }

    /// What the store knows of one object.
    ///
    /// # Errors
    /// Those of the store; there is none of this name.
    pub fn head(&self, key: &str) -> Result<ObjectMeta> {
        let (client, key) = (self.client.clone(), named(key)?);
        self.answer(async move { client.head(&key).await })
    }

    /// What the store knows of one object; `None` where there is none of this name.
    ///
    /// # Errors
    /// Those of the store.
    pub fn find(&self, key: &str) -> Result<Option<ObjectMeta>> {
        let (client, key) = (self.client.clone(), named(key)?);
        self.answer(async move {
            match client.head(&key).await {
                Err(object_store::Error::NotFound { .. }) => Ok(None),
                other => other.map(Some),
            }
        })
    }

    /// All objects whose keys begin with `folder/`, in those below it too; in ascending order.
    ///
    /// # Errors
    /// Those of the store.
    pub fn below(&self, folder: &str) -> Result<Vec<ObjectMeta>> {
        let prefix = if folder.is_empty() { None } else { Some(named(folder)?) };
        let client = self.client.clone();
        let mut found: Vec<ObjectMeta> =
            self.answer(async move { client.list(prefix.as_ref()).try_collect().await })?;
        found.sort_by(|a, b| a.location.cmp(&b.location));
        Ok(found)
    }

    /// The bytes of a range; the object must still be the one that was listed.
    ///
    /// # Errors
    /// Those of the store; an object that was changed; an answer of another length.
    pub fn piece(&self, object: &ObjectMeta, range: Range<u64>) -> Result<Bytes> {
        self.pieces(object, vec![range])?.pop().ok_or_else(|| Error::internal("a piece was lost"))
    }

    /// The bytes of several ranges, a few of them asked for at a time: see [`Self::piece`].
    ///
    /// # Errors
    /// Those of [`Self::piece`].
    pub fn pieces(&self, object: &ObjectMeta, ranges: Vec<Range<u64>>) -> Result<Vec<Bytes>> {
        let mut all = Vec::with_capacity(ranges.len());
        // the limit is for each answer
        for some in ranges.chunks(AT_ONCE) {
            let asked: Vec<_> = some.iter().map(|range| get(&self.client, object, range.clone())).collect();
            all.extend(self.answer(futures::future::try_join_all(asked)).map_err(|error| at(error, object))?);
        }
        match all.iter().zip(&ranges).all(|(bytes, range)| bytes.len() as u64 == range.end - range.start) {
            true => Ok(all),
            false => Err(at(cut(), object)),
        }
    }

    /// A whole object, whatever it is now.
    ///
    /// # Errors
    /// Those of the store; there is none of this name.
    pub fn whole(&self, key: &str) -> Result<Bytes> {
        let object = self.head(key)?;
        let ranges = cut_up(0..object.size);
        let pieces = self.pieces(&object, ranges)?;
        Ok(Bytes::from(pieces.concat()))
    }

    /// Removes an object; one that is not there is no error.
    ///
    /// # Errors
    /// Those of the store.
    pub fn remove(&self, key: &str) -> Result<()> {
        let (client, key) = (self.client.clone(), named(key)?);
        self.answer(async move {
            match client.delete(&key).await {
                Err(object_store::Error::NotFound { .. }) => Ok(()),
                other => other,
            }
        })
    }

    /// Waits for an answer, within the limit and as long as the user wants it.
    fn answer<T: Send + 'static>(
        &self,
        future: impl Future<Output = object_store::Result<T>> + Send + 'static,
    ) -> Result<T> {
        let runtime = self.runtime.as_ref().ok_or_else(|| Error::internal("a store was let go"))?;
        let (say, said) = crossbeam_channel::bounded(1);
        let asked = runtime.spawn(async move {
            // whoever waited may be gone
            let _ = say.send(future.await);
        });
        let seconds = self.limit.as_secs();
        // what is sent again ends itself within the limit; a whole wait may be a little longer
        let end = Instant::now() + self.limit + Duration::from_secs(1);
        let failed = loop {
            match said.recv_timeout(TICK) {
                Ok(answer) => return answer.map_err(|error| told(&error, seconds)),
                Err(RecvTimeoutError::Disconnected) => break Error::internal("a thread of the store panicked"),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Err(error) = interrupted() {
                break error;
            }
            if Instant::now() >= end {
                break environment(&format!("the store did not answer within {seconds} seconds"), LATER);
            }
        };
        asked.abort();
        Err(failed)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // waits for nothing: it may be a thread of another runtime that drops it
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A range cut into pieces of one request each.
pub fn cut_up(range: Range<u64>) -> Vec<Range<u64>> {
    let starts = (range.start..range.end).step_by(PIECE as usize);
    starts.map(|start| start..range.end.min(start + PIECE)).collect()
}

/// The bytes of a range of an object that was not changed.
fn get(
    client: &AmazonS3,
    object: &ObjectMeta,
    range: Range<u64>,
) -> impl Future<Output = object_store::Result<Bytes>> + Send + 'static {
    let (client, location) = (client.clone(), object.location.clone());
    let options =
        GetOptions { range: Some(GetRange::Bounded(range)), if_match: object.e_tag.clone(), ..GetOptions::default() };
    async move { client.get_opts(&location, options).await?.bytes().await }
}

/// A name of an object as the store has it.
fn named(key: &str) -> Result<Key> {
    Key::parse(key.trim_end_matches('/'))
        .map_err(|_| Error::input("no object of the store can be named like this").with_help("check bucket and path"))
}
