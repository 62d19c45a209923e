//! Clients: joining, coming back, going.

use std::time::Duration;

use tabmux_hub::core::{Input, Message};
use tabmux_hub::{HubSettings, Settings, TabsSettings};
use tabmux_protocol::RefusalCode;
use tabmux_protocol::message::{ConfigState, EventKind, TabsOnLeave};

use crate::world::{World, client_id, done, refused, tab};

#[test]
fn a_client_gets_a_label_of_its_own_and_the_extension_is_told() {
    let mut world = World::new();
    let extension = world.extension(1);
    let one = world.client_called(1, Some("work"));
    let two = world.client_called(2, Some("work"));
    assert_eq!(world.welcome(one).label.as_deref(), Some("work"));
    assert_eq!(world.welcome(two).label.as_deref(), Some("work 2"));
    world.advance(Duration::from_millis(50));
    let mut told = world.take(extension);
    let Some(Message::Clients(clients)) = told.pop() else { panic!("{told:?}") };
    let seen: Vec<_> = clients.iter().map(|c| (c.label.as_str(), c.colour.as_str(), c.connected)).collect();
    assert_eq!(seen, [("work", "blue", true), ("work 2", "green", true)]);
    assert!(told.iter().all(|message| !matches!(message, Message::Clients(_))), "changes are gathered");
}

#[test]
fn a_client_that_comes_back_in_time_finds_everything_as_it_was() {
    let mut world = World::new();
    let extension = world.extension(1);
    let first = world.client_called(1, Some("work"));
    world.event(extension, EventKind::TabCreated, 1, 1);
    world.call(first, 1);
    world.call(first, 2);
    let calls = world.calls(extension);
    world.gone(first);
    world.answer(extension, calls[0].0, "\"while away\"");
    world.advance(Duration::from_secs(29));
    let again = world.client_called(1, Some("other"));
    assert_eq!(world.welcome(again).label.as_deref(), Some("work"));
    assert_eq!(world.tabs(1), [1]);
    let finished = world.call_with(again, 1, |call| call.resend = true);
    let running = world.call_with(again, 2, |call| call.resend = true);
    assert_eq!(world.answers(again), [(finished, done("\"while away\""))]);
    world.answer(extension, calls[1].0, "\"later\"");
    assert_eq!(world.answers(again), [(running, done("\"later\""))]);
    assert!(world.calls(extension).is_empty(), "nothing ran twice");
    world.advance(Duration::from_secs(60));
    assert!(world.leaves(extension).is_empty(), "the grace period has no say any more");
}

#[test]
fn the_next_hub_gives_a_client_the_label_and_the_colour_that_it_had() {
    let mut world = World::new();
    world.extension_with(1, 100, vec![tab(1, 2)], 2);
    let two = world.client_that_was(2, "work 2", "pink");
    let one = world.client_that_was(1, "work", "blue");
    let welcome = world.welcome(two);
    assert_eq!((welcome.label.as_deref(), welcome.colour.as_deref()), (Some("work 2"), Some("pink")));
    assert_eq!(world.welcome(one).label.as_deref(), Some("work"));
}

#[test]
fn a_second_link_of_a_client_displaces_the_first() {
    let mut world = World::new();
    let extension = world.extension(1);
    let first = world.client(1);
    world.call(first, 1);
    let second = world.client(1);
    assert_eq!(world.closed.get(&first), Some(&Some(RefusalCode::Displaced)));
    let (request, _) = world.one_call(extension);
    let id = world.call_with(second, 1, |call| call.resend = true);
    world.answer(extension, request, "1");
    assert_eq!(world.answers(second), [(id, done("1"))]);
    world.gone(first);
    let status = world.status();
    assert!(status.clients[0].connected, "the end of the older link changes nothing");
    assert_eq!(world.hub.vitals().clients, 1);
}

#[test]
fn a_client_that_stays_away_leaves_and_its_calls_end() {
    let mut world = World::new();
    let extension = world.extension(1);
    let client = world.client(1);
    world.event(extension, EventKind::TabCreated, 1, 1);
    world.call_with(client, 1, |call| call.deadline_ms = 600_000);
    let (request, _) = world.one_call(extension);
    world.gone(client);
    world.advance(Duration::from_secs(30));
    let told = world.take(extension);
    let Some(leave) = told.iter().find_map(|message| match message {
        Message::Leave { id, params } => Some((*id, params.client_id, params.tabs)),
        _ => None,
    }) else {
        panic!("{told:?}")
    };
    assert_eq!((leave.1, leave.2), (client_id(1), TabsOnLeave::Close));
    assert!(told.iter().any(|message| matches!(message, Message::Cancel { .. })));
    assert!(world.status().clients.is_empty());
    world.answer(extension, request, "1");
    assert_eq!(world.status().hub.answers_dropped, 1);
    world.answer(extension, leave.0, "{}");
    let heir = world.client(2);
    world.event(extension, EventKind::TabCreated, 1, 2);
    assert_eq!(world.tabs(2), [1], "what was dealt with is nobody's");
    assert!(!world.closed.contains_key(&heir));
}

#[test]
fn a_client_that_says_bye_leaves_at_once() {
    let tabs = TabsSettings { on_leave: TabsOnLeave::Keep };
    let settings = Settings { tabs, ..Settings::default() };
    let mut world = World::with(settings);
    let extension = world.extension(1);
    let client = world.client(1);
    let id = world.call(client, 1);
    world.take(extension);
    world.input(Input::Bye { link: client });
    assert_eq!(world.answers(client), [(id, refused("cancelled"))], "not left open");
    assert_eq!(world.closed.get(&client), Some(&None));
    let told = world.take(extension);
    let kept = |message: &Message| matches!(message, Message::Leave { params, .. } if params.tabs == TabsOnLeave::Keep);
    assert!(told.iter().any(kept), "{told:?}");
    assert_eq!(world.hub.vitals().clients, 0);
}

#[test]
fn a_browser_that_was_away_when_a_client_left_is_asked_when_it_is_back() {
    let mut world = World::new();
    let extension = world.extension(1);
    let client = world.client(1);
    world.event(extension, EventKind::TabCreated, 1, 1);
    world.gone(extension);
    world.input(Input::Bye { link: client });
    let back = world.extension_with(1, 100, vec![tab(1, 1)], 2);
    let leaves = world.leaves(back);
    assert_eq!(leaves.iter().map(|(_, client)| *client).collect::<Vec<_>>(), [client_id(1)]);
    assert!(world.status().clients.is_empty(), "it is not taken for a client that is away");
    world.answer(back, leaves[0].0, "{}");
    assert!(world.tabs(1).is_empty());
}

#[test]
fn a_client_that_returns_before_its_leave_was_sent_keeps_its_tabs() {
    let mut world = World::new();
    let extension = world.extension(1);
    let client = world.client(1);
    world.event(extension, EventKind::TabCreated, 1, 1);
    world.gone(extension);
    world.gone(client);
    world.advance(Duration::from_secs(31));
    world.client(1);
    let back = world.extension_with(1, 100, vec![tab(1, 1)], 2);
    assert!(world.leaves(back).is_empty());
    assert_eq!(world.tabs(1), [1]);
}

#[test]
fn tabs_of_clients_that_the_hub_does_not_know_wait_for_them() {
    let mut world = World::new();
    let extension = world.extension_with(1, 100, vec![tab(6, 1), tab(7, 2)], 3);
    assert_eq!(world.welcome(extension).next_tab, Some(8), "above every handle that is in use");
    let status = world.status();
    let seen: Vec<_> = status.clients.iter().map(|c| (c.label.as_str(), c.connected, c.tabs.len())).collect();
    assert_eq!(seen, [("agent", false, 1), ("agent 2", false, 1)]);
    let returned = world.client_called(1, Some("work"));
    assert_eq!(
        world.welcome(returned).label.as_deref(),
        Some("work"),
        "the guess gives way to its own label"
    );
    assert_eq!(world.tabs(1), [6]);
    world.advance(Duration::from_secs(30));
    assert_eq!(world.leaves(extension).iter().map(|(_, c)| *c).collect::<Vec<_>>(), [client_id(2)]);
}

#[test]
fn a_named_session_is_kept_for_longer_and_taken_up_by_a_later_process() {
    let mut world = World::new();
    let extension = world.extension(1);
    let (plain, named) = (world.client(1), world.session(2));
    world.event(extension, EventKind::TabCreated, 1, 1);
    world.event(extension, EventKind::TabCreated, 2, 2);
    world.gone(plain);
    world.gone(named);
    world.advance(Duration::from_secs(599));
    assert_eq!(world.leaves(extension).iter().map(|(_, c)| *c).collect::<Vec<_>>(), [client_id(1)]);
    let later = world.session(2);
    assert_eq!(world.tabs(2), [2]);
    world.gone(later);
    world.advance(Duration::from_secs(600));
    assert_eq!(world.leaves(extension).iter().map(|(_, c)| *c).collect::<Vec<_>>(), [client_id(2)]);

    let polite = world.session(3);
    world.input(Input::Bye { link: polite });
    assert_eq!(world.leaves(extension).len(), 1, "who says goodbye is not waited for");
}

#[test]
fn more_clients_than_there_may_be_are_refused() {
    let mut world = World::with(HubSettings { max_clients: 1, ..HubSettings::default() });
    let extension = world.extension(1);
    let first = world.client(1);
    let second = world.client(2);
    assert_eq!(world.closed.get(&second), Some(&Some(RefusalCode::TooMany)));
    world.gone(first);
    let again = world.client(1);
    assert!(!world.closed.contains_key(&again), "a known one is always let in");
    world.event(extension, EventKind::TabCreated, 1, 9);
    assert_eq!(world.status().clients.len(), 1, "nor can an extension invent some");
}

#[test]
fn a_changed_policy_holds_from_the_next_decision_on() {
    let mut world = World::with(HubSettings { max_clients: 1, ..HubSettings::default() });
    world.client(1);
    let wider = Settings::from(HubSettings { max_clients: 2, ..HubSettings::default() });
    world.input(Input::Configure { policy: Box::new(wider.policy()), state: ConfigState::default() });
    let second = world.client(2);
    assert!(!world.closed.contains_key(&second), "there is a place for it");
}
