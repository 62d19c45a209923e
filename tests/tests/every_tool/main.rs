//! What holds for every tool of the table, in a real browser: answers within their limits, and bad input answered for
//! what it is. A tool that is added is tested without a line here.
#![allow(clippy::unwrap_used, reason = "test code")]

mod arguments;
mod bad_input;
mod limits;
