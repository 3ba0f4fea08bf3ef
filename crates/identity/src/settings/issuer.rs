//! One issuer as it stands in the settings.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// One issuer. In the settings either its URL alone or a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct IssuerSettings {
    /// The issuer's URL, byte for byte as in the tokens' `iss`.
    pub issuer: String,
    /// The tenant its users belong to; the last segment of the issuer's path if left out.
    pub tenant: Option<String>,
    /// Where to read the discovery document if the issuer is reached by another address than its own; the keys are then
    /// read from there too, and so are tokens of the service account. Outside development plain HTTP is for a network
    /// that is trusted with the keys and with that account's secret.
    pub discovery_url: Option<String>,
    /// What a token's `aud` must name.
    pub audience: Option<String>,
    /// The clients (`azp`) whose tokens are accepted. Empty: any client.
    pub authorized_parties: Option<Vec<String>>,
}

impl From<&str> for IssuerSettings {
    fn from(issuer: &str) -> Self {
        Self { issuer: issuer.to_owned(), ..Self::default() }
    }
}

/// One issuer and what differs for it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Table {
    /// The issuer's URL, byte for byte as in the tokens' `iss`.
    issuer: String,
    /// The tenant its users belong to; the last segment of the issuer's path if left out.
    #[serde(default)]
    tenant: Option<String>,
    /// Where to read the discovery document if the issuer is reached by another address than its own; the keys are then
    /// read from there too, and so are tokens of the service account. Outside development plain HTTP is for a network
    /// that is trusted with the keys and with that account's secret.
    #[serde(default)]
    discovery_url: Option<String>,
    /// What a token's `aud` must name.
    #[serde(default)]
    audience: Option<String>,
    /// The clients (`azp`) whose tokens are accepted. Empty: any client.
    #[serde(default)]
    authorized_parties: Option<Vec<String>>,
}

impl<'de> Deserialize<'de> for IssuerSettings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Form)
    }
}

/// Tells the two forms apart by itself, because an untagged enum would only say that neither fits.
struct Form;

impl<'de> Visitor<'de> for Form {
    type Value = IssuerSettings;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an issuer's URL, or a table with `issuer`")
    }

    fn visit_str<E: serde::de::Error>(self, issuer: &str) -> Result<IssuerSettings, E> {
        Ok(IssuerSettings::from(issuer))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<IssuerSettings, A::Error> {
        let Table { issuer, tenant, discovery_url, audience, authorized_parties } =
            Table::deserialize(MapAccessDeserializer::new(map))?;
        Ok(IssuerSettings { issuer, tenant, discovery_url, audience, authorized_parties })
    }
}

impl JsonSchema for IssuerSettings {
    fn schema_name() -> Cow<'static, str> {
        "IssuerSettings".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let table = generator.subschema_for::<Table>();
        json_schema!({ "anyOf": [{ "type": "string" }, table] })
    }
}
