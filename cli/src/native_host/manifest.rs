//! What a browser reads to find the host: a manifest, which can pass neither arguments nor variables, and a script of
//! two lines beside it, which can.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use serde::Deserialize;
use serde_json::json;
use tabmux_protocol::installation::VARIABLES;
use tabmux_protocol::{EXTENSION_IDS, Installation, NATIVE_HOST};

use crate::platform::{make_executable, on_path};

/// What a browser finds in a profile root.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Registered {
    /// The script that the browser starts.
    pub(crate) script: PathBuf,
    /// The executable that the script starts.
    pub(crate) executable: PathBuf,
    /// The runtime folder of the installation that it leads to.
    pub(crate) runtime_dir: PathBuf,
}

/// What is wrong with the registration in a profile root.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RegistrationError {
    /// There is none.
    #[error("the native host is not registered ({0} is not there)")]
    Missing(PathBuf),
    /// The manifest or the script cannot be read.
    #[error("{0} cannot be read: {1}")]
    Unreadable(PathBuf, io::Error),
    /// The manifest is not one, or another's.
    #[error("{0} is not the manifest of our native host: {1}")]
    NoManifest(PathBuf, String),
    /// The manifest does not let our extension in.
    #[error("{0} does not let the extension in (id {id})", id = EXTENSION_IDS.join(", "))]
    OtherExtension(PathBuf),
    /// The script was changed, or written by another program.
    #[error("{0} is not the script that `tabmux setup extension` writes")]
    NoScript(PathBuf),
    /// The browser cannot start the script.
    #[error("{0} is not executable")]
    NotExecutable(PathBuf),
}

#[derive(Deserialize)]
struct Manifest {
    name: String,
    path: PathBuf,
    #[serde(rename = "type")]
    kind: String,
    allowed_origins: Vec<String>,
}

/// Reads what a browser finds in a profile root, as far as it comes.
pub(crate) fn read(profile_root: &Path) -> Result<Registered, RegistrationError> {
    let (_, path) = places(profile_root);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(RegistrationError::Missing(path));
        }
        Err(error) => return Err(RegistrationError::Unreadable(path, error)),
    };
    let manifest: Manifest = match serde_json::from_str(&text) {
        Ok(manifest) => manifest,
        Err(error) => return Err(RegistrationError::NoManifest(path, error.to_string())),
    };
    if manifest.name != NATIVE_HOST || manifest.kind != "stdio" {
        let problem = format!("its name is `{}` and its type `{}`", manifest.name, manifest.kind);
        return Err(RegistrationError::NoManifest(path, problem));
    }
    if !origins().iter().all(|origin| manifest.allowed_origins.contains(origin)) {
        return Err(RegistrationError::OtherExtension(path));
    }
    let script = manifest.path;
    let text =
        fs::read_to_string(&script).map_err(|error| RegistrationError::Unreadable(script.clone(), error))?;
    if on_path(&script.to_string_lossy()).is_none() {
        return Err(RegistrationError::NotExecutable(script));
    }
    match read_script(&text) {
        Some((executable, runtime_dir)) => Ok(Registered { script, executable, runtime_dir }),
        None => Err(RegistrationError::NoScript(script)),
    }
}

/// The executable and the runtime folder in a script of ours.
fn read_script(text: &str) -> Option<(PathBuf, PathBuf)> {
    let mut rest = text.strip_prefix("#!/bin/sh\n")?;
    let mut runtime_dir = None;
    loop {
        if let Some(command) = rest.strip_prefix("exec ") {
            let (executable, arguments) = first_word(command)?;
            let is_ours = arguments == " native-host \"$@\"\n";
            return Some((executable.into(), runtime_dir.filter(|_| is_ours)?));
        }
        let (name, value) = rest.split_once('=')?;
        let (value, after) = first_word(value)?;
        if name == VARIABLES[1] {
            runtime_dir = Some(value.into());
        }
        rest = after.strip_prefix(' ')?;
    }
}

/// What leads a browser with that profile root to the host of this installation, which that executable serves.
pub(crate) struct Registration {
    script: (PathBuf, String),
    manifest: (PathBuf, String),
}

impl Registration {
    /// What is to lie in the profile root.
    pub(crate) fn of(installation: &Installation, executable: &Path, profile_root: &Path) -> Self {
        let (script, manifest) = places(profile_root);
        let text = script_text(installation, executable, env::var_os("TABMUX_PORT").is_some());
        let value = json!({
            "name": NATIVE_HOST,
            "description": "Leads the Tabmux extension to its hub",
            "path": script,
            "type": "stdio",
            "allowed_origins": origins(),
        });
        Self { script: (script, text), manifest: (manifest, format!("{value:#}\n")) }
    }

    /// Whether it lies there already.
    pub(crate) fn is_registered(&self) -> bool {
        [&self.script, &self.manifest]
            .into_iter()
            .all(|(path, content)| fs::read(path).is_ok_and(|present| present == content.as_bytes()))
    }

    /// Puts it there. Both files are replaced by rename, so that a browser never reads half of one.
    pub(crate) fn register(&self) -> io::Result<()> {
        let (script, manifest) = (&self.script, &self.manifest);
        if let Some(folder) = script.0.parent() {
            fs::create_dir_all(folder)?;
        }
        replace(&script.0, &script.1, true)?;
        replace(&manifest.0, &manifest.1, false)
    }
}

/// Registers the host of this installation in a profile root, served by this executable.
pub(crate) fn register(installation: &Installation, profile_root: &Path) -> io::Result<()> {
    Registration::of(installation, &env::current_exe()?, profile_root).register()
}

/// Whether a host of ours is registered in a profile root, of whatever installation.
pub(crate) fn is_any_registered(profile_root: &Path) -> bool {
    let (script, manifest) = places(profile_root);
    script.exists() || manifest.exists()
}

/// Takes the host out of a profile root, and the folder of hosts with it if that is empty then.
pub(crate) fn unregister(profile_root: &Path) -> io::Result<()> {
    let (script, manifest) = places(profile_root);
    for path in [&manifest, &script] {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    // One that holds the hosts of others stays.
    let _ = manifest.parent().map(fs::remove_dir);
    Ok(())
}

/// Where the script and the manifest lie.
fn places(profile_root: &Path) -> (PathBuf, PathBuf) {
    let folder = profile_root.join("NativeMessagingHosts");
    (folder.join(format!("{NATIVE_HOST}.sh")), folder.join(format!("{NATIVE_HOST}.json")))
}

fn origins() -> Vec<String> {
    EXTENSION_IDS.iter().map(|id| format!("chrome-extension://{id}/")).collect()
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

/// The text as one word for a shell.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The first word of a text as [`quoted`] writes it, and what follows it.
fn first_word(text: &str) -> Option<(String, &str)> {
    let mut word = String::new();
    let mut rest = text.strip_prefix('\'')?;
    loop {
        let (part, after) = rest.split_once('\'')?;
        word.push_str(part);
        match after.strip_prefix(r"\''") {
            Some(more) => {
                word.push('\'');
                rest = more;
            }
            None => return Some((word, after)),
        }
    }
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
    use tabmux_protocol::EXTENSION_ID;

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
    fn what_was_registered_is_read_back_and_anything_else_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let odd = folder.path().join("it's $HOME exec \"here\"");
        let installation =
            Installation::from_env(|name| (name == "HOME").then(|| odd.clone().into())).unwrap();
        let root = folder.path().join("root");
        assert!(matches!(read(&root), Err(RegistrationError::Missing(_))));
        register(&installation, &root).unwrap();
        let found = read(&root).unwrap();
        assert_eq!(found.executable, env::current_exe().unwrap());
        assert_eq!(found.runtime_dir, installation.runtime_dir);

        let (_, manifest) = places(&root);
        let good = fs::read_to_string(&manifest).unwrap();
        fs::write(&manifest, good.replace(EXTENSION_ID, "bcdefghijklmnopabcdefghijklmnopa")).unwrap();
        assert!(matches!(read(&root), Err(RegistrationError::OtherExtension(_))));
        fs::write(&manifest, good.replace("stdio", "pipe")).unwrap();
        assert!(matches!(read(&root), Err(RegistrationError::NoManifest(..))));
        fs::write(&manifest, &good).unwrap();
        fs::write(&found.script, "#!/bin/sh\nexec true\n").unwrap();
        assert!(matches!(read(&root), Err(RegistrationError::NoScript(_))));
        fs::remove_file(&found.script).unwrap();
        assert!(matches!(read(&root), Err(RegistrationError::Unreadable(..))));
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

    #[test]
    fn a_host_is_taken_out_whole_and_those_of_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        let installation = Installation::from_env(|name| (name == "HOME").then(|| "/home/p".into())).unwrap();
        let manifest = Registration::of(&installation, Path::new("/stable/tabmux"), folder.path());
        assert!(!manifest.is_registered() && !is_any_registered(folder.path()));
        manifest.register().unwrap();
        assert!(manifest.is_registered() && is_any_registered(folder.path()));
        let other = Registration::of(&installation, Path::new("/other/tabmux"), folder.path());
        assert!(!other.is_registered(), "another executable is another host");
        let theirs = folder.path().join("NativeMessagingHosts/theirs.json");
        fs::write(&theirs, "{}").unwrap();
        unregister(folder.path()).unwrap();
        assert_eq!(fs::read_dir(theirs.parent().unwrap()).unwrap().count(), 1);
        fs::remove_file(theirs).unwrap();
        unregister(folder.path()).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
