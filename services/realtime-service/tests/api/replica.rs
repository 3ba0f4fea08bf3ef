//! One process of the service.

use std::time::Duration;

use testkit::{Exit, Launch, Process, Ready, ports};

/// How long anything may take to start before the test fails.
const START_BOUND: Duration = Duration::from_secs(30);

/// A running replica; it ends when this is dropped.
pub(crate) struct Replica {
    pub(crate) process: Process,
    pub(crate) url: String,
    pub(crate) management_url: String,
    variables: Vec<(String, String)>,
}

impl Replica {
    /// Starts one with these settings, names without the prefix, and waits until its management port answers there.
    pub(crate) async fn start<'a>(answers: &str, settings: impl Iterator<Item = (&'a str, String)>) -> Self {
        Self::start_among(&[], answers, settings).await
    }

    /// The same where the environment has these variables besides.
    pub(crate) async fn start_among<'a>(
        environment: &[(&str, &str)],
        answers: &str,
        settings: impl Iterator<Item = (&'a str, String)>,
    ) -> Self {
        let [port, management_port] = [(); 2].map(|()| ports::free().unwrap());
        let listen = [
            ("SERVER__LISTEN", format!("127.0.0.1:{port}")),
            ("SERVER__MANAGEMENT_LISTEN", format!("127.0.0.1:{management_port}")),
        ];
        let variables: Vec<_> = listen
            .into_iter()
            .chain(settings)
            .map(|(name, value)| (format!("REALTIME__{name}"), value))
            .chain(environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
            .collect();
        let process = launch(&variables);
        let url = format!("http://127.0.0.1:{port}");
        let management_url = format!("http://127.0.0.1:{management_port}");
        process.ready(Ready::Http(&format!("{management_url}{answers}")), START_BOUND).await.unwrap();
        Self { process, url, management_url, variables }
    }

    /// Ends it in the middle of whatever it does, and starts it again at the same address.
    pub(crate) async fn killed_and_started_again(mut self) -> Self {
        let Exit::Signal(_) = self.process.kill().await else { panic!("it ended by itself") };
        self.process = launch(&self.variables);
        let ready = format!("{}/readyz", self.management_url);
        self.process.ready(Ready::Http(&ready), START_BOUND).await.unwrap();
        self
    }
}

fn launch(variables: &[(String, String)]) -> Process {
    Launch::new("realtime-service", env!("CARGO_BIN_EXE_realtime-service"))
        .envs(variables.iter().cloned())
        .spawn()
        .unwrap()
}
