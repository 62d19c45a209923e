//! The packages for stores and installers: the extension, the npm package, the bundle for desktop programs.

use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::archive::{File, tar_gz, zip};
use super::{VERSION, licences, output};

/// Said of the product wherever a package has one line for it.
const DESCRIPTION: &str = "Lets many AI agents share one real browser without getting in each other's way";
/// The time of the files in npm's packages, in seconds of Unix: npm gives every package this one.
const NPM_TIME: u64 = 499_162_500;

/// The extension as stores take it: without its key, since a store signs with its own, and without what only tests and
/// editors read.
pub fn extension() -> Result<File> {
    let listed = output(Command::new("git").args(["ls-files", "-z", "extension"]))?;
    let mut files = licences()?;
    for path in listed.split_terminator('\0') {
        let name = path.trim_start_matches("extension/");
        if name.starts_with("test/") || ["package.json", "protocol.d.ts"].contains(&name) {
            continue;
        }
        let mut file = File::read(name, path)?;
        if name == "manifest.json" {
            file.content = without_key(&file.content)?;
        }
        files.push(file);
    }
    Ok(File { name: format!("tabmux-extension-{VERSION}.zip"), content: zip(files)?, executable: false })
}

fn without_key(manifest: &[u8]) -> Result<Vec<u8>> {
    let mut manifest: Value = serde_json::from_slice(manifest)?;
    manifest.as_object_mut().context("manifest.json is no object")?.remove("key");
    pretty(&manifest)
}

/// The npm package, which carries the executable of one platform and a launcher for it.
pub fn npm(triple: &str, executable: &[u8], notices: &str) -> Result<File> {
    let (os, cpu) = platform(triple)?;
    let mut about = json!({
        "name": "tabmux",
        "version": VERSION,
        "description": DESCRIPTION,
        "license": "MIT OR Apache-2.0",
        "keywords": ["mcp", "browser", "automation", "agents"],
        "bin": { "tabmux": "launcher.js" },
        "files": ["launcher.js", "bin/tabmux", "THIRD-PARTY.txt"],
        "engines": { "node": ">=18" },
        "os": [os],
        "cpu": [cpu],
    });
    if triple.ends_with("-gnu") {
        about["libc"] = json!(["glibc"]);
    }
    let mut launcher = File::read("launcher.js", "packaging/npm/launcher.js")?;
    launcher.executable = true;
    let mut files = vec![
        File { name: "package.json".into(), content: pretty(&about)?, executable: false },
        launcher,
        File::program("bin/tabmux", executable),
        File::text("THIRD-PARTY.txt", notices),
        File::read("README.md", "packaging/npm/README.md")?,
    ];
    files.extend(licences()?);
    let content = tar_gz("package", files, NPM_TIME)?;
    Ok(File { name: format!("tabmux-npm-{VERSION}-{os}-{cpu}.tgz"), content, executable: false })
}

/// The bundle that desktop programs install by a double click.
pub fn mcpb(triple: &str, executable: &[u8], notices: &str) -> Result<File> {
    let (os, cpu) = platform(triple)?;
    let manifest = json!({
        "manifest_version": "0.3",
        "name": "tabmux",
        "display_name": "Tabmux",
        "version": VERSION,
        "description": DESCRIPTION,
        "author": { "name": "The Tabmux contributors" },
        "license": "MIT OR Apache-2.0",
        "keywords": ["browser", "automation", "agents"],
        "icon": "icon.png",
        "server": {
            "type": "binary",
            "entry_point": "server/tabmux",
            "mcp_config": { "command": "${__dirname}/server/tabmux", "args": ["mcp"] },
        },
        "tools_generated": true,
        "compatibility": { "platforms": [os] },
    });
    let mut files = vec![
        File { name: "manifest.json".into(), content: pretty(&manifest)?, executable: false },
        File::program("server/tabmux", executable),
        File::read("icon.png", "extension/icons/128.png")?,
        File::text("THIRD-PARTY.txt", notices),
    ];
    files.extend(licences()?);
    Ok(File { name: format!("tabmux-{VERSION}-{os}-{cpu}.mcpb"), content: zip(files)?, executable: false })
}

/// System and processor of a target, by the names that Node has for them.
fn platform(triple: &str) -> Result<(&'static str, &'static str)> {
    let os = match triple {
        _ if triple.contains("linux") => "linux",
        _ if triple.contains("apple-darwin") => "darwin",
        _ => bail!("{triple}: Tabmux runs on Linux and macOS"),
    };
    let cpu = match triple.split('-').next() {
        Some("x86_64") => "x64",
        Some("aarch64") => "arm64",
        _ => bail!("{triple}: npm's name for this processor is not in xtask/src/dist/packages.rs"),
    };
    Ok((os, cpu))
}

fn pretty(value: &Value) -> Result<Vec<u8>> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    Ok(text)
}
