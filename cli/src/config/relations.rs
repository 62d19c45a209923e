//! Keys whose values must fit each other.

use std::collections::BTreeMap;

use super::Setting;
use super::keys::find;
use super::mistake::{Mistake, Place};

/// A key that must be smaller than another, or at most as large.
struct Relation {
    smaller: &'static str,
    larger: &'static str,
    may_be_equal: bool,
    why: &'static str,
}

const RELATIONS: [Relation; 3] = [
    Relation {
        smaller: "client.hub_silent_ms",
        larger: "client.hub_wait_ms",
        may_be_equal: false,
        why: "calls that wait would give up before a hub that hangs is replaced",
    },
    Relation {
        smaller: "client.retry_initial_ms",
        larger: "client.retry_max_ms",
        may_be_equal: true,
        why: "pauses grow from the one to the other",
    },
    Relation {
        smaller: "log.file_mb",
        larger: "log.total_mb",
        may_be_equal: true,
        why: "one file is part of them all",
    },
];

/// What does not fit; told where the smaller one was set, or else the larger.
pub(super) fn check(settings: &BTreeMap<String, Setting>) -> Vec<Mistake> {
    RELATIONS.iter().filter_map(|relation| relation.broken(settings)).collect()
}

impl Relation {
    fn broken(&self, settings: &BTreeMap<String, Setting>) -> Option<Mistake> {
        let (smaller, at) = value(settings, self.smaller)?;
        let (larger, or_at) = value(settings, self.larger)?;
        if smaller < larger || (self.may_be_equal && smaller == larger) {
            return None;
        }
        let than = if self.may_be_equal { "at most" } else { "less than" };
        let [whose, bound] = [self.smaller, self.larger].map(|path| format!("`{path}`"));
        let message =
            format!("{whose} is {smaller}; it must be {than} {bound}, which is {larger}: {}", self.why);
        // Two defaults fit each other.
        Some(Mistake { place: at.or(or_at)?.clone(), message })
    }
}

fn value<'s>(settings: &'s BTreeMap<String, Setting>, path: &str) -> Option<(i64, Option<&'s Place>)> {
    match settings.get(path) {
        Some(setting) => Some((setting.value.as_integer()?, Some(&setting.place))),
        None => Some((find(path)?.default.as_i64()?, None)),
    }
}
