//! What a browser reads to find the host: a manifest, which can pass neither arguments nor variables, and a script of
//! two lines beside it, which can.

use std::path::Path;
use std::{env, fs, io};

use serde_json::json;
use tabmux_protocol::installation::VARIABLES;
use tabmux_protocol::{EXTENSION_ID, Installation, NATIVE_HOST};

use crate::platform::make_executable;

/// Registers the host of this installation in a profile root. Both files are replaced by rename, so that a browser
/// never reads half of one.
pub(crate) fn register(installation: &Installation, profile_root: &Path) -> io::Result<()> {
    let folder = profile_root.join("NativeMessagingHosts");
    fs::create_dir_all(&folder)?;
    let script = folder.join(format!("{NATIVE_HOST}.sh"));
    let executable = env::current_exe()?;
    replace(&script, &script_text(installation, &executable, env::var_os("TABMUX_PORT").is_some()), true)?;
    let manifest = json!({
        "name": NATIVE_HOST,
        "description": "Leads the Tabmux extension to its hub",
        "path": script,
        "type": "stdio",
        "allowed_origins": [format!("chrome-extension://{EXTENSION_ID}/")],
    });
    replace(&folder.join(format!("{NATIVE_HOST}.json")), &format!("{manifest:#}\n"), false)
}

/// The port is written down only where the environment set it: one from the configuration file may change there.
fn script_text(installation: &Installation, executable: &Path, with_port: bool) -> String {
    let variables: Vec<String> = installation
        .to_env()
        .into_iter()
        .filter(|(name, _)| with_port || *name != VARIABLES[0])
        .map(|(name, value)| format!("{name}={}", quoted(&value.to_string_lossy())))
        .collect();
    let executable = quoted(&executable.to_string_lossy());
    format!("#!/bin/sh\n{} exec {executable} native-host \"$@\"\n", variables.join(" "))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn replace(path: &Path, content: &str, executable: bool) -> io::Result<()> {
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    fs::write(&temporary, content)?;
    if executable {
        make_executable(&temporary)?;
    }
    fs::rename(&temporary, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_has_two_lines_and_survives_odd_folders() {
        let folder = tempfile::tempdir().unwrap();
        let odd = folder.path().join("it's $HOME \"here\"");
        let installation =
            Installation::from_env(|name| (name == "HOME").then(|| odd.clone().into())).unwrap();
        let script = folder.path().join("host.sh");
        // The shell itself says whether the quoting holds: `env` stands in for the executable.
        replace(&script, &script_text(&installation, Path::new("/usr/bin/printenv"), true), true).unwrap();
        assert_eq!(fs::read_to_string(&script).unwrap().lines().count(), 2);
        let text = script_text(&installation, Path::new("/bin/sh"), true)
            .replace("native-host \"$@\"", "-c 'printf %s \"$TABMUX_STATE_DIR\"'");
        fs::write(&script, text).unwrap();
        let output = std::process::Command::new("/bin/sh").arg(&script).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), installation.state_dir.to_str().unwrap());
    }

    #[test]
    fn a_port_of_the_configuration_file_is_not_written_down() {
        let installation = Installation::from_env(|name| (name == "HOME").then(|| "/home/p".into())).unwrap();
        assert!(!script_text(&installation, Path::new("/t"), false).contains("TABMUX_PORT"));
        assert!(script_text(&installation, Path::new("/t"), true).contains("TABMUX_PORT='9008'"));
    }

    #[test]
    fn the_manifest_lets_our_extension_in_and_nobody_else() {
        let folder = tempfile::tempdir().unwrap();
        let installation = Installation::from_env(|name| (name == "HOME").then(|| "/home/p".into())).unwrap();
        register(&installation, folder.path()).unwrap();
        let path = folder.path().join(format!("NativeMessagingHosts/{NATIVE_HOST}.json"));
        let manifest: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        assert_eq!(manifest["allowed_origins"], json!([format!("chrome-extension://{EXTENSION_ID}/")]));
        assert!(Path::new(manifest["path"].as_str().unwrap()).is_absolute());
    }
}
