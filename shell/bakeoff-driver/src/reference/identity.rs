//! The reference server's certificate: made at the start, vouching for itself.

use std::io;
use std::sync::{Arc, LazyLock};

use rcgen::{CertifiedKey, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{NoServerSessionStorage, ServerSessionMemoryCache};
use rustls::version::{TLS12, TLS13};

use crate::reference::program::ServerTls;
use crate::tls::TlsVersions;

/// Sessions remembered, to be taken up again.
const SESSIONS_MAX: usize = 1024;

/// One for the whole process: making a key takes time.
static IDENTITY: LazyLock<Result<CertifiedKey<KeyPair>, String>> = LazyLock::new(|| {
    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    rcgen::generate_simple_self_signed(names).map_err(|why| why.to_string())
});

/// The certificate of every reference server of this process, as PEM: whoever trusts it trusts
/// them.
///
/// # Errors
///
/// If no key could be made.
pub fn certificate() -> io::Result<String> {
    identity().map(|identity| identity.cert.pem())
}

fn identity() -> io::Result<&'static CertifiedKey<KeyPair>> {
    IDENTITY.as_ref().map_err(|why| io::Error::other(why.as_str()))
}

pub(crate) fn server_config(tls: &ServerTls) -> io::Result<Arc<ServerConfig>> {
    let identity = identity()?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(identity.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let versions: &[_] = match tls.versions {
        TlsVersions::All => const { &[&TLS13, &TLS12] },
        TlsVersions::Only12 => const { &[&TLS12] },
        TlsVersions::Only13 => const { &[&TLS13] },
    };
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(vec![identity.cert.der().clone()], key)
        .map_err(io::Error::other)?;
    config.alpn_protocols.clone_from(&tls.protocols);
    if tls.resumption {
        config.session_storage = ServerSessionMemoryCache::new(SESSIONS_MAX);
    } else {
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
    }
    Ok(Arc::new(config))
}
