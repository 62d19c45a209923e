//! Files of the machine, as far as agents may have them: those that they may name, and those that are kept for them.

mod attach;
mod name;
mod retention;
mod roots;
mod settings;
mod store;

pub(crate) use attach::attach;
pub(crate) use retention::keep_tidy;
pub use roots::Roots;
pub use settings::FilesSettings;
pub(crate) use store::{Files, Incoming, StoreError, Stored};
