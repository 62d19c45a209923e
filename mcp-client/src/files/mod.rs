//! Files of the machine, as far as agents may have them.

mod roots;
mod settings;

pub use roots::Roots;
pub use settings::FilesSettings;
