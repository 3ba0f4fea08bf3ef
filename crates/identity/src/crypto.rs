//! The process-wide crypto provider of the JWT library.

use jsonwebtoken::DecodingKey;
use jsonwebtoken::crypto::aws_lc;

use crate::Algorithm;

/// Installs the full crypto provider for JSON Web Tokens. The first line of every `main`; calling it again is harmless.
///
/// The library has one provider for the whole process, chosen at its first use, and minting a LiveKit token chooses one
/// that knows HMAC alone. Every Keycloak token would then be refused as forged, so that is told at once.
///
/// # Panics
/// When a provider that cannot check the signatures of Keycloak is already in use.
pub fn install_crypto() {
    // Refused when there is a provider already: ours from an earlier call, the library's own choice, or a lesser one.
    let _refused = aws_lc::DEFAULT_PROVIDER.install_default();
    assert!(
        checks_every_algorithm(),
        "identity::install_crypto() came too late: this process already uses a JWT crypto provider that cannot check \
         RSA and elliptic-curve signatures, most likely because a LiveKit token was minted first. Call it as the first \
         line of main()."
    );
}

/// Whether the provider in use answers at all, for each algorithm; one that lacks it gives an error instead of a
/// verdict.
fn checks_every_algorithm() -> bool {
    Algorithm::ALL.into_iter().all(|algorithm| {
        let key = match algorithm {
            Algorithm::Rs256 | Algorithm::Ps256 => {
                DecodingKey::from_rsa_raw_components(&[0xff; 256], &[1, 0, 1])
            }
            Algorithm::Es256 => DecodingKey::from_ec_der(&[4; 65]),
            Algorithm::EdDsa => DecodingKey::from_ed_der(&[0; 32]),
        };
        jsonwebtoken::crypto::verify("", b"", &key, algorithm.of_library()).is_ok()
    })
}
