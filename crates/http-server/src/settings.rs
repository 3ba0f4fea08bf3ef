//! The settings of listeners, limits and cross-origin requests.

mod cors;
mod limits;
mod server;

pub use cors::CorsSettings;
pub use limits::LimitSettings;
pub use server::ServerSettings;

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde::Deserialize;
    use settings::Faults;

    use super::*;

    fn faults(check: impl FnOnce(&mut Faults)) -> Vec<String> {
        let service = settings::Service { name: "s", version: "0", prefix: "S", about: "" };
        let mut faults = Faults::new(&service);
        check(&mut faults);
        faults.iter().map(|(name, _)| name.to_owned()).collect()
    }

    #[test]
    fn the_defaults_are_free_of_faults() {
        assert!(faults(|faults| ServerSettings::default().check(faults)).is_empty());
    }

    #[test]
    fn an_end_that_takes_too_long_and_one_port_for_both_are_faults() {
        let settings = ServerSettings {
            management_listen: ServerSettings::default().listen,
            drain_seconds: 30,
            stop_seconds: 30,
            ..ServerSettings::default()
        };
        assert_eq!(faults(|faults| settings.check(faults)).len(), 2);
    }

    #[derive(Debug, Default, Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields)]
    struct Whole {
        environment: settings::Environment,
        server: ServerSettings,
        limits: LimitSettings,
        cors: CorsSettings,
    }

    impl settings::Settings for Whole {
        fn check(&self, faults: &mut Faults) {
            faults.section("server", |faults| self.server.check(faults));
            faults.section("cors", |faults| self.cors.check(faults));
        }
    }

    fn load(environment: &[(&str, &str)]) -> Result<Whole, Faults> {
        let service = settings::Service { name: "s", version: "0", prefix: "S", about: "" };
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        settings::load(&service, None, environment)
    }

    #[test]
    fn every_section_is_read_from_the_environment() {
        let whole = load(&[
            ("S__SERVER__LISTEN", "127.0.0.1:0"),
            ("S__SERVER__TRUSTED_PROXIES", "10.0.0.0/8,::1"),
            ("S__SERVER__WORKERS", "2"),
            ("S__LIMITS__JOINS_PER_MINUTE", "7"),
            ("S__CORS__ORIGINS", "https://a.example,https://b.example"),
        ])
        .expect("no faults");
        assert!(whole.environment == settings::Environment::Production && whole.server.workers == Some(2));
        assert_eq!((whole.server.trusted_proxies.len(), whole.server.listen.port()), (2, 0));
        assert_eq!((whole.limits.joins_per_minute.get(), whole.cors.origins.len()), (7, 2));
    }

    #[test]
    fn what_is_wrong_is_told_by_the_name_of_its_variable() {
        for (name, value) in [
            ("S__SERVER__LISTEN", "nowhere"),
            ("S__SERVER__TRUSTED_PROXIES", "localhost"),
            ("S__SERVER__WORKERS", "0"),
            ("S__SERVER__BODY_LIMIT_BYTES", "-1"),
            ("S__LIMITS__JOINS_PER_MINUTE", "0"),
            ("S__CORS__ORIGINS", "*"),
        ] {
            let faults = load(&[(name, value)]).expect_err(name).to_string();
            assert!(faults.contains(name), "{faults}");
        }
    }

    #[test]
    fn an_origin_is_what_a_browser_sends() {
        for (origin, right) in [
            ("https://app.example.org", true),
            ("http://localhost:5173", true),
            ("https://app.example.org/", false),
            ("https://app.example.org:443", false),
            ("HTTPS://app.example.org", false),
            ("app.example.org", false),
            ("*", false),
            ("null", false),
        ] {
            let settings = CorsSettings { origins: vec![origin.to_owned()] };
            assert_eq!(faults(|faults| settings.check(faults)).is_empty(), right, "{origin}");
        }
    }
}
