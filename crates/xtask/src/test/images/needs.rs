//! What must be on the machine to build and to run images.

use std::path::Path;

use anyhow::{Result, bail};

use crate::environment;

/// A program, and the package of Debian that brings it.
const PROGRAMS: [(&str, &str); 9] = [
    ("buildah", "buildah"),
    ("podman", "podman"),
    ("debootstrap", "debootstrap"),
    ("dpkg-deb", "dpkg"),
    ("git", "git"),
    ("ip", "iproute2"),
    ("iptables", "iptables"),
    ("nsenter", "util-linux"),
    ("setcap", "libcap2-bin"),
];

/// Not on the PATH, but podman finds them.
const FILES: [(&str, &str); 2] =
    [("/usr/lib/podman/netavark", "netavark"), ("/usr/lib/podman/aardvark-dns", "aardvark-dns")];

/// Names everything that is missing, at once, and how to get it.
pub(super) fn check() -> Result<()> {
    let mut missing: Vec<&str> =
        PROGRAMS.iter().filter(|(program, _)| !is_there(program)).map(|(_, package)| *package).collect();
    missing.extend(FILES.iter().filter(|(file, _)| !Path::new(file).is_file()).map(|(_, package)| *package));
    if !is_there("runc") && !is_there("crun") {
        missing.push("runc");
    }
    if !missing.is_empty() {
        bail!("building and running images needs more of Debian: apt-get install {}", missing.join(" "));
    }
    if !rustix::process::geteuid().is_root() {
        bail!("building the stand-ins needs root: they are whole file systems of Debian");
    }
    Ok(())
}

/// Whether a program is on the `PATH`.
pub(super) fn is_there(program: &str) -> bool {
    let folders = environment::variable("PATH").unwrap_or_default();
    folders.split(':').chain(["/usr/sbin", "/sbin"]).any(|folder| Path::new(folder).join(program).is_file())
}
