//! Whom we may load: by default only loopback; nobody by accident.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;

use crate::tls::Tls;

/// Whom to load. One that exists was allowed: every address was checked, and one was pinned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub(crate) address: Address,
    pub(crate) tls: Option<Tls>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

/// How far load may reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// This machine's loopback only.
    Loopback,
    /// Loopback and these networks, because a person said so (on the command line, not only in a
    /// manifest, which may come in a pull request).
    Allowed(Vec<Network>),
}

/// A range of addresses: those whose first `prefix` bits are those of `address`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// An address of it.
    pub address: IpAddr,
    /// How many bits count.
    pub prefix: u8,
}

/// Why a target is refused. No packet was sent.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// The name means no address.
    #[error("`{host}` cannot be resolved")]
    Resolve {
        /// The name.
        host: String,
        /// What the resolver said.
        source: std::io::Error,
    },
    /// The name means no address, though the resolver did not fail.
    #[error("`{host}` has no address")]
    NoAddress {
        /// The name.
        host: String,
    },
    /// An address that is never loaded.
    #[error("{address} is {what}: never a target")]
    Never {
        /// The address.
        address: IpAddr,
        /// What it is.
        what: &'static str,
    },
    /// An address beyond the reach.
    #[error(
        "{address} is neither loopback nor allowed: name it under [target.allow] and pass --allow-external"
    )]
    NotAllowed {
        /// The address.
        address: IpAddr,
    },
}

impl Network {
    /// One address.
    pub const fn of(address: IpAddr) -> Self {
        let prefix = if address.is_ipv4() { 32 } else { 128 };
        Self { address, prefix }
    }

    /// Whether it has the address.
    pub fn has(&self, address: IpAddr) -> bool {
        match (self.address.to_canonical(), address.to_canonical()) {
            (IpAddr::V4(mine), IpAddr::V4(other)) => {
                let differ = u32::from(mine) ^ u32::from(other);
                differ.leading_zeros() >= u32::from(self.prefix.min(32))
            }
            (IpAddr::V6(mine), IpAddr::V6(other)) => {
                let differ = u128::from(mine) ^ u128::from(other);
                differ.leading_zeros() >= u32::from(self.prefix.min(128))
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl Target {
    /// Resolves `host` once, checks every address it means, and pins the first.
    ///
    /// # Errors
    ///
    /// [`TargetError`] if there is none, or any of them may not be loaded.
    pub fn resolve(host: &str, port: u16, reach: &Reach) -> Result<Self, TargetError> {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let found = (bare, port)
            .to_socket_addrs()
            .map_err(|source| TargetError::Resolve { host: host.to_owned(), source })?;
        let addresses: Vec<SocketAddr> = found.collect();
        for address in &addresses {
            check(address.ip(), reach)?;
        }
        let first = addresses.first().copied();
        let address = first.ok_or_else(|| TargetError::NoAddress { host: host.to_owned() })?;
        Ok(Self { address: Address::Tcp(address), tls: None })
    }

    /// Checks an address.
    ///
    /// # Errors
    ///
    /// [`TargetError`] if it may not be loaded.
    pub fn tcp(address: SocketAddr, reach: &Reach) -> Result<Self, TargetError> {
        check(address.ip(), reach)?;
        Ok(Self { address: Address::Tcp(address), tls: None })
    }

    /// A UNIX socket, which is always on this machine.
    pub const fn unix(path: PathBuf) -> Self {
        Self { address: Address::Unix(path), tls: None }
    }

    /// The same, spoken to through TLS.
    #[must_use]
    pub fn with_tls(self, tls: Tls) -> Self {
        Self { tls: Some(tls), ..self }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.address {
            Address::Tcp(address) => write!(f, "{address}"),
            Address::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// By address, not by name: names have aliases; an address in IPv6 clothes is the one inside.
fn check(address: IpAddr, reach: &Reach) -> Result<(), TargetError> {
    let address = address.to_canonical();
    let metadata = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    let what = match address {
        IpAddr::V4(v4) if v4.is_link_local() => Some("link-local or a cloud's metadata"),
        IpAddr::V6(v6) if v6.is_unicast_link_local() => Some("link-local"),
        IpAddr::V6(v6) if v6 == metadata => Some("a cloud's metadata"),
        IpAddr::V4(Ipv4Addr::BROADCAST) => Some("broadcast"),
        IpAddr::V4(_) | IpAddr::V6(_) if address.is_multicast() => Some("multicast"),
        IpAddr::V4(_) | IpAddr::V6(_) if address.is_unspecified() => Some("no address of anybody"),
        IpAddr::V4(_) | IpAddr::V6(_) => None,
    };
    if let Some(what) = what {
        return Err(TargetError::Never { address, what });
    }
    let allowed = match reach {
        Reach::Loopback => false,
        Reach::Allowed(networks) => networks.iter().any(|network| network.has(address)),
    };
    if address.is_loopback() || allowed { Ok(()) } else { Err(TargetError::NotAllowed { address }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(address: &str, reach: &Reach) -> String {
        let address = SocketAddr::new(address.parse().unwrap(), 80);
        Target::tcp(address, reach).map_or_else(|error| error.to_string(), |_| "ok".to_owned())
    }

    #[test]
    fn only_loopback_unless_allowed() {
        let ten = Network { address: "10.0.0.0".parse().unwrap(), prefix: 8 };
        let allowed = Reach::Allowed(vec![ten]);
        for (address, loopback, ten) in [
            ("127.0.0.1", true, true),
            ("127.8.0.1", true, true),
            ("::1", true, true),
            ("::ffff:127.0.0.1", true, true),
            ("10.1.2.3", false, true),
            ("::ffff:10.1.2.3", false, true),
            ("11.0.0.1", false, false),
            ("2001:db8::1", false, false),
        ] {
            assert_eq!(verdict(address, &Reach::Loopback) == "ok", loopback, "{address}");
            assert_eq!(verdict(address, &allowed) == "ok", ten, "{address}");
        }
    }

    #[test]
    fn some_addresses_are_never_loaded() {
        let everything = Reach::Allowed(vec![
            Network { address: "0.0.0.0".parse().unwrap(), prefix: 0 },
            Network { address: "::".parse().unwrap(), prefix: 0 },
        ]);
        for address in [
            "169.254.169.254",
            "::ffff:169.254.169.254",
            "fd00:ec2::254",
            "fe80::1",
            "224.0.0.1",
            "ff02::1",
            "0.0.0.0",
            "::",
            "255.255.255.255",
        ] {
            assert!(verdict(address, &everything).contains("never a target"), "{address}");
        }
    }

    #[test]
    fn a_decimal_address_is_the_address_it_means() {
        let refused = Target::resolve("3232235777", 80, &Reach::Loopback);
        assert!(matches!(
            refused,
            Err(TargetError::NotAllowed { .. } | TargetError::Resolve { .. })
        ));
    }
}
