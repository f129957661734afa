//! Releases in a store, beside the output folder: each file as an object of its name, the certificate last.
//!
//! The certificate is the manifest: a folder of objects without it is no release, so whatever fails before leaves none.
//! What is put is what the certificate names, and is held against it first.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path};
use std::sync::Arc;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::certificate::{Subject, released_digest, stated};
use super::ledger::{LEDGER, knows, verify_chain};
use super::retention::plain;
use crate::error::{Error, Result};
use crate::source::Dataset;
use crate::spec::PlaceSpec;
use crate::store::{Access, PART, Place, Store, several};

const CERTIFICATE: &str = "certificate.json";
/// The object that is put and removed to see whether releases can be.
const PROBE: &str = ".probe";

/// The folder of a dataset in a store. `Debug` is not derived: it holds secrets.
pub struct Delivery {
    store: Store,
    access: Arc<Access>,
    bucket: String,
    /// The name of the dataset.
    name: String,
    /// `prefix/NAME`, without `/` at its end.
    folder: String,
}

/// A file that goes to the store.
struct Piece<'a> {
    subject: &'a Subject,
    key: String,
    length: u64,
}

impl Delivery {
    /// Fetches the keys, and asks the store whether it takes, tells and removes objects there: a small one is put and
    /// removed. Relative paths count from `base`.
    ///
    /// # Errors
    /// [`Error::Environment`] for a key that is not there, and for all that the store refuses.
    pub fn open(spec: &PlaceSpec, name: &str, base: &Path) -> Result<Self> {
        let opened = Access::open(&spec.bucket, base).and_then(|access| {
            let folder = format!("{}{name}", spec.prefix);
            let (store, bucket) = (Store::new(&access)?, spec.bucket.name.clone());
            let delivery = Self { store, access: Arc::new(access), bucket, name: name.to_owned(), folder };
            delivery.probe()?;
            Ok(delivery)
        });
        opened.map_err(|error| {
            // who was told to stop blames no store
            if let Err(interrupted) = crate::source::interrupted() {
                return interrupted;
            }
            told(error, &format!("releases cannot be put in `s3://{}/{}`: ", spec.bucket.name, spec.prefix))
        })
    }

    /// Runs of other machines may do the same at the same time: what is not there any more is no error.
    fn probe(&self) -> Result<()> {
        let key = self.key(PROBE);
        self.store.put(&key, b"tuomin\n".to_vec())?;
        let seen = self.store.find(&key).and_then(|_| self.store.below(&key));
        self.store.remove(&key)?;
        seen.map(|_| ())
    }

    /// Where machines of a cluster may put what they write of this release, for the driver to take: beside all releases,
    /// and like none of them.
    pub fn landing(&self, id: &str) -> Place {
        Place { access: self.access.clone(), key: self.key(&format!(".staging/{id}")) }
    }

    /// Where a release is, for people: `s3://bucket/prefix/NAME/ID/`.
    pub fn address(&self, id: &str) -> String {
        format!("s3://{}/{}/", self.bucket, self.key(id))
    }

    /// What the data of a release are called among all others.
    pub fn dataset(&self, id: &str) -> Dataset {
        let name = format!("{}/data", self.key(id));
        Dataset { namespace: format!("s3://{}", self.bucket), name, bytes: None }
    }

    fn key(&self, name: &str) -> String {
        format!("{}/{name}", self.folder)
    }

    /// Puts what the store has not yet of a release that stands in `out/NAME/ID`; gives the number of objects that were
    /// put. Files never change under an id, so their sizes are compared; the certificate may, so its bytes are.
    ///
    /// # Errors
    /// A release that the ledger does not know, or a file that is not what the certificate says: then this file is not
    /// put. All that the store refuses. In either case the certificate is not put.
    pub fn put(&self, out: &Path, id: &str) -> Result<usize> {
        let folder = out.join(&self.name).join(id);
        let path = folder.join(CERTIFICATE);
        let unread = |e| Error::environment(&path, "could not read the certificate", e);
        let certificate = std::fs::read(&path).map_err(unread)?;
        let known = plain(id) && knows(&verify_chain(&out.join(LEDGER))?, id, Some(&released_digest(&certificate)));
        if !known {
            return Err(Error::surroundings(Some(path), "the ledger does not know this certificate"));
        }
        let subjects = subjects(&certificate)
            .ok_or_else(|| Error::surroundings(Some(path), "the certificate does not say which files it is for"))?;
        let there = self.store.below(&self.key(id))?;
        let size = |key: &str| there.iter().find(|object| object.location.as_ref() == key).map(|object| object.size);
        let (mut large, mut small) = (Vec::new(), Vec::new());
        for subject in &subjects {
            let (key, path) = (self.key(&format!("{id}/{}", subject.name)), folder.join(&subject.name));
            let length = std::fs::metadata(&path).map_err(|e| unreadable(&path, e))?.len();
            if size(&key) != Some(length) {
                let some = if length > PART as u64 { &mut large } else { &mut small };
                some.push(Piece { subject, key, length });
            }
        }
        let put = |piece: &Piece| self.put_piece(&folder, piece);
        several(&small, put)?;
        large.iter().try_for_each(put)?;
        let (key, length) = (self.key(&format!("{id}/{CERTIFICATE}")), certificate.len() as u64);
        let count = small.len() + large.len();
        if size(&key) == Some(length) && self.store.whole(&key)? == certificate[..] {
            return Ok(count);
        }
        self.store.put(&key, certificate)?;
        self.holds(&key, length)?;
        Ok(count + 1)
    }

    fn put_piece(&self, folder: &Path, piece: &Piece) -> Result<()> {
        let path = folder.join(&piece.subject.name);
        if sha256(&path).map_err(|e| unreadable(&path, e))? != piece.subject.digest.sha256 {
            return Err(Error::surroundings(Some(path), "a file of the release is not what its certificate says"));
        }
        self.store.put_file(&piece.key, &path)?;
        self.holds(&piece.key, piece.length)
    }

    /// Asks the store whether an object that was put has its length.
    fn holds(&self, key: &str, length: u64) -> Result<()> {
        match self.store.find(key)? {
            Some(object) if object.size == length => Ok(()),
            _ => Err(Error::surroundings(None, "the store does not hold what was put there")),
        }
    }

    /// Removes the data of these releases from the store; certificates and reports stay. Gives the number of objects
    /// that were removed.
    ///
    /// # Errors
    /// All that the store refuses: some data may be gone then.
    pub fn prune(&self, ids: &[&str]) -> Result<usize> {
        let of_data = |key: &str| {
            let (id, name) = key.strip_prefix(&self.folder)?.strip_prefix('/')?.split_once('/')?;
            (plain(id) && ids.contains(&id) && name.starts_with("data/")).then_some(())
        };
        if ids.is_empty() {
            return Ok(0);
        }
        let pruned = self.store.below(&self.folder).and_then(|mut objects| {
            objects.retain(|object| of_data(object.location.as_ref()).is_some());
            several(&objects, |object| self.store.remove(object.location.as_ref()))?;
            Ok(objects.len())
        });
        pruned.map_err(|error| told(error, &format!("in `s3://{}/{}/`: ", self.bucket, self.folder)))
    }
}

/// An error of the store that is no input here, with words before it.
fn told(error: Error, before: &str) -> Error {
    match error {
        Error::Environment { message, path, source, help } => {
            Error::Environment { message: format!("{before}{message}"), path, source, help }
        }
        Error::Input { message, help, .. } => {
            Error::Environment { message: format!("{before}{message}"), path: None, source: None, help }
        }
        other => other,
    }
}

/// The files that a certificate is for; `None` where it has another form or a name leads elsewhere.
fn subjects(certificate: &[u8]) -> Option<Vec<Subject>> {
    #[derive(Deserialize)]
    struct Named {
        subject: Vec<Subject>,
    }
    let Named { subject } = stated(certificate)?;
    let inside = |name: &str| Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    subject.iter().all(|subject| inside(&subject.name) && subject.name != CERTIFICATE).then_some(subject)
}

fn unreadable(path: &Path, source: io::Error) -> Error {
    Error::environment(path, "could not read a file of the release", source)
}

fn sha256(path: &Path) -> io::Result<[u8; 32]> {
    let (mut file, mut hash, mut block) = (File::open(path)?, Sha256::new(), vec![0; 1 << 20]);
    loop {
        match file.read(&mut block)? {
            0 => return Ok(hash.finalize().into()),
            read => hash.update(&block[..read]),
        }
    }
}
