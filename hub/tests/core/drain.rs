//! Leaving in good order.

use std::time::Duration;

use tabmux_hub::core::{Input, Leave, Message};
use tabmux_protocol::RefusalCode;
use tabmux_protocol::message::{HubState, Notice, Restarting, ShutdownMode};

use crate::world::{World, call_id, done, refused};

#[test]
fn a_drain_finishes_what_is_in_flight_begins_nothing_more_and_tells_everybody() {
    let mut world = World::new();
    let extension = world.extension(1);
    let client = world.client(1);
    let cli = world.cli();
    let running = world.call(client, 1);
    let (request, _) = world.one_call(extension);
    world.take(client);
    world.shutdown(cli, ShutdownMode::Restart);
    assert_eq!(world.hub.vitals().state, HubState::Draining);
    let told = Notice { restarting: Some(Restarting { retry_in_ms: Some(100) }), ..Notice::default() };
    assert!(matches!(&world.take(client)[..], [Message::Notice(notice)] if *notice == told));
    world.call(client, 2);
    assert!(world.calls(extension).is_empty() && world.answers(client).is_empty(), "it is the next hub's");
    let stranger = world.client(2);
    assert_eq!(world.closed.get(&stranger), Some(&Some(RefusalCode::Draining)));
    assert!(world.drained.is_none());
    world.answer(extension, request, "1");
    world.advance(Duration::ZERO);
    assert_eq!(world.answers(client), [(running, done("1"))]);
    assert_eq!(world.drained, Some(Leave::Asked(ShutdownMode::Restart)));
    for link in [extension, client, cli] {
        assert_eq!(world.closed.get(&link), Some(&Some(RefusalCode::Draining)));
    }
    assert!(!world.marked_stopped);
}

#[test]
fn a_restart_hands_back_what_does_not_end_in_time() {
    let mut world = World::new();
    world.extension(1);
    let client = world.client(1);
    world.call(client, 1);
    world.input(Input::Signal);
    world.advance(Duration::from_millis(4_999));
    assert!(world.drained.is_none());
    world.advance(Duration::from_millis(1));
    assert_eq!(world.drained, Some(Leave::Signal));
    assert!(world.answers(client).is_empty(), "the client sends it to the next hub, the journal answers it");
    assert_eq!(world.closed.get(&client), Some(&Some(RefusalCode::Draining)));
}

#[test]
fn what_a_leaving_hub_hands_back_is_finished_once_by_the_next_one() {
    let mut older = World::new();
    let extension = older.extension(1);
    let client = older.client(1);
    older.call(client, 1);
    let (_, at_the_browser) = older.one_call(extension);
    older.input(Input::Signal);
    older.advance(Duration::from_secs(5));
    assert_eq!(older.drained, Some(Leave::Signal));
    assert!(older.answers(client).is_empty() && older.closed.contains_key(&client));

    let mut newer = World::new();
    let client = newer.client(1);
    let id = newer.call_with(client, 1, |call| {
        call.resend = true;
        call.boot_id = at_the_browser.boot_id;
    });
    let extension = newer.extension(1);
    let (request, call) = newer.one_call(extension);
    assert_eq!((call.call_id, call.boot_id, call.resend), (call_id(1), at_the_browser.boot_id, true));
    newer.answer(extension, request, "\"from its memory\"");
    assert_eq!(newer.answers(client), [(id, done("\"from its memory\""))]);
    newer.call_with(client, 1, |call| call.resend = true);
    assert!(newer.calls(extension).is_empty(), "answered once, it is remembered here, too");
}

#[test]
fn a_stop_answers_what_does_not_end_in_time() {
    let mut world = World::new();
    let extension = world.extension(1);
    let client = world.client(1);
    let cli = world.cli();
    let acting = world.call(client, 1);
    let reading = world.call_with(client, 2, |call| call.tool = "browser_snapshot".into());
    world.gone(extension);
    let waiting = world.call(client, 3);
    let back = world.extension(1);
    world.take(back);
    world.shutdown(cli, ShutdownMode::Stop);
    assert!(world.marked_stopped);
    world.advance(Duration::from_secs(5));
    assert_eq!(
        world.answers(client),
        [
            (acting, refused("outcome_unknown")),
            (reading, refused("stopped")),
            (waiting, refused("outcome_unknown"))
        ]
    );
    assert_eq!(world.drained, Some(Leave::Asked(ShutdownMode::Stop)));
}

#[test]
fn what_comes_while_a_hub_stops_is_answered_with_what_is_known_of_it() {
    let mut world = World::new();
    world.extension(1);
    let (client, cli) = (world.client(1), world.cli());
    let running = world.call(client, 1);
    world.shutdown(cli, ShutdownMode::Stop);
    let fresh = world.call(client, 2);
    let of_another_hub = world.call_with(client, 3, |call| call.resend = true);
    world.advance(Duration::from_secs(5));
    assert_eq!(
        world.answers(client),
        [
            (running, refused("outcome_unknown")),
            (fresh, refused("stopped")),
            (of_another_hub, refused("outcome_unknown"))
        ]
    );
}

#[test]
fn a_drain_does_not_wait_for_what_no_browser_has() {
    let mut world = World::new();
    let client = world.client(1);
    let cli = world.cli();
    let id = world.call(client, 1);
    world.shutdown(cli, ShutdownMode::Stop);
    world.advance(Duration::ZERO);
    assert_eq!(world.answers(client), [(id, refused("stopped"))]);
    assert!(world.drained.is_some());
}

#[test]
fn a_stop_beats_a_restart_that_has_begun_and_not_the_other_way_round() {
    let mut world = World::new();
    world.extension(1);
    let client = world.client(1);
    let cli = world.cli();
    world.call(client, 1);
    world.shutdown(cli, ShutdownMode::Restart);
    world.shutdown(cli, ShutdownMode::Stop);
    world.shutdown(cli, ShutdownMode::Restart);
    world.input(Input::Signal);
    assert!(world.marked_stopped);
    world.advance(Duration::from_secs(5));
    assert_eq!(world.drained, Some(Leave::Asked(ShutdownMode::Stop)));
}

#[test]
fn only_the_command_line_may_stop_the_hub() {
    let mut world = World::new();
    let (client, extension) = (world.client(1), world.extension(1));
    for link in [client, extension] {
        world.take(link);
        world.shutdown(link, ShutdownMode::Stop);
        assert!(world.take(link).iter().any(|message| matches!(message, Message::NotAllowed { .. })));
    }
    assert_eq!(world.hub.vitals().state, HubState::Serving);
}
