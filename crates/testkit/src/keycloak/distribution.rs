//! Keycloak made ready once, so that each server starts in seconds.
//!
//! As it is unpacked, Keycloak compiles its configuration at the first start (20 s), then makes its database and imports
//! the realm (10 s). Both results are kept in the cache beside the distribution, which itself is never written to:
//!
//! ```text
//! <cache>/keycloak-<version>-built-<key>/     the compiled configuration; all else are links to the distribution
//!     seed-<key>/h2, administrator.json       a database with the realm imported, and who may administer it
//! ```
//!
//! Java is started directly and not by `kc.sh`, which stays between us and the server as a shell: it would be the shell
//! that is killed when a test is, and the server that is left.

mod files;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{REALM, START_BOUND};
use crate::process::{Exit, Launch, Ready};
use crate::scratch::Scratch;
use crate::{Failure, components, ports};

const BUILD_BOUND: Duration = Duration::from_mins(5);

/// What is fixed when the configuration is compiled: an embedded database in files, and no cluster to look for.
const BUILD: [&str; 3] = ["build", "--db=dev-file", "--cache=local"];

/// Those of `kc.sh`, but with the simplest compiler and collector: in a life of minutes they start a fifth sooner and take
/// a third less memory.
const JAVA_OPTIONS: [&str; 16] = [
    "-Xms64m",
    "-Xmx512m",
    "-XX:MaxMetaspaceSize=256m",
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "-XX:+ExitOnOutOfMemoryError",
    "-Dfile.encoding=UTF-8",
    "-Djava.security.egd=file:/dev/urandom",
    "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
    "-Djava.util.concurrent.ForkJoinPool.common.threadFactory=\
     io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory",
    "-Dpicocli.disable.closures=true",
    "-Dquarkus-log-max-startup-records=10000",
    "--add-opens=java.base/java.util=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
    "--add-opens=java.base/java.security=ALL-UNNAMED",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
];

/// Who may administer a server.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Administrator {
    pub(super) username: String,
    pub(super) password: String,
}

/// A distribution that is ready to start.
#[derive(Debug)]
pub(super) struct Distribution {
    java: PathBuf,
    built: PathBuf,
    seed: PathBuf,
    administrator: Administrator,
}

impl Distribution {
    /// Finds what was made ready before, or makes it ready now.
    pub(super) async fn prepared() -> Result<Self, Failure> {
        let script = components::locate("keycloak")?;
        let java = components::locate("java")?;
        let home = script
            .ancestors()
            .nth(2)
            .ok_or_else(|| Failure::new(format!("{} is not in a folder of Keycloak's", script.display())))?
            .to_owned();
        let pinned = components::folder("keycloak")?;
        let built = files::beside(&pinned, &format!("-built-{}", key(&[&home.to_string_lossy()])));
        let seed = built.join(format!("seed-{}", key(&[&realm()?.to_string()])));

        // Released when it goes out of scope; held, it makes other processes wait for this one's work.
        let _lock = files::lock(files::beside(&pinned, "-lock")).await?;
        if !built.exists() {
            build(&java, &home, &built).await?;
        }
        if !seed.exists() {
            sow(&java, &built, &seed).await?;
        }
        let administrator = files::read_json(&seed.join("administrator.json"))?;
        Ok(Self { java, built, seed, administrator })
    }

    pub(super) fn administrator(&self) -> Administrator {
        self.administrator.clone()
    }

    /// Puts what a server of its own needs into an empty folder: links, and a copy of the database.
    pub(super) fn furnish(&self, folder: &Path) -> Result<(), Failure> {
        link_all(&self.built, folder)?;
        files::copy(&self.seed.join("h2"), &folder.join("data/h2"))
    }

    /// The server over a furnished folder.
    pub(super) fn serve(&self, folder: &Path, port: u16) -> Launch {
        serve(&self.java, folder, port)
    }
}

/// The realm of `deploy/keycloak`.
pub(super) fn realm() -> Result<Value, Failure> {
    files::read_json(&realm_file())
}

fn realm_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../deploy/keycloak/{REALM}-realm.json"))
}

/// Compiles the configuration into a copy of the few files that this changes.
async fn build(java: &Path, home: &Path, built: &Path) -> Result<(), Failure> {
    files::whole(built, async |folder| {
        for part in ["conf", "providers", "themes"] {
            files::link(&home.join(part), &folder.join(part))?;
        }
        for part in ["lib/app", "lib/quarkus", "lib/quarkus-run.jar"] {
            files::copy(&home.join(part), &folder.join(part))?;
        }
        files::link(&home.join("lib/lib"), &folder.join("lib/lib"))?;
        let process = keycloak(java, folder).args(BUILD).spawn()?;
        match tokio::time::timeout(BUILD_BOUND, process.exit()).await {
            Ok(Exit::Code(0)) => Ok(()),
            Ok(exit) => Err(Failure::new(format!("Keycloak's build {exit}:\n{}", process.output()))),
            Err(_) => Err(Failure::new(format!("Keycloak's build takes longer than {BUILD_BOUND:?}"))),
        }
    })
    .await
}

/// Makes a database with the realm in it, by a first start.
async fn sow(java: &Path, built: &Path, seed: &Path) -> Result<(), Failure> {
    let password = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 24]>());
    let administrator = Administrator { username: "testkit".to_owned(), password };
    files::whole(seed, async |folder| {
        let home = Scratch::new("keycloak")?;
        link_all(built, home.path())?;
        files::copy(&realm_file(), &home.path().join(format!("data/import/{REALM}-realm.json")))?;
        let port = ports::free()?;
        let process = serve(java, home.path(), port)
            .arg("--import-realm")
            .env("KC_BOOTSTRAP_ADMIN_USERNAME", &administrator.username)
            .env("KC_BOOTSTRAP_ADMIN_PASSWORD", &administrator.password)
            .spawn()?;
        let realm = format!("http://127.0.0.1:{port}/realms/{REALM}");
        process.ready(Ready::Http(&realm), START_BOUND).await?;
        // Its database is whole only after a stop in good order, so it may take its time.
        process.stop_within(START_BOUND).await;
        files::copy(&home.path().join("data/h2"), &folder.join("h2"))?;
        files::write_private(&folder.join("administrator.json"), &administrator)
    })
    .await
}

fn link_all(built: &Path, folder: &Path) -> Result<(), Failure> {
    ["conf", "lib", "providers", "themes"]
        .iter()
        .try_for_each(|part| files::link(&built.join(part), &folder.join(part)))
}

fn serve(java: &Path, folder: &Path, port: u16) -> Launch {
    keycloak(java, folder)
        .args([
            "start",
            "--optimized",
            "--http-enabled=true",
            "--hostname-strict=false",
            "--http-host=127.0.0.1",
        ])
        .arg(format!("--http-port={port}"))
}

fn keycloak(java: &Path, folder: &Path) -> Launch {
    Launch::new("keycloak", java)
        .args(JAVA_OPTIONS)
        .arg(format!("-Dkc.home.dir={}", folder.display()))
        .arg(format!("-Djboss.server.config.dir={}", folder.join("conf").display()))
        .arg("-cp")
        .arg(folder.join("lib/quarkus-run.jar"))
        .arg("io.quarkus.bootstrap.runner.QuarkusEntryPoint")
        .folder(folder)
}

/// Names a result after what it was made from; another compiler of this crate may name it otherwise and make it anew.
fn key(sources: &[&str]) -> String {
    let mut hasher = DefaultHasher::new();
    (sources, BUILD).hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
