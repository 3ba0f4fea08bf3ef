//! What the operating system says about a process: time on a processor and resident memory, from Linux's `/proc`.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// The processor time of every thread of a process at one moment.
///
/// From `schedstat`, whose nanoseconds are what `utime + stime` of `stat` round to hundredths of a second: a short round
/// would drown in that rounding.
#[derive(Debug, Clone)]
pub(super) struct CpuReading(BTreeMap<String, Duration>);

impl CpuReading {
    /// Reads all threads of the process.
    pub(super) fn take(process: u32) -> Result<Self> {
        let folder = format!("/proc/{process}/task");
        let threads = fs::read_dir(&folder).with_context(|| format!("reading {folder}"))?;
        let mut reading = BTreeMap::new();
        for thread in threads {
            let thread = thread.with_context(|| format!("reading {folder}"))?;
            let file = thread.path().join("schedstat");
            match fs::read_to_string(&file) {
                Ok(text) => {
                    let on_cpu = on_cpu(&text)
                        .with_context(|| format!("{}: no time on a processor in {text:?}", file.display()))?;
                    reading.insert(thread.file_name().to_string_lossy().into_owned(), on_cpu);
                }
                // The thread ended since the folder was listed.
                Err(error) if gone(&error) => {}
                Err(error) => {
                    return Err(error).with_context(|| {
                        format!("reading {} (the kernel needs CONFIG_SCHED_INFO)", file.display())
                    });
                }
            }
        }
        Ok(Self(reading))
    }

    /// Processor time spent since an earlier reading of the same process.
    ///
    /// A thread that ended in between counts for nothing: pools of threads end them after long idleness only.
    pub(super) fn since(&self, earlier: &Self) -> Duration {
        let before = |thread| earlier.0.get(thread).copied().unwrap_or_default();
        self.0.iter().map(|(thread, now)| now.saturating_sub(before(thread))).sum()
    }
}

/// Resident memory of the process in bytes.
pub(super) fn resident_bytes(process: u32) -> Result<u64> {
    let file = format!("/proc/{process}/status");
    let text = fs::read_to_string(&file).with_context(|| format!("reading {file}"))?;
    resident(&text).with_context(|| format!("no VmRSS in {file}"))
}

fn gone(error: &io::Error) -> bool {
    const NO_SUCH_PROCESS: i32 = 3;
    error.kind() == io::ErrorKind::NotFound || error.raw_os_error() == Some(NO_SUCH_PROCESS)
}

/// The first of `schedstat`'s three figures.
fn on_cpu(schedstat: &str) -> Option<Duration> {
    schedstat.split_ascii_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_on_a_processor_is_the_first_figure_in_nanoseconds() {
        assert_eq!(on_cpu("361977 396392 2\n"), Some(Duration::from_nanos(361_977)));
        assert_eq!(on_cpu(""), None);
        assert_eq!(on_cpu("none 0 0"), None);
    }

    #[test]
    fn resident_memory_is_told_in_bytes() {
        let status = "Name:\tjoin-floor\nVmHWM:\t   15000 kB\nVmRSS:\t   12345 kB\nRssAnon:\t    7000 kB\n";
        assert_eq!(resident(status), Some(12_345 * 1024));
        assert_eq!(resident("Name:\tkthreadd\n"), None);
    }

    #[test]
    fn threads_that_came_count_in_full_and_threads_that_went_count_for_nothing() {
        let reading = |threads: &[(&str, u64)]| {
            CpuReading(threads.iter().map(|&(id, ms)| (id.to_owned(), Duration::from_millis(ms))).collect())
        };
        let before = reading(&[("1", 10), ("2", 20)]);
        let after = reading(&[("1", 15), ("3", 7)]);
        assert_eq!(after.since(&before), Duration::from_millis(12));
    }

    #[test]
    fn a_process_that_computes_is_seen_to_spend_time() {
        let before = CpuReading::take(std::process::id()).unwrap();
        let mut sum = 0_u64;
        while CpuReading::take(std::process::id()).unwrap().since(&before) == Duration::ZERO {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        assert!(resident_bytes(std::process::id()).unwrap() > 0);
    }
}
