//! One canonical form of each message, and the least form of each that may leave something out.

use serde_json::value::RawValue;
use tabmux_protocol::error::{RpcError, RpcErrorData};
use tabmux_protocol::message::*;
use tabmux_protocol::{
    BootId, BrowserId, CallId, ClientId, ErrorCode, HubId, InstanceId, PROTOCOL, Refusal, RefusalCode, TabId,
    ToolError,
};
use uuid::Uuid;

#[test]
fn the_challenge() {
    insta::assert_snapshot!(wire!(Challenge, Challenge { hub_nonce: "a1".repeat(32) }), @r#"
    {
      "hubNonce": "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"
    }
    "#);
}

#[test]
fn the_hello_of_a_client() {
    let hello = Hello {
        pid: Some(4711),
        instance: Some(instance()),
        client_id: Some(client()),
        resume_token: Some("5e".repeat(16)),
        label: Some("tea shop".into()),
        colour: Some("green".into()),
        control: Control::Paused,
        agent: Some("claude-code 2.1".into()),
        cwd: Some("/home/ada/shop".into()),
        role: Some("reader".into()),
        session: true,
        ..hello(PeerKind::Client)
    };
    insta::assert_snapshot!(wire!(Hello, hello), @r#"
    {
      "kind": "client",
      "clientNonce": "b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2",
      "proof": "c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3",
      "protocol": {
        "min": 1,
        "max": 1
      },
      "version": "0.1.0",
      "pid": 4711,
      "instance": "4711-a1b2c3d4",
      "clientId": "00000000-0000-0000-0000-000000000002",
      "resumeToken": "5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e",
      "label": "tea shop",
      "colour": "green",
      "control": "paused",
      "agent": "claude-code 2.1",
      "cwd": "/home/ada/shop",
      "role": "reader",
      "session": true
    }
    "#);
}

#[test]
fn the_hello_of_an_extension() {
    let owned = OwnedTab {
        tab: TabId(3),
        client_id: client(),
        url: "https://example.com/".into(),
        title: "Example".into(),
    };
    let hello = Hello {
        browser_id: Some(browser()),
        boot_id: Some(boot()),
        browser: Some("Chromium 150".into()),
        tabs: vec![owned],
        next_tab: Some(4),
        place: Some(Place::Reserve),
        ..hello(PeerKind::Extension)
    };
    insta::assert_snapshot!(wire!(Hello, hello), @r#"
    {
      "kind": "extension",
      "clientNonce": "b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2",
      "proof": "c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3",
      "protocol": {
        "min": 1,
        "max": 1
      },
      "version": "0.1.0",
      "browserId": "00000000-0000-0000-0000-000000000004",
      "bootId": "00000000-0000-0000-0000-000000000005",
      "browser": "Chromium 150",
      "tabs": [
        {
          "tab": "t3",
          "clientId": "00000000-0000-0000-0000-000000000002",
          "url": "https://example.com/",
          "title": "Example"
        }
      ],
      "nextTab": 4,
      "place": "reserve"
    }
    "#);
}

#[test]
fn the_hello_of_a_command_line() {
    insta::assert_snapshot!(wire!(Hello, hello(PeerKind::Cli)), @r#"
    {
      "kind": "cli",
      "clientNonce": "b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2",
      "proof": "c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3",
      "protocol": {
        "min": 1,
        "max": 1
      },
      "version": "0.1.0"
    }
    "#);
}

#[test]
fn the_pairing_of_an_extension() {
    let params = PairParams { pairing_id: "f6".repeat(16), nonce: "b2".repeat(32) };
    insta::assert_snapshot!(wire!(PairParams, params), @r#"
    {
      "pairingId": "f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6",
      "nonce": "b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2"
    }
    "#);
    insta::assert_snapshot!(wire!(PairOutput, PairOutput { sealed: "e7".repeat(92) }), @r#"
    {
      "sealed": "e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7"
    }
    "#);
}

#[test]
fn the_pairing_code_for_the_command_line() {
    let output = PairingCodeOutput { code: "GAYTEMZ-UGU3DOO-BZMFRGG-ZDFMY".into(), expires_in_ms: 300_000 };
    insta::assert_snapshot!(wire!(PairingCodeOutput, output), @r#"
    {
      "code": "GAYTEMZ-UGU3DOO-BZMFRGG-ZDFMY",
      "expiresInMs": 300000
    }
    "#);
}

#[test]
fn the_welcome_of_a_client() {
    let welcome = Welcome {
        client_id: Some(client()),
        resume_token: Some("5e".repeat(16)),
        label: Some("tea shop 2".into()),
        colour: Some("green".into()),
        ..welcome()
    };
    insta::assert_snapshot!(wire!(Welcome, welcome), @r#"
    {
      "proof": "d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4",
      "protocol": 1,
      "hubId": "00000000-0000-0000-0000-000000000003",
      "version": "0.1.0",
      "browser": {
        "connected": true,
        "browserId": "00000000-0000-0000-0000-000000000004",
        "bootId": "00000000-0000-0000-0000-000000000005",
        "pid": 4700,
        "name": "Chromium 150"
      },
      "clientId": "00000000-0000-0000-0000-000000000002",
      "resumeToken": "5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e",
      "label": "tea shop 2",
      "colour": "green"
    }
    "#);
}

#[test]
fn the_welcome_of_an_extension() {
    let welcome =
        Welcome { next_tab: Some(4), place: Some(Place::Active), clients: vec![summary()], ..welcome() };
    insta::assert_snapshot!(wire!(Welcome, welcome), @r#"
    {
      "proof": "d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4",
      "protocol": 1,
      "hubId": "00000000-0000-0000-0000-000000000003",
      "version": "0.1.0",
      "browser": {
        "connected": true,
        "browserId": "00000000-0000-0000-0000-000000000004",
        "bootId": "00000000-0000-0000-0000-000000000005",
        "pid": 4700,
        "name": "Chromium 150"
      },
      "nextTab": 4,
      "place": "active",
      "clients": [
        {
          "clientId": "00000000-0000-0000-0000-000000000002",
          "label": "tea shop",
          "colour": "blue",
          "connected": true,
          "control": "paused"
        }
      ]
    }
    "#);
}

#[test]
fn a_call_from_a_client() {
    let args = raw(r#"{"element":"Order","ref":"e7"}"#);
    let call = CallParams {
        call_id: call_id(),
        tool: "browser_click".into(),
        args: &args,
        tab: Some(TabId(3)),
        deadline_ms: 30_000,
        boot_id: Some(boot()),
        resend: true,
    };
    insta::assert_snapshot!(wire!(CallParams, call), @r#"
    {
      "callId": "019aa2f5-2c00-7000-8000-000000000001",
      "tool": "browser_click",
      "args": {"element":"Order","ref":"e7"},
      "tab": "t3",
      "deadlineMs": 30000,
      "bootId": "00000000-0000-0000-0000-000000000005",
      "resend": true
    }
    "#);
}

#[test]
fn a_call_to_the_extension() {
    let args = raw(r#"{"element":"Order","ref":"e7"}"#);
    let call = ExtensionCallParams {
        call_id: call_id(),
        client_id: client(),
        label: "tea shop".into(),
        colour: COLOURS[0].into(),
        tool: "browser_click".into(),
        read_only: false,
        args: &args,
        tab: Some(TabId(3)),
        deadline_ms: 29_998,
        boot_id: Some(boot()),
        resend: false,
    };
    insta::assert_snapshot!(wire!(ExtensionCallParams, call), @r#"
    {
      "callId": "019aa2f5-2c00-7000-8000-000000000001",
      "clientId": "00000000-0000-0000-0000-000000000002",
      "label": "tea shop",
      "colour": "blue",
      "tool": "browser_click",
      "readOnly": false,
      "args": {"element":"Order","ref":"e7"},
      "tab": "t3",
      "deadlineMs": 29998,
      "bootId": "00000000-0000-0000-0000-000000000005",
      "resend": false
    }
    "#);
}

#[test]
fn a_file_that_a_call_carries() {
    let file = SentFile {
        name: "report.pdf".into(),
        mime_type: "application/pdf".into(),
        last_modified: 1_795_000_000_000,
        data: "JVBERg==".into(),
    };
    insta::assert_snapshot!(wire!(SentFile, file), @r#"
    {
      "name": "report.pdf",
      "mimeType": "application/pdf",
      "lastModified": 1795000000000,
      "data": "JVBERg=="
    }
    "#);
}

#[test]
fn the_result_of_a_tool() {
    let result = ToolResult {
        content: vec![
            Content::Text { text: "Clicked \"Order\".\nurl: https://example.com/".into() },
            Content::Image { data: "/9j/4A==".into(), mime_type: "image/jpeg".into() },
            Content::File {
                name: "page.pdf".into(),
                mime_type: "application/pdf".into(),
                data: "JVBERg==".into(),
                about: Some("The page on 3 sheets.".into()),
            },
        ],
        timing: Some(Timing { total_ms: 41.5, queued_ms: 0.0, protocol_ms: 38.25, page_ms: 2.0 }),
    };
    insta::assert_snapshot!(wire!(ToolResult, result), @r#"
    {
      "content": [
        {
          "type": "text",
          "text": "Clicked \"Order\".\nurl: https://example.com/"
        },
        {
          "type": "image",
          "data": "/9j/4A==",
          "mimeType": "image/jpeg"
        },
        {
          "type": "file",
          "name": "page.pdf",
          "mimeType": "application/pdf",
          "data": "JVBERg==",
          "about": "The page on 3 sheets."
        }
      ],
      "timing": {
        "totalMs": 41.5,
        "queuedMs": 0.0,
        "protocolMs": 38.25,
        "pageMs": 2.0
      }
    }
    "#);
}

#[test]
fn a_cancellation() {
    insta::assert_snapshot!(wire!(CancelParams, CancelParams { call_id: call_id() }), @r#"
    {
      "callId": "019aa2f5-2c00-7000-8000-000000000001"
    }
    "#);
}

#[test]
fn progress() {
    let progress = ProgressParams {
        call_id: call_id(),
        progress: 1.0,
        total: Some(2.5),
        message: Some("waiting for 2.5 s to pass".into()),
    };
    insta::assert_snapshot!(wire!(ProgressParams, progress), @r#"
    {
      "callId": "019aa2f5-2c00-7000-8000-000000000001",
      "progress": 1.0,
      "total": 2.5,
      "message": "waiting for 2.5 s to pass"
    }
    "#);
}

#[test]
fn a_notice_with_all_news() {
    let notice = Notice {
        browser: Some(browser_state()),
        restarting: Some(Restarting { retry_in_ms: Some(250) }),
        status_changed: true,
        control: Some(Control::Running),
    };
    insta::assert_snapshot!(wire!(Notice, notice), @r#"
    {
      "browser": {
        "connected": true,
        "browserId": "00000000-0000-0000-0000-000000000004",
        "bootId": "00000000-0000-0000-0000-000000000005",
        "pid": 4700,
        "name": "Chromium 150"
      },
      "restarting": {
        "retryInMs": 250
      },
      "statusChanged": true,
      "control": "running"
    }
    "#);
}

#[test]
fn the_clients_for_the_popup() {
    insta::assert_snapshot!(wire!(ClientsNotice, ClientsNotice { clients: vec![summary()] }), @r#"
    {
      "clients": [
        {
          "clientId": "00000000-0000-0000-0000-000000000002",
          "label": "tea shop",
          "colour": "blue",
          "connected": true,
          "control": "paused"
        }
      ]
    }
    "#);
}

#[test]
fn the_place_of_a_browser() {
    let active = ActiveBrowser { name: Some("Chromium 150".into()), pid: Some(4700) };
    let place = PlaceNotice { place: Place::Reserve, active: Some(active) };
    insta::assert_snapshot!(wire!(PlaceNotice, place), @r#"
    {
      "place": "reserve",
      "active": {
        "name": "Chromium 150",
        "pid": 4700
      }
    }
    "#);
    insta::assert_snapshot!(wire!(PlaceNotice, PlaceNotice { place: Place::Active, active: None }), @r#"
    {
      "place": "active"
    }
    "#);
}

#[test]
fn the_leaving_of_a_client() {
    let leave = |tabs| LeaveParams { client_id: client(), tabs };
    insta::assert_snapshot!(wire!(LeaveParams, leave(TabsOnLeave::Close)), @r#"
    {
      "clientId": "00000000-0000-0000-0000-000000000002",
      "tabs": "close"
    }
    "#);
    insta::assert_snapshot!(wire!(LeaveParams, leave(TabsOnLeave::Keep)), @r#"
    {
      "clientId": "00000000-0000-0000-0000-000000000002",
      "tabs": "keep"
    }
    "#);
}

#[test]
fn the_word_of_a_person_to_an_agent_and_what_came_of_it() {
    let params = ControlParams { action: ControlAction::Pause, client_id: Some(client()) };
    insta::assert_snapshot!(wire!(ControlParams, params), @r#"
    {
      "action": "pause",
      "clientId": "00000000-0000-0000-0000-000000000002"
    }
    "#);
    insta::assert_snapshot!(wire!(ControlParams, ControlParams { action: ControlAction::Stop, client_id: None }), @r#"
    {
      "action": "stop"
    }
    "#);
    let controlled = ControlledClient {
        client_id: client(),
        label: "tea shop".into(),
        control: Control::Paused,
        changed: true,
        calls_ended: 1,
        calls_in_flight: 2,
        tabs: 3,
    };
    let output = ControlOutput { clients: vec![controlled], tabs_on_leave: TabsOnLeave::Close };
    insta::assert_snapshot!(wire!(ControlOutput, output), @r#"
    {
      "clients": [
        {
          "clientId": "00000000-0000-0000-0000-000000000002",
          "label": "tea shop",
          "control": "paused",
          "changed": true,
          "callsEnded": 1,
          "callsInFlight": 2,
          "tabs": 3
        }
      ],
      "tabsOnLeave": "close"
    }
    "#);
}

#[test]
fn an_event_of_the_browser() {
    let event = ExtensionEvent {
        event: EventKind::TabChanged,
        tab: TabId(3),
        client_id: client(),
        url: Some("https://example.com/cart".into()),
        title: Some("Cart".into()),
    };
    insta::assert_snapshot!(wire!(ExtensionEvent, event), @r#"
    {
      "event": "tabChanged",
      "tab": "t3",
      "clientId": "00000000-0000-0000-0000-000000000002",
      "url": "https://example.com/cart",
      "title": "Cart"
    }
    "#);
}

#[test]
fn the_health_for_scripts() {
    let health = Health {
        status: "ok".into(),
        state: HubState::Serving,
        name: "tabmux".into(),
        version: "0.1.0".into(),
        protocol: PROTOCOL,
        instance: instance(),
        pid: 4711,
        uptime_ms: 5_321,
        browser: HealthBrowser { connected: true },
        clients: 2,
        ports: Ports { hub: 9008, browsermcp: None },
    };
    insta::assert_snapshot!(wire!(Health, health), @r#"
    {
      "status": "ok",
      "state": "serving",
      "name": "tabmux",
      "version": "0.1.0",
      "protocol": {
        "min": 1,
        "max": 1
      },
      "instance": "4711-a1b2c3d4",
      "pid": 4711,
      "uptimeMs": 5321,
      "browser": {
        "connected": true
      },
      "clients": 2,
      "ports": {
        "hub": 9008,
        "browsermcp": null
      }
    }
    "#);
}

#[test]
fn the_file_that_leads_to_the_hub() {
    let file = HubFile {
        pid: 4711,
        started_at: "2026-11-21T02:00:00Z".into(),
        port: 9008,
        version: "0.1.0".into(),
        hub_id: hub(),
    };
    insta::assert_snapshot!(wire!(HubFile, file), @r#"
    {
      "pid": 4711,
      "startedAt": "2026-11-21T02:00:00Z",
      "port": 9008,
      "version": "0.1.0",
      "hubId": "00000000-0000-0000-0000-000000000003"
    }
    "#);
}

#[test]
fn the_status_for_people() {
    let status = Status {
        hub: HubStatus {
            hub_id: hub(),
            instance: instance(),
            pid: 4711,
            version: "0.1.0".into(),
            state: HubState::Draining,
            port: 9008,
            uptime_ms: 5_321,
            calls_in_flight: 1,
            calls_queued: 1,
            calls_answered: 12,
            calls_failed: 1,
            answers_dropped: 0,
            memory_bytes: Some(5_562_368),
            config: ConfigState {
                mistakes: vec!["/home/me/.config/tabmux/config.toml:2:12: `hub.grace_ms` is \"soon\"".into()],
                restart: vec!["hub.max_half_open".into()],
            },
        },
        browsers: vec![BrowserStatus {
            active: true,
            state: browser_state(),
            extension_version: "0.1.0".into(),
            connected_ms: 5_000,
        }],
        clients: vec![ClientStatus {
            client_id: client(),
            instance: Some(instance()),
            label: "tea shop".into(),
            colour: COLOURS[0].into(),
            agent: Some("claude-code 2.1".into()),
            pid: Some(4712),
            connected: true,
            control: Control::Stopped,
            since_ms: 4_000,
            tabs: vec![TabStatus {
                tab: TabId(3),
                url: "https://example.com/".into(),
                title: "Example".into(),
            }],
            calls_in_flight: 1,
            succeeded: 11,
            failed: 1,
            current_call: Some(CurrentCall {
                tool: "browser_click".into(),
                phase: CallPhase::Waiting,
                age_ms: 250,
            }),
            last_call: Some(LastCall { tool: "browser_type".into(), succeeded: true, ago_ms: 300 }),
        }],
    };
    insta::assert_snapshot!(wire!(Status, status), @r#"
    {
      "hub": {
        "hubId": "00000000-0000-0000-0000-000000000003",
        "instance": "4711-a1b2c3d4",
        "pid": 4711,
        "version": "0.1.0",
        "state": "draining",
        "port": 9008,
        "uptimeMs": 5321,
        "callsInFlight": 1,
        "callsQueued": 1,
        "callsAnswered": 12,
        "callsFailed": 1,
        "answersDropped": 0,
        "memoryBytes": 5562368,
        "config": {
          "mistakes": [
            "/home/me/.config/tabmux/config.toml:2:12: `hub.grace_ms` is \"soon\""
          ],
          "restart": [
            "hub.max_half_open"
          ]
        }
      },
      "browsers": [
        {
          "active": true,
          "state": {
            "connected": true,
            "browserId": "00000000-0000-0000-0000-000000000004",
            "bootId": "00000000-0000-0000-0000-000000000005",
            "pid": 4700,
            "name": "Chromium 150"
          },
          "extensionVersion": "0.1.0",
          "connectedMs": 5000
        }
      ],
      "clients": [
        {
          "clientId": "00000000-0000-0000-0000-000000000002",
          "instance": "4711-a1b2c3d4",
          "label": "tea shop",
          "colour": "blue",
          "agent": "claude-code 2.1",
          "pid": 4712,
          "connected": true,
          "control": "stopped",
          "sinceMs": 4000,
          "tabs": [
            {
              "tab": "t3",
              "url": "https://example.com/",
              "title": "Example"
            }
          ],
          "callsInFlight": 1,
          "succeeded": 11,
          "failed": 1,
          "currentCall": {
            "tool": "browser_click",
            "phase": "waiting",
            "ageMs": 250
          },
          "lastCall": {
            "tool": "browser_type",
            "succeeded": true,
            "agoMs": 300
          }
        }
      ]
    }
    "#);
}

#[test]
fn the_request_to_leave() {
    insta::assert_snapshot!(wire!(ShutdownParams, ShutdownParams { mode: ShutdownMode::Stop }), @r#"
    {
      "mode": "stop"
    }
    "#);
    insta::assert_snapshot!(wire!(ShutdownParams, ShutdownParams { mode: ShutdownMode::Restart }), @r#"
    {
      "mode": "restart"
    }
    "#);
}

#[test]
fn the_question_to_the_native_host_and_its_answers() {
    insta::assert_snapshot!(wire!(NativeRequest, NativeRequest::Connect), @r#"
    {
      "type": "connect"
    }
    "#);
    let found = NativeReply::Hub { port: 9008, key: "c0".repeat(32), browser_pid: 4700 };
    insta::assert_snapshot!(wire!(NativeReply, found), @r#"
    {
      "type": "hub",
      "port": 9008,
      "key": "c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0",
      "browserPid": 4700
    }
    "#);
    let none = NativeReply::NoHub { message: "the port is taken".into(), fix: "free it".into() };
    insta::assert_snapshot!(wire!(NativeReply, none), @r#"
    {
      "type": "noHub",
      "message": "the port is taken",
      "fix": "free it"
    }
    "#);
}

#[test]
fn errors_and_refusals() {
    let error = RpcError {
        code: RpcError::TABMUX,
        message: "The tab was closed.".into(),
        data: Some(RpcErrorData { code: "no_tab".into(), fix: "Open another.".into() }),
    };
    insta::assert_snapshot!(wire!(RpcError, error), @r#"
    {
      "code": -32000,
      "message": "The tab was closed.",
      "data": {
        "code": "no_tab",
        "fix": "Open another."
      }
    }
    "#);
    let error = ToolError::new(ErrorCode::StaleRef, "The element is gone.", "Take a snapshot.");
    insta::assert_snapshot!(wire!(ToolError, error), @r#"
    {
      "code": "stale_ref",
      "message": "The element is gone.",
      "fix": "Take a snapshot."
    }
    "#);
    let refusal = Refusal {
        code: RefusalCode::BadProof,
        message: "the proof is wrong".into(),
        fix: "pair again".into(),
    };
    insta::assert_snapshot!(wire!(Refusal, refusal), @r#"
    {
      "code": "bad_proof",
      "message": "the proof is wrong",
      "fix": "pair again"
    }
    "#);
}

#[test]
fn the_words_of_enumerations_are_camel_case_and_codes_are_snake_case() {
    use {CallPhase as C, EventKind as E, HubState as H, PeerKind as P};
    insta::assert_snapshot!(words(&[C::Waiting, C::Running, C::Lost]), @"waiting running lost");
    insta::assert_snapshot!(words(&[P::Client, P::Extension, P::Cli]), @"client extension cli");
    insta::assert_snapshot!(words(&[E::TabCreated, E::TabChanged, E::TabClosed, E::TakenOver]), @"tabCreated tabChanged tabClosed takenOver");
    insta::assert_snapshot!(words(&[H::Starting, H::Serving, H::Draining, H::Stopped]), @"starting serving draining stopped");
    insta::assert_snapshot!(words(ErrorCode::ALL), @"no_browser hub_unavailable stopped no_tab not_yours taken_over stale_ref not_actionable dialog_open page_refused timeout cancelled outcome_unknown tab_reopened not_permitted over_budget rate_limited busy bad_input extension_too_old");
    insta::assert_snapshot!(words(RefusalCode::ALL), @"bad_proof bad_hello hello_timeout wrong_kind version bad_pairing bad_resume displaced draining too_many slow_reader malformed silent");
}

#[test]
fn what_is_absent_is_not_written_and_never_null() {
    least!(
        Hello,
        r#"{"kind":"cli","clientNonce":"00","proof":"ff","protocol":{"min":1,"max":1},"version":"0.1.0"}"#
    );
    least!(
        Welcome,
        r#"{"proof":"ff","protocol":1,"hubId":"00000000-0000-0000-0000-000000000003","version":"0.1.0","browser":{"connected":false}}"#
    );
    least!(
        CallParams,
        r#"{"callId":"00000000-0000-0000-0000-000000000001","tool":"hub_status","args":{},"deadlineMs":1,"resend":false}"#
    );
    least!(
        ExtensionCallParams,
        r#"{"callId":"00000000-0000-0000-0000-000000000001","clientId":"00000000-0000-0000-0000-000000000002","label":"a","colour":"blue","tool":"browser_tabs","readOnly":false,"args":{},"deadlineMs":1,"resend":false}"#
    );
    least!(ToolResult, r#"{"content":[]}"#);
    least!(ProgressParams, r#"{"callId":"00000000-0000-0000-0000-000000000001","progress":0.5}"#);
    least!(BrowserState, r#"{"connected":false}"#);
    least!(Notice, "{}");
    least!(StatusParams, "{}");
    least!(StatusParams, r#"{"watch":true}"#);
    least!(Notice, r#"{"restarting":{}}"#);
    least!(PlaceNotice, r#"{"place":"reserve","active":{}}"#);
    least!(ClientsNotice, r#"{"clients":[]}"#);
    least!(
        ExtensionEvent,
        r#"{"event":"tabClosed","tab":"t3","clientId":"00000000-0000-0000-0000-000000000002"}"#
    );
    least!(
        ClientStatus,
        r#"{"clientId":"00000000-0000-0000-0000-000000000002","label":"a","colour":"blue","connected":false,"control":"running","sinceMs":0,"tabs":[],"callsInFlight":0,"succeeded":0,"failed":0}"#
    );
    least!(RpcError, r#"{"code":-32601,"message":"unknown method"}"#);
}

#[test]
fn what_a_peer_may_leave_out_has_its_default() {
    let call: CallParams<'_> = serde_json::from_str(
        r#"{"callId":"00000000-0000-0000-0000-000000000001","tool":"hub_status","args":{},"deadlineMs":1}"#,
    )
    .unwrap();
    assert!(!call.resend);
    let owned: OwnedTab =
        serde_json::from_str(r#"{"tab":"t3","clientId":"00000000-0000-0000-0000-000000000002"}"#).unwrap();
    assert_eq!((owned.url.as_str(), owned.title.as_str()), ("", ""));
    let data: RpcErrorData = serde_json::from_str(r#"{"code":"no_tab"}"#).unwrap();
    assert_eq!(data.fix, "");
}

#[test]
fn a_tab_is_named_by_its_handle_and_by_nothing_else() {
    for text in [
        "3",
        "\"3\"",
        "\"t\"",
        "\"t-1\"",
        "\"t+1\"",
        "\"t 1\"",
        "\"T1\"",
        "\"t18446744073709551616\"",
        "null",
    ] {
        assert!(serde_json::from_str::<TabId>(text).is_err(), "{text}");
    }
    assert_eq!(serde_json::from_str::<TabId>("\"t18446744073709551615\"").unwrap(), TabId(u64::MAX));
}

/// The words as they are written, one after the other.
fn words(words: &[impl serde::Serialize]) -> String {
    let written = words.iter().map(|word| serde_json::to_string(word).unwrap());
    written.collect::<String>().replace("\"\"", " ").replace('"', "")
}

fn hello(kind: PeerKind) -> Hello {
    Hello {
        kind,
        client_nonce: "b2".repeat(32),
        proof: "c3".repeat(32),
        protocol: PROTOCOL,
        version: "0.1.0".into(),
        pid: None,
        instance: None,
        client_id: None,
        resume_token: None,
        label: None,
        colour: None,
        control: Control::Running,
        agent: None,
        cwd: None,
        role: None,
        session: false,
        browser_id: None,
        boot_id: None,
        browser: None,
        tabs: Vec::new(),
        next_tab: None,
        place: None,
    }
}

fn welcome() -> Welcome {
    Welcome {
        proof: "d4".repeat(32),
        protocol: 1,
        hub_id: hub(),
        version: "0.1.0".into(),
        browser: browser_state(),
        client_id: None,
        resume_token: None,
        label: None,
        colour: None,
        control: Control::Running,
        next_tab: None,
        place: None,
        clients: Vec::new(),
    }
}

fn browser_state() -> BrowserState {
    BrowserState {
        connected: true,
        browser_id: Some(browser()),
        boot_id: Some(boot()),
        pid: Some(4700),
        name: Some("Chromium 150".into()),
    }
}

fn summary() -> ClientSummary {
    ClientSummary {
        client_id: client(),
        label: "tea shop".into(),
        colour: COLOURS[0].into(),
        connected: true,
        control: Control::Paused,
    }
}

fn raw(text: &str) -> Box<RawValue> {
    RawValue::from_string(text.to_owned()).unwrap()
}

fn instance() -> InstanceId {
    InstanceId::new(4711, 0xa1b2_c3d4)
}

fn call_id() -> CallId {
    CallId(Uuid::from_u128(0x019a_a2f5_2c00_7000_8000_0000_0000_0001))
}

fn client() -> ClientId {
    ClientId(Uuid::from_u128(2))
}

fn hub() -> HubId {
    HubId(Uuid::from_u128(3))
}

fn browser() -> BrowserId {
    BrowserId(Uuid::from_u128(4))
}

fn boot() -> BootId {
    BootId(Uuid::from_u128(5))
}
