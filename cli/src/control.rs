//! `tabmux pause|resume|stop`.

use std::fmt::Write;

use anyhow::anyhow;
use serde_json::json;
use tabmux_protocol::message::{
    ClientStatus, Control, ControlAction, ControlOutput, ControlParams, ControlledClient, Status, TabsOnLeave,
};
use tabmux_protocol::{ClientId, method};

use crate::plain::one_line;
use crate::terminal::{print, wrapped};
use crate::{Failure, config, hub, runtime};
use tabmux_cli::args::ControlArgs;

/// How much of a client id is shown for typing.
const SHORT: usize = 8;

pub(crate) fn run(action: ControlAction, args: &ControlArgs) -> Result<(), Failure> {
    let (installation, config) = config::load(None)?;
    hub::serves_no_other_port(&installation)?;
    let output: ControlOutput = runtime()?.block_on(async {
        let mut link = hub::connect(&installation, &config).await?;
        let client_id = match &args.id {
            Some(id) => {
                let status: Status = link.request(method::STATUS, &json!({}), hub::ANSWER_WITHIN).await?;
                Some(find(&status.clients, id)?)
            }
            None => None,
        };
        let params = ControlParams { action, client_id };
        Ok::<_, Failure>(link.request(method::CONTROL, &params, hub::ANSWER_WITHIN).await?)
    })?;
    if !args.all && output.clients.is_empty() {
        return Err(Failure::Failed(anyhow!(
            "the agent has left meanwhile: `tabmux status` shows who is there"
        )));
    }
    print(&if args.json { serde_json::to_string(&output)? } else { for_people(&output) });
    Ok(())
}

/// The agent that a person means: by its whole label or id, else by the beginning of an id that is one agent's only.
fn find(clients: &[ClientStatus], id: &str) -> Result<ClientId, Failure> {
    let names = |client: &ClientStatus| {
        let instance = client.instance.as_ref().map_or_else(String::new, |instance| instance.0.clone());
        [client.client_id.to_string(), instance]
    };
    let is_called =
        |client: &&ClientStatus| client.label == id || names(client).iter().any(|name| name == id);
    let begins =
        |client: &&ClientStatus| !id.is_empty() && names(client).iter().any(|name| name.starts_with(id));
    let called: Vec<&ClientStatus> = clients.iter().filter(is_called).collect();
    let found = if called.is_empty() { clients.iter().filter(begins).collect() } else { called };
    match found.as_slice() {
        [one] => Ok(one.client_id),
        [] if clients.is_empty() => Err(Failure::Failed(anyhow!("no agent is there: `{id}` can be none"))),
        [] => Err(Failure::Failed(anyhow!("no agent is called `{id}`; there are\n{}", list(clients)))),
        several => {
            let text = list(several.iter().copied());
            Err(Failure::Failed(anyhow!("`{id}` can be several agents; say more of the id\n{text}")))
        }
    }
}

/// The agents, a line each, by what they can be called.
fn list<'c>(clients: impl IntoIterator<Item = &'c ClientStatus>) -> String {
    let line = |client: &ClientStatus| {
        let instance = client.instance.as_ref().map_or("-", |instance| instance.0.as_str());
        format!("  {}  {}  {}", one_line(&client.label), one_line(instance), client.client_id)
    };
    clients.into_iter().map(line).collect::<Vec<String>>().join("\n")
}

fn for_people(output: &ControlOutput) -> String {
    let Some(first) = output.clients.first() else { return "No agent is there.".into() };
    let mut text = String::new();
    for client in &output.clients {
        let _ = writeln!(text, "{}", wrapped(&sentence(client, output.tabs_on_leave), 2));
    }
    if output.clients.iter().any(|client| client.control.is_held()) {
        let whom = match output.clients.len() {
            1 => first.client_id.to_string()[..SHORT].to_owned(),
            _ => "--all".to_owned(),
        };
        let _ = write!(
            text,
            "`tabmux resume {whom}` lets {} go on.",
            if whom == "--all" { "them" } else { "it" }
        );
    }
    text.trim_end().to_owned()
}

fn sentence(client: &ControlledClient, tabs_on_leave: TabsOnLeave) -> String {
    let label = one_line(&client.label);
    let state = match client.control {
        Control::Running => "running",
        Control::Paused => "paused",
        Control::Stopped => "stopped",
    };
    if !client.changed {
        return format!("{label} is {state} already.");
    }
    let mut text = match client.control {
        Control::Running => format!("{label} goes on."),
        Control::Paused | Control::Stopped => format!("{label} is {state}."),
    };
    // Writing to a text cannot fail.
    if client.control == Control::Paused && client.calls_in_flight > 0 {
        let _ = write!(
            text,
            " {} finished.",
            counted(client.calls_in_flight, "running call is", "running calls are")
        );
    }
    if client.calls_ended > 0 {
        let _ = write!(text, " {} ended.", counted(client.calls_ended, "call was", "calls were"));
    }
    if client.control == Control::Stopped && client.tabs > 0 {
        let fate = match tabs_on_leave {
            TabsOnLeave::Close => "closed",
            TabsOnLeave::Keep => "left to you",
        };
        let _ = write!(text, " {} {fate}.", counted(client.tabs, "tab is", "tabs are"));
    }
    text
}

fn counted(number: usize, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}

#[cfg(test)]
mod tests {
    use tabmux_protocol::InstanceId;
    use uuid::Uuid;

    use super::*;

    fn client(number: u128, label: &str, instance: &str) -> ClientStatus {
        let client = json!({
            "clientId": Uuid::from_u128(number << 96), "label": label, "colour": "blue", "connected": true, "sinceMs": 0,
            "tabs": [], "callsInFlight": 0, "succeeded": 0, "failed": 0, "instance": InstanceId(instance.into()),
        });
        serde_json::from_value(client).unwrap()
    }

    #[test]
    fn an_agent_is_found_by_label_instance_or_the_beginning_of_an_id_and_else_all_are_listed() {
        let clients = [
            client(0x1234_0001, "tea shop", "77-aaaaaaaa"),
            client(0x1234_0002, "12340001", "78-bbbbbbbb"),
            client(0x2222_0003, "1", "79-cccccccc"),
        ];
        let found = |id: &str| {
            let found = find(&clients, id).map_err(|failure| failure.to_string())?;
            Ok::<_, String>(clients.iter().position(|client| client.client_id == found).unwrap())
        };
        assert_eq!(found("tea shop"), Ok(0));
        assert_eq!(found("78-bbbbbbbb"), Ok(1));
        assert_eq!(found("12340001"), Ok(1), "a whole label comes before the beginning of an id");
        assert_eq!(found("12340001-0000"), Ok(0));
        assert_eq!(found("79"), Ok(2));
        assert_eq!(found("1"), Ok(2));
        let several = found("1234").unwrap_err();
        assert_eq!(several.lines().count(), 3, "{several}");
        let none = found("tea").unwrap_err();
        assert!(
            none.starts_with("no agent is called `tea`; there are\n  tea shop  77-aaaaaaaa  12340001-"),
            "{none}"
        );
        assert!(found("").is_err());
    }

    #[test]
    fn a_person_is_told_what_became_of_calls_and_tabs_and_how_it_goes_on() {
        let said = |control, changed, calls_ended, calls_in_flight, tabs| ControlledClient {
            client_id: ClientId(Uuid::from_u128(0x1234_0001 << 96)),
            label: "tea\u{1b} shop".into(),
            control,
            changed,
            calls_ended,
            calls_in_flight,
            tabs,
        };
        let text = |clients, tabs_on_leave| for_people(&ControlOutput { clients, tabs_on_leave });
        assert_eq!(
            text(vec![said(Control::Paused, true, 2, 1, 3)], TabsOnLeave::Close),
            "tea\\u{1b} shop is paused. 1 running call is finished. 2 calls were ended.\n\
             `tabmux resume 12340001` lets it go on."
        );
        assert_eq!(
            text(
                vec![said(Control::Stopped, true, 1, 0, 1), said(Control::Stopped, false, 0, 0, 0)],
                TabsOnLeave::Keep
            ),
            "tea\\u{1b} shop is stopped. 1 call was ended. 1 tab is left to you.\n\
             tea\\u{1b} shop is stopped already.\n`tabmux resume --all` lets them go on."
        );
        assert_eq!(
            text(vec![said(Control::Running, true, 0, 0, 2)], TabsOnLeave::Close),
            "tea\\u{1b} shop goes on."
        );
        assert_eq!(text(vec![], TabsOnLeave::Close), "No agent is there.");
    }
}
