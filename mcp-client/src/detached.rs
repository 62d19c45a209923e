//! Processes that outlive the one that starts them: the hub, and a launched browser.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, io};

use nix::sys::stat::{Mode, umask};
use tabmux_protocol::Installation;
use tabmux_protocol::installation::{append_private, make_private_dir};

/// What a detached process gets of our environment, beside every `TABMUX_*`: an agent window's secrets stay in its window.
const INHERITED: [&str; 8] =
    ["HOME", "PATH", "LANG", "TZ", "DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XAUTHORITY"];

/// The first descriptor behind stdin, stdout and stderr.
const FIRST_OF_OURS: i32 = 3;
/// Agent programs leave few descriptors open to the servers that they start, and low ones.
const MOST_DESCRIPTORS: i32 = 1_024;

/// A command that starts a process in a session of its own, in `/`, with umask 077, nothing on stdin and stdout, its
/// stderr appended to `log`, and a small environment that leads to `installation`.
pub fn command(program: &Path, installation: &Installation, log: &Path) -> io::Result<Command> {
    if let Some(folder) = log.parent() {
        make_private_dir(folder).map_err(io::Error::other)?;
    }
    let log = append_private(log)?;
    let mut command = Command::new(program);
    command.env_clear();
    for (name, value) in env::vars_os() {
        let text = name.to_string_lossy();
        if INHERITED.contains(&text.as_ref()) || text.starts_with("TABMUX_") {
            command.env(&name, value);
        }
    }
    command
        .envs(installation.to_env())
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log);
    in_own_session(&mut command);
    Ok(command)
}

/// The agent window's signals, its terminal, its process group and its open files must not reach the process: a pipe of
/// the window that a hub held open would never end. The standard library has no call for these in a child, so that they
/// are made between `fork` and `exec`.
fn in_own_session(command: &mut Command) {
    let prepare = || {
        umask(Mode::from_bits_truncate(0o077));
        nix::unistd::setsid()?;
        for descriptor in FIRST_OF_OURS..MOST_DESCRIPTORS {
            // SAFETY: fcntl(2) with F_SETFD touches no memory; on a number that is no open file it does nothing.
            unsafe { nix::libc::fcntl(descriptor, nix::libc::F_SETFD, nix::libc::FD_CLOEXEC) };
        }
        Ok(())
    };
    // SAFETY: between fork and exec only async-signal-safe calls are allowed; umask(2), setsid(2) and fcntl(2) are, and
    // the closure neither allocates nor locks.
    unsafe { command.pre_exec(prepare) };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(script: &str) -> (String, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let installation = Installation {
            port: 1,
            runtime_dir: at("run"),
            state_dir: at("state"),
            config_path: at("config.toml"),
        };
        let mut command = command(Path::new("/bin/sh"), &installation, &at("logs/x.log")).unwrap();
        let output = command.args(["-c", script]).stdout(Stdio::piped()).output().unwrap();
        assert!(output.status.success());
        (String::from_utf8(output.stdout).unwrap(), folder)
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_detached_process_has_its_own_session_folder_and_umask() {
        let (text, _folder) = run("cut -d' ' -f6 /proc/$$/stat; echo $$; pwd; umask");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], lines[1], "it leads its session");
        assert_eq!((lines[2], lines[3]), ("/", "0077"));
    }

    #[test]
    fn a_detached_process_sees_the_installation_and_none_of_our_other_variables() {
        let (text, folder) = run("env");
        assert!(text.contains(&format!("TABMUX_RUNTIME_DIR={}", folder.path().join("run").display())));
        assert!(!text.contains("CARGO"), "{text}");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_detached_process_holds_no_file_of_the_window_open() {
        let ends = nix::unistd::pipe().unwrap();
        let (text, _folder) = run("readlink /proc/$$/fd/*; true");
        let pipes = text.lines().filter(|line| line.starts_with("pipe:")).count();
        assert_eq!(pipes, 1, "its own stdout and nothing else: {text}");
        drop(ends);
    }

    #[test]
    fn what_a_detached_process_says_on_stderr_is_kept_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let (_, folder) = run("echo problem >&2");
        let log = folder.path().join("logs/x.log");
        assert_eq!(std::fs::read_to_string(&log).unwrap(), "problem\n");
        assert_eq!(std::fs::metadata(&log).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
