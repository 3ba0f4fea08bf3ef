//! TLS to the servers: whom to trust.

use std::io;
use std::path::Path;
use std::sync::Arc;

use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Trusts the certificates of this file and those alone, or without one those that the machine trusts.
///
/// Made once: what a machine trusts is a hundred certificates in files, too much to read for every connection, as the
/// client library would.
pub(super) fn connector(ca_file: Option<&Path>) -> io::Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    match ca_file {
        Some(file) => {
            for certificate in CertificateDer::pem_slice_iter(&std::fs::read(file)?) {
                let certificate = certificate.map_err(|error| io::Error::other(error.to_string()))?;
                roots.add(certificate).map_err(io::Error::other)?;
            }
            if roots.is_empty() {
                return Err(io::Error::other("there is no certificate in it"));
            }
        }
        None => {
            // One unreadable certificate among many is for its server's connection to fail on.
            let _ignored = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    // Named, so that it does not depend on what else this process may have installed.
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
