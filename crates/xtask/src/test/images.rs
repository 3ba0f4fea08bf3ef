//! The images that `cargo xtask test --deploy` runs: ours, built by `deploy/docker/Dockerfile` as anybody would, and stand-ins for those of others.
//!
//! No image is pulled: the bases and the servers around us are made by `deploy/docker/standin/build` from Debian's archive and the pinned components, under the
//! names that the repository has for the real ones. Everything is kept in a store of its own, so that the next run compiles our own sources alone.

mod compose;
mod content;
mod engine;
mod needs;

use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::progress::Progress;
use crate::{shell, tree};
use engine::Engine;

/// The targets of the Dockerfile.
const OURS: [&str; 3] = ["realtime-service", "call-state-service", "gateway"];

/// The tag that `k8s/components/images` asks for, and another one to roll to.
const TAG: &str = "0.1.0";
const NEXT: &str = "0.1.0-next";

/// What stands in for images that are not ours, by their keys in the compose file.
const AROUND: [&str; 5] = ["redis", "livekit", "keycloak", "coturn", "redis-exporter"];

/// Images that were built, and where they are.
pub(super) struct Images {
    engine: Engine,
    commit: String,
}

/// Builds nothing yet; from here on the store is this run's, and is to be [ended](Images::end).
pub(super) async fn open() -> Result<Images> {
    needs::check()?;
    let commit = commit().await?;
    Ok(Images { engine: Engine::open()?, commit })
}

impl Images {
    /// Builds everything. The first time every library is compiled in the image, which takes as long as that takes.
    pub(super) async fn build(&self, progress: &Progress) -> Result<()> {
        let step = progress.step("stand-ins", "images of the pinned names, made here because none is pulled");
        stand_in(&self.engine, &["rust", "caddy"], |line| step.note(line)).await?;
        stand_in(&self.engine, &AROUND, |line| step.note(line)).await?;
        step.done("these are not the images that a registry has: what is tried on them is our part");
        self.release(TAG, &self.commit, progress).await
    }

    /// Builds our two services once more, as another release that tells another commit at `/info`.
    pub(super) async fn build_next(&self, progress: &Progress) -> Result<()> {
        self.release(NEXT, &format!("{}-next", self.commit), progress).await
    }

    /// What is promised of our images: who they run as, what is in them, what is not.
    pub(super) async fn are_as_promised(&self) -> Result<String> {
        content::check(&self.engine, &self.commit).await
    }

    /// Runs `docker-compose.dev.yml`, profile `core`, in a network of its own, and lets people meet and call each other through it.
    pub(super) async fn run_by_compose(&self, progress: &Progress) -> Result<String> {
        compose::run(&self.engine, progress).await
    }

    /// Writes archives (`*.tar`) of everything that a cluster needs.
    pub(super) async fn archive(&self, folder: &Path) -> Result<()> {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let around = AROUND.iter().map(|key| pinned(key)).collect::<Result<Vec<_>>>()?;
        self.engine.archive(&folder.join("stand-ins.tar"), &around).await?;
        for tag in [TAG, NEXT] {
            let ours: Vec<String> = OURS.iter().map(|target| name(target, tag)).collect();
            self.engine.archive(&folder.join(format!("services-{tag}.tar")), &ours).await?;
        }
        Ok(())
    }

    /// Ends whatever still runs in the store; the images stay.
    pub(super) async fn end(&self) -> Result<()> {
        let configuration = self.engine.forget_configuration();
        let containers = self.engine.end().await;
        let network = compose::forget(&self.engine).await;
        configuration.and(containers).and(network)
    }

    async fn release(&self, tag: &str, commit: &str, progress: &Progress) -> Result<()> {
        for target in OURS {
            let step = progress.step(&format!("image {target}:{tag}"), "building by the Dockerfile");
            let mut build = self.engine.build()?;
            build.args(["--target", target, "--build-arg", &format!("REALTIME_COMMIT={commit}")]);
            // As the file has it; but an older buildah finds the label of another commit in its cache, where nothing else has changed.
            build.args(["--label", &format!("org.opencontainers.image.revision={commit}")]);
            // The second is how Docker Compose has it.
            build.args(["--tag", &name(target, tag), "--tag", &name(target, "dev"), "."]);
            shell::succeed(build, |line| step.note(line)).await?;
            step.done(&format!("built, commit {commit}"));
        }
        Ok(())
    }
}

/// The whole name: without a registry, that of Docker is meant.
fn name(target: &str, tag: &str) -> String {
    format!("docker.io/realtime-calls/{target}:{tag}")
}

/// The name that the compose file has for an image of others.
fn pinned(key: &str) -> Result<String> {
    let path = tree::root().join("docker-compose.dev.yml");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let start = format!("  {key}: &{key}-image ");
    let pinned = text.lines().find_map(|line| line.strip_prefix(&start));
    pinned.map(str::to_owned).with_context(|| format!("docker-compose.dev.yml pins no image {key}"))
}

async fn stand_in(engine: &Engine, images: &[&str], line: impl FnMut(&str)) -> Result<()> {
    let mut script = engine.program(tree::root().join("deploy/docker/standin/build"));
    script.args(images).env("REALTIME_CACHE", testkit::components::cache()?);
    shell::succeed(script, line).await
}

async fn commit() -> Result<String> {
    let mut git = shell::program("git");
    git.args(["rev-parse", "HEAD"]).current_dir(tree::root());
    let (status, text) = shell::read(git).await?;
    if !status.success() {
        bail!("git cannot tell the commit that is built; its words are above");
    }
    Ok(text.trim().to_owned())
}
