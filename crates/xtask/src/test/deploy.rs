//! `cargo xtask test --deploy`: the manifests of `k8s/` on a real cluster, with people on it while it is changed and broken.
//!
//! Not part of continuous integration: it takes a cluster, images and the better part of an hour. What is promised of an update (no failed join, no lost event, no
//! call ended) is a test that passes or fails; what is seen when something is broken is measured, and stands in `docs/runbook.md`. `NetworkPolicies` are only
//! looked at by the API server, unless the cluster's network enforces them.

mod accounts;
mod admission;
mod chaos;
mod cluster;
mod definitions;
mod disruption;
mod dry_run;
mod first_use;
mod hand;
mod kubectl;
mod namespaces;
mod overlay;
mod people;
mod rolling;
mod scaling;
mod step;
mod wait;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use clap::Args;

use super::images::{self, Images};
use super::table::Table;
use crate::progress::Progress;
use crate::{interrupt, shell};
use cluster::Cluster;
use step::Steps;

/// Where the cluster is, and what runs on it.
#[derive(Args)]
pub(super) struct DeployArgs {
    /// On a real Kubernetes: the overlays, updates under load, faults
    #[arg(long)]
    deploy: bool,
    /// A script that makes a cluster (`up`, `metrics`, `import ARCHIVE`, `ns COMMAND`, `down`), or `REALTIME_CLUSTER`; else the one of KUBECONFIG. There, a
    /// privileged pod with hostPID, CRDs where absent, and five namespaces are made and taken away again. It must have one node
    #[arg(long, value_name = "SCRIPT", requires = "deploy")]
    cluster: Option<PathBuf>,
    /// A folder with archives (*.tar) of the images, for the script to import; else they are built, by buildah. Without a script the cluster must have them
    #[arg(long, value_name = "FOLDER", requires = "deploy")]
    images: Option<PathBuf>,
    /// Where the gateway is reached from here; else the address of its Service
    #[arg(long, value_name = "URL", requires = "deploy")]
    gateway: Option<String>,
    /// Where Keycloak is reached from here; else the address of its Service
    #[arg(long, value_name = "URL", requires = "deploy")]
    keycloak: Option<String>,
    /// Leave everything as it is at the end, to look at it; what an earlier run has left is used
    #[arg(long, requires = "deploy")]
    keep: bool,
}

impl DeployArgs {
    pub(super) fn wanted(&self) -> bool {
        self.deploy
    }
}

/// Plays every step whose name has `filter` in it, and those that it rests on; takes everything away again, also after a failure or a signal.
pub(super) async fn run(args: &DeployArgs, filter: Option<&str>) -> Result<ExitCode> {
    let began = Instant::now();
    let progress = Progress::start();
    let mut steps = Steps::new(filter);
    let cluster = tokio::select! {
        found = find(args) => found?,
        asked = interrupt::requested() => return asked.and_then(|()| Err(anyhow::anyhow!("stopped by a signal"))),
    };
    let mut images = None;
    let outcome = tokio::select! {
        outcome = play(args, &cluster, &mut images, &progress, &mut steps) => outcome,
        asked = interrupt::requested() => asked.and_then(|()| Err(anyhow::anyhow!("stopped by a signal"))),
    };
    if let Err(fault) = outcome {
        steps.broken(&fault);
    }
    if args.keep {
        progress.say("deploy", "the cluster is left as it is");
    } else if let Err(fault) = cluster.end(&progress).await {
        steps.broken(&fault);
    }
    if let Some(Err(fault)) = match &images {
        Some(images) => Some(images.end().await),
        None => None,
    } {
        steps.broken(&fault);
    }
    drop(progress);
    let (table, figures): (Table, String) = steps.end();
    println!("{table}\n{figures}");
    println!(
        "NetworkPolicies were taken by the API server; whether they hold depends on the cluster's network, and was not tried.\n\
         The whole took {}.",
        crate::progress::elapsed(began)
    );
    println!("{} passed, {} failed", table.passed(), table.failed());
    Ok(if table.failed() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The cluster, in which nothing of what is used and taken away is somebody else's.
async fn find(args: &DeployArgs) -> Result<Cluster> {
    let cluster = Cluster::find(args.cluster.as_deref()).await?;
    cluster.must_be_free(args.keep).await?;
    Ok(cluster)
}

/// Each step rests on those before it; where the product itself does not come up, nothing else is tried.
async fn play(
    args: &DeployArgs,
    cluster: &Cluster,
    images: &mut Option<Images>,
    progress: &Progress,
    steps: &mut Steps,
) -> Result<()> {
    let scratch = tempfile::tempdir()?;
    let made = scratch.path().join("images");
    let archives = match &args.images {
        Some(folder) => Some(folder.as_path()),
        None if cluster.takes_images() => {
            // Before anything is built: what a build that fails has left is ended, too.
            let images = images.insert(images::open().await?);
            images.build(progress).await?;
            judge(images, progress, steps).await;
            images.build_next(progress).await?;
            std::fs::create_dir(&made)?;
            images.archive(&made).await?;
            Some(made.as_path())
        }
        None => None,
    };
    let kubectl = cluster.begin(archives, progress).await?;
    // They are in the cluster now, and large.
    if made.exists() {
        std::fs::remove_dir_all(&made)?;
    }
    definitions::install(&kubectl, scratch.path(), progress).await?;
    steps
        .play(progress, "every overlay and combination is taken by the API server", async || {
            dry_run::all(&kubectl, scratch.path()).await
        })
        .await;

    let world = overlay::World { kubectl: &kubectl, cluster, scratch: scratch.path(), progress };
    if steps.wants("overlay dev") {
        steps
            .must(progress, "overlay dev comes up as it is", async || {
                world.apply(overlay::Overlay::Dev).await
            })
            .await?;
        let people = people::People::find(&world, args.gateway.as_deref(), args.keycloak.as_deref()).await?;
        steps
            .play(progress, "overlay dev: a join, a call, a webhook, a logout", async || {
                first_use::everything_works(&world, &people).await
            })
            .await;
        world.remove().await?;
    }

    steps
        .must(progress, "overlay production comes up", async || {
            world.apply(overlay::Overlay::Production).await
        })
        .await?;
    let people = people::People::find(&world, args.gateway.as_deref(), args.keycloak.as_deref()).await?;
    steps
        .play(progress, "overlay production: a join, a call, a webhook, a logout", async || {
            first_use::everything_works(&world, &people).await
        })
        .await;
    steps
        .play(progress, "Pod Security `restricted` admits us, and nobody who asks for more", async || {
            admission::restricted(&world).await
        })
        .await;
    rolling::play(&world, &people, steps).await;
    steps
        .play(progress, "a node that is emptied takes one replica at a time", async || {
            disruption::one_at_a_time(&world).await
        })
        .await;
    steps
        .play(progress, "replicas are added under load, and taken away again", async || {
            scaling::out_and_in(&world, &people).await
        })
        .await;
    chaos::play(&world, &people, steps).await;
    Ok(())
}

/// Our images by themselves, and by the compose file.
async fn judge(images: &Images, progress: &Progress, steps: &mut Steps) {
    steps.play(progress, "images are as promised", async || images.are_as_promised().await).await;
    steps.play(progress, "the compose file runs", async || images.run_by_compose(progress).await).await;
}

/// The script of a cluster, by the option or the environment.
fn script(given: Option<&std::path::Path>) -> Option<PathBuf> {
    given.map(PathBuf::from).or_else(|| crate::environment::variable("REALTIME_CLUSTER").map(PathBuf::from))
}

/// A program, for what is run beside `kubectl`.
fn program(command: &[std::ffi::OsString]) -> tokio::process::Command {
    let (first, rest) = command.split_first().expect("a command has a name");
    let mut program = shell::program(first);
    program.args(rest);
    program
}
