//! Frames and messages: what can be read is written and read again as the same.

use serde::Deserialize;
use serde::Serialize;
use std::fmt::Debug;
use tabmux_protocol::error::RpcError;
use tabmux_protocol::message::{
    CallParams, CancelParams, Challenge, ClientsNotice, ControlOutput, ControlParams, ExtensionCallParams,
    ExtensionEvent, Health, Hello, HubFile, LeaveParams, NativeReply, NativeRequest, Notice, PairOutput,
    PairParams, PairingCodeOutput, PlaceNotice, ProgressParams, ShutdownParams, Status, ToolResult, Welcome,
};
use tabmux_protocol::{CallId, Frame, Refusal, TabId};

/// The input is the text of a frame; its payload, or the text itself where it is no frame, is read as every message.
pub fn frame(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(frame) = Frame::parse(text) else {
        messages(text);
        return;
    };
    let written = serde_json::to_string(&frame).unwrap();
    let again = Frame::parse(&written).unwrap();
    assert_eq!(format!("{again:?}"), format!("{frame:?}"));
    assert_eq!(format!("{:?}", again.kind().ok()), format!("{:?}", frame.kind().ok()));
    if let Some(error) = frame.error {
        let error = RpcError::parse(error);
        same(&error, &serde_json::from_str(&serde_json::to_string(&error).unwrap()).unwrap());
        let _ = (error.clone().into_refusal(), error.into_tool_error());
    }
    for payload in [frame.params, frame.result, frame.error].into_iter().flatten() {
        messages(payload.get());
    }
    messages(text);
}

fn messages(text: &str) {
    if let Ok(call) = serde_json::from_str::<CallId>(text) {
        let _ = call.minted_at_ms();
    }
    macro_rules! each {
        ($($message:ident),+) => { $(
            if let Ok(message) = serde_json::from_str::<$message>(text) {
                let written = serde_json::to_string(&message).unwrap();
                same(&message, &serde_json::from_str::<$message>(&written).unwrap());
            }
        )+ };
    }
    each!(
        CallParams,
        CancelParams,
        Challenge,
        ClientsNotice,
        ExtensionCallParams,
        ExtensionEvent,
        Health,
        Hello,
        HubFile,
        LeaveParams,
        PairOutput,
        PairParams,
        PairingCodeOutput,
        ControlOutput,
        ControlParams,
        PlaceNotice,
        NativeReply,
        NativeRequest,
        Notice,
        ProgressParams,
        Refusal,
        RpcError,
        ShutdownParams,
        Status,
        TabId,
        ToolResult,
        Welcome
    );
}

fn same<'a, M: Debug + Serialize + Deserialize<'a>>(message: &M, again: &M) {
    assert_eq!(format!("{again:?}"), format!("{message:?}"));
}
