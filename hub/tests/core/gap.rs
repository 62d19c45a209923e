//! The hub's process stood still, and what waited in its sockets is heard before anybody is given up.

use std::time::Duration;

use tabmux_protocol::message::EventKind;

use crate::world::{DEADLINE, World, client_id, done, refused};

const AN_HOUR: Duration = Duration::from_secs(3_600);

#[test]
fn a_client_that_waited_for_a_hub_that_stood_still_finds_its_things() {
    let mut world = World::new();
    let extension = world.extension(1);
    let (returns, stays_away) = (world.client_called(1, Some("work")), world.client(2));
    world.event(extension, EventKind::TabCreated, 1, 1);
    world.event(extension, EventKind::TabCreated, 2, 2);
    world.gone(returns);
    world.gone(stays_away);
    world.stand_still(AN_HOUR);
    assert!(world.leaves(extension).is_empty());
    let back = world.client_called(1, None);
    assert_eq!(world.welcome(back).label.as_deref(), Some("work"));
    assert_eq!(world.tabs(1), [1]);
    world.advance(Duration::from_secs(30));
    let left: Vec<_> = world.leaves(extension).into_iter().map(|(_, client)| client).collect();
    assert_eq!(left, [client_id(2)], "a whole grace period later");
}

#[test]
fn a_hub_that_is_a_little_late_gives_nobody_more_time() {
    let mut world = World::new();
    let extension = world.extension(1);
    let client = world.client(1);
    world.event(extension, EventKind::TabCreated, 1, 1);
    world.advance(Duration::from_millis(50));
    world.gone(client);
    world.advance(Duration::from_millis(50));
    world.stand_still(Duration::from_millis(30_500));
    assert_eq!(world.leaves(extension).len(), 1);
}

#[test]
fn an_answer_that_waited_for_a_hub_that_stood_still_is_passed_on() {
    let mut world = World::new();
    let extension = world.extension(1);
    let client = world.client(1);
    let (answered, silent) = (world.call(client, 1), world.call(client, 2));
    let (request, _) = world.calls(extension)[0];
    world.stand_still(AN_HOUR);
    assert!(world.answers(client).is_empty());
    world.answer(extension, request, "1");
    world.advance(Duration::from_secs(1));
    assert_eq!(world.answers(client), [(answered, done("1")), (silent, refused("timeout"))]);
}

#[test]
fn a_hub_that_stands_still_again_and_again_still_ends_its_calls() {
    let mut world = World::new();
    world.extension(1);
    let client = world.client(1);
    let id = world.call(client, 1);
    world.stand_still(DEADLINE * 2);
    world.stand_still(DEADLINE * 2);
    assert_eq!(world.answers(client), [(id, refused("timeout"))]);
}

#[test]
fn a_browser_that_waited_for_a_hub_that_stood_still_keeps_its_place() {
    let mut world = World::new();
    let (first, second) = (world.extension(1), world.extension(2));
    let client = world.client(1);
    world.gone(first);
    world.stand_still(AN_HOUR);
    let back = world.extension(1);
    world.call(client, 1);
    assert_eq!((world.calls(back).len(), world.calls(second).len()), (1, 0));
}
