//! Which certificates are accepted.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use crate::tls::TlsError;

/// What this host trusts; certificates that do not parse vouch for nobody.
pub(super) fn host() -> Result<RootCertStore, TlsError> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    some(roots, "this host's store")
}

/// What a file of PEM certificates vouches for.
pub(super) fn file(path: &Path) -> Result<RootCertStore, TlsError> {
    let cannot = |source| TlsError::File { path: path.to_owned(), source };
    let certificates = CertificateDer::pem_file_iter(path).map_err(cannot)?;
    let certificates = certificates.collect::<Result<Vec<_>, _>>().map_err(cannot)?;
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates);
    some(roots, &format!("`{}`", path.display()))
}

fn some(roots: RootCertStore, place: &str) -> Result<RootCertStore, TlsError> {
    if roots.is_empty() {
        return Err(TlsError::NoRoots { place: place.to_owned() });
    }
    Ok(roots)
}

/// Accepts any certificate. What is signed with it must still be signed rightly, as far as the
/// certificate can be read: that costs what it costs everyone.
#[derive(Debug)]
pub(super) struct Anything {
    provider: Arc<CryptoProvider>,
}

impl Anything {
    pub(super) const fn new(provider: Arc<CryptoProvider>) -> Self {
        Self { provider }
    }
}

/// A certificate that cannot be read (version 1, odd extensions) is accepted like any other.
fn unless_unreadable(
    outcome: Result<HandshakeSignatureValid, Error>,
) -> Result<HandshakeSignatureValid, Error> {
    match outcome {
        Err(Error::InvalidCertificate(rustls::CertificateError::BadSignature)) | Ok(_) => outcome,
        Err(Error::InvalidCertificate(_)) => Ok(HandshakeSignatureValid::assertion()),
        Err(_) => outcome,
    }
}

impl ServerCertVerifier for Anything {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        unless_unreadable(verify_tls12_signature(message, cert, dss, algorithms))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        unless_unreadable(verify_tls13_signature(message, cert, dss, algorithms))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
