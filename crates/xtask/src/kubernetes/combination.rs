//! Every way to put the components together.

/// What an overlay of one's own would name, for both namespaces.
pub(crate) struct Combination {
    pub(crate) name: String,
    /// For the namespace of the services.
    pub(crate) application: Vec<&'static str>,
    /// For the namespace of media; none if nothing of it is in the cluster.
    pub(crate) media: Vec<&'static str>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Gateway {
    Caddy,
    Api,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Place {
    InCluster,
    External,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Turn {
    None,
    Plain,
    Tls,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Extras {
    None,
    All,
}

/// All of them.
pub(crate) fn all() -> Vec<Combination> {
    let mut combinations = Vec::new();
    let places = [Place::InCluster, Place::External];
    for gateway in [Gateway::Caddy, Gateway::Api] {
        for keycloak in places {
            for livekit in places {
                for redis in places {
                    for turn in [Turn::None, Turn::Plain, Turn::Tls] {
                        for extras in [Extras::None, Extras::All] {
                            combinations.push(combination(gateway, keycloak, livekit, redis, turn, extras));
                        }
                    }
                }
            }
        }
    }
    combinations
}

fn combination(
    gateway: Gateway,
    keycloak: Place,
    livekit: Place,
    redis: Place,
    turn: Turn,
    extras: Extras,
) -> Combination {
    let (sfu, turns, more) = (livekit == Place::InCluster, turn != Turn::None, extras == Extras::All);
    let application = [
        (gateway == Gateway::Caddy, "gateway-caddy"),
        (gateway == Gateway::Api, "gateway-api/application"),
        (gateway == Gateway::Api && sfu, "gateway-api/livekit"),
        (keycloak == Place::InCluster, "keycloak"),
        (keycloak == Place::External, "keycloak-external"),
        (sfu, "livekit/access"),
        (!sfu, "livekit-external"),
        (redis == Place::InCluster, "redis-sentinel"),
        (redis == Place::External, "redis-external"),
        (turns, "coturn/access"),
        (more, "autoscaling"),
        (more, "autoscaling-sockets"),
        (more && gateway == Gateway::Caddy, "autoscaling-gateway"),
        (more, "monitoring/application"),
        (more && gateway == Gateway::Caddy, "monitoring/gateway"),
        (more && redis == Place::InCluster, "monitoring/redis"),
        (more, "traces"),
        (more && gateway == Gateway::Caddy, "traces-gateway"),
        (more, "external-secrets/application"),
        (true, "images"),
    ];
    let media = [
        (sfu, "livekit/server"),
        (sfu && gateway == Gateway::Api, "gateway-api/media"),
        (sfu && redis == Place::External, "redis-external"),
        (turns, "coturn/server"),
        (turn == Turn::Tls, "coturn/tls"),
        (sfu && more, "monitoring/media"),
        (sfu && turns && more, "external-secrets/media"),
        (true, "images"),
    ];
    Combination {
        name: format!(
            "gateway {gateway:?}, Keycloak {keycloak:?}, LiveKit {livekit:?}, Redis {redis:?}, TURN {turn:?}, extras {extras:?}"
        ),
        application: chosen(application),
        media: if sfu || turns { chosen(media) } else { Vec::new() },
    }
}

fn chosen<const N: usize>(components: [(bool, &'static str); N]) -> Vec<&'static str> {
    components.into_iter().filter_map(|(wanted, component)| wanted.then_some(component)).collect()
}
