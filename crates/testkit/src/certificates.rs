//! Certificates for servers on this machine, signed by an authority that no machine trusts by itself.

use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use crate::Failure;

/// The authority's certificate, in PEM.
pub(crate) const AUTHORITY: &str = "authority.pem";
/// The server's certificate, in PEM.
pub(crate) const CERTIFICATE: &str = "certificate.pem";
/// The server's key, in PEM.
pub(crate) const KEY: &str = "key.pem";

/// Makes an authority and, signed by it, the certificate of a server that is `localhost` and `127.0.0.1`, and writes all
/// three files into `folder`.
pub(crate) fn write(folder: &Path) -> Result<(), Failure> {
    let cannot = |error: rcgen::Error| Failure::because("cannot make a certificate", error);
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority =
        CertifiedIssuer::self_signed(authority, KeyPair::generate().map_err(cannot)?).map_err(cannot)?;
    let key = KeyPair::generate().map_err(cannot)?;
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let certificate = CertificateParams::new(names)
        .and_then(|certificate| certificate.signed_by(&key, &authority))
        .map_err(cannot)?;
    for (file, text) in
        [(AUTHORITY, authority.pem()), (CERTIFICATE, certificate.pem()), (KEY, key.serialize_pem())]
    {
        std::fs::write(folder.join(file), text)
            .map_err(|error| Failure::because(format!("cannot write {file}"), error))?;
    }
    Ok(())
}
