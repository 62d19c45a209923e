//! The JSON Schemas of the messages and of the tools' arguments.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use tabmux_protocol::message::{
    CallParams, CancelParams, Challenge, ClientsNotice, ControlOutput, ControlParams, ExtensionCallParams,
    ExtensionEvent, Health, Hello, HubFile, LeaveParams, NativeReply, NativeRequest, Notice, PairOutput,
    PairParams, PairingCodeOutput, PlaceNotice, ProgressParams, SentFile, ShutdownParams, Status,
    StatusParams, ToolResult, Welcome,
};
use tabmux_protocol::tools::TOOLS;
use tabmux_protocol::{ErrorCode, Refusal, ToolError, error::RpcError};

/// Every message and what it is made of, by name.
pub fn definitions() -> Map<String, Value> {
    let mut generator = SchemaGenerator::new(SchemaSettings::draft2020_12());
    macro_rules! include {
        ($($type:ty),+ $(,)?) => { $(generator.subschema_for::<$type>();)+ };
    }
    include!(
        Challenge,
        Hello,
        Welcome,
        Refusal,
        PairParams,
        PairOutput,
        PairingCodeOutput,
        CallParams,
        ExtensionCallParams,
        SentFile,
        ToolResult,
        ToolError,
        ErrorCode,
        RpcError,
        CancelParams,
        ProgressParams,
        Notice,
        ClientsNotice,
        PlaceNotice,
        LeaveParams,
        ExtensionEvent,
        StatusParams,
        Status,
        ControlParams,
        ControlOutput,
        ShutdownParams,
        Health,
        HubFile,
        NativeRequest,
        NativeReply,
    );
    let mut definitions = generator.take_definitions(true);
    definitions.values_mut().for_each(strip_null);
    definitions.sort_keys();
    definitions
}

/// The definitions as one JSON Schema document.
pub fn document(definitions: &Map<String, Value>) -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tabmux wire, version 1",
        "$defs": definitions,
    })
}

/// The arguments of every tool, by its name.
pub fn tools() -> Value {
    let tools: Map<String, Value> =
        TOOLS.iter().map(|tool| (tool.name.to_owned(), tool.input_schema().into())).collect();
    json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Arguments of the tools", "$defs": tools })
}

/// An absent field is absent on our wire, never null: `["integer", "null"]` becomes `integer`, `anyOf` with null the
/// other branch.
pub fn strip_null(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    object.insert("type".into(), only);
                }
            }
            if let Some(Value::Array(branches)) = object.get_mut("anyOf") {
                branches.retain(|branch| branch != &json!({ "type": "null" }));
                if let [Value::Object(only)] = branches.as_slice() {
                    let only = only.clone();
                    object.remove("anyOf");
                    object.extend(only);
                }
            }
            if object.get("default").is_some_and(Value::is_null) {
                object.remove("default");
            }
            object.values_mut().for_each(strip_null);
        }
        Value::Array(items) => items.iter_mut().for_each(strip_null),
        _ => {}
    }
}
