//! What a person says to single agents.

use std::time::Duration;

use tabmux_hub::core::{Input, LinkId, Message};
use tabmux_hub::{Settings, TabsSettings};
use tabmux_protocol::BootId;
use tabmux_protocol::message::{
    Control, ControlAction, ControlOutput, ControlParams, EventKind, TabsOnLeave,
};

use crate::world::{World, boot_id, call_id, client_id, done, refused, tab};

use ControlAction::{Pause, Resume, Stop};

#[test]
fn what_runs_when_an_agent_is_paused_is_finished_and_nothing_further_is_run_until_it_is_resumed() {
    let mut world = World::new().with_slow_sockets();
    let (extension, one, two) = (world.extension(1), world.client(1), world.client(2));
    let running = world.call_with(one, 1, |call| call.args = large());
    let queued = world.call_with(one, 2, |call| call.args = large());
    let (request, _) = world.one_call(extension);
    let said = world.say(Pause, Some(1));
    assert_eq!((said.clients[0].calls_ended, said.clients[0].calls_in_flight), (1, 1));
    assert_eq!(world.told(one), [Control::Paused]);
    let later = world.call(one, 3);
    world.written(extension, 1);
    assert!(world.calls(extension).is_empty(), "nothing further reaches the browser");
    world.answer(extension, request, "\"finished\"");
    let stopped = refused("stopped");
    assert_eq!(
        world.answers(one),
        [(queued, refused("stopped")), (later, stopped), (running, done("\"finished\""))]
    );
    let others = world.call(two, 4);
    let (request, _) = world.one_call(extension);
    world.answer(extension, request, "4");
    assert_eq!(world.answers(two), [(others, done("4"))], "another agent goes on");

    world.say(Resume, Some(1));
    world.call(one, 5);
    assert_eq!(world.one_call(extension).1.call_id, call_id(5));
}

#[test]
fn a_stop_ends_the_calls_then_gives_up_the_tabs_and_the_agent_stays_and_starts_afresh() {
    let mut world = World::new();
    let (extension, client, other) = (world.extension(1), world.client(1), world.client(2));
    world.event(extension, EventKind::TabCreated, 1, 1);
    world.event(extension, EventKind::TabCreated, 2, 2);
    let acts = world.call(client, 1);
    let reads = world.call_with(client, 2, |call| call.tool = "browser_snapshot".into());
    world.call(other, 3);
    world.take(extension);
    let said = world.say(Stop, Some(1));
    assert_eq!((said.clients[0].calls_ended, said.clients[0].tabs), (2, 1));
    let told = world.take(extension);
    let [
        Message::Cancel { call_id: first },
        Message::Cancel { call_id: second },
        Message::Leave { id, params },
    ] = told.as_slice()
    else {
        panic!("{told:?}")
    };
    assert_eq!((*first, *second), (call_id(1), call_id(2)), "first its calls are stopped");
    assert_eq!((params.client_id, params.tabs), (client_id(1), TabsOnLeave::Close));
    let id = *id;
    assert_eq!(world.answers(client), [(acts, refused("outcome_unknown")), (reads, refused("stopped"))]);
    world.answer(extension, id, "{}");
    assert_eq!((world.tabs(1), world.tabs(2)), (vec![], vec![2]));
    world.advance(Duration::from_millis(50));
    let clients = world.take(extension).into_iter().find_map(|message| match message {
        Message::Clients(clients) => Some(clients),
        _ => None,
    });
    let shown: Vec<_> = clients.unwrap().iter().map(|client| (client.client_id, client.control)).collect();
    assert_eq!(
        shown,
        [(client_id(1), Control::Stopped), (client_id(2), Control::Running)],
        "it stays in the popup"
    );

    for (number, resend) in [(4, false), (5, true)] {
        world.call_with(client, number, |call| call.resend = resend);
    }
    let codes: Vec<_> = world.answers(client).into_iter().map(|(_, answer)| answer).collect();
    assert_eq!(codes, [refused("stopped"), refused("outcome_unknown")]);
    world.say(Resume, Some(1));
    world.call(client, 6);
    assert_eq!(world.one_call(extension).1.call_id, call_id(6));
}

#[test]
fn saying_it_again_changes_nothing_and_a_pause_takes_nothing_from_a_stop() {
    let mut world = World::new();
    let extension = world.extension(1);
    let client = world.client(1);
    world.event(extension, EventKind::TabCreated, 1, 1);
    let steps = [
        (Resume, Control::Running, false),
        (Pause, Control::Paused, true),
        (Pause, Control::Paused, false),
        (Stop, Control::Stopped, true),
        (Stop, Control::Stopped, false),
        (Pause, Control::Stopped, false),
        (Resume, Control::Running, true),
        (Resume, Control::Running, false),
    ];
    for (action, control, changed) in steps {
        let said = world.say(action, Some(1));
        assert_eq!((said.clients[0].control, said.clients[0].changed), (control, changed), "{action:?}");
    }
    assert_eq!(world.told(client), [Control::Paused, Control::Stopped, Control::Running]);
    assert_eq!(world.leaves(extension).len(), 1, "its tabs are given up once");
}

#[test]
fn all_are_those_that_are_there_and_one_that_is_gone_is_none() {
    let mut world = World::new();
    let away = world.client(1);
    world.client(2);
    world.gone(away);
    assert_eq!(world.say(Pause, None).clients.len(), 2);
    let later = world.client(3);
    assert_eq!(world.welcome(later).control, Control::Running, "who comes later was not meant");
    assert!(world.say(Pause, Some(7)).clients.is_empty());
}

#[test]
fn a_pause_outlives_a_lost_connection_and_is_carried_to_the_next_hub_where_the_persons_word_counts_first() {
    let mut world = World::new();
    let client = world.client(1);
    world.say(Pause, Some(1));
    world.gone(client);
    let again = world.client(1);
    assert_eq!(world.welcome(again).control, Control::Paused);
    world.gone(again);
    world.advance(Duration::from_secs(30));
    let afresh = world.client(1);
    assert_eq!(world.welcome(afresh).control, Control::Running, "a client that had left begins anew");

    let mut next = World::new();
    next.extension_with(1, 100, vec![tab(1, 1), tab(2, 2)], 3);
    next.say(Resume, Some(2));
    let one = next.client_that_was_told(1, Control::Paused);
    let two = next.client_that_was_told(2, Control::Paused);
    assert_eq!(next.welcome(one).control, Control::Paused);
    assert_eq!(next.welcome(two).control, Control::Running);
}

#[test]
fn what_a_paused_agent_sends_again_is_answered_by_its_browser_and_not_begun() {
    let mut world = World::new();
    let extension = world.extension(1);
    let client = world.client_that_was_told(1, Control::Paused);
    world.call_with(client, 1, |call| (call.resend, call.boot_id) = (true, Some(boot_id(100))));
    assert_eq!(
        world.one_call(extension).1.boot_id,
        Some(BootId::UNKNOWN),
        "what it does not know it does not begin"
    );
    let id = world.call(client, 2);
    let again = world.call_with(client, 2, |call| call.resend = true);
    assert_eq!(world.answers(client), [(id, refused("stopped")), (again, refused("stopped"))]);
    assert!(world.calls(extension).is_empty());
}

#[test]
fn a_browser_that_was_away_when_an_agent_was_stopped_gives_its_tabs_up_when_it_is_back() {
    let tabs = TabsSettings { on_leave: TabsOnLeave::Keep };
    let mut world = World::with(Settings { tabs, ..Settings::default() });
    let extension = world.extension(1);
    let client = world.client(1);
    world.event(extension, EventKind::TabCreated, 1, 1);
    world.gone(extension);
    assert_eq!(world.say(Stop, Some(1)).tabs_on_leave, TabsOnLeave::Keep);
    world.say(Resume, Some(1));
    world.gone(client);
    world.client(1);
    let back = world.extension_with(1, 100, vec![tab(1, 1)], 2);
    let leaves = world.leaves(back);
    assert_eq!(leaves.iter().map(|(_, client)| *client).collect::<Vec<_>>(), [client_id(1)]);
    world.answer(back, leaves[0].0, "{}");
    assert_eq!(world.tabs(1), Vec::<u64>::new());
}

#[test]
fn a_person_speaks_by_command_line_and_popup_and_no_agent_does() {
    let mut world = World::new();
    let (extension, one, two) = (world.extension(1), world.client(1), world.client(2));
    let said = |action| ControlParams { action, client_id: Some(client_id(2)) };
    world.input(Input::Control { link: one, id: Some(7), said: said(Pause) });
    assert!(world.take(one).iter().any(|message| matches!(message, Message::NotAllowed { id: 7, .. })));
    world.input(Input::Control { link: one, id: None, said: said(Stop) });
    assert!(world.told(two).is_empty());
    world.input(Input::Control { link: extension, id: None, said: said(Pause) });
    assert_eq!(world.told(two), [Control::Paused]);
}

/// Arguments that fill the socket.
fn large() -> tabmux_hub::core::Payload {
    crate::world::payload(&format!("\"{}\"", "x".repeat(300_000)))
}

impl World {
    fn say(&mut self, action: ControlAction, client: Option<u128>) -> ControlOutput {
        let link = self.cli();
        let said = ControlParams { action, client_id: client.map(client_id) };
        self.input(Input::Control { link, id: Some(9), said });
        let output = self.take(link).into_iter().find_map(|message| match message {
            Message::Controlled { id: 9, output } => Some(output),
            _ => None,
        });
        self.gone(link);
        output.unwrap()
    }

    /// What a client was told of a person's word, in order. What else it was told stays to be looked at.
    fn told(&mut self, link: LinkId) -> Vec<Control> {
        let sent = self.sent.get(&link).map(Vec::as_slice).unwrap_or_default();
        let control = |message: &Message| match message {
            Message::Notice(notice) => notice.control,
            _ => None,
        };
        sent.iter().filter_map(control).collect()
    }
}
