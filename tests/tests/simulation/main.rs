//! A call is done once: the hub's core, the clients' tables and conversations and the extension's own scripts, wired
//! together under one clock and one seed, while whatever can die dies.
//!
//! `TABMUX_SEED=123 cargo test -p tabmux-tests --test simulation` plays one story and prints it.

#![allow(clippy::unwrap_used, reason = "a story that cannot go on says where")]

mod browser;
mod client;
mod engine;
mod faults;
mod hub;
mod ledger;
mod net;
mod seed;
mod story;
mod world;

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use world::World;

const FIXED: Range<u64> = 0..2_000;
const FRESH: u64 = 200;
/// How many stories are played a second time, to see that a seed tells the same one.
const REPEATED: Range<u64> = 0..40;

#[test]
fn whatever_dies_each_call_is_done_once_and_answered_truly() {
    if let Some(number) = asked_for() {
        let world = World::play(number);
        println!("{}", world.story.text());
        assert_eq!(world.problem, None, "seed {number}");
        return;
    }
    play_all(FIXED);
}

#[test]
fn fresh_seeds_find_nothing_either() {
    let base = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64;
    println!("fresh seeds from {base}");
    play_all(base..base + FRESH);
}

#[test]
fn a_seed_tells_the_same_story_again() {
    for number in REPEATED {
        let (one, other) = (World::play(number), World::play(number));
        assert_eq!(one.story.hash(), other.story.hash(), "seed {number}");
    }
}

/// The seed that a person wants to see.
fn asked_for() -> Option<u64> {
    std::env::var("TABMUX_SEED").ok().map(|text| text.parse().expect("TABMUX_SEED is a number"))
}

/// Plays stories on two threads; the first one that fails is printed.
fn play_all(seeds: Range<u64>) {
    let next = AtomicU64::new(seeds.start);
    let failed = AtomicU64::new(u64::MAX);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= seeds.end || failed.load(Ordering::Relaxed) < number {
                        return;
                    }
                    if World::play(number).problem.is_some() {
                        failed.fetch_min(number, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let number = failed.into_inner();
    if number < u64::MAX {
        let world = World::play(number);
        let story = world.story.text();
        let replay =
            format!("TABMUX_SEED={number} cargo test -p tabmux-tests --test simulation whatever_dies");
        panic!("{story}\nseed {number}: {}\nreplay: {replay}", world.problem.unwrap_or_default());
    }
}
