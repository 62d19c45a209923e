//! What the system says of a process.

use std::fs;

/// Memory of a process, in MiB.
#[derive(Debug, Clone, Copy, Default)]
pub struct Memory {
    /// Resident, shared pages included.
    pub resident: f64,
    /// Private to the process.
    pub private: f64,
    /// The process's share, where shared pages are divided among those who share them.
    pub proportional: f64,
}

/// The memory of a process; nothing where the system does not say.
pub fn memory(pid: u32) -> Memory {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let of = |name: &str| -> f64 {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
    };
    Memory {
        resident: of("Rss:"),
        private: of("Private_Clean:") + of("Private_Dirty:"),
        proportional: of("Pss:"),
    }
}

/// Seconds of processor time that a process has used: ticks of 10 ms.
pub fn cpu_seconds(pid: u32) -> f64 {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields: Vec<&str> =
        text.rsplit_once(')').map(|(_, rest)| rest.split_whitespace().collect()).unwrap_or_default();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

/// The process of that browser in which extensions run.
pub fn extension_process(browser: u32) -> Option<u32> {
    let all = fs::read_dir("/proc").ok()?.flatten();
    let mut pids = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.find(|pid| {
        let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let is_extension = String::from_utf8_lossy(&command).contains("--extension-process");
        is_extension
            && std::iter::successors(Some(*pid), |pid| parent(*pid)).take(8).any(|pid| pid == browser)
    })
}

fn parent(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}
