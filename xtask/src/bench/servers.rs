//! The servers under the generators: started on core 0, stopped when dropped.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::peers::Load;

const SERVER_CPU: &str = "0";

/// A server to generate load against.
pub(super) struct Server {
    pub name: &'static str,
    /// Its program and arguments; `{port}` and `{folder}` are filled in.
    argv: &'static [&'static str],
    /// The path to ask for.
    path: &'static str,
    /// Files it needs in its folder: name and content.
    files: &'static [(&'static str, &'static str)],
    /// A command to run in its folder first.
    prepare: &'static [&'static str],
}

const PLAIN: Server = Server { name: "", argv: &[], path: "/", files: &[], prepare: &[] };

/// Answers at once with two bytes.
pub(super) static MINIMAL: Server = Server {
    name: "the minimal server",
    argv: &["target/release/bakeoff", "__reference", "--listen", "127.0.0.1:{port}"],
    ..PLAIN
};

/// Answers at once, but freezes all answers for 200 ms every 2 s.
pub(super) static STALLING: Server = Server {
    name: "the stalling server",
    argv: &[
        "target/release/bakeoff",
        "__reference",
        "--listen",
        "127.0.0.1:{port}",
        "--stall",
        "200ms",
    ],
    ..PLAIN
};

static NGINX: Server = Server {
    name: "nginx",
    argv: &["nginx", "-p", "{folder}", "-c", "nginx.conf", "-e", "stderr"],
    files: &[("nginx.conf", NGINX_CONF)],
    ..PLAIN
};

static GO: Server = Server {
    name: "Go net/http",
    argv: &["target/bench/go-nethttp", "--listen", "127.0.0.1:{port}"],
    path: "/plaintext",
    ..PLAIN
};

/// The servers of the closed-loop table.
pub(super) static FOR_CLOSED: [&Server; 3] = [&MINIMAL, &NGINX, &GO];

/// Speaks HTTP/2 without TLS.
static NGHTTPD: Server = Server {
    name: "nghttpd",
    argv: &["nghttpd", "--no-tls", "-a", "127.0.0.1", "-d", "{folder}", "{port}"],
    files: &[("index.html", "ok")],
    ..PLAIN
};

/// The same of our own, where that is not to be had.
static MINIMAL_HTTP2: Server = Server {
    name: "the minimal server",
    argv: &["target/release/bakeoff", "__reference", "--http2", "--listen", "127.0.0.1:{port}"],
    ..PLAIN
};

/// Whoever speaks HTTP/2 without TLS here.
pub(super) fn http2(root: &Path) -> &'static Server {
    if NGHTTPD.missing(root) { &MINIMAL_HTTP2 } else { &NGHTTPD }
}

/// Speaks HTTP/1.1 over TLS 1.3.
pub(super) static TLS: Server = Server {
    name: "nginx with TLS",
    argv: &["nginx", "-p", "{folder}", "-c", "nginx.conf", "-e", "stderr"],
    files: &[("nginx.conf", NGINX_TLS_CONF)],
    prepare: &[
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        "key.pem",
        "-out",
        "cert.pem",
        "-days",
        "2",
        "-subj",
        "/CN=127.0.0.1",
    ],
    ..PLAIN
};

const NGINX_CONF: &str = "daemon off; master_process off; pid nginx.pid; error_log stderr crit;
worker_rlimit_nofile 20000;
events { worker_connections 15000; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 600s;
  client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;
  server { listen 127.0.0.1:{port}; location / { return 200 'ok'; } }
}
";

const NGINX_TLS_CONF: &str = "daemon off; master_process off; pid nginx.pid; error_log stderr crit;
events { worker_connections 15000; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 600s;
  client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;
  server {
    listen 127.0.0.1:{port} ssl; ssl_certificate cert.pem; ssl_certificate_key key.pem; ssl_protocols TLSv1.3;
    location / { return 200 'ok'; }
  }
}
";

/// A server that runs.
pub(super) struct Running {
    child: Child,
    address: SocketAddr,
    path: &'static str,
    folder: PathBuf,
}

impl Server {
    fn program(&self, root: &Path) -> Option<PathBuf> {
        let name = self.argv[0];
        if name.contains('/') {
            return Some(root.join(name)).filter(|path| path.exists());
        }
        let folders = ["/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin", "/sbin"];
        folders.iter().map(|folder| Path::new(folder).join(name)).find(|path| path.exists())
    }

    /// Whether its program is not here.
    pub(super) fn missing(&self, root: &Path) -> bool {
        self.program(root).is_none()
    }

    /// Starts it on core 0 and waits until it accepts connections.
    pub(super) fn start(&self, root: &Path) -> Result<Running> {
        let program = self.program(root).with_context(|| format!("{} is not here", self.name))?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let folder = std::env::temp_dir().join(format!("bakeoff-bench-{}", address.port()));
        fs::create_dir_all(&folder)?;
        let fill = |text: &str| {
            text.replace("{port}", &address.port().to_string())
                .replace("{folder}", &folder.to_string_lossy())
        };
        for (name, content) in self.files {
            fs::write(folder.join(name), fill(content))?;
        }
        if let [tool, arguments @ ..] = self.prepare {
            let output = Command::new(tool).args(arguments).current_dir(&folder).output()?;
            if !output.status.success() {
                bail!("`{tool}`: {}", String::from_utf8_lossy(&output.stderr));
            }
        }
        let mut child = Command::new("taskset")
            .args(["-c", SERVER_CPU])
            .arg(program)
            .args(self.argv[1..].iter().map(|argument| fill(argument)))
            .env("GOMAXPROCS", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("`taskset` is needed")?;
        let deadline = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(address).is_err() {
            if let Some(status) = child.try_wait()? {
                bail!("{} ended at once: {status}", self.name);
            }
            if deadline < Instant::now() {
                let _ = child.kill();
                bail!("{} does not listen", self.name);
            }
            sleep(Duration::from_millis(10));
        }
        Ok(Running { child, address, path: self.path, folder })
    }
}

impl Running {
    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address to load.
    pub(super) fn url(&self, load: &Load) -> String {
        let scheme = if load.tls { "https" } else { "http" };
        format!("{scheme}://{}{}", self.address, self.path)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// What the figures were taken on, in a line.
pub(super) fn host_line() -> Result<String> {
    let cpu = fs::read_to_string("/proc/cpuinfo")?;
    let model = cpu.lines().find(|line| line.starts_with("model name"));
    let model = model.and_then(|line| line.split(": ").nth(1)).unwrap_or("unknown processor");
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let cores = std::thread::available_parallelism()?;
    Ok(format!(
        "{model}, {cores} CPUs, Linux {}; server on CPU 0, generator on CPU 1; medians (lowest–highest).\n\n",
        kernel.trim()
    ))
}
