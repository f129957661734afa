//! Objects by ranges, each piece within a time, each failure in our words.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use futures::TryStreamExt;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path as Key;
use object_store::{
    BackoffConfig, ClientOptions, GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt, RetryConfig,
};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};
use tokio::runtime::Runtime;

use crate::error::{Error, Place, Result};
use crate::secret::Secret;
use crate::source::remote::{runtime, wait};
use crate::spec::StoreSpec;

/// The bytes that pieces come in, and that the reader of Parquet takes.
type Bytes = <object_store::PutPayload as IntoIterator>::Item;

/// Bytes of one piece of a text.
const PIECE: u64 = 4 << 20;
/// A request is sent so often again after the first time.
const RETRIES: usize = 3;

/// A store with the thread that talks to it. `Debug` is not derived: it holds secrets.
pub(super) struct Store {
    client: AmazonS3,
    runtime: Runtime,
    limit: Duration,
    unwanted: Arc<AtomicBool>,
    /// The first failure of a piece: readers of formats only pass a mark of it on.
    failed: std::sync::Mutex<Option<Error>>,
}

/// Access key, secret key, session token.
pub(super) type Keys = (Secret<String>, Secret<String>, Option<Secret<String>>);

impl Store {
    /// Makes the client; nothing is sent yet. The environment's own settings for AWS are not read.
    pub fn new(spec: &StoreSpec, keys: Option<&Keys>, unwanted: Arc<AtomicBool>) -> Result<Self> {
        let limit = Duration::from_secs(spec.timeout_seconds);
        let options = ClientOptions::new()
            .with_allow_http(spec.allow_http)
            .with_timeout(limit)
            .with_connect_timeout(limit.min(Duration::from_secs(10)));
        let backoff = BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(2),
            ..BackoffConfig::default()
        };
        let retry = RetryConfig { backoff, max_retries: RETRIES, retry_timeout: limit };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&spec.bucket)
            .with_region(&spec.region)
            .with_virtual_hosted_style_request(false)
            .with_client_options(options)
            .with_retry(retry);
        if let Some(endpoint) = &spec.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        builder = match keys {
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
            Error::surroundings(None, "the store cannot be used as the pipeline file says")
                .with_help("check `endpoint`, `region` and the keys")
        })?;
        Ok(Self { client, runtime: runtime()?, limit, unwanted, failed: std::sync::Mutex::new(None) })
    }

    /// The objects that the key means, in ascending order: itself, those below it, or those its `*` stand for.
    ///
    /// # Errors
    /// Those of the store; no object is named like that.
    pub fn list(&self, spec: &StoreSpec) -> Result<Vec<ObjectMeta>> {
        let nothing = || Error::input("no object of the store is named like `path`").with_help("check bucket and path");
        let key = |text: &str| Key::parse(text.trim_end_matches('/')).map_err(|_| nothing());
        let (folder, name) = spec.key.rsplit_once('/').unwrap_or(("", &spec.key));
        if !name.is_empty() && !name.contains('*') {
            return Ok(vec![self.answer(self.client.head(&key(&spec.key)?))?]);
        }
        let patterns = if name.is_empty() { spec.form.patterns() } else { &[name][..] };
        let prefix = if folder.is_empty() { None } else { Some(key(folder)?) };
        let mut found: Vec<ObjectMeta> = self.answer(self.client.list(prefix.as_ref()).try_collect())?;
        found.retain(|object| {
            let key = object.location.as_ref();
            let Some(rest) = (if folder.is_empty() { Some(key) } else { key.strip_prefix(folder) }) else {
                return false;
            };
            let rest = rest.trim_start_matches('/');
            !rest.contains('/')
                && !rest.starts_with('.')
                && patterns.iter().any(|pattern| crate::source::matches(pattern, rest))
        });
        found.sort_by(|a, b| a.location.cmp(&b.location));
        if found.is_empty() { Err(nothing()) } else { Ok(found) }
    }

    /// The bytes from `start` to before `end`; the object must still be the one that was listed.
    fn piece(&self, object: &ObjectMeta, start: u64, end: u64) -> Result<Bytes> {
        let options = GetOptions {
            range: Some(GetRange::Bounded(start..end)),
            if_match: object.e_tag.clone(),
            ..GetOptions::default()
        };
        let got = async {
            let answer = self.client.get_opts(&object.location, options).await?;
            answer.bytes().await
        };
        let bytes = self.answer(got).map_err(|error| at(error, object))?;
        if bytes.len() as u64 != end - start {
            return Err(at(cut(), object));
        }
        Ok(bytes)
    }

    fn answer<T>(&self, future: impl Future<Output = object_store::Result<T>>) -> Result<T> {
        let seconds = self.limit.as_secs();
        let late = || environment(&format!("the store did not answer within {seconds} seconds"), LATER);
        // what is sent again ends itself within the limit; a whole wait may be a little longer
        let limit = self.limit + Duration::from_secs(1);
        self.runtime.block_on(wait(future, limit, &self.unwanted, late))?.map_err(|error| told(&error, seconds))
    }

    fn keep(&self, error: Error) -> io::Error {
        if let Ok(mut failed) = self.failed.lock() {
            failed.get_or_insert(error);
        }
        io::Error::other("a piece of an object is missing")
    }

    /// What failed while a format was read; `None` where the format itself is wrong.
    pub fn failure(&self) -> Option<Error> {
        self.failed.lock().ok()?.take()
    }
}

/// An object, read where its format wants it.
#[derive(Clone)]
pub(super) struct Object {
    pub store: Arc<Store>,
    pub meta: Arc<ObjectMeta>,
}

impl Length for Object {
    fn len(&self) -> u64 {
        self.meta.size
    }
}

impl ChunkReader for Object {
    type T = Pieces;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Pieces> {
        Ok(Pieces { object: self.clone(), at: start, piece: Bytes::default(), used: 0 })
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        let end = start.saturating_add(length as u64);
        if end > self.meta.size {
            return Err(ParquetError::EOF("beyond the end".into()));
        }
        let piece = self.store.piece(&self.meta, start, end);
        piece.map_err(|error| ParquetError::External(Box::new(self.store.keep(error))))
    }
}

/// An object read on from a place, one piece in memory.
pub(super) struct Pieces {
    object: Object,
    at: u64,
    piece: Bytes,
    used: usize,
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.used == self.piece.len() {
            let size = self.object.meta.size;
            if self.at >= size {
                return Ok(0);
            }
            let end = size.min(self.at + PIECE);
            let piece = self.object.store.piece(&self.object.meta, self.at, end);
            self.piece = piece.map_err(|error| self.object.store.keep(error))?;
            (self.at, self.used) = (end, 0);
        }
        let length = into.len().min(self.piece.len() - self.used);
        into[..length].copy_from_slice(&self.piece[self.used..self.used + length]);
        self.used += length;
        Ok(length)
    }
}

const LATER: &str = "run it again when the store is steady, or raise `timeout_seconds`: nothing was published";

fn environment(message: &str, help: &str) -> Error {
    Error::surroundings(None, message).with_help(help)
}

fn cut() -> Error {
    environment("the store's answer ended before the object did", LATER)
}

/// Says of which object it is; keys of objects are paths, not cells.
pub(super) fn at(error: Error, object: &ObjectMeta) -> Error {
    let key = std::path::PathBuf::from(object.location.as_ref());
    match error {
        Error::Environment { message, source, help, .. } => {
            Error::Environment { message, path: Some(key), source, help }
        }
        Error::Input { message, place, help } => {
            let place = Place { path: Some(key), ..place.unwrap_or_default() };
            Error::Input { message, place: Some(place), help }
        }
        other => other,
    }
}

/// The store's error in our words: its own text may hold the address, the keys' names and what the server wrote.
fn told(error: &object_store::Error, seconds: u64) -> Error {
    use object_store::Error as Theirs;
    match error {
        Theirs::NotFound { .. } => {
            Error::input("the object or the bucket is not in the store").with_help("check `path`, bucket and prefix")
        }
        Theirs::PermissionDenied { .. } => told_forbidden(),
        Theirs::Unauthenticated { .. } => {
            environment("the store wants keys (401)", "give `access_key` and `secret_key` by `env:NAME` or `file:PATH`")
        }
        Theirs::Precondition { .. } => {
            environment("an object was changed while it was read", "run it again: nothing was published")
        }
        other => by_text(&chain(other), seconds),
    }
}

fn told_forbidden() -> Error {
    environment(
        "the store refused the keys (403)",
        "check `access_key`, `secret_key` and `region`, and that the keys may list and read the bucket",
    )
}

/// All messages of an error and its causes: only looked at, never shown.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push('\n');
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text.to_lowercase()
}

fn by_text(text: &str, seconds: u64) -> Error {
    let status = text.split("status code: ").nth(1).and_then(|rest| rest.get(..3)?.parse::<u16>().ok());
    match status {
        Some(403) => told_forbidden(),
        Some(404) => {
            Error::input("the object or the bucket is not in the store").with_help("check `path`, bucket and prefix")
        }
        Some(code @ 500..=599) => environment(
            &format!("the store failed (HTTP {code}), also when asked again"),
            "run it again when the store is steady: nothing was published",
        ),
        Some(code) => environment(
            &format!("the store refused the request (HTTP {code})"),
            "check `endpoint`, `region` and `path`",
        ),
        // marks have spaces, which no address in the text has
        None if text.contains("timed out") => {
            environment(&format!("the store did not answer within {seconds} seconds"), LATER)
        }
        None if text.contains("response body") => cut(),
        None if text.contains("error sending request") || text.contains("client error (connect)") => environment(
            "could not reach the store",
            "check `endpoint`, and that its certificate is one that this machine believes",
        ),
        None if text.contains("connection closed") => cut(),
        None => environment("the store answered in a way that is not understood", "check `endpoint`"),
    }
}
