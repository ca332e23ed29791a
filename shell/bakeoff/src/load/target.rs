//! The URL on the command line, and whether it may be loaded.

use std::path::PathBuf;

use bakeoff_driver::{Network, Reach, Target, Tls, Trust};

use crate::failure::Failure;

/// Highest rate towards anything but loopback that needs no second word, in requests a second.
pub(crate) const EXTERNAL_RATE_MAX: f64 = 1000.0;

/// A URL that can be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Url {
    /// Whether it is spoken to through TLS.
    pub(crate) secure: bool,
    /// Host without port, as written.
    pub(crate) host: String,
    /// Port.
    pub(crate) port: u16,
    /// Path and query; begins with `/`.
    pub(crate) path: String,
}

impl Url {
    /// Reads `http[s]://host[:port][/path]`; the scheme may be left out and is then `http`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (secure, rest) = match text.split_once("://") {
            Some(("http", rest)) => (false, rest),
            Some(("https", rest)) => (true, rest),
            Some((scheme, _)) => {
                return Err(format!("`{scheme}://` is not spoken here; http:// and https:// are"));
            }
            None => (false, text),
        };
        let at = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(at);
        let path = path.split('#').next().unwrap_or(path);
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let bracketed = authority.starts_with('[');
        let split =
            if bracketed { authority.find("]:").map(|at| at + 1) } else { authority.rfind(':') };
        let (host, port) = match split {
            Some(at) => {
                let port = authority[at + 1..].parse();
                let port = port.map_err(|_| format!("`{}` is not a port", &authority[at + 1..]))?;
                (&authority[..at], port)
            }
            None => (authority, usual_port(secure)),
        };
        if host.is_empty() || host.contains('@') || port == 0 {
            return Err(format!("`{text}` is not a URL like http://127.0.0.1:8080/path"));
        }
        Ok(Self { secure, host: host.to_owned(), port, path })
    }

    /// What goes into the `Host` field.
    pub(crate) fn authority(&self) -> String {
        if self.port == usual_port(self.secure) {
            self.host.clone()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

const fn usual_port(secure: bool) -> u16 {
    if secure { 443 } else { 80 }
}

/// Whom to load and how far that may be.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct TargetArgs {
    /// Connect to this UNIX socket instead of the URL's host
    #[arg(long, value_name = "SOCKET", conflicts_with = "allow_external")]
    unix: Option<PathBuf>,

    /// Load a host that is not this machine: yours, or one you are allowed to load
    #[arg(long)]
    pub(crate) allow_external: bool,

    /// Load it at more than 1000 requests a second, too
    #[arg(long, requires = "allow_external")]
    authorized: bool,

    /// Accept any certificate of an https:// URL
    #[arg(short = 'k', long)]
    insecure: bool,

    /// Trust the certificates that those in this PEM file vouch for, instead of this host's
    #[arg(long, value_name = "FILE", conflicts_with = "insecure")]
    ca: Option<PathBuf>,

    /// Make a whole TLS handshake for each connection: take up no earlier session
    #[arg(long)]
    no_resumption: bool,
}

impl TargetArgs {
    /// Finds the target; `rate` is what it is to be offered, if that is known.
    pub(crate) fn resolve(&self, url: &Url, rate: Option<f64>) -> Result<Target, Failure> {
        let target = self.reach(url, rate)?;
        if url.secure {
            let trust = match &self.ca {
                _ if self.insecure => Trust::Anything,
                Some(file) => Trust::File(file.clone()),
                None => Trust::Host,
            };
            let resumption = !self.no_resumption;
            return Ok(target.with_tls(Tls { trust, resumption, ..Tls::new(&url.host) }));
        }
        if self.insecure || self.ca.is_some() || self.no_resumption {
            return Err(Failure::usage(
                "--insecure, --ca and --no-resumption are for https:// URLs",
            ));
        }
        Ok(target)
    }

    fn reach(&self, url: &Url, rate: Option<f64>) -> Result<Target, Failure> {
        if let Some(path) = &self.unix {
            return Ok(Target::unix(path.clone()));
        }
        let reach = if self.allow_external {
            let anywhere = ["0.0.0.0", "::"].map(|zero| {
                let address = zero.parse().expect("an address");
                Network { address, prefix: 0 }
            });
            Reach::Allowed(anywhere.to_vec())
        } else {
            Reach::Loopback
        };
        let local = Target::resolve(&url.host, url.port, &Reach::Loopback);
        let gentle = rate.is_some_and(|rate| rate <= EXTERNAL_RATE_MAX);
        if local.is_err() && self.allow_external && !self.authorized && !gentle {
            return Err(Failure::usage(format!(
                "`{}` is another machine: give --rate of at most {EXTERNAL_RATE_MAX}, or --authorized \
                 if its owner knows",
                url.host
            )));
        }
        Target::resolve(&url.host, url.port, &reach)
            .map_err(|why| Failure::new(crate::exit::Exit::Usage, why))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match Url::parse(text) {
            Ok(url) => {
                let tls = if url.secure { " TLS" } else { "" };
                format!("{} {} {}{tls}", url.host, url.port, url.path)
            }
            Err(why) => why,
        }
    }

    #[test]
    fn urls_are_read_as_people_type_them() {
        assert_eq!(read("http://127.0.0.1:8080/a?b=c#d"), "127.0.0.1 8080 /a?b=c");
        assert_eq!(read("localhost:8080"), "localhost 8080 /");
        assert_eq!(read("http://[::1]:9/x"), "[::1] 9 /x");
        assert_eq!(read("http://[::1]/"), "[::1] 80 /");
        assert_eq!(read("http://h?q=1"), "h 80 /?q=1");
        assert_eq!(read("https://h/a"), "h 443 /a TLS");
        assert_eq!(read("https://[::1]:8443"), "[::1] 8443 / TLS");
        assert!(read("ftp://h/").contains("not spoken"));
        assert!(read("http://h:99999/").contains("not a port"));
        assert!(read("http:///x").contains("not a URL"));
    }
}
