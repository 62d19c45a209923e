//! What every message must do, and the list of all of them.

use serde_json::Value;

/// The message as it is written, for a snapshot. On the way it is read back, alone and with fields that this release
/// does not know in each of its objects, and must come out the same.
macro_rules! wire {
    ($message:ty, $value:expr) => {{
        let value: $message = $value;
        let text = serde_json::to_string(&value).unwrap();
        let back: $message = serde_json::from_str(&text).unwrap();
        assert_eq!(format!("{back:?}"), format!("{value:?}"), "read back");
        let wider = $crate::canonical::with_unknown_fields(&text);
        assert_ne!(wider, text, "there was no object to widen");
        let narrowed: $message = serde_json::from_str(&wider).unwrap();
        assert_eq!(serde_json::to_string(&narrowed).unwrap(), text, "unknown fields are ignored");
        serde_json::to_string_pretty(&value).unwrap()
    }};
}

/// Reads a message from the least text that is one and writes it again: what was absent stays absent.
macro_rules! least {
    ($message:ty, $text:expr) => {{
        let text: &str = $text;
        let value: $message = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&value).unwrap(), text, "{}", stringify!($message));
    }};
}

/// Calls the macro with the type of every message and of every part of one.
macro_rules! for_each_message {
    ($do:ident) => {
        $do! {
            ActiveBrowser, BrowserState, BrowserStatus, CallParams, CallPhase, CancelParams, Challenge, ClientStatus,
            ClientSummary, ClientsNotice, ConfigState, Content, Control, ControlAction, ControlOutput, ControlParams,
            ControlledClient, CurrentCall, EventKind, ExtensionCallParams, ExtensionEvent, Health, HealthBrowser, Hello,
            LastCall, StatusParams,
            HubFile, HubState, HubStatus, LeaveParams, NativeReply, NativeRequest, Notice, OwnedTab, PairOutput, PairParams,
            PairingCodeOutput, PeerKind, Place, PlaceNotice, Ports,
            ProgressParams, Restarting, SentFile, ShutdownMode, ShutdownParams, Status, TabStatus, TabsOnLeave, Timing,
            ToolResult, Welcome,
            BootId, BrowserId, CallId, ClientId, ErrorCode, HubId, InstanceId, ProtocolRange, Refusal, RefusalCode,
            RpcError, RpcErrorData, TabId, ToolError
        }
    };
}

/// The text with a field more in each object. The arguments of tools are nobody's to widen: they pass as they came.
pub(crate) fn with_unknown_fields(text: &str) -> String {
    let mut value = serde_json::from_str(text).unwrap();
    widen(&mut value);
    value.to_string()
}

fn widen(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(widen),
        Value::Object(fields) => {
            fields.iter_mut().filter(|(name, _)| *name != "args").for_each(|(_, field)| widen(field));
            fields.insert("ofALaterRelease".into(), serde_json::json!([null, { "type": 1 }]));
        }
        _ => {}
    }
}
