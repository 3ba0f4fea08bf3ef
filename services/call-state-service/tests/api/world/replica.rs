//! One replica: the real binary, with ports of its own.

use testkit::{Exit, Launch, Process, Ready, ports};
use url::Url;

use super::{Answer, BOUND};

/// One replica of the service.
pub(crate) struct Replica {
    pub(crate) url: Url,
    pub(crate) management_url: Url,
    process: Option<Process>,
    variables: Vec<(String, String)>,
}

impl Replica {
    /// Starts one; it may not be ready yet.
    pub(crate) fn start(redis: &str, issuer: &str, settings: &[(&str, &str)]) -> Self {
        let [port, management_port] = [(); 2].map(|()| ports::free().unwrap());
        let usual = [
            ("ENVIRONMENT", "development".to_owned()),
            ("SERVER__LISTEN", format!("127.0.0.1:{port}")),
            ("SERVER__MANAGEMENT_LISTEN", format!("127.0.0.1:{management_port}")),
            ("SERVER__DRAIN_SECONDS", "0".to_owned()),
            ("IDENTITY__ISSUERS", issuer.to_owned()),
            ("IDENTITY__AUDIENCE", "realtime".to_owned()),
            ("REDIS__URL", redis.to_owned()),
            // A machine that does much else is slow, and that is not what is tested.
            ("REDIS__TIMEOUT_MS", "2500".to_owned()),
            ("SERVER__HANDLER_TIMEOUT_MS", "3500".to_owned()),
            // Tests ask for rings as short as they like.
            ("CALLS__RING_SECONDS_MIN", "1".to_owned()),
        ];
        let given = settings.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let variables =
            usual.into_iter().chain(given).map(|(name, value)| (format!("CALL_STATE__{name}"), value));
        let mut replica = Self {
            url: address(port),
            management_url: address(management_port),
            process: None,
            variables: variables.collect(),
        };
        replica.launch();
        replica
    }

    fn launch(&mut self) {
        let launch = Launch::new("call-state-service", env!("CARGO_BIN_EXE_call-state-service"))
            .envs(self.variables.iter().cloned());
        self.process = Some(launch.spawn().unwrap());
    }

    /// Waits until it serves.
    pub(crate) async fn is_ready(&self) {
        let ready = self.management_url.join("/readyz").unwrap();
        self.process().ready(Ready::Http(ready.as_str()), BOUND).await.unwrap();
    }

    /// Starts it again at the same address.
    pub(crate) async fn start_again(&mut self) {
        self.launch();
        self.is_ready().await;
    }

    /// The running process: its output, and ways to pause and to end it.
    pub(crate) fn process(&self) -> &Process {
        self.process.as_ref().unwrap()
    }

    /// Ends it at once, in the middle of whatever it does.
    pub(crate) async fn kill(&mut self) {
        self.process.take().unwrap().kill().await;
    }

    /// Ends it in its orderly way.
    pub(crate) async fn stop(&mut self) -> Exit {
        self.process.take().unwrap().stop().await
    }

    /// Everything that it has counted.
    pub(crate) async fn metrics(&self) -> String {
        #[expect(clippy::disallowed_methods, reason = "a test's client waits as long as the test does")]
        let http = reqwest::Client::new();
        Answer::of(http.get(self.management_url.join("/metrics").unwrap())).await.text
    }

    /// The sum of all figures of a metric whose labels hold `labels`, such as `command="call.accept"`; none if there is
    /// no such figure.
    pub(crate) async fn figure(&self, metric: &str, labels: &str) -> f64 {
        let metrics = self.metrics().await;
        let figures = metrics.lines().filter_map(|line| {
            let rest = line.strip_prefix(metric)?;
            let (found, value) =
                rest.strip_prefix('{').and_then(|rest| rest.split_once('}')).unwrap_or(("", rest));
            (found.contains(labels) && value.starts_with(' ')).then(|| value.trim().parse::<f64>().ok())?
        });
        figures.sum()
    }
}

fn address(port: u16) -> Url {
    Url::parse(&format!("http://127.0.0.1:{port}")).unwrap()
}
