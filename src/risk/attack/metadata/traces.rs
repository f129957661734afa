//! Does a text tell of a place, a machine or a person?

/// What a text tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trace {
    /// A path on a disk, or a file address.
    Path,
    /// One of the words that must not be there: host, user, source.
    Word,
    /// A key of metadata that releases do not have.
    Key,
    /// A writer other than those allowed: with a version it tells of machine and day.
    Writer,
}

/// What may stand in the footer.
#[derive(Debug, Clone, Default)]
pub struct Allowed {
    /// Keys of metadata that the release writes.
    keys: Vec<String>,
    /// Texts of `created_by`.
    writers: Vec<String>,
    /// Lower case.
    words: Vec<String>,
}

/// Shorter words stand in any text by chance.
const LEAST: usize = 3;
/// Folders at the root of a disk.
const ROOTS: [&str; 14] = [
    "/home/",
    "/root/",
    "/users/",
    "/mnt/",
    "/data/",
    "/tmp/",
    "/var/",
    "/opt/",
    "/srv/",
    "/etc/",
    "/media/",
    "/usr/",
    "/work/",
    "/private/",
];

impl Allowed {
    /// `words` are what must not be found: names of host and user, the source's path and its folders. Words of fewer
    /// than 3 signs are left out, and those that stand in `keys` or `writers`: every release has these, whoever made it.
    pub fn new(
        keys: impl IntoIterator<Item = String>,
        writers: impl IntoIterator<Item = String>,
        words: impl IntoIterator<Item = String>,
    ) -> Self {
        let (keys, writers): (Vec<String>, Vec<String>) = (keys.into_iter().collect(), writers.into_iter().collect());
        let usual = |word: &str| keys.iter().chain(&writers).any(|text| holds_word(&text.to_lowercase(), word));
        let words = words.into_iter().filter(|word| word.chars().count() >= LEAST).map(|word| word.to_lowercase());
        Self { words: words.filter(|word| !usual(word)).collect(), keys, writers }
    }

    /// What any text tells of.
    pub fn trace(&self, text: &str) -> Option<Trace> {
        let text = text.to_lowercase();
        if self.words.iter().any(|word| holds_word(&text, word)) {
            return Some(Trace::Word);
        }
        path(&text).then_some(Trace::Path)
    }

    /// What a key of metadata tells of.
    pub fn key(&self, key: &str) -> Option<Trace> {
        if self.keys.iter().any(|known| known == key) { None } else { Some(Trace::Key) }
    }

    /// What the writer tells of.
    pub fn writer(&self, writer: &str) -> Option<Trace> {
        if self.writers.iter().any(|known| known == writer) { self.trace(writer) } else { Some(Trace::Writer) }
    }
}

/// Whether a word stands in a text and is not part of a longer one: `root` is not in `taproot`.
fn holds_word(text: &str, word: &str) -> bool {
    let part = |sign: Option<char>| sign.is_some_and(|sign| sign.is_ascii_alphanumeric());
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        let open = |own: Option<char>, other: Option<char>| !(part(own) && part(other));
        open(word.chars().next(), before.chars().next_back()) && open(word.chars().next_back(), after.chars().next())
    })
}

/// A path from the root of a disk, of a drive or of a share, or an address of a file. Lower case.
fn path(text: &str) -> bool {
    // `/data/` inside `part-0/data/x` is a folder of the release, not of a disk
    let rooted = |root: &str| {
        text.match_indices(root)
            .any(|(at, _)| !text[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || "._-".contains(c)))
    };
    let drive = |at: usize| {
        let bytes = text.as_bytes();
        let letter = at >= 1 && bytes[at - 1].is_ascii_lowercase();
        let alone = at < 2 || !bytes[at - 2].is_ascii_alphanumeric();
        letter && alone && bytes.get(at + 1) == Some(&b'\\')
    };
    text.contains("file://")
        || text.contains("\\\\")
        || text.match_indices(':').any(|(at, _)| drive(at))
        || ROOTS.iter().any(|root| rooted(root))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_called_like_the_program_leaves_no_trace() {
        let own =
            |words: [&str; 2]| Allowed::new(["tuomin.certificate".into()], ["tuomin".into()], words.map(str::to_owned));
        assert_eq!(own(["tuomin", "certificate"]).writer("tuomin"), None);
        assert_eq!(own(["Tuomin", "node7"]).trace("made on node7"), Some(Trace::Word));
    }

    #[test]
    fn paths_hosts_and_users_are_found() {
        let allowed = Allowed::new(["tuomin.certificate".into()], ["tuomin".into()], ["db-host-7".into(), "li".into()]);
        let of = |text: &str| allowed.trace(text);
        for text in ["/home/li/source.csv", "file:///x", "C:\\Users\\x", "see \\\\server\\share", "from=/Data/in.csv"] {
            assert_eq!(of(text), Some(Trace::Path), "{text}");
        }
        assert_eq!(of("written on DB-HOST-7."), Some(Trace::Word));
        for text in [
            "data/part-00000.parquet",
            "li",
            "urn:tuomin:release",
            "https://in-toto.io/Statement/v1",
            "db-host-70",
            "12:30",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
        assert_eq!(allowed.key("pandas"), Some(Trace::Key));
        assert_eq!(allowed.key("tuomin.certificate"), None);
        assert_eq!(allowed.writer("parquet-mr version 1.12"), Some(Trace::Writer));
        assert_eq!(allowed.writer("tuomin"), None);
    }
}
