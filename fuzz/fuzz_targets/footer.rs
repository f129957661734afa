//! Parquet footers: what cannot be read is told; a decoder that panics is caught as `verify` catches it.
#![no_main]

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use libfuzzer_sys::fuzz_target;
use tuomin::release::facts::facts;
use tuomin::release::parquet::Part;

fuzz_target!(|bytes: &[u8]| {
    let path = format!("/dev/shm/tuomin-fuzz-{}.parquet", std::process::id());
    let written = std::fs::File::create(&path).and_then(|mut file| file.write_all(bytes));
    assert!(written.is_ok());
    // libfuzzer aborts in the panic hook: decoders of others may panic, ours may not
    static HOOK: std::sync::Once = std::sync::Once::new();
    HOOK.call_once(|| {
        let abort = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if panic
                .location()
                .is_none_or(|place| place.file().contains("/src/release/") || place.file().starts_with("../src"))
            {
                abort(panic);
            }
        }));
    });
    let _ = catch_unwind(AssertUnwindSafe(|| {
        if let Ok(part) = Part::open(path.as_ref(), None) {
            let _ = part.certificate().map(str::len);
            for group in 0..part.groups().min(4) {
                if part.metadata().row_group(group).num_rows() < 100_000 {
                    let _ = part.read(group);
                }
            }
        }
        let _ = facts(path.as_ref(), "part-00000.parquet");
    }));
});
