//! Connections between the processes: two lanes each, in order, with delays; cut off, half open, or closed.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use tabmux_protocol::message::PeerKind;

/// A connection, for as long as the story lasts.
pub type ConnId = u64;

/// Who dialled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialler {
    Client(usize),
    /// A browser's worker, in that life, by that socket of its.
    Worker {
        browser: usize,
        life: u64,
        socket: u64,
    },
}

/// One end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Hub,
    Dialler,
}

/// What travels.
#[derive(Debug, Clone)]
pub enum Parcel {
    Frame(String),
    /// The other end is closed.
    End,
}

#[derive(Debug)]
pub struct Conn {
    pub dialler: Dialler,
    /// The kind of peer that greeted on it.
    pub greeted: Option<PeerKind>,
    /// How many of the hub's heartbeats were not answered.
    pub misses: u32,
    pub hub_open: bool,
    pub dialler_open: bool,
    /// Nothing arrives any more, and nobody is told.
    pub half_open: bool,
    to_hub: Lane,
    to_dialler: Lane,
}

#[derive(Debug, Default)]
struct Lane {
    parcels: VecDeque<Parcel>,
    last_at: Duration,
}

#[derive(Debug, Default)]
pub struct Net {
    conns: BTreeMap<ConnId, Conn>,
    count: ConnId,
}

impl Net {
    pub fn open(&mut self, dialler: Dialler) -> ConnId {
        self.count += 1;
        let conn = Conn {
            dialler,
            greeted: None,
            misses: 0,
            hub_open: true,
            dialler_open: true,
            half_open: false,
            to_hub: Lane::default(),
            to_dialler: Lane::default(),
        };
        self.conns.insert(self.count, conn);
        self.count
    }

    pub fn get(&mut self, id: ConnId) -> Option<&mut Conn> {
        self.conns.get_mut(&id)
    }

    /// The connections that both ends believe in.
    pub fn alive(&self) -> Vec<ConnId> {
        let alive = |conn: &Conn| conn.hub_open && conn.dialler_open && !conn.half_open;
        self.conns.iter().filter(|(_, conn)| alive(conn)).map(|(id, _)| *id).collect()
    }

    /// The connections that the hub has open.
    pub fn of_hub(&self) -> Vec<ConnId> {
        self.conns.iter().filter(|(_, conn)| conn.hub_open).map(|(id, _)| *id).collect()
    }

    /// The connections that a dialler has open.
    pub fn of_dialler(&self, is_its: impl Fn(Dialler) -> bool) -> Vec<ConnId> {
        let open = |conn: &Conn| conn.dialler_open && is_its(conn.dialler);
        self.conns.iter().filter(|(_, conn)| open(conn)).map(|(id, _)| *id).collect()
    }

    /// Sends to an end. Returns when it arrives: behind everything that was sent before.
    pub fn send(&mut self, id: ConnId, to: End, parcel: Parcel, at: Duration) -> Option<Duration> {
        let conn = self.conns.get_mut(&id)?;
        if conn.half_open || !conn.is_open(to) {
            return None;
        }
        let lane = conn.lane(to);
        lane.parcels.push_back(parcel);
        lane.last_at = lane.last_at.max(at);
        Some(lane.last_at)
    }

    /// What arrives next at an end that is open.
    pub fn arrive(&mut self, id: ConnId, at: End) -> Option<Parcel> {
        let conn = self.conns.get_mut(&id)?;
        if conn.half_open {
            return None;
        }
        let parcel = conn.lane(at).parcels.pop_front()?;
        conn.is_open(at).then_some(parcel)
    }

    /// Closes an end. What it has not read is lost.
    pub fn close(&mut self, id: ConnId, end: End) {
        if let Some(conn) = self.conns.get_mut(&id) {
            match end {
                End::Hub => conn.hub_open = false,
                End::Dialler => conn.dialler_open = false,
            }
            conn.lane(end).parcels.clear();
        }
    }

    /// How many parcels are on their way to an end.
    pub fn under_way(&mut self, id: ConnId, to: End) -> usize {
        self.conns.get_mut(&id).map_or(0, |conn| conn.lane(to).parcels.len())
    }

    /// Loses what is on its way to an end, but for the first few.
    pub fn lose_after(&mut self, id: ConnId, to: End, kept: usize) {
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.lane(to).parcels.truncate(kept);
        }
    }
}

impl Conn {
    fn is_open(&self, end: End) -> bool {
        match end {
            End::Hub => self.hub_open,
            End::Dialler => self.dialler_open,
        }
    }

    fn lane(&mut self, to: End) -> &mut Lane {
        match to {
            End::Hub => &mut self.to_hub,
            End::Dialler => &mut self.to_dialler,
        }
    }
}
