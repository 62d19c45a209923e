//! MiniWoB++: small tasks on web pages, each with a reward, and a scripted policy for each that sees nothing but the text
//! of our tools. What a policy cannot solve is what our snapshot does not show, or what our tools cannot do.
//!
//! The pages are fetched by `cargo xtask test` and `cargo xtask bench miniwob`; they are no part of the repository.

mod episode;
mod goal;
mod hands;
mod page;
mod policies;

pub use episode::{Score, pages, play};
pub use hands::Hands;
pub use page::{Node, Page};
pub use policies::{TASKS, Task};
