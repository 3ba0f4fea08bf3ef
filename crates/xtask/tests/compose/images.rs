//! Which images there are, and that each is pinned in one place.

use serde::Deserialize;

use crate::file::{document, is_ours, read, services};
use crate::none;

/// `docker.io/library/redis:7.2.11-alpine`: a registry, so that no engine guesses one, and a version to the last number.
fn fault(image: &str) -> Option<&'static str> {
    let Some((name, tag)) = image.rsplit_once(':') else { return Some("has no tag") };
    let registry = name.split('/').next().unwrap_or_default();
    let numbers = tag.trim_start_matches('v').split('-').next().unwrap_or_default();
    let exact = numbers.split('.').filter(|number| number.parse::<u32>().is_ok()).count() == 3;
    match (registry.contains('.'), exact) {
        (false, _) => Some("names no registry"),
        (_, false) => Some("has a tag that moves; name a version with three numbers"),
        (true, true) => None,
    }
}

fn pinned() -> Vec<(&'static str, &'static str)> {
    let images = document()["x-images"].as_object().expect("images are pinned in x-images");
    images.iter().map(|(name, image)| (name.as_str(), image.as_str().expect("an image is a text"))).collect()
}

/// `ARG <name>=<image>` of the Dockerfile.
fn base(name: &str) -> String {
    let dockerfile = read("deploy/docker/Dockerfile");
    let line = dockerfile.lines().find_map(|line| line.strip_prefix(&format!("ARG {name}=")));
    line.unwrap_or_else(|| panic!("the Dockerfile pins {name}")).to_owned()
}

#[test]
fn every_image_is_pinned_to_a_version() {
    let bases = ["RUST", "CADDY"].map(base);
    let images = pinned().into_iter().map(|(_, image)| image).chain(bases.iter().map(String::as_str));
    let broken: Vec<String> =
        images.filter_map(|image| fault(image).map(|fault| format!("{image} {fault}"))).collect();
    none("images are pinned", &broken);
}

#[test]
fn a_tag_that_moves_is_told_from_a_version() {
    for (image, expected) in [
        ("docker.io/library/redis:7.2.11-alpine", true),
        ("docker.io/prom/prometheus:v3.7.3", true),
        ("docker.io/library/redis:7.2", false),
        ("docker.io/library/redis:latest", false),
        ("docker.io/library/redis", false),
        ("redis:7.2.11", false),
    ] {
        assert_eq!(fault(image).is_none(), expected, "{image}");
    }
}

#[test]
fn an_image_is_named_in_one_place() {
    let mut broken = Vec::new();
    for (name, service) in services() {
        let image = service["image"].as_str().unwrap_or_default();
        let expected = if is_ours(service) {
            image == format!("realtime-calls/{name}:dev")
        } else {
            pinned().iter().any(|(_, pinned)| *pinned == image)
        };
        if !expected {
            broken.push(format!(
                "{name} is {image:?}: take one of x-images, or build realtime-calls/{name}:dev"
            ));
        }
    }
    let written = read("docker-compose.dev.yml");
    for line in written.lines().map(str::trim).filter(|line| line.starts_with("image: ")) {
        if !line.starts_with("image: *") && !line.starts_with("image: realtime-calls/") {
            broken.push(format!("`{line}` names an image that belongs in x-images"));
        }
    }
    none("images are named once", &broken);
}

#[test]
fn what_tests_run_as_a_program_is_the_same_version_as_an_image() {
    #[derive(Deserialize)]
    struct Component {
        version: String,
    }
    let component = |name: &str| {
        let all: toml::Table = toml::from_str(&read("components.toml")).unwrap();
        all[name].clone().try_into::<Component>().unwrap().version
    };
    let image = |name: &str| {
        pinned().into_iter().find_map(|(pinned, image)| (pinned == name).then_some(image.to_owned())).unwrap()
    };
    assert!(image("livekit").ends_with(&format!(":v{}", component("livekit-server"))));
    assert!(image("keycloak").ends_with(&format!(":{}", component("keycloak"))));
    assert!(base("CADDY").contains(&format!(":{}-", component("caddy"))));
    assert!(image("redis").contains(&format!(":{}.", component("redis-server"))));
    assert!(image("coturn").contains(&format!(":{}.", component("coturn"))));
    let workspace: toml::Table = toml::from_str(&read("Cargo.toml")).unwrap();
    let rust = workspace["workspace"]["package"]["rust-version"].as_str().unwrap();
    assert!(base("RUST").contains(&format!(":{rust}.")), "{rust}");
}
