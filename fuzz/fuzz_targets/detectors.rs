//! Detectors: what is found lies in the text, between characters, in order; forms are stable.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tuomin::detect::Detector;

fuzz_target!(|text: &str| {
    static DETECTOR: std::sync::LazyLock<Detector> = std::sync::LazyLock::new(Detector::new);
    let detector = &*DETECTOR;
    let found = detector.find(text);
    for one in &found {
        assert!(
            one.start < one.end && text.get(one.start..one.end).is_some(),
            "{}..{} is no part of the text",
            one.start,
            one.end
        );
    }
    let _ = detector.whole(text);
});
