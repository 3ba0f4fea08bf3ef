//! Membership of others, asked of a service of the application and of a real Keycloak.

mod application;
mod keycloak;
mod world;
