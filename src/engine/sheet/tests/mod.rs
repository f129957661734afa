//! Sheets that were sent: both sides do the same with the same rows.

mod plans;
mod sent;
mod source;

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::secret::Secret;

/// Refuses the bytes cut at any place, with a byte changed there, and with one more. At each `anew`-th place, cut bytes
/// whose digest is right are refused too, and changed ones are read or refused without a panic; `used` does with a
/// value what its receiver would.
fn refused_unless_whole<T>(bytes: &[u8], anew: usize, read: fn(&[u8]) -> Result<T>, used: impl Fn(&T)) {
    used(&read(bytes).unwrap());
    let refused = |bytes: &[u8]| match read(bytes) {
        Err(error) => assert!(matches!(error, Error::Environment { .. }), "{error:?}"),
        Ok(_) => panic!("{} bytes are read", bytes.len()),
    };
    refused(&[bytes, &[0]].concat());
    let body = &bytes[..bytes.len() - 32];
    for at in 0..bytes.len() {
        refused(&bytes[..at]);
        let mut changed = bytes.to_vec();
        changed[at] ^= 1;
        refused(&changed);
        if at < body.len() && at.is_multiple_of(anew) {
            assert!(read(&sealed_anew(&body[..at])).is_err());
            for flip in [1, 0x80, 0xff] {
                let mut changed = body.to_vec();
                changed[at] ^= flip;
                read(&sealed_anew(&changed)).iter().for_each(&used);
            }
        }
    }
}

fn sealed_anew(body: &[u8]) -> Vec<u8> {
    [body, &Sha256::digest(body)[..]].concat()
}

/// A key that would be found in any print.
fn key() -> Secret<[u8; 32]> {
    Secret::new([213; 32])
}

fn shows_no_key(print: &str) {
    let print: String = print.to_lowercase().split_whitespace().collect();
    assert!(!print.contains("213,213") && !print.contains("d5d5") && !print.contains("d5,0xd5"), "{print}");
}

/// Twenty households in 60 records.
fn write_csv(folder: &Path) {
    let mut text = String::from("户号,区,岁,用电,日期,电话,经度,纬度,病\n");
    for row in 0..60u32 {
        let district = ["和平", "河东", "河西", "NA"][row as usize % 4];
        let (age, use_of, phone) = (20 + row * 7 % 45, f64::from(row * 37 % 101) / 4.0, row * 7919 % 100_000_000);
        // one household's number, written in two ways
        let subject = match row % 2 {
            0 => format!("+86 138-{:04}-0013", row / 2 % 20),
            _ => format!("138{:04}0013", row / 2 % 20),
        };
        let (day, ill) = (1 + row % 28, ["流感", "肺炎", ""][row as usize % 3]);
        text += &format!(
            "{subject},{district},{age},{use_of},2025-03-{day:02},138{phone:08},117.{row:02},39.{row:02},{ill}\n"
        );
    }
    std::fs::write(folder.join("a.csv"), text).unwrap();
}
