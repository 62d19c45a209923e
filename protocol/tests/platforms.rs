//! Where the product is refused, with the reason, before anything of it is built.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

use std::process::Command;

#[test]
fn windows_is_refused_at_build_with_the_reason_and_with_what_works() {
    let folder = tempfile::tempdir().unwrap();
    let build = |windows: &[&str]| {
        let mut rustc = Command::new("rustc");
        rustc.args(["--crate-type", "lib", "--emit", "metadata", "-A", "explicit_builtin_cfgs_in_flags"]);
        rustc.args(windows).arg("--out-dir").arg(folder.path());
        let output = rustc.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/src/unsupported.rs")).output().unwrap();
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(build(&[]), (true, String::new()));
    let (is_built, said) = build(&["--cfg", "windows"]);
    assert!(!is_built);
    for part in ["Tabmux does not run on Windows", "the locks", "WSL2"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(include_str!("../src/lib.rs").contains("\nmod unsupported;\n"), "the crate asks");
}
