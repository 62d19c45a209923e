//! Finding a browser that takes an extension from the command line.

use std::path::{Path, PathBuf};

use crate::Failure;
use crate::platform::{LAUNCHABLE, on_path};

/// The browser of the flag, else of `TABMUX_BROWSER`, else the first known one.
pub(crate) fn browser(flag: Option<&Path>) -> Result<PathBuf, Failure> {
    let named = flag.map(|path| ("--browser", path.to_owned())).or_else(|| {
        let variable = std::env::var_os("TABMUX_BROWSER").filter(|value| !value.is_empty())?;
        Some(("TABMUX_BROWSER", PathBuf::from(variable)))
    });
    if let Some((who, path)) = named {
        return on_path(&path.to_string_lossy()).ok_or_else(|| {
            Failure::NoBrowser(format!("{who} names {}: no executable is there; correct it", path.display()))
        });
    }
    LAUNCHABLE.iter().find_map(|name| on_path(name)).ok_or_else(|| {
        Failure::NoBrowser(format!(
            "no Chromium was found ({}): install one (`apt install chromium`), or name one with --browser or \
             TABMUX_BROWSER. Branded Chrome does not take an extension from the command line: for it run \
             `tabmux setup extension`",
            LAUNCHABLE.join(", ")
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_browser_that_is_not_there_is_an_error_that_names_it() {
        let failure = browser(Some(Path::new("/nowhere/chromium"))).unwrap_err();
        assert_eq!(failure.exit_code(), 4);
        assert!(failure.to_string().contains("/nowhere/chromium"), "{failure}");
    }
}
