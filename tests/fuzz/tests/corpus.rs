//! The inputs that are kept: what every target began with, and whatever was found with it.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use tabmux_fuzz::TARGETS;

#[test]
fn every_target_has_a_program_and_inputs_to_begin_with() {
    let manifest = fs::read_to_string(folder("Cargo.toml")).unwrap();
    let mut folders: Vec<String> = names_in(&folder("corpus"));
    folders.sort();
    assert_eq!(folders, TARGETS.map(|(name, _)| name));
    for (name, _) in TARGETS {
        assert!(manifest.contains(&format!("name = \"fuzz_{name}\"")), "no program for {name}");
        assert!(!names_in(&folder("corpus").join(name)).is_empty(), "no inputs for {name}");
    }
}

#[test]
fn what_must_hold_for_every_input_holds_for_those_that_are_kept() {
    for (name, target) in TARGETS {
        let inputs = folder("corpus").join(name);
        for input in names_in(&inputs) {
            let data = fs::read(inputs.join(&input)).unwrap();
            assert!(catch_unwind(|| target(&data)).is_ok(), "{name}: {input}");
        }
    }
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn names_in(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}
