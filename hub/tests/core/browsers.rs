//! Browsers: one active, others in reserve; tabs and their owners.

use std::time::Duration;

use tabmux_hub::core::{Input, Message};
use tabmux_protocol::RefusalCode;
use tabmux_protocol::message::EventKind;

use crate::world::{World, boot_id, browser_id, call_id, done, tab};

#[test]
fn clients_are_told_when_the_browser_comes_goes_and_changes() {
    let mut world = World::new();
    let client = world.client(1);
    assert!(!world.welcome(client).browser.connected);
    let extension = world.extension(1);
    world.gone(extension);
    let again = world.extension_with(1, 101, Vec::new(), 1);
    let notices = world.browser_notices(client);
    let seen: Vec<_> = notices.iter().map(|state| (state.connected, state.boot_id)).collect();
    assert_eq!(seen, [(true, Some(boot_id(100))), (false, None), (true, Some(boot_id(101)))]);
    let late = world.client(2);
    assert_eq!(world.welcome(late).browser.browser_id, Some(browser_id(1)));
    assert!(world.browser_notices(again).is_empty(), "notices are not for extensions");
}

#[test]
fn a_second_profile_is_held_in_reserve_and_takes_over_when_the_first_stays_away() {
    let mut world = World::new();
    let client = world.client(1);
    let first = world.extension(1);
    let second = world.extension(2);
    world.call(client, 1);
    assert_eq!(world.calls(first).len(), 1);
    assert!(world.calls(second).is_empty());
    let status = world.status();
    let seen: Vec<_> = status.browsers.iter().map(|b| (b.state.browser_id.unwrap(), b.active)).collect();
    assert_eq!(seen, [(browser_id(1), true), (browser_id(2), false)]);

    world.gone(first);
    let waiting = world.call(client, 2);
    world.advance(Duration::from_millis(4_999));
    assert!(world.calls(second).is_empty(), "the first may come back");
    world.advance(Duration::from_millis(1));
    let (request, call) = world.one_call(second);
    assert_eq!(call.call_id, call_id(2), "what the first may have done is not done by the second");
    world.answer(second, request, "1");
    assert!(world.answers(client).contains(&(waiting, done("1"))));

    let back = world.extension(1);
    assert_eq!(world.one_call(back).1.call_id, call_id(1), "its own call is asked for where it was sent");
    world.call(client, 3);
    assert_eq!(world.calls(second).len(), 1, "and it is in reserve");
}

#[test]
fn a_browser_that_only_blinks_keeps_its_place() {
    let mut world = World::new();
    let client = world.client(1);
    let first = world.extension(1);
    let second = world.extension(2);
    world.gone(first);
    world.advance(Duration::from_secs(1));
    let back = world.extension(1);
    world.advance(Duration::from_secs(20));
    world.call(client, 1);
    assert_eq!((world.calls(back).len(), world.calls(second).len()), (1, 0));
}

#[test]
fn another_browser_is_taken_at_once_when_none_has_the_place() {
    let mut world = World::new();
    let first = world.extension(1);
    world.gone(first);
    world.advance(Duration::from_secs(6));
    let client = world.client(1);
    let second = world.extension(2);
    world.call(client, 1);
    assert_eq!(world.calls(second).len(), 1);
}

#[test]
fn a_second_link_of_a_browser_displaces_the_first_and_gets_its_calls() {
    let mut world = World::new();
    let client = world.client(1);
    let first = world.extension(1);
    let id = world.call(client, 1);
    let (old, _) = world.one_call(first);
    let second = world.extension(1);
    assert_eq!(world.closed.get(&first), Some(&Some(RefusalCode::Displaced)));
    let (request, call) = world.one_call(second);
    assert!(call.resend);
    world.answer(first, old, "\"from the dead\"");
    world.gone(first);
    world.answer(second, request, "\"once\"");
    assert_eq!(world.answers(client), [(id, done("\"once\""))]);
    assert!(world.hub.vitals().browser_connected);
}

#[test]
fn ownership_is_never_in_two_hands() {
    let mut world = World::new();
    let extension = world.extension(1);
    world.client(1);
    world.client(2);
    world.event(extension, EventKind::TabCreated, 1, 1);
    for kind in [EventKind::TabCreated, EventKind::TabChanged, EventKind::TabClosed, EventKind::TakenOver] {
        world.event(extension, kind, 1, 2);
        assert_eq!((world.tabs(1), world.tabs(2)), (vec![1], vec![]), "{kind:?}");
    }
    assert_eq!(world.status().hub.answers_dropped, 4, "what is not believed is counted");
    world.event(extension, EventKind::TabClosed, 1, 1);
    world.event(extension, EventKind::TabCreated, 1, 2);
    assert_eq!((world.tabs(1), world.tabs(2)), (vec![], vec![1]));

    let twice = world.extension_with(1, 101, vec![tab(1, 1), tab(1, 2), tab(2, 2)], 1);
    assert_eq!((world.tabs(1), world.tabs(2)), (vec![1], vec![2]), "nor can a greeting put it there");
    world.event(twice, EventKind::TabChanged, 99, 1);
    assert_eq!(world.tabs(1), [1], "a tab that was never created is not made up");
}

#[test]
fn addresses_and_titles_follow_the_tab() {
    let mut world = World::new();
    let extension = world.extension(1);
    world.client(1);
    world.event(extension, EventKind::TabCreated, 1, 1);
    let event = tabmux_protocol::message::ExtensionEvent {
        event: EventKind::TabChanged,
        tab: tabmux_protocol::TabId(1),
        client_id: crate::world::client_id(1),
        url: Some("http://a.test/".into()),
        title: None,
    };
    let title =
        tabmux_protocol::message::ExtensionEvent { url: None, title: Some("A".into()), ..event.clone() };
    world.input(Input::Event { link: extension, event: Box::new(event) });
    world.input(Input::Event { link: extension, event: Box::new(title) });
    let status = world.status();
    let tab = &status.clients[0].tabs[0];
    assert_eq!((tab.url.as_str(), tab.title.as_str()), ("http://a.test/", "A"));
}

#[test]
fn handles_are_never_reused_across_browsers_and_boots() {
    let mut world = World::new();
    let first = world.extension_with(1, 100, Vec::new(), 7);
    assert_eq!(world.welcome(first).next_tab, Some(7));
    world.client(1);
    world.event(first, EventKind::TabCreated, 12, 1);
    world.event(first, EventKind::TabClosed, 12, 1);
    let second = world.extension_with(2, 200, Vec::new(), 1);
    assert_eq!(world.welcome(second).next_tab, Some(13));
    world.event(first, EventKind::TabCreated, u64::MAX, 1);
    let third = world.extension_with(3, 300, Vec::new(), u64::MAX);
    assert_eq!(world.welcome(third).next_tab, Some(13), "what JavaScript cannot count is not believed");
}

#[test]
fn inputs_from_links_that_are_gone_or_wrong_do_nothing() {
    let mut world = World::new();
    let extension = world.extension(1);
    let client = world.client(1);
    let stranger = world.link();
    world.take(extension);
    for link in [stranger, client, extension] {
        world.input(Input::Bye { link: stranger });
        world.input(Input::Cancel { link, call_id: call_id(1) });
        world.input(Input::Progress { link, call_id: call_id(1), params: crate::world::payload("{}") });
        world.gone(stranger);
    }
    world.event(client, EventKind::TabCreated, 1, 1);
    world.call(extension, 1);
    assert!(matches!(world.take(extension)[..], [Message::NotAllowed { .. }]));
    world.input(Input::Status { link: extension, id: 1, watch: false });
    assert!(matches!(world.take(extension)[..], [Message::NotAllowed { .. }]));
    assert!(world.tabs(1).is_empty());
}
