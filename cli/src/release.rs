//! The release of this executable, and those of others on the machine.

use std::path::Path;
use std::process::{Command, Stdio};

/// The release of this executable.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The release that an executable says of itself; `None` if there is none or it is no `tabmux` that runs.
pub(crate) fn version_of(executable: &Path) -> Option<String> {
    let output = Command::new(executable).arg("--version").stdin(Stdio::null()).output().ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    said.strip_prefix("tabmux ")?.lines().next().map(str::to_owned)
}

/// Whether a release is behind the other in time; what is behind a hyphen comes before the release itself.
pub(crate) fn is_newer(one: &str, other: &str) -> bool {
    let order = |version: &str| -> Option<(Vec<u64>, bool)> {
        let (numbers, is_final) = match version.split_once('-') {
            Some((numbers, _)) => (numbers, false),
            None => (version, true),
        };
        Some((numbers.split('.').map(|number| number.parse().ok()).collect::<Option<_>>()?, is_final))
    };
    matches!((order(one), order(other)), (Some(one), Some(other)) if one > other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        for (older, newer) in [("0.9.0", "0.10.0"), ("0.1.0-rc.1", "0.1.0"), ("1.2.3", "2.0.0")] {
            assert!(is_newer(newer, older) && !is_newer(older, newer), "{older} {newer}");
        }
        assert!(!is_newer("0.1.0", "0.1.0") && !is_newer("what", "0.1.0"));
    }

    #[test]
    fn an_executable_that_does_not_say_its_release_has_none() {
        assert_eq!(version_of(Path::new("/bin/true")), None);
        assert_eq!(version_of(Path::new("/nowhere/tabmux")), None);
    }
}
