//! The clients that the hub knows, their labels and their colours.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use tabmux_protocol::message::{COLOURS, ClientSummary, Control};
use tabmux_protocol::{ClientId, InstanceId};

use super::io::{ClientJoin, LinkId};
use super::rate::Rate;

/// The longest label, in characters: what a tab group shows before it cuts.
const MAX_LABEL: usize = 40;
/// What a client is called that says nothing about itself.
const DEFAULT_LABEL: &str = "agent";

/// One client: an MCP process, connected or within its grace period.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) id: ClientId,
    pub(crate) label: String,
    pub(crate) colour: &'static str,
    /// Its connection; `None` while it is away.
    pub(crate) link: Option<LinkId>,
    /// Since when it has been connected, or away.
    pub(crate) since: Instant,
    pub(crate) agent: Option<String>,
    pub(crate) instance: Option<InstanceId>,
    pub(crate) pid: Option<u32>,
    /// Whether it is a named session.
    pub(crate) session: bool,
    /// What a person said to it last: to this hub, else to the one before.
    pub(crate) said: Option<Control>,
    /// Known only from the tabs that an extension stored for it, so that its label is a guess.
    guessed: bool,
    pub(crate) in_flight: usize,
    /// The bytes of arguments that are kept for the calls in flight.
    pub(crate) held: usize,
    pub(crate) rate: Rate,
    pub(crate) succeeded: u64,
    pub(crate) failed: u64,
    /// The bytes of the results that it was given.
    pub(crate) bytes: u64,
    pub(crate) last_call: Option<LastCall>,
}

/// The call of a client that was answered last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LastCall {
    pub(crate) tool: &'static str,
    pub(crate) succeeded: bool,
    pub(crate) at: Instant,
}

/// All clients, by id.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    clients: BTreeMap<ClientId, Client>,
}

impl Roster {
    /// Takes a client in on its connection: a known one keeps label and colour.
    pub(crate) fn join(&mut self, join: ClientJoin, link: LinkId, now: Instant) -> &mut Client {
        let ClientJoin { client_id, label, colour, agent, instance, pid, session, control, resume_token: _ } =
            join;
        let known = self.clients.get(&client_id).filter(|client| !client.guessed);
        let label = match known {
            Some(client) => client.label.clone(),
            None => self.unique_label(client_id, &wanted_label(label.as_deref(), agent.as_deref())),
        };
        let colour = match known {
            Some(client) => client.colour,
            None => colour.unwrap_or_else(|| self.least_used_colour()),
        };
        let client = self.clients.entry(client_id).or_insert_with(|| Client::unknown(client_id, colour, now));
        client.label = label;
        client.colour = colour;
        client.guessed = false;
        client.link = Some(link);
        client.since = now;
        client.agent = agent;
        client.instance = instance;
        client.pid = pid;
        client.session = session;
        client.said.get_or_insert(control);
        client
    }

    /// Takes a client in that only an extension knows; says whether it was unknown.
    pub(crate) fn adopt(&mut self, client_id: ClientId, now: Instant) -> bool {
        if self.clients.contains_key(&client_id) {
            return false;
        }
        let mut client = Client::unknown(client_id, self.least_used_colour(), now);
        client.label = self.unique_label(client_id, DEFAULT_LABEL);
        self.clients.insert(client_id, client);
        true
    }

    pub(crate) fn get(&self, id: ClientId) -> Option<&Client> {
        self.clients.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: ClientId) -> Option<&mut Client> {
        self.clients.get_mut(&id)
    }

    pub(crate) fn remove(&mut self, id: ClientId) -> Option<Client> {
        self.clients.remove(&id)
    }

    pub(crate) fn len(&self) -> usize {
        self.clients.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Client> {
        self.clients.values()
    }

    pub(crate) fn summaries(&self) -> Vec<ClientSummary> {
        let summary = |client: &Client| ClientSummary {
            client_id: client.id,
            label: client.label.clone(),
            colour: client.colour.to_owned(),
            connected: client.link.is_some(),
            control: client.control(),
        };
        self.iter().map(summary).collect()
    }

    /// Equal labels get ` 2`, ` 3`, …
    fn unique_label(&self, id: ClientId, wanted: &str) -> String {
        let others = self.iter().filter(|client| client.id != id);
        let taken: BTreeSet<&str> = others.map(|client| client.label.as_str()).collect();
        if !taken.contains(wanted) {
            return wanted.to_owned();
        }
        let numbered = |number: usize| {
            let suffix = format!(" {number}");
            let room = MAX_LABEL - suffix.len();
            let kept: String = wanted.chars().take(room).collect();
            kept.trim_end().to_owned() + &suffix
        };
        (2..).map(numbered).find(|label| !taken.contains(label.as_str())).unwrap_or_else(|| wanted.to_owned())
    }

    fn least_used_colour(&self) -> &'static str {
        let uses = |colour: &&str| self.iter().filter(|client| client.colour == *colour).count();
        COLOURS.into_iter().min_by_key(uses).unwrap_or(COLOURS[0])
    }
}

impl Client {
    /// Whether a person lets it work.
    pub(crate) fn control(&self) -> Control {
        self.said.unwrap_or_default()
    }

    fn unknown(id: ClientId, colour: &'static str, now: Instant) -> Self {
        Self {
            id,
            label: String::new(),
            colour,
            link: None,
            since: now,
            agent: None,
            instance: None,
            pid: None,
            session: false,
            said: None,
            guessed: true,
            in_flight: 0,
            held: 0,
            rate: Rate::default(),
            succeeded: 0,
            failed: 0,
            bytes: 0,
            last_call: None,
        }
    }
}

/// The label asked for, else the agent's name without its version, else [`DEFAULT_LABEL`].
fn wanted_label(label: Option<&str>, agent: Option<&str>) -> String {
    let label = label.map(sanitised).filter(|label| !label.is_empty());
    let agent = || agent.map(without_version).map(|name| sanitised(&name)).filter(|name| !name.is_empty());
    label.or_else(agent).unwrap_or_else(|| DEFAULT_LABEL.to_owned())
}

fn without_version(agent: &str) -> String {
    let name = agent.split('/').next().unwrap_or_default();
    let is_version =
        |word: &&str| word.trim_start_matches(['v', '(']).starts_with(|first: char| first.is_ascii_digit());
    let words: Vec<&str> = name.split_whitespace().take_while(|word| !is_version(word)).collect();
    words.join(" ")
}

/// One line of at most [`MAX_LABEL`] characters, without characters that could garble a terminal or a tab group.
fn sanitised(text: &str) -> String {
    let plain = |c: char| if c.is_whitespace() { ' ' } else { c };
    let printable = |c: &char| !c.is_control() && !is_directional(*c);
    let kept: String = text.chars().map(plain).filter(printable).collect();
    kept.trim().chars().take(MAX_LABEL).collect::<String>().trim_end().to_owned()
}

/// Marks that change the direction of the text after them, or show nothing at all.
fn is_directional(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn join(
        roster: &mut Roster,
        number: u128,
        label: Option<&str>,
        agent: Option<&str>,
    ) -> (String, &'static str) {
        let join = ClientJoin {
            client_id: ClientId(Uuid::from_u128(number)),
            resume_token: String::new(),
            label: label.map(str::to_owned),
            colour: None,
            agent: agent.map(str::to_owned),
            instance: None,
            pid: None,
            session: false,
            control: Control::Running,
        };
        let client = roster.join(join, LinkId(1), Instant::now());
        (client.label.clone(), client.colour)
    }

    #[test]
    fn equal_labels_are_numbered_and_stay_within_their_length() {
        let mut roster = Roster::default();
        assert_eq!(join(&mut roster, 1, Some("work"), None).0, "work");
        assert_eq!(join(&mut roster, 2, Some("work"), None).0, "work 2");
        assert_eq!(join(&mut roster, 3, Some(" work\n"), None).0, "work 3");
        let long = "x".repeat(60);
        assert_eq!(join(&mut roster, 4, Some(&long), None).0, "x".repeat(40));
        assert_eq!(join(&mut roster, 5, Some(&long), None).0, "x".repeat(38) + " 2");
        assert_eq!(join(&mut roster, 2, Some("other"), None).0, "work 2", "a known client keeps its label");
    }

    #[test]
    fn a_client_without_a_label_is_called_by_its_agents_name() {
        let mut roster = Roster::default();
        assert_eq!(join(&mut roster, 1, None, Some("claude-code/2.1.329")).0, "claude-code");
        assert_eq!(join(&mut roster, 2, None, Some("Claude Desktop 1.0")).0, "Claude Desktop");
        assert_eq!(join(&mut roster, 3, Some("\u{1b}\u{202e}"), None).0, "agent");
        assert_eq!(join(&mut roster, 4, None, Some("7")).0, "agent 2");
        assert_eq!(join(&mut roster, 5, Some("a\u{1b}[31mb\tc"), None).0, "a[31mb c");
    }

    #[test]
    fn colours_are_given_out_in_turn() {
        let mut roster = Roster::default();
        let given: Vec<&str> = (0..10).map(|n| join(&mut roster, n, None, None).1).collect();
        assert_eq!(given[..8], COLOURS);
        assert_eq!(given[8..], COLOURS[..2]);
    }
}
