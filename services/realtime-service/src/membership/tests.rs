//! Membership of others, asked of a service of the application and of a real Keycloak.

mod application;
mod kept_here;
mod keycloak;
mod world;
