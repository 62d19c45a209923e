//! Where Tabmux does not run. This crate refuses for all, since every other one is built after it.

#[cfg(windows)]
compile_error!(
    "Tabmux does not run on Windows: it relies on the locks, the rights of files and the groups of processes that Linux \
     and macOS have. Inside WSL2, with a browser inside WSL2 as well, it does."
);
