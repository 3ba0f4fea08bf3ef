//! The tools that installs are made with: whether they are there and new enough, and what to do where not.

use anyhow::{Result, anyhow, bail};

use crate::{environment, shell};

/// A tool that must be there, at least at a version.
struct Tool {
    program: &'static str,
    version_argument: &'static str,
    at_least: (u32, u32),
    remedy: &'static str,
}

const GO: Tool = Tool {
    program: "go",
    version_argument: "version",
    at_least: (1, 26),
    remedy: "install it from https://go.dev/dl (Debian's own is older)",
};
const MAVEN: Tool = Tool {
    program: "mvn",
    version_argument: "--version",
    at_least: (3, 6),
    remedy: "install Maven, on Debian with `apt-get install maven`",
};
const JAVA: Tool = Tool {
    program: "java",
    version_argument: "-version",
    at_least: (17, 0),
    remedy: "install a JDK, on Debian with `apt-get install openjdk-17-jdk-headless`",
};
const NODE: Tool = Tool {
    program: "node",
    version_argument: "--version",
    at_least: (20, 0),
    remedy: "install it from https://nodejs.org",
};
const NPM: Tool = Tool {
    program: "npm",
    version_argument: "--version",
    at_least: (9, 0),
    remedy: "it comes with Node, https://nodejs.org",
};
const PYTHON: Tool = Tool {
    program: "python3",
    version_argument: "--version",
    at_least: (3, 10),
    remedy: "install it, on Debian with `apt-get install python3 python3-venv`",
};

/// Whether a program of this name is on the `PATH`.
pub(super) fn is_there(program: &str) -> bool {
    let path = environment::variable("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

pub(super) async fn go() -> Result<()> {
    GO.require().await
}

pub(super) async fn maven_and_java() -> Result<()> {
    JAVA.require().await?;
    MAVEN.require().await
}

pub(super) async fn python() -> Result<()> {
    PYTHON.require().await
}

pub(super) async fn npm() -> Result<()> {
    NODE.require().await?;
    NPM.require().await
}

impl Tool {
    async fn require(&self) -> Result<()> {
        let Self { program, at_least: (major, minor), remedy, .. } = *self;
        if !is_there(program) {
            bail!("`{program}` {major}.{minor} or newer is needed and not on the PATH: {remedy}");
        }
        let mut command = shell::program(program);
        command.arg(self.version_argument);
        let mut said = String::new();
        let status = shell::follow(command, |line| {
            said.push_str(&shell::plain(line));
            said.push('\n');
        })
        .await?;
        if !status.success() {
            bail!("`{program} {}` failed ({status}); is it broken? {remedy}\n{said}", self.version_argument);
        }
        let found = version(&said).ok_or_else(|| {
            anyhow!("`{program}` does not tell its version; {major}.{minor} is needed: {remedy}")
        })?;
        if found < self.at_least {
            bail!("`{program}` is {}.{}, but {major}.{minor} or newer is needed: {remedy}", found.0, found.1);
        }
        Ok(())
    }
}

/// The first thing in the text that looks like a version: `17.0.15`, `go1.26.8`, `v20.20.2`, `"21"`.
fn version(text: &str) -> Option<(u32, u32)> {
    text.split_whitespace().find_map(|word| {
        let word = word.trim_matches('"').trim_start_matches("go").trim_start_matches('v');
        let mut numbers = word.split('.');
        let major = numbers.next()?.parse().ok()?;
        let minor = numbers.next().and_then(|minor| minor.parse().ok()).unwrap_or(0);
        Some((major, minor))
    })
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn versions_are_read_from_what_each_tool_says() {
        for (said, expected) in [
            ("go version go1.26.8 linux/amd64", Some((1, 26))),
            ("openjdk version \"17.0.15\" 2025-04-15", Some((17, 0))),
            ("openjdk version \"25\" 2025-09-16", Some((25, 0))),
            ("Apache Maven 3.8.7\nMaven home: /usr/share/maven", Some((3, 8))),
            ("v20.20.2", Some((20, 20))),
            ("11.19.1", Some((11, 19))),
            ("devel", None),
        ] {
            assert_eq!(version(said), expected, "{said:?}");
        }
    }
}
