//! How a TURN server is told that its user is one of ours: by a user name that says until when, and a MAC over it with the
//! secret that both know ("A REST API For Access To TURN Services", draft-uberti-behave-turn-rest-00).

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use signal_protocol::{Tenant, UserId};

use crate::TurnSettings;

/// What keeps the pseudonyms apart from whatever else is made with the same secret.
const PSEUDONYM: &[u8] = b"pseudonym of a TURN user\0";

/// Of a pseudonym's MAC, how many bytes are in it: enough for no two users ever to share one.
const PSEUDONYM_BYTES: usize = 16;

/// What opens an allocation.
pub(super) enum Credentials {
    /// Made anew for each answer.
    Signed(Box<Keys>),
    /// A provider's, the same for everybody.
    Fixed { username: String, credential: String },
}

/// What credentials are made with.
pub(super) struct Keys {
    /// SHA-1, as every TURN server has it. HMAC does not rest on what is broken in it.
    signing: hmac::Key,
    pseudonyms: hmac::Key,
}

impl Credentials {
    /// Those that the settings are for, if for any.
    pub(super) fn of(settings: &TurnSettings) -> Option<Self> {
        // The second secret is one that the servers still accept: there is nothing to make with it.
        match (settings.secrets.first(), &settings.fixed) {
            (Some(secret), _) => {
                let secret = secret.expose().as_bytes();
                Some(Self::Signed(Box::new(Keys {
                    signing: hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret),
                    pseudonyms: hmac::Key::new(hmac::HMAC_SHA256, secret),
                })))
            }
            (None, Some(fixed)) => Some(Self::Fixed {
                username: fixed.username.clone(),
                credential: fixed.credential.expose().to_owned(),
            }),
            (None, None) => None,
        }
    }

    /// User name and credential for somebody, which open allocations until `expires_at`.
    pub(super) fn of_user(
        &self,
        tenant: &Tenant,
        user: &UserId,
        expires_at: DateTime<Utc>,
    ) -> (String, String) {
        match self {
            Self::Signed(keys) => {
                let pseudonym = pseudonym(&keys.pseudonyms, tenant, user);
                let username = format!("{}:{pseudonym}", expires_at.timestamp());
                let credential = STANDARD.encode(hmac::sign(&keys.signing, username.as_bytes()));
                (username, credential)
            }
            Self::Fixed { username, credential } => (username.clone(), credential.clone()),
        }
    }
}

/// Always the same for one user, so that the server's quota counts people; nothing to whoever listens, because TURN sends the
/// user name in the clear and user ids are often names.
fn pseudonym(key: &hmac::Key, tenant: &Tenant, user: &UserId) -> String {
    let mut mac = hmac::Context::with_key(key);
    mac.update(PSEUDONYM);
    mac.update(tenant.as_str().as_bytes());
    // In neither of the two.
    mac.update(b"\0");
    mac.update(user.as_str().as_bytes());
    URL_SAFE_NO_PAD.encode(&mac.sign().as_ref()[..PSEUDONYM_BYTES])
}
