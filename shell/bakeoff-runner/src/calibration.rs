//! Where the load generator's certificate on this machine is kept, and what it says.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use bakeoff_driver::Certificate;
use bakeoff_experiment::host::{Calibration, HostFacts};
use bakeoff_store::write_atomic;

use crate::environment::Environment;

/// Why a certificate was not kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// There is no folder for it.
    #[error("neither XDG_STATE_HOME nor HOME says where")]
    NoHome,
    /// Its folder cannot be made.
    #[error("cannot make `{}`", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It cannot be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: bakeoff_store::OutputError,
    },
    /// It does not go into JSON.
    #[error("a figure is missing")]
    Encode(#[from] serde_json::Error),
}

/// Where the certificate is kept: one for the machine, whatever is measured on it (XDG Base
/// Directory Specification, state).
pub(crate) fn path() -> Option<PathBuf> {
    let folder = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = folder("XDG_STATE_HOME").or_else(|| Some(folder("HOME")?.join(".local/state")))?;
    Some(state.join("bakeoff").join("certificate.json"))
}

/// The machine a certificate speaks of: on another, or after a new kernel, it says nothing.
fn machine(host: &HostFacts) -> String {
    format!("{} x {}, {}", host.cpus, host.cpu_model, host.kernel)
}

/// Keeps a certificate that was made now, and tells where.
///
/// # Errors
///
/// [`KeepError`] if there is nowhere to keep it.
pub fn keep(
    environment: &Environment,
    host: &HostFacts,
    certificate: &mut Certificate,
) -> Result<PathBuf, KeepError> {
    // A clock before 1970 is no clock.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    certificate.at_unix = now.as_secs_f64();
    certificate.host = machine(host);
    let path = environment.certificate.clone().ok_or(KeepError::NoHome)?;
    let folder = path.parent().unwrap_or(&path).to_owned();
    fs::create_dir_all(&folder).map_err(|source| KeepError::Folder { folder, source })?;
    let text = serde_json::to_string(certificate)?;
    write_atomic(&path, text.as_bytes())
        .map_err(|source| KeepError::Write { path: path.clone(), source })?;
    Ok(path)
}

/// What the certificate says of this machine; none if there is none that reads.
pub(crate) fn read(environment: &Environment, host: &HostFacts) -> Option<Calibration> {
    let text = fs::read_to_string(environment.certificate.as_ref()?).ok()?;
    let certificate: Certificate = serde_json::from_str(&text).ok()?;
    (certificate.host == machine(host)).then_some(Calibration {
        at_unix: certificate.at_unix,
        version: certificate.version,
        send_lag_p50: certificate.send_lag_p50,
        send_lag_p99: certificate.send_lag_p99,
        rate_max: certificate.rate_max,
        cpu_per_request: certificate.cpu_per_request,
        connections: certificate.connections,
        excess_max: certificate.excess_max,
        error_p50: certificate.error_p50,
        reasons: certificate.reasons,
        certificate: text,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn certificate() -> Certificate {
        Certificate {
            schema: bakeoff_driver::CERTIFICATE_SCHEMA.to_owned(),
            at_unix: 0.0,
            version: "0.1.0".to_owned(),
            host: String::new(),
            spinning: true,
            stamped: true,
            loopback_p50: Some(9e-6),
            error_p50: Some(12e-6),
            checks: Vec::new(),
            send_lag_p50: 1e-6,
            send_lag_p99: 5e-6,
            rate_max: 200e3,
            cpu_per_request: 4.4e-6,
            connections: 10_000,
            excess_max: 0.0,
            reasons: Vec::new(),
            repeated: Vec::new(),
        }
    }

    #[test]
    fn what_is_kept_is_found_again_on_the_same_machine_only() {
        let folder = tempfile::tempdir().unwrap();
        let mut here = Environment::new(Path::new("/x"), "run", folder.path(), folder.path());
        here.certificate = Some(folder.path().join("state/bakeoff/certificate.json"));
        let host = HostFacts { cpu_model: "A".to_owned(), cpus: 2, ..HostFacts::default() };
        assert_eq!(read(&here, &host), None);
        let path = keep(&here, &host, &mut certificate()).unwrap();
        let found = read(&here, &host).unwrap();
        assert_eq!((found.rate_max, found.connections), (200e3, 10_000));
        assert!(0.0 < found.at_unix);
        assert_eq!(found.certificate, fs::read_to_string(&path).unwrap());
        let other = HostFacts { cpu_model: "B".to_owned(), ..host.clone() };
        assert_eq!(read(&here, &other), None);
        fs::write(&path, "{}").unwrap();
        assert_eq!(read(&here, &host), None);
        here.certificate = None;
        assert!(matches!(keep(&here, &host, &mut certificate()), Err(KeepError::NoHome)));
    }
}
