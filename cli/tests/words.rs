//! What the command line is called and how it tells of itself: names, help texts, completions.
#![allow(clippy::unwrap_used, reason = "test code")]

use std::process::{Command, Output};

use clap::CommandFactory;
use tabmux_cli::args::Cli;

#[test]
fn completions_are_scripts_that_their_shells_understand() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = tabmux(&["completions", shell]);
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success() && script.contains("status") && script.contains("--watch"),
            "{shell}"
        );
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("script");
        std::fs::write(&path, &script).unwrap();
        // Of the shells that are installed.
        let check = match shell {
            "bash" | "zsh" | "fish" => Command::new(shell).arg("-n").arg(&path).output(),
            _ => continue,
        };
        if let Ok(check) = check {
            assert!(check.status.success(), "{shell}: {}", String::from_utf8_lossy(&check.stderr));
        }
    }
}

#[test]
fn without_a_command_the_help_is_short_and_a_mistyped_one_is_suggested() {
    let output = tabmux(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("Usage: tabmux"));
    let said = String::from_utf8(tabmux(&["statsu"]).stderr).unwrap();
    assert!(said.contains("'status'"), "{said}");
    let said = String::from_utf8(tabmux(&["status", "--wach"]).stderr).unwrap();
    assert!(said.contains("'--watch'"), "{said}");
    let help = String::from_utf8(tabmux(&["help", "logs"]).stdout).unwrap();
    assert!(help.contains("tabmux logs 200 --level warn"), "{help}");
}

#[test]
fn every_command_has_an_example_and_fits_80_columns() {
    let mut problems = Vec::new();
    let mut root = Cli::command();
    root.build();
    each(&root, &mut |command| {
        let help = command.clone().term_width(80).render_help().to_string();
        let is_leaf = !command.has_subcommands();
        if is_leaf && !help.contains("Examples:") {
            problems.push(format!("{}: no example", command.get_name()));
        }
        for line in help.lines().filter(|line| line.chars().count() > 80) {
            problems.push(format!("{}: too wide: {line}", command.get_name()));
        }
    });
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Calls for every command that is shown.
fn each(command: &clap::Command, visit: &mut impl FnMut(&clap::Command)) {
    visit(command);
    for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set() && inner.get_name() != "help")
    {
        each(inner, visit);
    }
}

fn tabmux(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tabmux")).args(arguments).output().unwrap()
}
