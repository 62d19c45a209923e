//! Licences and duplicate versions of what we depend on, held against deny.toml: the part of `cargo deny` that a fresh
//! machine must be able to check without installing it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::machine::{cargo, repository};

/// Checks the packages that the lock file names.
pub fn run() -> Result<()> {
    let rules: toml::Table =
        fs::read_to_string(repository().join("deny.toml"))?.parse().context("deny.toml")?;
    let output = cargo(&["metadata", "--format-version", "1", "--locked", "--all-features"])
        .current_dir(repository())
        .output()?;
    if !output.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let packages: Vec<Package> =
        metadata["packages"].as_array().into_iter().flatten().map(Package::read).collect();
    let mut problems = licences(&packages, &texts(&rules["licenses"]["allow"], None));
    problems.extend(duplicates(&packages, &texts(&rules["bans"]["skip"], Some("crate"))));
    if !problems.is_empty() {
        bail!("dependencies against deny.toml:\n  {}", problems.join("\n  "));
    }
    Ok(())
}

struct Package {
    name: String,
    version: String,
    licence: String,
}

impl Package {
    fn read(package: &Value) -> Self {
        let text = |name: &str| package[name].as_str().unwrap_or_default().to_owned();
        Self { name: text("name"), version: text("version"), licence: text("license") }
    }
}

/// A package passes when one choice of its licences is allowed in every part: `(MIT OR Apache-2.0) AND Unicode-3.0`.
fn licences(packages: &[Package], allowed: &BTreeSet<String>) -> Vec<String> {
    let fits = |licence: &str| {
        licence
            .replace(['(', ')'], "")
            .split(" AND ")
            .all(|part| part.replace('/', " OR ").split(" OR ").any(|choice| allowed.contains(choice.trim())))
    };
    let bad = packages.iter().filter(|package| !fits(&package.licence));
    bad.map(|package| format!("{} {}: licence `{}`", package.name, package.version, package.licence))
        .collect()
}

/// All versions of a package but one must be named in the list, as `name@` and the beginning of the version.
fn duplicates(packages: &[Package], skipped: &BTreeSet<String>) -> Vec<String> {
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in packages {
        let skips = |rule: &String| {
            let Some((name, version)) = rule.split_once('@') else { return false };
            name == package.name && format!("{}.", package.version).starts_with(&format!("{version}."))
        };
        if !skipped.iter().any(skips) {
            versions.entry(&package.name).or_default().push(&package.version);
        }
    }
    versions.retain(|_, found| found.len() > 1);
    versions.iter().map(|(name, found)| format!("{name}: versions {}", found.join(" and "))).collect()
}

fn texts(list: &toml::Value, field: Option<&str>) -> BTreeSet<String> {
    let items = list.as_array().into_iter().flatten();
    items
        .filter_map(|item| field.map_or(Some(item), |name| item.get(name))?.as_str())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, version: &str, licence: &str) -> Package {
        Package { name: name.into(), version: version.into(), licence: licence.into() }
    }

    #[test]
    fn a_second_version_must_be_named_and_a_licence_allowed() {
        let packages = [
            package("a", "1.2.0", "MIT"),
            package("a", "2.0.1", "GPL-3.0"),
            package("b", "1.0.0", "(MIT OR X) AND Y"),
        ];
        let set = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(duplicates(&packages, &set(&[])), ["a: versions 1.2.0 and 2.0.1"]);
        assert_eq!(duplicates(&packages, &set(&["a@1"])), [""; 0]);
        assert_eq!(licences(&packages, &set(&["MIT", "Y"])), ["a 2.0.1: licence `GPL-3.0`"]);
        assert_eq!(licences(&packages, &set(&["MIT", "Y", "GPL-3.0"])), [""; 0]);
    }
}
