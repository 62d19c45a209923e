//! Nobody's flood is anybody else's delay: turns at the browser, limits, rates.

use std::time::Duration;

use tabmux_hub::HubSettings;
use tabmux_hub::core::{Input, LinkId, Message, Outcome};
use tabmux_protocol::message::ShutdownMode;
use tabmux_protocol::{ErrorCode, ToolError};

use crate::world::{Answer, DEADLINE, World, call_id, client_id, done, payload, refused};

/// Calls whose arguments are as large as what a socket takes at a time.
fn large_calls(world: &mut World, link: LinkId, numbers: std::ops::Range<u128>) -> Vec<u64> {
    let args = payload(&format!("{{\"function\":\"{}\"}}", "x".repeat(256 * 1024)));
    numbers.map(|number| world.call_with(link, number, |call| call.args = args.clone())).collect()
}

fn refusal(world: &mut World, link: LinkId) -> ToolError {
    let Some(Message::Answer { outcome: Outcome::Refused(error), .. }) = world.take(link).pop() else {
        panic!("a refusal")
    };
    error
}

#[test]
fn a_flood_of_one_client_delays_another_by_one_turn() {
    let mut world = World::new().with_slow_sockets();
    let extension = world.extension(1);
    let (greedy, modest) = (world.client(1), world.client(2));
    large_calls(&mut world, greedy, 0..60);
    world.call(modest, 100);
    let mut order = Vec::new();
    for _ in 0..4 {
        order.extend(world.calls(extension).into_iter().map(|(_, call)| call.call_id));
        world.written(extension, 1);
    }
    assert_eq!(order, [call_id(0), call_id(100), call_id(1), call_id(2)]);
}

#[test]
fn clients_that_all_flood_have_their_turns_one_after_the_other() {
    let mut world = World::new().with_slow_sockets();
    let extension = world.extension(1);
    let links: Vec<LinkId> = (1..=3).map(|number| world.client(number)).collect();
    for (link, from) in links.iter().zip([0, 100, 200]) {
        large_calls(&mut world, *link, from..from + 3);
    }
    let mut order = Vec::new();
    for _ in 0..9 {
        order.push(world.one_call(extension).1.call_id);
        world.written(extension, 1);
    }
    assert_eq!(order, [0, 100, 200, 1, 101, 201, 2, 102, 202].map(call_id));
    assert!(world.calls(extension).is_empty());
}

#[test]
fn calls_that_take_long_hold_up_nobody() {
    let mut world = World::new();
    let extension = world.extension(1);
    let links: Vec<LinkId> = (1..=20).map(|number| world.client(number)).collect();
    for (link, from) in links.iter().zip((0..).step_by(64)) {
        for number in from..from + 64 {
            world.call(*link, number);
        }
    }
    assert_eq!(
        world.calls(extension).len(),
        20 * 64,
        "as soon as the socket has taken them, all of them run"
    );
}

#[test]
fn a_browser_that_is_back_gets_what_it_had_in_turns_and_before_anything_else() {
    let mut world = World::new().with_slow_sockets();
    let extension = world.extension(1);
    let (greedy, modest) = (world.client(1), world.client(2));
    large_calls(&mut world, greedy, 0..1);
    world.written(extension, 1);
    large_calls(&mut world, greedy, 1..3);
    world.call(modest, 100);
    world.gone(extension);
    let back = world.extension(1);
    let mut order = Vec::new();
    for _ in 0..4 {
        order.extend(world.calls(back).into_iter().map(|(_, call)| (call.call_id, call.resend)));
        world.written(back, 1);
    }
    let expected = [(call_id(0), true), (call_id(100), false), (call_id(1), true), (call_id(2), false)];
    assert_eq!(order, expected, "one that was on its way to the socket may have arrived");
}

#[test]
fn a_call_that_waits_for_its_turn_can_be_cancelled_at_once() {
    let mut world = World::new().with_slow_sockets();
    let extension = world.extension(1);
    let client = world.client(1);
    let ids = large_calls(&mut world, client, 0..2);
    world.input(Input::Cancel { link: client, call_id: call_id(1) });
    assert_eq!(world.answers(client), [(ids[1], refused("cancelled"))]);
    world.take(extension);
    world.written(extension, 1);
    assert!(world.calls(extension).is_empty());
    assert_eq!(world.status().clients[0].calls_in_flight, 1);
}

#[test]
fn a_call_whose_turn_does_not_come_ends_at_its_deadline_and_says_that_it_was_not_sent() {
    let mut world = World::new().with_slow_sockets();
    let extension = world.extension(1);
    let client = world.client(1);
    large_calls(&mut world, client, 0..3);
    world.advance(DEADLINE - Duration::from_millis(1));
    assert!(world.answers(client).is_empty(), "it does not wait for a browser: that is there");
    world.advance(Duration::from_millis(1));
    let told = world.take(client);
    let errors: Vec<&ToolError> = told.iter().filter_map(error_of).collect();
    assert_eq!(errors.len(), 2, "the extension has the first for a second more");
    assert_eq!(errors[0].code, ErrorCode::Timeout);
    assert_eq!(
        errors[0].message,
        "The call waited 30 s for its turn at the browser, 1 other calls waited with it, and its deadline passed before \
         it was sent."
    );
    assert_eq!(errors[0].fix, "Nothing was done: send it again, and fewer calls at a time.");
    world.take(extension);
    world.written(extension, 1);
    assert!(world.calls(extension).is_empty(), "nor is it sent any more");
}

#[test]
fn a_call_of_another_hub_whose_turn_does_not_come_may_have_acted() {
    let mut world = World::new().with_slow_sockets();
    world.extension(1);
    let client = world.client(1);
    large_calls(&mut world, client, 0..1);
    let acting = world.call_with(client, 1, |call| call.resend = true);
    let reading = world.call_with(client, 2, |call| {
        call.resend = true;
        call.tool = "browser_snapshot".into();
    });
    world.advance(DEADLINE);
    assert_eq!(world.answers(client), [(acting, refused("outcome_unknown")), (reading, refused("timeout"))]);
}

#[test]
fn calls_that_wait_for_their_turn_are_handed_back_by_a_drain() {
    for (mode, answered) in [(ShutdownMode::Restart, 0), (ShutdownMode::Stop, 1)] {
        let mut world = World::new().with_slow_sockets();
        let extension = world.extension(1);
        let (client, cli) = (world.client(1), world.cli());
        let ids = large_calls(&mut world, client, 0..2);
        let (request, _) = world.one_call(extension);
        world.shutdown(cli, mode);
        world.written(extension, 1);
        assert!(world.calls(extension).is_empty(), "the next hub can send it");
        world.answer(extension, request, "1");
        world.advance(Duration::ZERO);
        let answers = world.answers(client);
        assert_eq!(answers[0], (ids[0], done("1")));
        let never_sent: &[(u64, Answer)] = &[(ids[1], refused("stopped"))];
        assert_eq!(&answers[1..], &never_sent[..answered], "{mode:?}: it did not act, and that is known");
    }
}

#[test]
fn a_client_that_leaves_leaves_the_queue() {
    let mut world = World::new().with_slow_sockets();
    let extension = world.extension(1);
    let (greedy, modest) = (world.client(1), world.client(2));
    large_calls(&mut world, greedy, 0..9);
    large_calls(&mut world, modest, 20..22);
    world.input(Input::Bye { link: greedy });
    world.take(extension);
    world.written(extension, 1);
    assert_eq!(world.one_call(extension).1.client_id, client_id(2));
    assert_eq!(world.status().hub.calls_in_flight, 2);
}

#[test]
fn calls_that_waited_for_their_turn_wait_for_a_lost_browser_like_all_others() {
    let mut world = World::new().with_slow_sockets();
    let extension = world.extension(1);
    let client = world.client(1);
    let ids = large_calls(&mut world, client, 0..2);
    world.gone(extension);
    world.advance(Duration::from_secs(10));
    assert_eq!(
        world.answers(client),
        [(ids[0], refused("outcome_unknown")), (ids[1], refused("no_browser"))]
    );
}

#[test]
fn a_client_at_its_limits_is_told_the_numbers() {
    let settings = HubSettings { max_calls_per_client: 3, ..HubSettings::default() };
    let mut world = World::with(settings).with_slow_sockets();
    world.extension(1);
    let client = world.client(1);
    large_calls(&mut world, client, 0..3);
    world.call(client, 3);
    let error = refusal(&mut world, client);
    assert_eq!(error.code, ErrorCode::Busy);
    assert_eq!(
        error.message,
        "3 calls of this client are in flight, 2 of them waiting for their turn, which is as many as may be."
    );

    let heavy = world.client(2);
    let args = payload(&format!("\"{}\"", "x".repeat(40 * 1024 * 1024)));
    world.call_with(heavy, 10, |call| call.args = args.clone());
    world.call_with(heavy, 11, |call| call.args = args.clone());
    let error = refusal(&mut world, heavy);
    assert_eq!(error.code, ErrorCode::Busy);
    assert!(error.message.contains("take 40 MiB") && error.message.contains("more than 64 MiB"), "{error}");
    let id = world.call(heavy, 12);
    assert!(world.answers(heavy).iter().all(|(answered, _)| *answered != id), "a small one has room");
}

#[test]
fn what_another_hub_had_is_taken_in_beside_as_many_calls_as_there_may_be() {
    let settings = HubSettings { max_calls_per_client: 2, rate_limit_calls: 2, ..HubSettings::default() };
    let mut world = World::with(settings);
    let extension = world.extension(1);
    let client = world.client(1);
    for number in 0..2 {
        world.call(client, number);
    }
    for number in 10..13 {
        world.call_with(client, number, |call| call.resend = true);
    }
    assert_eq!(world.calls(extension).len(), 4);
    assert_eq!(refusal(&mut world, client).code, ErrorCode::Busy, "and not without end");
}

#[test]
fn a_client_above_its_rate_is_told_when_to_try_again() {
    let settings =
        HubSettings { rate_limit_calls: 2, rate_limit_window_ms: 10_000, ..HubSettings::default() };
    let mut world = World::with(settings);
    let extension = world.extension(1);
    let (eager, other) = (world.client(1), world.client(2));
    world.call(eager, 1);
    world.advance(Duration::from_millis(3_500));
    world.call(eager, 2);
    world.call_with(eager, 2, |call| call.resend = true);
    assert!(world.answers(eager).is_empty(), "the same call again is not another one");
    world.call(eager, 3);
    let error = refusal(&mut world, eager);
    assert_eq!((error.code, error.fix.as_str()), (ErrorCode::RateLimited, "Try again in 7 s."));
    assert_eq!(error.message, "This client has made 2 calls in the last 10 s, which is as many as may be.");
    world.call(other, 4);
    assert_eq!(world.calls(extension).len(), 3, "each client has a rate of its own");

    world.advance(Duration::from_millis(6_499));
    world.call(eager, 3);
    assert_eq!(refusal(&mut world, eager).fix, "Try again in 1 s.");
    world.advance(Duration::from_millis(1));
    world.call(eager, 3);
    assert_eq!(world.one_call(extension).1.call_id, call_id(3), "as it was told");
    world.gone(eager);
    let again = world.client(1);
    world.call(again, 5);
    assert_eq!(refusal(&mut world, again).code, ErrorCode::RateLimited, "a new connection is no new rate");
}

fn error_of(message: &Message) -> Option<&ToolError> {
    match message {
        Message::Answer { outcome: Outcome::Refused(error), .. } => Some(error),
        _ => None,
    }
}
