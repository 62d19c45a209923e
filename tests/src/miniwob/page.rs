//! A snapshot as an agent reads it: lines with roles, names, states, refs and values.

use anyhow::{Context, Result};

/// What one snapshot shows.
#[derive(Debug)]
pub struct Page {
    nodes: Vec<Node>,
}

/// One line of a snapshot.
#[derive(Debug, Default)]
pub struct Node {
    /// Such as `button`, or `text`.
    pub role: String,
    /// The name in quotes; empty without one.
    pub name: String,
    /// What stands behind the colon.
    pub value: String,
    states: Vec<String>,
    properties: Vec<String>,
    reference: Option<String>,
}

impl Page {
    /// Reads a snapshot, without the lines at its beginning that repeat the goal.
    pub fn read(snapshot: &str, goal: &str) -> Result<Self> {
        let (_, content) = snapshot.split_once("\n\n").context("a snapshot has a head and a body")?;
        let mut nodes: Vec<Node> = Vec::new();
        for line in content.lines() {
            let Some(rest) = line.trim_start().strip_prefix("- ") else { continue };
            match rest.strip_prefix('/') {
                Some(property) => {
                    nodes.last_mut().context("a property of nothing")?.properties.push(property.to_owned());
                }
                None => nodes.push(Node::read(rest)),
            }
        }
        let mut goal = goal;
        let repeats = nodes.iter().take_while(|node| {
            let rest = if node.role == "text" { goal.trim_start().strip_prefix(&*node.value) } else { None };
            goal = rest.unwrap_or(goal);
            rest.is_some()
        });
        let repeats = repeats.count();
        nodes.drain(..repeats);
        Ok(Self { nodes })
    }

    /// Every line.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The lines of a role.
    pub fn all(&self, role: &str) -> Vec<&Node> {
        self.nodes.iter().filter(|node| node.role == role).collect()
    }

    /// The line of a role at a place, counted from 0.
    pub fn nth(&self, role: &str, at: usize) -> Result<&Node> {
        self.all(role).get(at).copied().with_context(|| format!("no {role} number {at} in {self:#?}"))
    }

    /// The line of that role and name.
    pub fn one(&self, role: &str, name: &str) -> Result<&Node> {
        self.maybe(role, name).with_context(|| format!("no {role} {name:?} in {self:#?}"))
    }

    /// The line of that role and name, if there is one.
    pub fn maybe(&self, role: &str, name: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.role == role && node.name == name)
    }

    /// What the lines of text read, without the others.
    pub fn texts(&self) -> Vec<&str> {
        self.all("text").into_iter().map(|node| &*node.value).collect()
    }
}

impl Node {
    /// Reads a line without its dash.
    fn read(line: &str) -> Self {
        let end = line.find([' ', ':']).unwrap_or(line.len());
        let mut node = Self { role: line[..end].to_owned(), ..Self::default() };
        let mut rest = &line[end..];
        if rest.starts_with(" \"") {
            let mut names = serde_json::Deserializer::from_str(rest).into_iter::<String>();
            if let Some(Ok(name)) = names.next() {
                node.name = name;
                rest = &rest[names.byte_offset()..];
            }
        }
        while let Some((state, behind)) = rest.strip_prefix(" [").and_then(|rest| rest.split_once(']')) {
            match state.strip_prefix("ref=") {
                Some(reference) => node.reference = Some(reference.to_owned()),
                None => node.states.push(state.to_owned()),
            }
            rest = behind;
        }
        node.value = rest.strip_prefix(": ").unwrap_or_default().to_owned();
        node
    }

    /// The ref to act on it.
    pub fn reference(&self) -> Result<&str> {
        self.reference.as_deref().with_context(|| format!("no ref on {self:?}"))
    }

    /// Whether it has this state, such as `expanded=false`.
    pub fn is(&self, state: &str) -> bool {
        self.states.iter().any(|one| one == state)
    }

    /// A property below the line, such as `looks`; empty without one.
    pub fn property(&self, name: &str) -> &str {
        let found = self.properties.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        found.unwrap_or_default()
    }

    /// What a person reads of it: the name, or what stands behind the colon.
    pub fn reads(&self) -> &str {
        if self.name.is_empty() { &self.value } else { &self.name }
    }
}
