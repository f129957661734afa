//! What a source is called among all others, by the naming rules of OpenLineage.

use std::path::Path;

use super::{Source, database};
use crate::spec::{SourceFormat, StoreSpec};

/// Something that records come from. Holds no credentials; host and names of tables, files and buckets only.
///
/// # References
/// OpenLineage, *Naming conventions for datasets*.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    /// `file`, `postgres://host:port`, `mysql://host:port` or `s3://bucket`.
    pub namespace: String,
    /// A whole path, `database.schema.table`, `database.table`, or a key.
    pub name: String,
    /// Its size, where it is a file.
    pub bytes: Option<u64>,
}

impl Source {
    /// Where the records come from: files, or tables, or objects of a store; then the files that preparations read
    /// beside these. Relative paths count from `base`.
    pub fn datasets(&self, base: &Path) -> Vec<Dataset> {
        let mut all = match &self.format {
            SourceFormat::Database(spec) => database::datasets(spec, base),
            SourceFormat::Store(spec) => vec![objects(spec)],
            _ => Vec::new(),
        };
        all.extend(self.files.iter().chain(&self.beside).map(|path| file(path)));
        all
    }
}

fn file(path: &Path) -> Dataset {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let bytes = std::fs::metadata(path).ok().map(|data| data.len());
    Dataset { namespace: "file".into(), name: whole.display().to_string(), bytes }
}

/// One object by its key, several by the key of the folder that they are in.
fn objects(spec: &StoreSpec) -> Dataset {
    let folder = |key: &str| match key.rsplit_once('/') {
        Some((folder, _)) => folder.to_owned(),
        None => "/".to_owned(),
    };
    let several = spec.key.contains('*') || spec.key.is_empty() || spec.key.ends_with('/');
    let name = if several { folder(&spec.key) } else { spec.key.clone() };
    Dataset { namespace: format!("s3://{}", spec.bucket.name), name, bytes: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{BucketSpec, Encoding};

    #[test]
    fn objects_are_named_by_bucket_and_key() {
        let named = |key: &str| {
            let form = SourceFormat::Csv { delimiter: b',', encoding: Encoding::Utf8 };
            let bucket = BucketSpec {
                name: "b".into(),
                endpoint: None,
                region: "r".into(),
                keys: None,
                ca: None,
                allow_http: false,
                timeout_seconds: 1,
            };
            let spec = StoreSpec { bucket, key: key.to_owned(), form };
            let named = objects(&spec);
            assert_eq!(named.namespace, "s3://b");
            named.name
        };
        assert_eq!(named("2025/bills.csv"), "2025/bills.csv");
        assert_eq!(named("2025/06/*.csv"), "2025/06");
        assert_eq!(named("2025/"), "2025");
        assert_eq!([named("*.csv"), named("")], ["/", "/"]);
    }
}
