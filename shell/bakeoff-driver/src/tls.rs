//! TLS towards a target: whom to trust, what to offer.

mod session;
mod trust;

use std::path::PathBuf;
use std::sync::Arc;

use bakeoff_load::{LoadPlan, Protocol};
use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore};

pub(crate) use session::{Fed, RECORD_BYTES, Session, explain};

/// Sessions remembered by each thread, to be taken up again.
const SESSIONS_MAX: usize = 256;

/// TLS towards a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// Whom the certificate must name: a host name or an address.
    pub server_name: String,
    /// Which certificates are accepted.
    pub trust: Trust,
    /// Which versions are offered.
    pub versions: TlsVersions,
    /// Whether a new connection takes up the session of an earlier one. Off, every handshake is a
    /// whole one.
    pub resumption: bool,
}

/// Which certificates are accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Those that this host trusts.
    Host,
    /// Those that the certificates of this PEM file vouch for.
    File(PathBuf),
    /// Any at all: for servers of one's own.
    Anything,
}

/// Which versions are offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsVersions {
    /// 1.3 and 1.2; the server chooses.
    #[default]
    All,
    /// 1.2 only.
    Only12,
    /// 1.3 only.
    Only13,
}

/// Why TLS cannot even be tried.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The name is neither a host name nor an address.
    #[error("`{name}` cannot stand in a certificate")]
    ServerName {
        /// The name.
        name: String,
    },
    /// The file with the certificates to be trusted does not read.
    #[error("cannot read certificates from `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: rustls::pki_types::pem::Error,
    },
    /// There is no certificate to be trusted.
    #[error("no certificate in {place} to trust: name a file with --ca, or pass --insecure")]
    NoRoots {
        /// Where there is none.
        place: String,
    },
    /// The library refuses what is asked of it.
    #[error("TLS cannot be set up")]
    Setup(#[from] rustls::Error),
}

impl Tls {
    /// All versions, resumption, the host's trust.
    pub fn new(server_name: &str) -> Self {
        Self {
            server_name: server_name.to_owned(),
            trust: Trust::Host,
            versions: TlsVersions::All,
            resumption: true,
        }
    }
}

/// What every thread starts from.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    config: ClientConfig,
    name: ServerName<'static>,
    resumption: bool,
}

/// What a thread makes sessions from.
pub(crate) struct Sessions {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl Client {
    pub(crate) fn new(tls: &Tls, plan: &LoadPlan) -> Result<Self, TlsError> {
        let bare = tls.server_name.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(bare.to_owned())
            .map_err(|_| TlsError::ServerName { name: tls.server_name.clone() })?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let versions: &[_] = match tls.versions {
            TlsVersions::All => const { &[&TLS13, &TLS12] },
            TlsVersions::Only12 => const { &[&TLS12] },
            TlsVersions::Only13 => const { &[&TLS13] },
        };
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(versions)?;
        let roots: Option<RootCertStore> = match &tls.trust {
            Trust::Host => Some(trust::host()?),
            Trust::File(path) => Some(trust::file(path)?),
            Trust::Anything => None,
        };
        let mut config = match roots {
            Some(roots) => builder.with_root_certificates(roots),
            None => builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(trust::Anything::new(provider))),
        }
        .with_no_client_auth();
        config.alpn_protocols = vec![application_protocol(plan.protocol).to_vec()];
        Ok(Self { config, name, resumption: tls.resumption })
    }

    /// What one thread makes sessions from. Threads share no session: that would need a lock.
    pub(crate) fn sessions(&self) -> Sessions {
        let mut config = self.config.clone();
        config.resumption = if self.resumption {
            Resumption::in_memory_sessions(SESSIONS_MAX)
        } else {
            Resumption::disabled()
        };
        Sessions { config: Arc::new(config), name: self.name.clone() }
    }
}

impl Sessions {
    /// Whether a session carries the protocol of the plan. Of HTTP/1.1 the peer need not speak: it
    /// is what TLS without ALPN carries.
    pub(crate) fn accepts(&self, session: &Session) -> bool {
        let offered = &self.config.alpn_protocols[0];
        match session.agreed() {
            Some(agreed) => agreed == offered,
            None => offered == b"http/1.1",
        }
    }

    /// A session that has said nothing yet.
    pub(crate) fn open(&self) -> Result<Session, rustls::Error> {
        Session::new(Arc::clone(&self.config), self.name.clone())
    }
}

/// Its name in ALPN (RFC 7301 §6).
const fn application_protocol(protocol: Protocol) -> &'static [u8] {
    match protocol {
        Protocol::Http1 { .. } => b"http/1.1",
        Protocol::Http2 { .. } => b"h2",
    }
}
