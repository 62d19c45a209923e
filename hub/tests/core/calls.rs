//! Calls: each is done once and answered once.

use std::time::Duration;

use tabmux_hub::HubSettings;
use tabmux_hub::core::{Input, Message, NewCall, Outcome};
use tabmux_protocol::message::{EventKind, ShutdownMode};
use tabmux_protocol::{BootId, ErrorCode, TabId};

use crate::world::{Answer, DEADLINE, World, boot_id, call_id, client_id, done, payload, refused, tab};

#[test]
fn answers_in_any_order_reach_their_callers() {
    let mut world = World::new();
    let extension = world.extension(1);
    let (one, two) = (world.client(1), world.client(2));
    let ids = [world.call(one, 1), world.call(two, 2), world.call(one, 3)];
    let calls = world.calls(extension);
    for (request, call) in calls.into_iter().rev() {
        world.answer(extension, request, &format!("\"{}\"", call.call_id));
    }
    let text = |number| done(&format!("\"{}\"", call_id(number)));
    assert_eq!(world.answers(one), [(ids[2], text(3)), (ids[0], text(1))]);
    assert_eq!(world.answers(two), [(ids[1], text(2))]);
}

#[test]
fn an_error_of_the_extension_is_passed_on_as_it_came_and_counted() {
    let mut world = World::new();
    let extension = world.extension(1);
    let client = world.client(1);
    let id = world.call(client, 1);
    let (request, _) = world.one_call(extension);
    world.input(Input::Answer {
        link: extension,
        id: request,
        outcome: Outcome::Failed(payload("{\"code\": 1}")),
    });
    assert_eq!(world.answers(client), [(id, Answer::Failed("{\"code\": 1}".into()))]);
    let status = world.status();
    assert_eq!((status.clients[0].failed, status.clients[0].succeeded), (1, 0));
    assert_eq!((status.hub.calls_answered, status.hub.calls_in_flight), (1, 0));
}

#[test]
fn one_call_id_twice_is_one_execution_and_the_same_reply() {
    let mut world = World::new();
    let extension = world.extension(1);
    let client = world.client(1);
    let first = world.call(client, 1);
    let second = world.call(client, 1);
    let (request, _) = world.one_call(extension);
    world.answer(extension, request, "7");
    assert_eq!(world.answers(client), [(first, done("7")), (second, done("7"))]);

    let third = world.call(client, 1);
    assert_eq!(world.answers(client), [(third, done("7"))], "answered from memory");
    assert!(world.calls(extension).is_empty());

    world.advance(Duration::from_secs(61));
    world.call(client, 1);
    assert_eq!(world.calls(extension).len(), 1, "memory ends; the extension's journal goes on");
}

#[test]
fn anothers_call_id_is_refused_in_flight_and_after() {
    let mut world = World::new();
    let extension = world.extension(1);
    let (owner, thief) = (world.client(1), world.client(2));
    world.call(owner, 1);
    let (request, _) = world.one_call(extension);
    let early = world.call(thief, 1);
    world.answer(extension, request, "\"secret\"");
    let late = world.call(thief, 1);
    assert_eq!(world.answers(thief), [(early, refused("bad_input")), (late, refused("bad_input"))]);
    world.input(Input::Cancel { link: thief, call_id: call_id(1) });
}

#[test]
fn a_request_that_is_repeated_without_end_is_refused() {
    let mut world = World::new();
    world.extension(1);
    let client = world.client(1);
    for _ in 0..20 {
        world.call(client, 1);
    }
    let answers = world.answers(client);
    assert_eq!(answers.len(), 12, "eight wait");
    assert!(answers.iter().all(|(_, answer)| *answer == refused("busy")));
}

#[test]
fn a_client_that_comes_back_many_times_still_gets_its_answer() {
    let mut world = World::new();
    let extension = world.extension(1);
    for _ in 0..20 {
        let link = world.client(1);
        world.call_with(link, 1, |call| call.resend = true);
        world.gone(link);
    }
    let last = world.client(1);
    let id = world.call_with(last, 1, |call| call.resend = true);
    let (request, _) = world.one_call(extension);
    world.answer(extension, request, "1");
    assert_eq!(world.answers(last), [(id, done("1"))]);
}

#[test]
fn an_unknown_tool_is_refused_and_so_is_one_that_the_window_answers_itself() {
    let mut world = World::new();
    let extension = world.extension(1);
    let client = world.client(1);
    for tool in ["browser_frobnicate", "hub_status", ""] {
        let id = world.call_with(client, 1, |call| call.tool = tool.into());
        assert_eq!(world.answers(client), [(id, refused("bad_input"))]);
    }
    assert!(world.calls(extension).is_empty());
}

#[test]
fn more_calls_than_a_client_may_have_are_refused_and_others_are_not_hindered() {
    let settings = HubSettings { max_calls_per_client: 2, ..HubSettings::default() };
    let mut world = World::with(settings);
    let extension = world.extension(1);
    let (greedy, modest) = (world.client(1), world.client(2));
    world.call(greedy, 1);
    world.call(greedy, 2);
    let third = world.call(greedy, 3);
    assert_eq!(world.answers(greedy), [(third, refused("busy"))]);
    world.call(modest, 4);
    let calls = world.calls(extension);
    assert_eq!(calls.len(), 3);
    world.answer(extension, calls[0].0, "1");
    world.call(greedy, 3);
    assert_eq!(world.calls(extension).len(), 1, "a refusal is not remembered");
}

#[test]
fn a_call_on_a_tab_needs_the_tab_to_be_its_callers() {
    let mut world = World::new();
    let extension = world.extension(1);
    let (one, two) = (world.client(1), world.client(2));
    world.event(extension, EventKind::TabCreated, 3, 1);
    let on = |world: &mut World, link, number, tab| {
        world.call_with(link, number, |call| call.tab = Some(TabId(tab)))
    };
    on(&mut world, one, 1, 3);
    assert_eq!(world.one_call(extension).1.tab, Some(TabId(3)));
    let id = on(&mut world, two, 2, 3);
    assert_eq!(world.answers(two), [(id, refused("not_yours"))]);
    let id = on(&mut world, two, 3, 9);
    assert_eq!(world.answers(two), [(id, refused("no_tab"))]);

    world.event(extension, EventKind::TakenOver, 3, 1);
    let id = on(&mut world, one, 4, 3);
    assert_eq!(world.answers(one), [(id, refused("taken_over"))]);
    let id = on(&mut world, two, 5, 3);
    assert_eq!(world.answers(two), [(id, refused("no_tab"))], "what the person took is nobody's");
    world.event(extension, EventKind::TabCreated, 3, 1);
    on(&mut world, one, 6, 3);
    assert_eq!(world.calls(extension).len(), 1, "given back");
}

#[test]
fn a_call_that_is_sent_again_may_name_a_tab_that_it_has_closed_itself() {
    let mut world = World::new();
    let extension = world.extension(1);
    let (one, two) = (world.client(1), world.client(2));
    world.event(extension, EventKind::TabCreated, 3, 2);
    let again = |world: &mut World, number, tab| {
        world.call_with(one, number, |call| {
            call.tab = Some(TabId(tab));
            call.resend = true;
        })
    };
    let id = again(&mut world, 1, 9);
    let (request, _) = world.one_call(extension);
    world.answer(extension, request, "\"remembered\"");
    assert_eq!(world.answers(one), [(id, done("\"remembered\""))]);
    let id = again(&mut world, 2, 3);
    assert_eq!(world.answers(one), [(id, refused("not_yours"))]);
    assert!(world.calls(extension).is_empty() && world.answers(two).is_empty());
}

#[test]
fn the_hub_names_what_to_do_when_a_tab_is_missing() {
    let mut world = World::new();
    world.extension(1);
    let client = world.client(1);
    world.call_with(client, 1, |call| call.tab = Some(TabId(9)));
    let Some(Message::Answer { outcome: Outcome::Refused(error), .. }) = world.take(client).pop() else {
        panic!("a refusal")
    };
    assert_eq!(error.code, ErrorCode::NoTab);
    assert_eq!(error.message, "There is no tab t9 of yours.");
    assert_eq!(error.fix, "List your tabs with browser_tabs, or leave the tab out to use your current one.");
}

#[test]
fn a_call_waits_for_a_browser_and_then_says_what_to_do() {
    let mut world = World::new();
    let client = world.client(1);
    let id = world.call(client, 1);
    world.advance(Duration::from_millis(9_999));
    assert!(world.answers(client).is_empty());
    world.advance(Duration::from_millis(1));
    assert_eq!(world.answers(client), [(id, refused("no_browser"))]);

    let hasty = world.call_with(client, 2, |call| call.deadline_ms = 500);
    world.advance(Duration::from_millis(500));
    assert_eq!(world.answers(client), [(hasty, refused("no_browser"))], "its deadline comes first");
}

#[test]
fn calls_that_waited_are_sent_in_their_order_with_what_is_left_of_their_deadlines() {
    let mut world = World::new();
    let client = world.client(1);
    // Ids in an order that is not that of arrival.
    for number in [5, 3, 4] {
        world.call(client, number);
    }
    world.advance(Duration::from_secs(4));
    let extension = world.extension(1);
    let calls = world.calls(extension);
    let ids: Vec<_> = calls.iter().map(|(_, call)| call.call_id).collect();
    assert_eq!(ids, [call_id(5), call_id(3), call_id(4)]);
    assert!(calls.iter().all(|(_, call)| call.deadline_ms == 26_000 && !call.resend));
    assert!(calls.iter().all(|(_, call)| call.boot_id == Some(boot_id(100))), "stamped at the first sending");
}

#[test]
fn a_call_that_waited_is_checked_against_the_tabs_that_the_browser_brings() {
    let mut world = World::new();
    let (one, two) = (world.client(1), world.client(2));
    world.call_with(one, 1, |call| call.tab = Some(TabId(4)));
    let id = world.call_with(two, 2, |call| call.tab = Some(TabId(4)));
    let extension = world.extension_with(1, 100, vec![tab(4, 1)], 5);
    assert_eq!(world.one_call(extension).1.client_id, client_id(1));
    assert_eq!(world.answers(two), [(id, refused("not_yours"))]);
}

#[test]
fn a_call_past_its_deadline_is_answered_by_the_hub_and_its_late_answer_dropped() {
    let mut world = World::new();
    let extension = world.extension(1);
    let client = world.client(1);
    let id = world.call(client, 1);
    let (request, _) = world.one_call(extension);
    world.advance(DEADLINE + Duration::from_millis(999));
    assert!(world.answers(client).is_empty(), "the extension's own timeout comes first");
    world.advance(Duration::from_millis(1));
    assert_eq!(world.answers(client), [(id, refused("timeout"))]);
    let told = world.take(extension);
    let cancels =
        |message: &Message| matches!(message, Message::Cancel { call_id: told } if *told == call_id(1));
    assert!(told.iter().any(cancels), "{told:?}");
    world.answer(extension, request, "1");
    assert!(world.answers(client).is_empty());
    assert_eq!(world.status().hub.answers_dropped, 1);
    let again = world.call(client, 1);
    assert_eq!(world.answers(client), [(again, refused("timeout"))], "the same reply again");
}

#[test]
fn what_the_last_forgotten_answer_took_is_given_back() {
    let mut world = World::new();
    let extension = world.extension(1);
    let client = world.client(1);
    for number in [1, 2] {
        world.call(client, number);
        let (request, _) = world.one_call(extension);
        world.answer(extension, request, "1");
        world.advance(Duration::from_secs(30));
    }
    assert_eq!(world.forgot_all, 0, "the second answer is remembered for as long again");
    world.advance(Duration::from_secs(30));
    assert_eq!(world.forgot_all, 1);
}

#[test]
fn a_deadline_beyond_all_reason_is_cut() {
    let mut world = World::new();
    let extension = world.extension(1);
    let client = world.client(1);
    let id = world.call_with(client, 1, |call| call.deadline_ms = u64::MAX);
    assert_eq!(world.one_call(extension).1.deadline_ms, 3_600_000);
    world.advance(Duration::from_secs(3_601));
    assert_eq!(world.answers(client), [(id, refused("timeout"))]);
}

#[test]
fn an_answer_that_no_frame_can_hold_is_replaced_by_advice() {
    let mut world = World::new();
    let extension = world.extension(1);
    let client = world.client(1);
    let id = world.call(client, 1);
    let (request, _) = world.one_call(extension);
    world.answer(extension, request, &format!("\"{}\"", "x".repeat(tabmux_protocol::MAX_FRAME - 100)));
    assert_eq!(world.answers(client), [(id, refused("bad_input"))]);
}

#[test]
fn a_cancel_goes_to_the_extension_or_ends_a_call_that_waits() {
    let mut world = World::new();
    let client = world.client(1);
    let waiting = world.call(client, 1);
    world.input(Input::Cancel { link: client, call_id: call_id(1) });
    assert_eq!(world.answers(client), [(waiting, refused("cancelled"))]);

    let extension = world.extension(1);
    let sent = world.call(client, 2);
    let (request, _) = world.one_call(extension);
    world.input(Input::Cancel { link: client, call_id: call_id(2) });
    assert!(matches!(world.take(extension)[..], [Message::Cancel { .. }]));
    assert!(world.answers(client).is_empty(), "the extension still answers");
    world.answer(extension, request, "\"done before\"");
    assert_eq!(world.answers(client), [(sent, done("\"done before\""))]);
}

#[test]
fn progress_goes_to_the_caller_only_and_only_from_the_browser_that_has_the_call() {
    let mut world = World::new();
    let (extension, reserve) = (world.extension(1), world.extension(2));
    let (one, two) = (world.client(1), world.client(2));
    world.call(one, 1);
    world.take(one);
    world.take(two);
    for link in [extension, reserve] {
        let params = payload("{\"progress\":1}");
        world.input(Input::Progress { link, call_id: call_id(1), params });
    }
    assert!(
        matches!(&world.take(one)[..], [Message::Progress(params)] if params.as_str() == "{\"progress\":1}")
    );
    assert!(world.take(two).is_empty());
}

#[test]
fn answers_that_nobody_asked_for_are_dropped_and_counted() {
    let mut world = World::new();
    let extension = world.extension(1);
    let client = world.client(1);
    world.call(client, 1);
    let (request, _) = world.one_call(extension);
    world.answer(extension, request, "1");
    world.answer(extension, request, "2");
    world.answer(extension, 999, "3");
    world.input(Input::Answer { link: client, id: request, outcome: Outcome::Done(payload("4")) });
    assert_eq!(world.answers(client).len(), 1);
    assert_eq!(world.status().hub.answers_dropped, 2);
}

#[test]
fn calls_of_a_lost_browser_are_sent_again_when_it_is_back() {
    let mut world = World::new();
    let extension = world.extension(1);
    let client = world.client(1);
    let ids = [world.call(client, 2), world.call(client, 1)];
    world.take(extension);
    world.gone(extension);
    world.advance(Duration::from_secs(1));
    let back = world.extension_with(1, 101, Vec::new(), 1);
    let calls = world.calls(back);
    assert_eq!(calls.iter().map(|(_, call)| call.call_id).collect::<Vec<_>>(), [call_id(2), call_id(1)]);
    for (request, call) in calls {
        assert!(call.resend);
        assert_eq!(call.boot_id, Some(boot_id(100)), "the memory under which it was first sent");
        assert_eq!(call.deadline_ms, 29_000);
        world.answer(back, request, "\"stored\"");
    }
    assert_eq!(world.answers(client), ids.map(|id| (id, done("\"stored\""))));
}

#[test]
fn calls_of_a_browser_that_stays_away_end_with_what_is_known() {
    let mut world = World::new();
    let extension = world.extension(1);
    let client = world.client(1);
    let acting = world.call(client, 1);
    let reading = world.call_with(client, 2, |call| call.tool = "browser_snapshot".into());
    world.gone(extension);
    world.advance(Duration::from_secs(10));
    assert_eq!(
        world.answers(client),
        [(acting, refused("outcome_unknown")), (reading, refused("no_browser"))]
    );
}

#[test]
fn a_cancel_while_the_browser_is_away_does_not_claim_to_know() {
    let mut world = World::new();
    let extension = world.extension(1);
    let client = world.client(1);
    let acting = world.call(client, 1);
    let reading = world.call_with(client, 2, |call| call.tool = "browser_snapshot".into());
    world.gone(extension);
    for number in [1, 2] {
        world.input(Input::Cancel { link: client, call_id: call_id(number) });
    }
    assert_eq!(
        world.answers(client),
        [(acting, refused("outcome_unknown")), (reading, refused("cancelled"))]
    );
    let back = world.extension(1);
    assert!(world.calls(back).is_empty(), "it is not run after all");
}

#[test]
fn a_call_that_the_client_sends_again_keeps_the_stamp_that_the_client_gave_it() {
    let mut world = World::new();
    let extension = world.extension_with(1, 102, Vec::new(), 1);
    let client = world.client(1);
    world.call_with(client, 1, |call| (call.boot_id, call.resend) = (Some(boot_id(101)), true));
    world.call_with(client, 2, |call| (call.boot_id, call.resend) = (None, true));
    world.call_with(client, 3, |_| ());
    let stamps: Vec<_> =
        world.calls(extension).into_iter().map(|(_, call)| (call.resend, call.boot_id)).collect();
    assert_eq!(stamps, [(true, Some(boot_id(101))), (true, None), (false, Some(boot_id(102)))]);
}

#[test]
fn a_first_call_under_another_memory_than_its_caller_knows_is_handed_back() {
    let mut world = World::new();
    let client = world.client(1);
    let unknown = world.call_with(client, 1, |call| call.boot_id = Some(BootId::UNKNOWN));
    let known = world.call_with(client, 2, |call| call.boot_id = Some(boot_id(101)));
    let extension = world.extension_with(1, 102, Vec::new(), 1);
    assert!(world.calls(extension).is_empty(), "no browser has seen them");
    let handed_back: Vec<u64> = world
        .take(client)
        .into_iter()
        .filter_map(|message| if let Message::OtherMemory { id } = message { Some(id) } else { None })
        .collect();
    assert_eq!(handed_back, [unknown, known]);
    assert_eq!(world.status().hub.calls_in_flight, 0);
    for number in [1, 2] {
        world.call_with(client, number, |call| call.boot_id = Some(boot_id(102)));
    }
    let sent = world.calls(extension);
    assert!(sent.iter().all(|(_, call)| !call.resend && call.boot_id == Some(boot_id(102))));
    assert_eq!(sent.len(), 2);
}

#[test]
fn a_call_that_another_hub_may_have_sent_is_never_told_that_nothing_was_done() {
    let again = |call: &mut NewCall| (call.boot_id, call.resend) = (Some(boot_id(101)), true);
    let mut world = World::new();
    let client = world.client(1);
    let waiting = world.call_with(client, 1, again);
    let cancelled = world.call_with(client, 2, again);
    world.input(Input::Cancel { link: client, call_id: call_id(2) });
    let reading = world.call_with(client, 3, |call| {
        again(call);
        call.tool = "browser_snapshot".into();
    });
    world.advance(DEADLINE);
    let unknown = || refused("outcome_unknown");
    assert_eq!(
        world.answers(client),
        [(cancelled, unknown()), (waiting, unknown()), (reading, refused("no_browser"))]
    );
    let stopped = world.call_with(client, 4, again);
    let cli = world.cli();
    world.shutdown(cli, ShutdownMode::Stop);
    world.advance(DEADLINE);
    assert_eq!(world.answers(client), [(stopped, unknown())]);
}
