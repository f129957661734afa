//! A pipeline whose certificate is signed in a device, with SoftHSM.

use std::fs;

use super::meaning::Meaning;
use super::progress::Progress;
use super::{run, verify};
use crate::release::hsm::tests::{in_softhsm, made};
use crate::release::keystore::signing_from;

#[test]
fn a_pipeline_signs_in_softhsm() {
    in_softhsm("cli::hsm::inside");
}

#[test]
#[ignore = "started by a_pipeline_signs_in_softhsm"]
fn inside() {
    let uri = made();
    let folder = tempfile::tempdir().unwrap();
    let row = |i: u32| format!("{i},{}\n", ["甲", "乙", "丙"][i as usize % 3]);
    let rows: String = (0..300).map(row).collect();
    fs::write(folder.path().join("d.csv"), "id,city\n".to_owned() + &rows).unwrap();
    let pipeline = folder.path().join("p.toml");
    let text = format!(
        "name = \"device\"\npurpose = \"trade\"\nclaim = \"deidentified\"\nrules = \"cn-gbt42460-2023\"\n\
         context = \"enclave\"\n[declaration]\nsource_basis = \"tests\"\nprovider = \"tests\"\nrecipient = \"tests\"\n\
         use = \"tests\"\n[source]\npath = \"d.csv\"\nsubject = \"id\"\n[privacy]\nk = 3\n[columns.id]\n\
         role = \"identifier\"\n[columns.city]\nrole = \"quasi\"\n[release]\nsigning_key = \"{uri}\"\n"
    );
    fs::write(&pipeline, &text).unwrap();
    let (out, meaning) = (folder.path().join("out"), Meaning::default());
    let options =
        run::Options { out: &out, meaning: &meaning, again: false, engine: &crate::engine::Engine::Local, temp: None };
    let run = || run::run(&pipeline, &options, &Progress::new("p.toml", true));
    let release = run().unwrap().folder.unwrap();
    let public = folder.path().join("device.pub.pem");
    let key = signing_from(&uri).unwrap().public();
    fs::write(&public, key.to_pem().unwrap()).unwrap();
    let verified = verify::verify(&release, Some(&public), None).unwrap();
    assert_eq!((verified.key, verified.local_key), (key.id().unwrap(), false));

    // a device without the key costs no work and publishes nothing
    fs::write(&pipeline, text.replace("object=certificate", "object=other").replace("\"device\"", "\"other\""))
        .unwrap();
    let error = run().unwrap_err();
    assert!(error.exit_code() == 5 && error.to_string().contains("not exactly one key pair"), "{error}");
    assert!(!folder.path().join("out/other").exists());
}
