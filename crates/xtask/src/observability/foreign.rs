//! Metrics that are not the product's own, as far as something here asks for them.
//!
//! What Caddy says is asked of a real one below. Redis' are those of `redis_exporter` 1.45 and 1.87 in front of Redis 7, `LiveKit`'s those of 1.13
//! (`prometheus.port`): who takes other versions reads their pages.

use std::net::SocketAddr;

/// By name, with the labels that tell them apart besides those that scraping adds.
pub(super) const METRICS: [(&str, &[&str]); 38] = [
    ("up", &[]),
    ("ALERTS", &["alertname", "alertstate"]),
    ("livekit_room_total", &[]),
    ("livekit_participant_total", &[]),
    ("livekit_track_published_total", &["kind"]),
    ("livekit_track_subscribed_total", &["kind"]),
    ("livekit_packet_bytes", &["direction"]),
    ("livekit_forward_latency_ns", &[]),
    ("livekit_packet_loss_percent", &["direction"]),
    ("livekit_rtt_ms", &["direction"]),
    ("livekit_nack_total", &["direction"]),
    ("livekit_pli_total", &["direction"]),
    ("livekit_quality_score", &[]),
    ("caddy_http_requests_in_flight", &["handler", "server"]),
    ("caddy_http_request_errors_total", &["handler", "server"]),
    ("caddy_http_request_duration_seconds", &["code", "handler", "method", "server"]),
    ("caddy_http_response_duration_seconds", &["code", "handler", "method", "server"]),
    ("redis_up", &[]),
    ("redis_instance_info", &["role", "redis_version", "maxmemory_policy"]),
    ("redis_connected_slaves", &[]),
    ("redis_connected_slave_lag_seconds", &["slave_ip", "slave_state"]),
    ("redis_master_link_up", &["master_host"]),
    ("redis_memory_used_bytes", &[]),
    ("redis_memory_max_bytes", &[]),
    ("redis_evicted_keys_total", &[]),
    ("redis_aof_last_write_status", &[]),
    ("redis_aof_last_bgrewrite_status", &[]),
    ("redis_rdb_last_bgsave_status", &[]),
    ("redis_aof_delayed_fsync", &[]),
    ("redis_aof_current_size_bytes", &[]),
    ("redis_cpu_user_main_thread_seconds_total", &[]),
    ("redis_cpu_sys_main_thread_seconds_total", &[]),
    ("redis_commands_processed_total", &[]),
    ("redis_connected_clients", &[]),
    ("redis_blocked_clients", &[]),
    ("redis_rejected_connections_total", &[]),
    ("redis_net_input_bytes_total", &[]),
    ("redis_net_output_bytes_total", &[]),
];

/// Whether somebody else makes it, whose values of labels no page of ours lists.
pub(super) fn is_one(metric: &str) -> bool {
    METRICS.iter().any(|(name, _)| metric == *name || metric.strip_prefix(name).is_some_and(is_of_histogram))
}

fn is_of_histogram(end: &str) -> bool {
    ["_bucket", "_sum", "_count"].contains(&end)
}

#[tokio::test]
async fn what_is_asked_of_the_gateway_it_says() {
    let free = || SocketAddr::from(([127, 0, 0, 1], testkit::ports::free().expect("a free port")));
    let (public, management) = (free(), free());
    let client = crate::http::client().expect("a client");
    let variables = [
        ("GATEWAY_LISTEN", format!(":{}", public.port())),
        ("GATEWAY_BIND", "127.0.0.1".to_owned()),
        ("GATEWAY_METRICS", "on".to_owned()),
        ("GATEWAY_METRICS_PORT", management.port().to_string()),
        ("OTEL_TRACES_EXPORTER", "none".to_owned()),
    ];
    let mut gateway = testkit::Caddy::start(public, variables).await.expect("the gateway starts");
    let get = async |address: String| client.get(address).send().await.expect("the gateway answers");
    // Nobody is behind it: one that it answers itself, one that it cannot pass on.
    for (path, status) in [("/elsewhere", 404), ("/api/realtime/rooms", 503)] {
        assert_eq!(get(format!("{}{path}", gateway.url())).await.status(), status, "{path}");
    }
    let hidden = get(format!("{}/metrics", gateway.url())).await;
    assert_eq!(hidden.status(), 404, "clients do not reach them");
    let page = get(format!("http://{management}/metrics")).await.text().await.expect("a page");
    for (name, labels) in METRICS.iter().filter(|(name, _)| name.starts_with("caddy_")) {
        let said = page.lines().find(|line| {
            line.strip_prefix(name).is_some_and(|rest| rest.starts_with('{') || rest.starts_with("_count{"))
        });
        let said = said.unwrap_or_else(|| panic!("the gateway has no {name}"));
        assert!(labels.iter().all(|label| said.contains(&format!("{label}=\""))), "{said}");
    }
    assert!(page.contains("_count{code=\"502\""), "what it could not pass on is told from other answers");
    gateway.stop().await;
}
