//! The beginning of the chain: the executable, the environment, the configuration file.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, fs};

use tabmux_protocol::Installation;
use tabmux_protocol::error::sentence;
use tabmux_protocol::installation::{InstallationError, VARIABLES};

use super::round::Finding;
use crate::config::{self, Config, Reading};
use crate::hub_service::{self, Installed};
use crate::platform::on_path;
use crate::release::{VERSION, version_of};

/// The executable that runs, and the one that whoever calls it by its name finds.
pub(super) fn executable() -> (Finding, ()) {
    let own = match env::current_exe() {
        Ok(own) => own,
        Err(error) => {
            let finding = Finding::warn(
                format!("{VERSION}; the system does not tell where it lies: {error}"),
                "Call it by its whole path.",
            );
            return (finding, ());
        }
    };
    let seen = format!("{VERSION}, {}", own.display());
    let other = on_path("tabmux").filter(|other| !is_same(other, &own));
    let finding = match other.as_deref().map(|other| (other, version_of(other))) {
        Some((other, Some(version))) if version != VERSION => Finding::warn(
            format!("{seen}; the `tabmux` that is found by its name is {version}, {}", other.display()),
            "Update that one, or remove it: agent programs and you may start different releases.",
        ),
        Some((other, None)) => Finding::warn(
            format!("{seen}; the `tabmux` that is found by its name does not run: {}", other.display()),
            "Remove it, or put this one in its place.",
        ),
        _ => Finding::ok(seen),
    };
    (finding, ())
}

/// The service that starts the hub at login, where one is installed.
pub(super) fn service() -> Option<Finding> {
    let Installed { file, is_current } = hub_service::installed()?;
    let file = file.display();
    Some(match is_current {
        true => Finding::ok(format!("{file} starts the hub at login")),
        false => Finding::warn(
            format!("{file} starts another executable or installation than this one"),
            "`tabmux hub install` writes it anew; `tabmux hub uninstall` removes it.",
        ),
    })
}

/// Whether both paths lead to one file.
pub(super) fn is_same(one: &Path, other: &Path) -> bool {
    matches!((fs::canonicalize(one), fs::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
}

/// What the environment leads to.
pub(super) fn environment() -> (Finding, Option<Installation>) {
    read_environment(|name| env::var_os(name))
}

fn read_environment(variable: impl Fn(&str) -> Option<OsString>) -> (Finding, Option<Installation>) {
    let is_set = |name: &&str| variable(name).is_some_and(|value| !value.is_empty());
    let installation = match Installation::from_env(&variable) {
        Ok(installation) => installation,
        Err(InstallationError::NoHome) => {
            let fix = "Set HOME to your home folder; an agent program's configuration may set it, too.";
            return (Finding::fail("HOME is not set, so that there is no place for anything", fix), None);
        }
        Err(error) => {
            let text = error.to_string();
            let (seen, fix) = text.rsplit_once(": ").unwrap_or((&text, "correct it"));
            return (Finding::fail(seen, sentence(fix)), None);
        }
    };
    let relative = VARIABLES[1..].iter().find(|name| {
        variable(name).is_some_and(|value| !value.is_empty() && Path::new(&value).is_relative())
    });
    if let Some(name) = relative {
        let seen = format!("{name} is a relative path: programs started elsewhere would look elsewhere");
        return (Finding::fail(seen, format!("Set {name} to a path that begins with `/`.")), None);
    }
    let home = variable("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    let finding = match &home {
        Some(home) if !home.is_dir() => Finding::fail(
            format!("HOME is {}, and no such folder is there", home.display()),
            "Set HOME to your home folder.",
        ),
        _ => {
            let home = home.map_or_else(|| "HOME is not set".to_owned(), |home| home.display().to_string());
            let set: Vec<&str> = VARIABLES.into_iter().filter(is_set).collect();
            match (set.is_empty(), named_browser_is_missing(&variable)) {
                (_, Some(path)) => Finding::warn(
                    format!("TABMUX_BROWSER names {}, and no executable is there", path.display()),
                    "Correct TABMUX_BROWSER, or unset it.",
                ),
                (true, None) => Finding::ok(home),
                (false, None) => Finding::ok(format!("{home}; set: {}", set.join(", "))),
            }
        }
    };
    (finding, Some(installation))
}

fn named_browser_is_missing(variable: &impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let named = variable("TABMUX_BROWSER").filter(|value| !value.is_empty())?;
    on_path(&named.to_string_lossy()).is_none().then(|| named.into())
}

/// The configuration; beside what is wrong, the rest of it and the defaults let the other links be checked.
pub(super) fn configuration(installation: Installation) -> (Finding, (Installation, Config)) {
    let path = installation.config_path.display().to_string();
    let (configured, Reading { exists, mistakes, config, .. }) = match config::read() {
        Ok(read) => read,
        Err(error) => {
            let finding = Finding::fail(error.to_string(), "Correct the environment.");
            return (finding, (installation, Config::default()));
        }
    };
    let finding = match (mistakes.0.as_slice(), exists) {
        ([], true) => Finding::ok(path),
        ([], false) => Finding::ok(format!("no file, so that everything has its default ({path})")),
        (all, _) => {
            let seen = format!("{path}, environment or flags are not understood: no hub starts with them");
            let fix = "Correct what is named, or set TABMUX_CONFIG to another file.";
            Finding::fail(seen, fix).with_details(all.iter().map(ToString::to_string).collect())
        }
    };
    (finding, (configured, config))
}

#[cfg(test)]
mod tests {
    use tabmux_cli::diagnosis::Verdict;

    use super::*;

    fn look(pairs: &[(&str, &str)]) -> (Verdict, String, bool) {
        let (finding, installation) = read_environment(|name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
        });
        (finding.verdict, finding.seen, installation.is_some())
    }

    #[test]
    fn what_is_wrong_with_the_environment_is_named_by_its_variable() {
        for (pairs, part) in [
            (&[][..], "HOME is not set"),
            (&[("HOME", "/"), ("TABMUX_PORT", "many")], "TABMUX_PORT is `many`"),
            (&[("HOME", "/"), ("TABMUX_STATE_DIR", "state")], "TABMUX_STATE_DIR is a relative path"),
            (&[("HOME", "/nowhere/at/all")], "no such folder"),
        ] {
            let (verdict, seen, _) = look(pairs);
            assert_eq!(verdict, Verdict::Fail, "{pairs:?}");
            assert!(seen.contains(part), "{pairs:?}: {seen}");
        }
        let (verdict, seen, leads) = look(&[("HOME", "/"), ("TABMUX_BROWSER", "/nowhere/chromium")]);
        assert!(verdict == Verdict::Warn && leads && seen.contains("/nowhere/chromium"), "{seen}");
    }

    #[test]
    fn a_second_installation_is_known_by_the_variables_that_are_set() {
        assert_eq!(look(&[("HOME", "/")]), (Verdict::Ok, "/".to_owned(), true));
        let (_, seen, _) = look(&[("HOME", "/"), ("TABMUX_PORT", "9100"), ("TABMUX_CONFIG", "")]);
        assert_eq!(seen, "/; set: TABMUX_PORT");
    }
}
