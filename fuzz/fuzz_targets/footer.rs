//! Parquet footers: what cannot be read is told; a decoder that panics is caught as `verify` catches it.
//!
//! An input that ends with Parquet's four bytes is a file. Any other is the footer of `release.parquet`, whose pages stay
//! as they are: so a changed footer speaks of pages that are there.
#![no_main]

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tuomin::release::encryption::RecipientKey;
use tuomin::release::facts::{facts, strike};
use tuomin::release::parquet::Part;
use tuomin::risk::attack::metadata::Metadata;
use tuomin::secret::Secret;

/// A small release.
const RELEASE: &[u8] = include_bytes!("../release.parquet");

/// Without its footer.
static PAGES: LazyLock<&[u8]> = LazyLock::new(|| {
    let (rest, end) = RELEASE.split_at(RELEASE.len() - 8);
    let length = u32::from_le_bytes([end[0], end[1], end[2], end[3]]) as usize;
    &rest[..rest.len() - length]
});

fuzz_target!(|bytes: &[u8]| {
    let path = format!("/dev/shm/tuomin-fuzz-{}.parquet", std::process::id());
    let written = std::fs::File::create(&path).and_then(|mut file| {
        if bytes.ends_with(b"PAR1") || bytes.ends_with(b"PARE") {
            return file.write_all(bytes);
        }
        file.write_all(&[*PAGES, bytes, &(bytes.len() as u32).to_le_bytes(), b"PAR1"].concat())
    });
    assert!(written.is_ok());
    // libfuzzer aborts in the panic hook: decoders of others may panic, ours may not
    static HOOK: std::sync::Once = std::sync::Once::new();
    HOOK.call_once(|| {
        let abort = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let own = |file: &str| file.contains("/src/release/") || file.contains("/src/risk/") || file.starts_with("../src");
            if panic.location().is_none_or(|place| own(place.file()) || place.file().starts_with("fuzz_targets")) {
                abort(panic);
            }
        }));
    });
    let encrypted = bytes.ends_with(b"PARE");
    let _ = catch_unwind(AssertUnwindSafe(|| read(path.as_ref(), encrypted)));
});

/// As `verify` reads a file of a release.
fn read(path: &Path, encrypted: bool) {
    let key = encrypted.then(|| RecipientKey::new("recipient", Secret::new([7; 32])));
    let part = Part::open(path, key.as_ref());
    let facts = facts(path, "part-00000.parquet");
    let Ok(part) = part else { return };
    let _ = part.certificate().map(str::len);
    let names: Vec<String> = part.schema().fields().iter().map(|field| field.name().clone()).collect();
    let mut metadata = facts.map(|facts| Metadata::new(vec![facts]));
    for group in 0..part.groups().min(4) {
        let Ok(columns) = part.read(group) else { continue };
        if let Ok(metadata) = &mut metadata {
            let _ = strike(metadata, 0, group, &names, &columns);
        }
    }
    let _ = part.logical_digest();
}
