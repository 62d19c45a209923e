//! The executable itself, where something is wrong around it.
#![allow(clippy::unwrap_used, reason = "test code")]

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tabmux_protocol::Installation;
use tempfile::TempDir;

#[test]
fn a_wrong_configuration_is_told_once_with_its_line() {
    let lab = Lab::new();
    fs::write(&lab.installation.config_path, "port = 9008\n[hub]\nhartbeat_ms = 3\n").unwrap();
    let output = lab.command(&["status"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    let expected = format!(
        "tabmux: {}:3:1: `hub.hartbeat_ms` is no key; did you mean `heartbeat_ms`?\n",
        lab.installation.config_path.display()
    );
    assert_eq!(said, expected);
}

#[test]
fn the_configuration_is_shown_with_where_each_value_comes_from() {
    let lab = Lab::new();
    fs::write(&lab.installation.config_path, "# mine\n[hub]\ngrace_ms = 1\nshutdown_ms = 2\n").unwrap();
    let mut command = lab.command(&["--set", "hub.shutdown_ms=3", "config", "show", "--json"]);
    let output = command.env("TABMUX_CLIENT_CALLS_MAX", "4").output().unwrap();
    assert!(output.status.success());
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
    let keys = shown["keys"].as_array().unwrap();
    let key = |path: &str| keys.iter().find(|key| key["key"] == path).unwrap().clone();
    assert_eq!(shown["file"].as_str(), lab.installation.config_path.to_str());
    assert_eq!(
        key("hub.grace_ms"),
        json!({ "key": "hub.grace_ms", "value": 1, "source": "file", "line": 3 })
    );
    assert_eq!(key("hub.shutdown_ms"), json!({ "key": "hub.shutdown_ms", "value": 3, "source": "flag" }));
    let calls = json!({ "key": "client.calls_max", "value": 4, "source": "environment",
                        "variable": "TABMUX_CLIENT_CALLS_MAX" });
    assert_eq!(key("client.calls_max"), calls);
    assert_eq!(
        key("tabs.on_leave"),
        json!({ "key": "tabs.on_leave", "value": "close", "source": "default" })
    );
    let printed = |arguments: &[&str]| {
        let output = lab.command(arguments).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    assert_eq!(printed(&["config", "show", "hub.grace_ms"]), (Some(0), "1\n".into()));
    assert_eq!(printed(&["config", "show", "hub.grace"]), (Some(1), String::new()));
    let (_, text) = printed(&["config", "show"]);
    assert!(text.contains("grace_ms = 1") && text.contains("line 3"), "{text}");
}

#[test]
fn a_configuration_is_checked_in_use_or_by_its_name() {
    let lab = Lab::new();
    let check = |arguments: &[&str]| {
        let output = lab.command(arguments).output().unwrap();
        let said = [output.stdout, output.stderr].map(|said| String::from_utf8(said).unwrap());
        (output.status.code(), said)
    };
    let path = lab.installation.config_path.to_str().unwrap();
    let (code, [out, err]) = check(&["config", "check"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.contains("does not exist"), "{out}");
    let other = lab.folder.path().join("other.toml");
    fs::write(&other, "port = 0\n[hub]\nport = 1\n").unwrap();
    let other = other.to_str().unwrap();
    let (code, [out, err]) = check(&["config", "check", other]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert_eq!(
        err,
        format!(
            "tabmux: the configuration has 2 mistakes:\n  {other}:1:8: `port` is 0; it takes a whole number from 1 \
             to 65535\n  {other}:3:1: `hub.port` is no key; did you mean `port` above all tables?\n"
        )
    );
    let (code, [out, _]) = check(&["config", "check", other, "--json"]);
    let checked: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, checked["mistakes"][1]["line"].as_u64()), (Some(1), Some(3)));
    assert_eq!(checked["mistakes"][0]["in"], "file");
    fs::write(path, "port = 9100\n").unwrap();
    assert_eq!(check(&["config", "check"]), (Some(0), [format!("{path} is right.\n"), String::new()]));
    let (code, [_, err]) = check(&["--set", "hub.grace_ms=soon", "config", "check"]);
    let expected = "tabmux: --set hub.grace_ms=soon: `hub.grace_ms` is \"soon\"; it takes a whole number of \
                    milliseconds from 0 to 86400000\n";
    assert_eq!((code, err.as_str()), (Some(1), expected));
}

#[test]
#[cfg(target_os = "linux")]
fn a_hub_inherits_what_environment_and_flags_have_set() {
    let lab = Lab::new();
    let mut command = lab.command(&["--set", "hub.max_clients=7", "hub", "start"]);
    let output = command.env("TABMUX_HUB_GRACE_MS", "8").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let pid = lab.installation.read_hub_file().unwrap().pid;
    let environment = fs::read_to_string(format!("/proc/{pid}/environ")).unwrap();
    for variable in ["TABMUX_HUB_MAX_CLIENTS=7", "TABMUX_HUB_GRACE_MS=8"] {
        assert!(environment.split('\0').any(|set| set == variable), "{environment}");
    }
}

#[test]
fn a_hub_that_dies_while_a_browser_starts_is_replaced() {
    let lab = Lab::new();
    let (record, browser) = (lab.installation.hub_file_path(), lab.folder.path().join("browser"));
    // It ends the hub, waits for the next one, and leaves with a status by which it is known.
    let script = format!(
        "#!/bin/sh\nrecord='{}'\nfirst=$(cat \"$record\")\nkill -9 \"$(echo \"$first\" | sed 's/[^0-9]*\\([0-9]*\\).*/\\1/')\"\n\
         for try in $(seq 500); do [ \"$(cat \"$record\")\" = \"$first\" ] || exit 7; sleep 0.02; done\nexit 8\n",
        record.display()
    );
    fs::write(&browser, script).unwrap();
    fs::set_permissions(&browser, fs::Permissions::from_mode(0o755)).unwrap();
    let output = lab
        .command(&["browser", "launch", "--headless", "--browser", browser.to_str().unwrap()])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("exit status: 7") && said.contains("browser.log"), "{said}");
    assert!(!lab.installation.runtime_dir.join("browser.json").exists(), "nothing is left to stop");
}

#[test]
fn a_hub_that_serves_another_port_is_named_and_moves_when_it_is_restarted() {
    let lab = Lab::new();
    assert!(lab.command(&["hub", "start"]).output().unwrap().status.success());
    let first = lab.installation.read_hub_file().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let there =
        |arguments: &[&str]| lab.command(arguments).env("TABMUX_PORT", port.to_string()).output().unwrap();
    for command in [["hub", "start"], ["hub", "status"]] {
        let output = there(&command);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(5), "{said}");
        assert!(said.contains(&format!("serves port {} (pid {})", first.port, first.pid)), "{said}");
    }
    let output = there(&["hub", "restart"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(lab.installation.read_hub_file().unwrap().port, port);
}

#[test]
fn a_host_without_a_hub_tries_once_for_each_question() {
    let lab = Lab::new();
    lab.installation.prepare_runtime_dir().unwrap();
    // The making of these files is a change that is worth a look, once.
    let locks = (lab.installation.try_hub_lock().unwrap(), lab.installation.try_launch_lock().unwrap());
    drop(locks);
    fs::write(lab.installation.runtime_dir.join("token"), "garbage").unwrap();
    let mut host = lab.host();
    let questions = 8;
    for _ in 0..questions {
        ask(&mut host);
        assert_eq!(answer(&mut host)["type"], "noHub");
    }
    drop(host.stdin.take());
    let mut said = String::new();
    host.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(host.wait().unwrap().success());
    assert_eq!(said.matches("Launching a hub").count(), questions, "{said}");
}

#[test]
fn a_host_ends_with_its_browser_even_while_it_waits_for_a_hub() {
    let lab = Lab::new();
    let silent = TcpListener::bind(("127.0.0.1", lab.installation.port)).unwrap();
    let mut host = lab.host();
    ask(&mut host);
    let (_held, _) = silent.accept().unwrap();
    let closed_at = Instant::now();
    drop(host.stdin.take());
    assert!(host.wait().unwrap().success());
    assert!(closed_at.elapsed() < Duration::from_secs(2), "{:?}", closed_at.elapsed());
}

struct Lab {
    folder: TempDir,
    installation: Installation,
}

impl Lab {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let installation = Installation {
            port: TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port(),
            runtime_dir: at("run"),
            state_dir: at("state"),
            config_path: at("config.toml"),
        };
        Self { folder, installation }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tabmux"));
        command.args(arguments).env("HOME", self.folder.path()).envs(self.installation.to_env());
        command.env_remove("TABMUX_LOG").stdin(Stdio::null());
        command
    }

    fn host(&self) -> Child {
        let mut command = self.command(&["native-host", "chrome-extension://of-the-test/"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = self.command(&["hub", "stop"]).output();
    }
}

/// Asks as the extension does: a 4-byte native-endian length, then JSON.
fn ask(host: &mut Child) {
    let message = br#"{"type":"connect"}"#;
    let stdin = host.stdin.as_mut().unwrap();
    stdin.write_all(&u32::try_from(message.len()).unwrap().to_ne_bytes()).unwrap();
    stdin.write_all(message).unwrap();
}

fn answer(host: &mut Child) -> Value {
    let stdout = host.stdout.as_mut().unwrap();
    let mut length = [0; 4];
    stdout.read_exact(&mut length).unwrap();
    let mut message = vec![0; usize::try_from(u32::from_ne_bytes(length)).unwrap()];
    stdout.read_exact(&mut message).unwrap();
    serde_json::from_slice(&message).unwrap()
}
