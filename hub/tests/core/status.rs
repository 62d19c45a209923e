//! What a person is shown of clients and calls, and when it is out of date.

use std::time::Duration;

use tabmux_hub::Settings;
use tabmux_hub::core::{Input, LinkId, Message, Outcome};
use tabmux_protocol::message::{CallPhase, ClientStatus, ConfigState, EventKind};

use crate::world::{World, payload};

type Change = Box<dyn FnOnce(&mut World)>;

#[test]
fn a_client_is_shown_with_the_call_that_runs_and_the_one_that_ended() {
    let mut world = World::new();
    let client = world.client(1);
    world.call_with(client, 1, |call| call.tool = "browser_snapshot".into());
    assert_eq!(
        current(&mut world),
        Some(("browser_snapshot".into(), CallPhase::Waiting, 0)),
        "without a browser"
    );
    assert_eq!(totals(&mut world), [1, 1, 0, 0]);

    let extension = world.extension(1);
    let first = world.one_call(extension).0;
    world.advance(Duration::from_millis(300));
    world.call(client, 2);
    let second = world.one_call(extension).0;
    assert_eq!(current(&mut world), Some(("browser_snapshot".into(), CallPhase::Running, 300)), "the oldest");
    assert_eq!(totals(&mut world), [2, 0, 0, 0]);

    world.answer(extension, first, "1");
    world.advance(Duration::from_millis(40));
    assert_eq!(last(&mut world), Some(("browser_snapshot".into(), true, 40)));
    world.gone(extension);
    assert_eq!(current(&mut world), Some(("browser_click".into(), CallPhase::Lost, 40)));
    let extension = world.extension(1);
    let again = world.one_call(extension).0;
    assert_ne!(again, second);
    world.input(Input::Answer { link: extension, id: again, outcome: Outcome::Failed(payload("{}")) });
    assert_eq!(last(&mut world), Some(("browser_click".into(), false, 0)));
    assert_eq!(current(&mut world), None);
    assert_eq!(totals(&mut world), [0, 0, 2, 1]);
}

#[test]
fn whoever_watches_is_told_once_of_whatever_changes() {
    let mut world = World::new();
    let (watcher, other) = (world.cli(), world.cli());
    let told = |world: &mut World, link: LinkId| {
        let is_told = |message: &Message| matches!(message, Message::Notice(notice) if notice.status_changed);
        world.take(link).iter().filter(|message| is_told(message)).count()
    };
    let ask = |world: &mut World| world.input(Input::Status { link: watcher, id: 1, watch: true });
    ask(&mut world);
    assert_eq!(told(&mut world, watcher), 0, "nothing has changed");
    let client = world.client(1);
    let extension = world.extension(1);
    assert_eq!(
        (told(&mut world, watcher), told(&mut world, other)),
        (1, 0),
        "of all that happened since it asked"
    );

    let changes: Vec<(&str, Change)> = vec![
        ("a call", Box::new(move |world| _ = world.call(client, 1))),
        ("a tab", Box::new(move |world| world.event(extension, EventKind::TabCreated, 1, 1))),
        ("a deadline", Box::new(|world| world.advance(Duration::from_secs(31)))),
        ("a client that goes", Box::new(move |world| world.gone(client))),
        ("its end", Box::new(|world| world.advance(Duration::from_secs(30)))),
        ("a browser that goes", Box::new(move |world| world.gone(extension))),
    ];
    for (what, change) in changes {
        ask(&mut world);
        assert_eq!(told(&mut world, watcher), 0, "{what}");
        change(&mut world);
        assert_eq!(told(&mut world, watcher), 1, "{what}");
    }
    ask(&mut world);
    world.gone(watcher);
    world.client(2);
    assert_eq!(told(&mut world, watcher), 0, "who is gone is not told");
}

#[test]
fn a_configuration_that_is_not_in_force_is_told_to_the_person_and_to_no_agent() {
    let mut world = World::new();
    let (client, watcher) = (world.client(1), world.cli());
    let policy = || Box::new(Settings::default().policy());
    let mistakes = vec!["config.toml:2:12: wrong".to_owned()];
    let wrong = ConfigState { mistakes, restart: vec!["port".into()] };
    let told = |world: &mut World, link: LinkId| {
        world.take(link);
        world.input(Input::Status { link, id: 1, watch: true });
        world.take(link).into_iter().find_map(|message| match message {
            Message::Status { status, .. } => Some(status.hub.config),
            _ => None,
        })
    };
    assert_eq!(told(&mut world, watcher), Some(ConfigState::default()));
    world.input(Input::Configure { policy: policy(), state: wrong.clone() });
    let is_news = |message: &Message| matches!(message, Message::Notice(notice) if notice.status_changed);
    assert!(world.take(watcher).iter().any(is_news), "whoever watches is told");
    assert_eq!(told(&mut world, watcher), Some(wrong));
    assert_eq!(told(&mut world, client), Some(ConfigState::default()), "the file is the person's");
    world.input(Input::Configure { policy: policy(), state: ConfigState::default() });
    assert_eq!(told(&mut world, watcher), Some(ConfigState::default()));
}

fn only(world: &mut World) -> ClientStatus {
    world.status().clients.remove(0)
}

fn current(world: &mut World) -> Option<(String, CallPhase, u64)> {
    only(world).current_call.map(|call| (call.tool, call.phase, call.age_ms))
}

fn last(world: &mut World) -> Option<(String, bool, u64)> {
    only(world).last_call.map(|call| (call.tool, call.succeeded, call.ago_ms))
}

/// In flight, of those queued, answered, of those failed.
fn totals(world: &mut World) -> [u64; 4] {
    let hub = world.status().hub;
    [hub.calls_in_flight as u64, hub.calls_queued as u64, hub.calls_answered, hub.calls_failed]
}
