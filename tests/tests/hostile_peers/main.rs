//! Peers that do not belong, or misbehave once inside, against a real hub: each is refused or closed for a named reason,
//! and meanwhile a good client works on as if nothing happened. Afterwards nothing secret is in any log, command line or
//! in the health, and the hub holds no descriptor more than before.

mod agents;
mod crowds;
mod files;
mod frames;
mod greetings;
mod requests;
mod stage;
mod wire;
mod words;
