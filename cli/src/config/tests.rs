use std::fs;
use std::os::unix::fs::symlink;

use tabmux_protocol::tools::Selection;

use super::keys::{keys, tables};
use super::overrides::from_environment;
use super::*;

fn reading_of(text: impl AsRef<[u8]>) -> Reading {
    parse(Path::new("/etc/config.toml"), text.as_ref())
}

/// Every mistake of a file, by its name without its folder.
fn told(reading: &Reading) -> Vec<String> {
    let folder = format!("{}/", reading.file.parent().unwrap().display());
    reading.mistakes.0.iter().map(|mistake| mistake.to_string().replace(&folder, "")).collect()
}

fn config_of(text: &str) -> Config {
    let reading = reading_of(text);
    assert_eq!(told(&reading), Vec::<String>::new(), "{text}");
    reading.config
}

/// Bad files, each with exactly what is said of it.
const BAD_FILES: &[(&str, &[&str])] = &[
    ("port =", &["config.toml:1:7: here a value is missing"]),
    ("[hub\ngrace_ms = 1\n", &["config.toml:1:5: it is not TOML: unclosed table, expected `]`"]),
    (
        "[hub\ngrace = 1\n[files]\nroot = []\n",
        &[
            "config.toml:1:5: it is not TOML: unclosed table, expected `]`",
            "config.toml:4:1: `files.root` is no key; did you mean `roots`?",
        ],
    ),
    ("port : 9008", &["config.toml:1:6: it is not TOML: key with no value, expected `=`"]),
    ("[log]\nlevel = \"info", &["config.toml:2:14: it is not TOML: invalid basic string, expected `\"`"]),
    (
        "[log]\nlevel = info",
        &["config.toml:2:9: `info` is no value; texts stand in quotes, numbers have no unit"],
    ),
    (
        "[hub]\ngrace_ms = 5s",
        &["config.toml:2:12: `5s` is no value; texts stand in quotes, numbers have no unit"],
    ),
    ("port = 08", &["config.toml:1:8: it is not TOML: unexpected leading zero, expected nothing"]),
    (
        "[hub]\ngrace_ms = 1\ngrace_ms = 2",
        &["config.toml:3:1: `grace_ms` is set a second time; remove one of the two"],
    ),
    ("[hub]\ngrace_ms = 1\n[hub]", &["config.toml:3:2: `hub` is set a second time; remove one of the two"]),
    ("[hubb]\ngrace_ms = 1", &["config.toml:1:2: `[hubb]` is no table; did you mean `[hub]`?"]),
    (
        "[server]\nport = 1",
        &[
            "config.toml:1:2: `[server]` is no table; there are `[client]`, `[files]`, `[http]`, `[hub]`, `[log]`, `[tabs]`",
        ],
    ),
    (
        "# mine\n\n[hub]\nhartbeat_ms = 5000",
        &["config.toml:4:1: `hub.hartbeat_ms` is no key; did you mean `heartbeat_ms`?"],
    ),
    ("grace_ms = 1", &["config.toml:1:1: `grace_ms` is no key; did you mean `grace_ms` under `[hub]`?"]),
    (
        "[client]\nport = 1",
        &["config.toml:2:1: `client.port` is no key; did you mean `port` above all tables?"],
    ),
    (
        "[log]\ncolour = true",
        &[
            "config.toml:2:1: `log.colour` is no key; `[log]` has dir, file_mb, format, keep_days, level, total_mb",
        ],
    ),
    (
        "[hub]\ntabs_on_leave = \"keep\"",
        &["config.toml:2:1: `hub.tabs_on_leave` has moved; write `on_leave` under `[tabs]`"],
    ),
    (
        "[hub]\nallowed_hosts = []",
        &["config.toml:2:1: `hub.allowed_hosts` has moved; write `allowed_hosts` under `[http]`"],
    ),
    ("hub = 3", &["config.toml:1:7: `hub` is 3; it is a table: write its keys below a line `[hub]`"]),
    ("[[hub]]", &["config.toml:1:1: `hub` is [[hub]]; it is a table: write its keys below a line `[hub]`"]),
    ("[port]\nhub = 1", &["config.toml:1:1: `port` is a table; it takes a whole number from 1 to 65535"]),
    ("port = 0", &["config.toml:1:8: `port` is 0; it takes a whole number from 1 to 65535"]),
    ("port = 70_000", &["config.toml:1:8: `port` is 70_000; it takes a whole number from 1 to 65535"]),
    (
        "port = \"9100\"",
        &["config.toml:1:8: `port` is \"9100\"; it takes a whole number from 1 to 65535; did you mean 9100?"],
    ),
    (
        "[hub]\ngrace_ms = 5000.0",
        &[
            "config.toml:2:12: `hub.grace_ms` is 5000.0; it takes a whole number of milliseconds from 0 to 86400000; did you mean 5000?",
        ],
    ),
    (
        "[hub]\ngrace_ms = \"5s\"",
        &[
            "config.toml:2:12: `hub.grace_ms` is \"5s\"; it takes a whole number of milliseconds from 0 to 86400000",
        ],
    ),
    (
        "[hub]\ngrace_ms = 99999999999999999999",
        &[
            "config.toml:2:12: `hub.grace_ms` is 99999999999999999999; it takes a whole number of milliseconds from 0 to 86400000",
        ],
    ),
    (
        "[hub]\nheartbeat_ms = 45000",
        &[
            "config.toml:2:16: `hub.heartbeat_ms` is 45000; it takes a whole number of milliseconds from 10 to 29000",
        ],
    ),
    (
        "[hub]\nmax_clients = true",
        &["config.toml:2:15: `hub.max_clients` is true; it takes a whole number from 1 to 65536"],
    ),
    (
        "[log]\nkeep_days = 1979-05-27",
        &["config.toml:2:13: `log.keep_days` is 1979-05-27; it takes a whole number of days from 1 to 3650"],
    ),
    (
        "[tabs]\non_leave = \"Closed\"",
        &[
            "config.toml:2:12: `tabs.on_leave` is \"Closed\"; it takes \"close\" or \"keep\"; did you mean \"close\"?",
        ],
    ),
    ("[tabs]\non_leave = 'x'", &["config.toml:2:12: `tabs.on_leave` is 'x'; it takes \"close\" or \"keep\""]),
    ("[files]\nroots = \"~\"", &["config.toml:2:9: `files.roots` is \"~\"; it takes a list of texts"]),
    ("[files]\nroots = [\".\",\n  3]", &["config.toml:3:3: an item of `files.roots` is 3; it takes texts"]),
    (
        "[http]\nallowed_hosts = [\"ok:1\", \"http://x\"]",
        &[
            "config.toml:2:26: an item of `http.allowed_hosts` is \"http://x\"; it takes a host with its port, such as \"tabmux.test:9008\"",
        ],
    ),
    (
        "[hub]\nallowed_extension_ids = [\"abc\"]",
        &[
            "config.toml:2:26: an item of `hub.allowed_extension_ids` is \"abc\"; it takes the id of an extension, 32 letters from a to p",
        ],
    ),
    (
        "[log]\nlevel = \"inof\"",
        &[
            "config.toml:2:9: `log.level` is \"inof\"; it takes \"error\", \"warn\", \"info\", \"debug\" or \"trace\", also by target: \"warn,tabmux_hub=debug\"",
        ],
    ),
    ("[client]\ntools = 3", &["config.toml:2:9: `client.tools` is 3; it takes a text or a list of texts"]),
    (
        "[client]\nhub_silent_ms = 12000",
        &[
            "config.toml:2:17: `client.hub_silent_ms` is 12000; it must be less than `client.hub_wait_ms`, which is 10000: calls that wait would give up before a hub that hangs is replaced",
        ],
    ),
    (
        "[client]\nretry_max_ms = 5",
        &[
            "config.toml:2:16: `client.retry_initial_ms` is 10; it must be at most `client.retry_max_ms`, which is 5: pauses grow from the one to the other",
        ],
    ),
    (
        "[log]\ntotal_mb = 1\nfile_mb = 2",
        &[
            "config.toml:3:11: `log.file_mb` is 2; it must be at most `log.total_mb`, which is 1: one file is part of them all",
        ],
    ),
    (
        "port = 0\n[hub]\ngrace_ms = \"1\"\nhartbeat_ms = 2\n[logs]\nx = 1\n[hub.deep]\n",
        &[
            "config.toml:1:8: `port` is 0; it takes a whole number from 1 to 65535",
            "config.toml:3:12: `hub.grace_ms` is \"1\"; it takes a whole number of milliseconds from 0 to 86400000; did you mean 1?",
            "config.toml:4:1: `hub.hartbeat_ms` is no key; did you mean `heartbeat_ms`?",
            "config.toml:5:2: `[logs]` is no table; did you mean `[log]`?",
            "config.toml:7:6: `hub.deep` is no key; `[hub]` has allowed_extension_ids, browser_wait_ms, client_heartbeat_ms, grace_ms, handshake_ms, heartbeat_ms, max_calls_per_client, max_clients, max_half_open, rate_limit_calls, rate_limit_window_ms, reserve_wait_ms, session_grace_ms, shutdown_ms",
        ],
    ),
];

#[test]
fn every_mistake_of_a_file_is_told_at_once_with_its_place_and_what_is_right() {
    for (text, expected) in BAD_FILES {
        assert_eq!(told(&reading_of(text)), *expected, "{text:?}");
    }
}

#[test]
fn what_cannot_be_read_as_a_text_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    const FIX: &str = "make it a file that you can read, or set TABMUX_CONFIG to another";
    fs::create_dir(at("folder")).unwrap();
    symlink("loop", at("loop")).unwrap();
    nix::unistd::mkfifo(&at("pipe"), nix::sys::stat::Mode::S_IRUSR).unwrap();
    fs::write(at("large"), vec![b'#'; 1024 * 1024 + 1]).unwrap();
    for (name, expected) in [
        ("folder", format!("folder: it is a folder; {FIX}")),
        ("loop", format!("loop: it cannot be read: Too many levels of symbolic links (os error 40); {FIX}")),
        (
            "large/config.toml",
            format!("config.toml: it cannot be read: Not a directory (os error 20); {FIX}"),
        ),
        ("pipe", format!("pipe: it is no file; {FIX}")),
        ("large", format!("large: it is larger than 1 MiB; {FIX}")),
    ] {
        assert_eq!(told(&read_file(&at(name))), [expected]);
    }
    let reading = reading_of(b"# \xc3\xa9\n[hub]\n# \xc3\xa9\xff\ngrace_ms = 1\n");
    assert_eq!(told(&reading), ["config.toml:3:4: here it is not UTF-8; save the file as UTF-8"]);
}

#[test]
fn a_missing_file_and_an_empty_one_mean_the_defaults() {
    let missing = read_file(Path::new("/nowhere/config.toml"));
    assert!(!missing.exists && missing.mistakes.0.is_empty());
    assert_eq!((missing.config.port, config_of("").port), (9008, 9008));
    assert_eq!(config_of("port = 9100\r\n").port, 9100);
    assert_eq!(config_of("\u{feff}port = 9100").port, 9100);
}

#[test]
fn what_is_right_beside_a_mistake_still_holds() {
    let reading = reading_of("port = 9100\n[hub]\ngrace_ms = \"no\"\nshutdown_ms = 7\n");
    assert_eq!(told(&reading).len(), 1);
    let config = reading.config;
    assert_eq!((config.port, config.hub.shutdown_ms, config.hub.grace_ms), (9100, 7, 30_000));
}

#[test]
fn every_key_takes_the_bounds_and_words_that_it_names() {
    let mut seen = 0;
    for table in tables() {
        for key in &table.keys {
            assert!(!key.help.is_empty(), "{}", key.path);
            let values: Vec<String> = match &key.takes {
                Takes::Whole(min, max) => vec![min.to_string(), max.to_string()],
                Takes::OneOf(words) => words.iter().map(|word| format!("\"{word}\"")).collect(),
                Takes::Text(_) => vec!["\"info\"".into()],
                Takes::Texts(_) => vec!["[]".into()],
                Takes::TextOrTexts(_) => vec!["\"default\"".into(), "[\"default\"]".into()],
            };
            for value in values {
                let header =
                    if table.name.is_empty() { String::new() } else { format!("[{}]\n", table.name) };
                let reading = reading_of(format!("{header}{} = {value}\n", key.name()));
                let own = told(&reading).into_iter().find(|mistake| !mistake.contains("must be"));
                assert_eq!(own, None, "{} = {value}", key.path);
                seen += 1;
            }
        }
    }
    assert!(seen > 40, "{seen}");
}

#[test]
fn sets_of_tools_are_named_in_a_list_or_in_one_text() {
    let listed = |text: &str| config_of(text).client.tools;
    assert_eq!(listed(""), Selection::default());
    let two = "default,network".parse().unwrap();
    assert_eq!(listed("[client]\ntools = \"default,network\"\n"), two);
    assert_eq!(listed("[client]\ntools = [\"default\", \"network\"]\n"), two);
    let told = told(&reading_of("[client]\ntools = \"all\"\n"));
    assert!(
        told[0].starts_with("config.toml:2:9: `client.tools` is \"all\"; there is no set of tools `all`")
    );
    assert!(told[0].contains("`browsermcp`"), "{told:?}");
}

#[test]
fn files_come_from_the_folder_of_the_window_unless_others_are_named() {
    assert_eq!(config_of("").files.roots, [Path::new(".")]);
    let named = config_of("[files]\nroots = [\".\", \"~/Downloads\"]\n");
    assert_eq!(named.files.roots, [Path::new("."), Path::new("~/Downloads")]);
}

fn with_environment(text: &str, variables: &[(&str, &str)]) -> Reading {
    let path = Path::new("/etc/config.toml");
    let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    put_together(path, read::parse(path, text.as_bytes()), from_environment(variables))
}

#[test]
fn every_key_is_set_by_a_variable_of_its_name() {
    let reading = with_environment(
        "port = 9100\n[hub]\ngrace_ms = 1\n",
        &[
            ("TABMUX_PORT", "9200"),
            ("TABMUX_HUB_GRACE_MS", " 2 "),
            ("TABMUX_HTTP_ALLOWED_HOSTS", "one:1, two:2"),
            ("TABMUX_FILES_ROOTS", "[\"a,b\", \"c\"]"),
            ("TABMUX_CLIENT_TOOLS", "default,network"),
            ("TABMUX_HUB_SHUTDOWN_MS", ""),
            ("TABMUX_SEED", "another program's"),
            ("PATH", "/bin"),
        ],
    );
    assert_eq!(told(&reading), Vec::<String>::new());
    let config = &reading.config;
    assert_eq!((config.port, config.hub.grace_ms, config.hub.shutdown_ms), (9200, 2, 5_000));
    assert_eq!(config.http.allowed_hosts, ["one:1", "two:2"]);
    assert_eq!(config.files.roots, [Path::new("a,b"), Path::new("c")]);
    assert_eq!(config.client.tools, "default,network".parse().unwrap());
    let variable = "TABMUX_HUB_GRACE_MS".to_owned();
    assert_eq!(reading.settings["hub.grace_ms"].source, Source::Environment { variable });
    assert_eq!(keys().find(|key| key.path == "hub.grace_ms").unwrap().variable(), "TABMUX_HUB_GRACE_MS");
}

#[test]
fn the_level_of_logs_has_a_short_variable_and_the_long_one_wins() {
    let level = |variables: &[(&str, &str)]| with_environment("", variables).config.log.level;
    assert_eq!(level(&[("TABMUX_LOG", "warn,tabmux_hub=debug")]), "warn,tabmux_hub=debug");
    assert_eq!(level(&[("TABMUX_LOG_LEVEL", "debug"), ("TABMUX_LOG", "warn")]), "debug");
    assert_eq!(level(&[("TABMUX_LOG", "warn"), ("TABMUX_LOG_LEVEL", "debug")]), "debug");
}

#[test]
fn a_wrong_variable_is_named() {
    for (name, text, expected) in [
        ("TABMUX_PORT", "0", "TABMUX_PORT: `port` is \"0\"; it takes a whole number from 1 to 65535"),
        (
            "TABMUX_HUB_GRACE_MS",
            "5s",
            "TABMUX_HUB_GRACE_MS: `hub.grace_ms` is \"5s\"; it takes a whole number of milliseconds from 0 to 86400000",
        ),
        ("TABMUX_HUB_GRACE", "1", "TABMUX_HUB_GRACE: it sets no key; did you mean TABMUX_HUB_GRACE_MS?"),
        (
            "TABMUX_LOG_X",
            "1",
            "TABMUX_LOG_X: it sets no key; `tabmux config show` lists the keys that there are",
        ),
        (
            "TABMUX_LOG",
            "a=b=c",
            "TABMUX_LOG: `log.level` is \"a=b=c\"; it takes \"error\", \"warn\", \"info\", \"debug\" or \"trace\", also by target: \"warn,tabmux_hub=debug\"",
        ),
        (
            "TABMUX_CLIENT_HUB_SILENT_MS",
            "20000",
            "TABMUX_CLIENT_HUB_SILENT_MS: `client.hub_silent_ms` is 20000; it must be less than `client.hub_wait_ms`, which is 10000: calls that wait would give up before a hub that hangs is replaced",
        ),
    ] {
        assert_eq!(told(&with_environment("", &[(name, text)])), [expected]);
    }
}
