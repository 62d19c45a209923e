//! The wire: what each message looks like to the byte, what a peer of another release may send, and that no text, however
//! wrong, ends a process that reads it.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

#[macro_use]
mod canonical;

mod decoding;
mod frames;
mod messages;
