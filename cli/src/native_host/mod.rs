//! The extension's native-messaging host: the manifest and script that lead a browser to it, and the host itself.

mod manifest;
mod serve;

pub(crate) use manifest::{
    Registered, Registration, RegistrationError, is_any_registered, quoted, read, register, unregister,
};
pub(crate) use serve::serve;
