//! The Dockerfile's stages, and what each image says of itself.

use std::sync::LazyLock;

use crate::file::{is_ours, read, services};

/// What can be built for use.
const TARGETS: [&str; 3] = ["call-state-service", "gateway", "realtime-service"];

const LABELS: [&str; 5] = ["title", "description", "licenses", "version", "revision"];

static STAGES: LazyLock<Vec<Stage>> = LazyLock::new(|| stages(&read("deploy/docker/Dockerfile")));

struct Stage {
    base: String,
    name: String,
    /// Instructions in one line each, without comments.
    instructions: Vec<String>,
}

impl Stage {
    fn find(name: &str) -> &'static Self {
        STAGES.iter().find(|stage| stage.name == name).unwrap_or_else(|| panic!("there is a stage {name}"))
    }

    /// What follows each of these instructions.
    fn all(&'static self, instruction: &str) -> impl Iterator<Item = &'static str> {
        self.instructions.iter().filter_map(move |line| line.strip_prefix(instruction)?.strip_prefix(' '))
    }

    fn one(&'static self, instruction: &str) -> &'static str {
        let found: Vec<&str> = self.all(instruction).collect();
        assert_eq!(found.len(), 1, "{} has one {instruction}", self.name);
        found[0].trim()
    }
}

fn stages(text: &str) -> Vec<Stage> {
    let kept: Vec<&str> =
        text.lines().filter(|line| !line.trim_start().starts_with('#') && !line.trim().is_empty()).collect();
    let joined = kept.join("\n").replace("\\\n", " ");
    let mut stages: Vec<Stage> = Vec::new();
    for line in joined.lines().map(str::trim) {
        if let Some(from) = line.strip_prefix("FROM ") {
            let (base, name) = from.split_once(" AS ").unwrap_or((from, ""));
            stages.push(Stage { base: base.to_owned(), name: name.to_owned(), instructions: Vec::new() });
        } else if let Some(stage) = stages.last_mut() {
            stage.instructions.push(line.to_owned());
        }
    }
    stages
}

#[test]
fn every_image_has_nothing_but_what_was_laid_out_for_it() {
    for target in TARGETS {
        let stage = Stage::find(target);
        assert_eq!(stage.base, "scratch", "{target} has no shell");
        assert_eq!(stage.one("COPY"), format!("--from={target}-root /image /"));
        assert_eq!(stage.all("RUN").count() + stage.all("ADD").count(), 0, "{target}");
    }
}

#[test]
fn every_image_runs_as_a_numbered_user_and_tells_whether_it_is_well() {
    for target in TARGETS {
        let stage = Stage::find(target);
        assert_eq!(stage.one("USER"), "65532:65532", "a number: Kubernetes can see that it is not root");
        let health = stage.one("HEALTHCHECK");
        assert!(health.contains(" CMD [\"/usr/local/bin/"), "{target} asks without a shell: {health}");
        assert!(stage.one("ENTRYPOINT").starts_with('['), "{target} gets its signals itself");
    }
    for service in ["realtime-service", "call-state-service"] {
        let health = Stage::find(service).one("HEALTHCHECK");
        assert!(health.ends_with(&format!("CMD [\"/usr/local/bin/{service}\", \"--health\"]")), "{health}");
    }
}

#[test]
fn every_image_says_what_it_is() {
    let workspace: toml::Table = toml::from_str(&read("Cargo.toml")).unwrap();
    let package = &workspace["workspace"]["package"];
    for target in TARGETS {
        let stage = Stage::find(target);
        let labels = stage.one("LABEL");
        for label in LABELS {
            assert!(labels.contains(&format!("org.opencontainers.image.{label}=\"")), "{target}: {label}");
        }
        assert!(labels.contains(&format!("image.title=\"{target}\"")), "{labels}");
        assert!(labels.contains(&format!("image.licenses={}", package["license"])), "{labels}");
        let version = format!("VERSION={}", package["version"].as_str().unwrap());
        assert!(stage.all("ARG").any(|argument| argument == version), "{target} is {version}");
    }
}

#[test]
fn every_base_is_pinned_at_the_top_or_a_stage_before() {
    let mut known = vec!["${RUST}".to_owned(), "${CADDY}".to_owned(), "scratch".to_owned()];
    for stage in STAGES.iter() {
        assert!(known.contains(&stage.base), "{} is made from {}", stage.name, stage.base);
        assert!(!stage.name.is_empty(), "every stage has a name");
        known.push(stage.name.clone());
    }
}

#[test]
fn libraries_are_compiled_before_our_sources_are_there() {
    for (dependencies, build) in [("dependencies", "build"), ("tool-dependencies", "lists")] {
        let stage = Stage::find(dependencies);
        assert_eq!(stage.one("COPY"), "--from=manifests /manifests .");
        assert_eq!(Stage::find(build).base, dependencies);
        assert_eq!(Stage::find(build).one("COPY"), ". .");
    }
    // Else each commit would compile every library anew.
    assert_eq!(Stage::find("dependencies").all("ARG").count(), 0);
}

#[test]
fn what_is_compiled_is_locked_optimised_and_knows_its_commit() {
    for stage in STAGES.iter() {
        for run in stage.all("RUN").filter(|run| run.contains("cargo build")) {
            assert!(run.contains("cargo build --locked"), "{}", stage.name);
            assert!(
                !run.contains("--workspace"),
                "the development issuer is in the workspace: {}",
                stage.name
            );
        }
    }
    let build = Stage::find("build");
    assert!(build.one("RUN").contains("--release --package realtime-service --package call-state-service"));
    assert_eq!(build.one("ARG"), "REALTIME_COMMIT=");
}

#[test]
fn every_program_of_ours_comes_with_the_lists_of_what_is_in_it() {
    for service in ["realtime-service", "call-state-service"] {
        let made = format!("sbom --package {service} --folder /lists/{service}");
        assert!(Stage::find("lists").one("RUN").contains(&made), "{made}");
        let copied = format!("--from=lists /lists/{service} /image/usr/share/licenses/{service}");
        assert_eq!(Stage::find(&format!("{service}-root")).one("COPY"), copied);
    }
}

#[test]
fn whatever_compose_builds_is_a_target() {
    for (name, service) in services().iter().filter(|(_, service)| is_ours(service)) {
        assert_eq!(service["build"]["dockerfile"], "deploy/docker/Dockerfile", "{name}");
        assert_eq!(service["build"]["target"], *name);
        assert!(TARGETS.contains(&name.as_str()), "{name}");
        assert!(service["build"]["args"]["REALTIME_COMMIT"].is_string(), "{name}");
    }
}
