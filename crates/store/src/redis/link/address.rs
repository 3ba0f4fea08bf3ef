//! The setting `url`: which servers there are, and who we are to them.

use std::fmt;

use percent_encoding::percent_decode_str;

use super::host::Host;

const REDIS_PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26379;

/// More hosts than anybody lists; each is asked in turn.
const MAX_HOSTS: usize = 32;

/// A parsed `url`. Its `Debug` form leaves out the passwords.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    pub(super) servers: Servers,
    pub(super) tls: bool,
    /// Who we are to those that have the data.
    pub(super) login: Login,
    pub(super) database: u16,
}

/// How the primary is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Servers {
    /// There is one.
    Single(Host),
    /// Sentinels know it by this name.
    Sentinel { hosts: Vec<Host>, name: String, login: Login },
    /// Any of these knows who has a slot.
    Cluster(Vec<Host>),
}

/// A user and a password, each perhaps none.
#[derive(Clone, PartialEq, Eq, Default)]
pub(super) struct Login {
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
}

impl fmt::Debug for Login {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}

/// The parts of the text, as far as they can be told without knowing what it is.
struct Parts<'a> {
    scheme: &'a str,
    login: Login,
    hosts: &'a str,
    path: &'a str,
    query: Vec<(String, String)>,
}

impl Address {
    /// Reads the setting.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence that begins with its name; nothing of its value is in it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.starts_with("memory:") {
            return Err("is the memory of one process, which only the development server may use; give it the address of \
                        a Redis, such as redis://host:6379"
                .to_owned());
        }
        let Parts { scheme, login, hosts, path, query } = Parts::of(text)?;
        let mut address = Self { servers: Servers::Cluster(Vec::new()), tls: false, login, database: 0 };
        match scheme {
            "redis" | "rediss" => {
                let Ok([host]) = <[Host; 1]>::try_from(self::hosts(hosts, REDIS_PORT)?) else {
                    return Err(
                        "names several hosts; that is redis+sentinel:// or redis+cluster://".to_owned()
                    );
                };
                address.servers = Servers::Single(host);
                address.tls = scheme == "rediss";
                if !path.is_empty() {
                    address.database =
                        path.parse().map_err(|_| "has a path that is no number of a database")?;
                }
                address.read_query(query, None)?;
            }
            "redis+sentinel" => {
                let hosts = self::hosts(hosts, SENTINEL_PORT)?;
                if path.is_empty() || path.contains('/') {
                    return Err(
                        "must end with the name of the primary: redis+sentinel://host:26379/name".to_owned()
                    );
                }
                let mut login = Login::default();
                address.read_query(query, Some(&mut login))?;
                address.servers = Servers::Sentinel { hosts, name: decoded(path)?, login };
            }
            "redis+cluster" => {
                address.servers = Servers::Cluster(self::hosts(hosts, REDIS_PORT)?);
                if !path.is_empty() {
                    return Err("has a path, but a cluster has only one database".to_owned());
                }
                address.read_query(query, None)?;
            }
            _ => {
                return Err(
                    "must begin with redis://, rediss://, redis+sentinel:// or redis+cluster://".to_owned()
                );
            }
        }
        Ok(address)
    }

    fn read_query(
        &mut self,
        query: Vec<(String, String)>,
        sentinels: Option<&mut Login>,
    ) -> Result<(), String> {
        let mut ignored = Login::default();
        let with_sentinels = sentinels.is_some();
        let sentinels = sentinels.unwrap_or(&mut ignored);
        for (name, value) in query {
            match (name.as_str(), value.as_str()) {
                ("tls", "true") => self.tls = true,
                ("tls", "false") if !self.tls => {}
                ("tls", _) => {
                    return Err("says tls=, which is true or false, and never false for rediss://".to_owned());
                }
                ("sentinel_user", _) if with_sentinels => sentinels.user = Some(value),
                ("sentinel_password", _) if with_sentinels => sentinels.password = Some(value),
                // The name is the operator's own word, but a password with a `&` may have got here: it is not repeated.
                _ => return Err("has an unknown parameter after its `?`".to_owned()),
            }
        }
        Ok(())
    }
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Result<Self, String> {
        let (scheme, rest) = text.split_once("://").ok_or("is no address: it has no `://`")?;
        if rest.contains('#') {
            return Err("has a `#`; inside a password that is %23".to_owned());
        }
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (login, hosts) = match authority.rsplit_once('@') {
            Some((login, hosts)) => (Login::parse(login)?, hosts),
            None => (Login::default(), authority),
        };
        let query = url::form_urlencoded::parse(query.as_bytes());
        let query = query.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        Ok(Self { scheme, login, hosts, path, query })
    }
}

impl Login {
    /// Reads `user`, `user:password`, `:password`.
    fn parse(text: &str) -> Result<Self, String> {
        let (user, password) = match text.split_once(':') {
            Some((user, password)) => (user, Some(decoded(password)?)),
            None => (text, None),
        };
        let user = decoded(user)?;
        Ok(Self { user: (!user.is_empty()).then_some(user), password })
    }
}

fn hosts(text: &str, usual_port: u16) -> Result<Vec<Host>, String> {
    let hosts: Option<Vec<Host>> = text.split(',').map(|host| Host::parse(host, usual_port)).collect();
    let hosts = hosts.ok_or("has a part that is no `host` or `host:port`; write `/`, `?`, `#` and `%` of a password as %2F, %3F, %23, %25")?;
    if hosts.len() > MAX_HOSTS {
        return Err(format!("names more than {MAX_HOSTS} hosts"));
    }
    Ok(hosts)
}

fn decoded(text: &str) -> Result<String, String> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| "has something that is not UTF-8 after a `%`".to_owned())
}

#[cfg(test)]
mod tests;
