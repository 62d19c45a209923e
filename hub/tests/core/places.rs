//! Which browser calls go to, and what the others are told.

use std::time::Duration;

use tabmux_hub::core::{Input, LinkId, Message, Outcome};
use tabmux_protocol::message::{ActiveBrowser, EventKind, Place, PlaceNotice, ShutdownMode};
use tabmux_protocol::{ErrorCode, TabId};

use crate::world::{World, browser_id, call_id, client_id, done, refused, tab};

fn reserve_behind(number: u128) -> PlaceNotice {
    let active = ActiveBrowser { name: Some(format!("Browser {number}")), pid: None };
    PlaceNotice { place: Place::Reserve, active: Some(active) }
}

const ACTIVE: PlaceNotice = PlaceNotice { place: Place::Active, active: None };

/// Two browsers, the first of them active, and what each was welcomed with is read.
fn two_browsers(world: &mut World) -> (LinkId, LinkId) {
    let first = world.extension_that_was(1, Place::Active);
    let second = world.extension_that_was(2, Place::Active);
    assert_eq!(world.welcome(first).place, Some(Place::Active));
    (first, second)
}

#[test]
fn a_browser_in_reserve_is_told_and_told_again_when_it_takes_over() {
    let mut world = World::new();
    let (first, second) = two_browsers(&mut world);
    let told = world.take(second);
    let Message::Welcome { welcome, .. } = &told[0] else { panic!("{told:?}") };
    assert_eq!(welcome.place, Some(Place::Reserve));
    assert!(matches!(&told[1], Message::Place(place) if *place == reserve_behind(1)), "{told:?}");
    world.gone(first);
    assert!(world.places(second).is_empty(), "the first may come back");
    world.advance(Duration::from_secs(5));
    assert_eq!(world.places(second), [ACTIVE]);
    let back = world.extension_that_was(1, Place::Active);
    assert_eq!(world.places(back), [reserve_behind(2)]);
    assert!(world.places(second).is_empty(), "nothing changed for it");
}

#[test]
fn the_person_chooses_the_browser_that_calls_go_to_from_then_on() {
    let mut world = World::new();
    let client = world.client(1);
    let (first, second) = two_browsers(&mut world);
    let running = world.call(client, 1);
    let (request, _) = world.one_call(first);
    world.take(second);
    world.take(client);
    world.input(Input::Activate { link: second });
    assert_eq!((world.places(first), world.places(second)), (vec![reserve_behind(2)], vec![ACTIVE]));
    let told = world.browser_notices(client);
    assert_eq!(told.iter().map(|state| state.browser_id).collect::<Vec<_>>(), [Some(browser_id(2))]);
    let next = world.call(client, 2);
    let (second_request, call) = world.one_call(second);
    assert_eq!(call.call_id, call_id(2));
    assert!(world.calls(first).is_empty());
    world.answer(first, request, "\"finished where it was\"");
    world.answer(second, second_request, "2");
    assert_eq!(world.answers(client), [(running, done("\"finished where it was\"")), (next, done("2"))]);
    let status = world.status();
    let seen: Vec<_> = status.browsers.iter().map(|b| (b.state.browser_id.unwrap(), b.active)).collect();
    assert_eq!(seen, [(browser_id(2), true), (browser_id(1), false)]);

    world.input(Input::Activate { link: second });
    assert!(world.places(second).is_empty() && world.places(first).is_empty(), "twice is once");
}

#[test]
fn calls_that_wait_for_a_lost_browser_go_to_the_one_that_the_person_chooses() {
    let mut world = World::new();
    let client = world.client(1);
    let (first, second) = two_browsers(&mut world);
    let lost = world.call(client, 1);
    world.gone(first);
    let waiting = world.call(client, 2);
    world.input(Input::Activate { link: second });
    let (request, call) = world.one_call(second);
    assert_eq!(call.call_id, call_id(2), "what the first may have done is not done by the second");
    world.answer(second, request, "2");
    let back = world.extension_that_was(1, Place::Active);
    let (request, call) = world.one_call(back);
    assert_eq!((call.call_id, call.resend), (call_id(1), true));
    world.answer(back, request, "1");
    assert_eq!(world.answers(client), [(waiting, done("2")), (lost, done("1"))]);
    world.call(client, 3);
    assert_eq!(world.calls(second).len(), 1, "the person's choice holds");
}

#[test]
fn tabs_in_the_other_browser_are_kept_and_are_its_owners_again_after_a_switch_back() {
    let mut world = World::new();
    let client = world.client(1);
    let (first, second) = two_browsers(&mut world);
    world.event(first, EventKind::TabCreated, 3, 1);
    world.input(Input::Activate { link: second });
    world.take(client);
    world.call_with(client, 1, |call| call.tab = Some(TabId(3)));
    let Some(Message::Answer { outcome: Outcome::Refused(error), .. }) = world.take(client).pop() else {
        panic!("a refusal")
    };
    assert_eq!(error.code, ErrorCode::NoTab);
    assert!(error.message.contains("another browser profile"), "{error}");
    assert!(error.fix.contains("\"Use this browser\""), "{error}");
    let stranger = world.client(2);
    let id = world.call_with(stranger, 2, |call| call.tab = Some(TabId(3)));
    assert_eq!(world.answers(stranger), [(id, refused("no_tab"))]);
    assert_eq!(world.tabs(1), [3]);
    assert!(world.leaves(first).is_empty() && world.calls(second).is_empty());

    world.input(Input::Activate { link: first });
    world.call_with(client, 3, |call| call.tab = Some(TabId(3)));
    assert_eq!(world.one_call(first).1.tab, Some(TabId(3)));
}

#[test]
fn a_client_that_leaves_leaves_every_browser() {
    let mut world = World::new();
    let client = world.client(1);
    let (first, second) = two_browsers(&mut world);
    world.event(first, EventKind::TabCreated, 1, 1);
    world.input(Input::Activate { link: second });
    world.event(second, EventKind::TabCreated, 2, 1);
    world.gone(client);
    world.advance(Duration::from_secs(30));
    for link in [first, second] {
        assert_eq!(world.leaves(link).iter().map(|(_, client)| *client).collect::<Vec<_>>(), [client_id(1)]);
    }
}

#[test]
fn nobody_but_a_browser_that_is_connected_can_choose() {
    let mut world = World::new();
    let (client, cli) = (world.client(1), world.cli());
    let (first, second) = two_browsers(&mut world);
    world.gone(second);
    for link in [client, cli, second] {
        world.input(Input::Activate { link });
    }
    world.call(client, 1);
    assert_eq!(world.calls(first).len(), 1);
    let third = world.extension_that_was(3, Place::Active);
    world.take(third);
    world.shutdown(cli, ShutdownMode::Restart);
    world.input(Input::Activate { link: third });
    assert!(world.places(third).is_empty(), "a hub that leaves switches nothing");
}

#[test]
fn a_hub_that_has_just_started_waits_for_the_browser_that_was_active_before() {
    let mut world = World::new();
    let client = world.client(1);
    world.call(client, 1);
    world.advance(Duration::from_secs(1));
    let reserve = world.extension_that_was(2, Place::Reserve);
    assert_eq!(world.welcome(reserve).place, Some(Place::Reserve));
    world.advance(Duration::from_secs(1));
    let active = world.extension_that_was(1, Place::Active);
    assert_eq!(world.one_call(active).1.call_id, call_id(1));
    assert_eq!(world.places(reserve), [reserve_behind(1)]);
    world.advance(Duration::from_secs(60));
    assert!(world.places(reserve).is_empty() && world.places(active).is_empty());
}

#[test]
fn a_browser_that_was_in_reserve_takes_the_place_that_nobody_comes_back_to() {
    let mut world = World::new();
    let reserve = world.extension_that_was(2, Place::Reserve);
    assert!(!world.hub.vitals().browser_connected);
    world.advance(Duration::from_secs(5));
    assert_eq!(world.places(reserve), [ACTIVE]);
    world.gone(reserve);
    world.advance(Duration::from_secs(5));
    let late = world.extension_with(3, 100, vec![tab(1, 1)], 2);
    assert_eq!(world.welcome(late).place, Some(Place::Active));
    world.gone(late);
    world.advance(Duration::from_secs(5));
    let again = world.extension_that_was(2, Place::Reserve);
    assert_eq!(world.welcome(again).place, Some(Place::Active), "only a start is waited for");
}
