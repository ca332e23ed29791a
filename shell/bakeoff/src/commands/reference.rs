//! `bakeoff __reference`: a server whose behaviour is known, for tests and benches of generators.

use std::net::TcpListener;
use std::num::NonZeroU32;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bakeoff_driver::reference::{Program, ServerTls, serve};
use bakeoff_load::{Service, Stall};
use bakeoff_units::parse_span;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// Serve answers whose times, stalls and errors are programmed
#[derive(Debug, clap::Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct ReferenceArgs {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: std::net::SocketAddr,

    /// How long each answer takes
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = span)]
    service: Duration,

    /// Take exponentially distributed times of that mean
    #[arg(long)]
    exponential: bool,

    /// Let requests for /delay/{ms} say how long their answers take; other delays than 0 to 10000 fail
    #[arg(long, conflicts_with_all = ["service", "exponential", "http2"])]
    delays: bool,

    /// Hold all answers back for so long at the end of each two seconds
    #[arg(long, value_name = "TIME", value_parser = span)]
    stall: Option<Duration>,

    /// One answer in this many is a 500
    #[arg(long, value_name = "N")]
    errors: Option<NonZeroU32>,

    /// One answer in this many has a wrong body
    #[arg(long, value_name = "N")]
    wrong: Option<NonZeroU32>,

    /// Length of the answer's body
    #[arg(long, value_name = "BYTES", default_value = "2")]
    body: usize,

    /// Speak TLS, with a certificate that vouches for itself
    #[arg(long)]
    tls: bool,

    /// Speak HTTP/2 too, to clients that begin with it or agree on it through TLS
    #[arg(long)]
    http2: bool,

    /// Spin before an answer is due
    #[arg(long)]
    spin: bool,

    /// Count times from a request's arrival in the kernel, not from reading it
    #[arg(long)]
    stamps: bool,
}

impl ReferenceArgs {
    pub(crate) fn exec(self, context: &mut Context) -> Result<Exit, Failure> {
        let every = Duration::from_secs(2);
        if self.stall.is_some_and(|length| every <= length) {
            return Err(Failure::usage("a stall must be shorter than two seconds"));
        }
        let cannot = |why: std::io::Error| Failure::new(Exit::NotStarted, why);
        let listener = TcpListener::bind(self.listen).map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        writeln!(context.out, "listening on {address}")?;
        context.out.flush()?;
        let program = Program {
            service: if self.exponential {
                Service::Exponential { mean: self.service }
            } else {
                Service::Fixed(self.service)
            },
            stall: self.stall.map(|length| Stall { every, length }),
            body: if self.body == 2 { b"ok".to_vec() } else { vec![b'x'; self.body] },
            delays: self.delays,
            errors_one_in: self.errors,
            wrong_one_in: self.wrong,
            spin: self.spin,
            stamps: self.stamps,
            http2: self.http2,
            tls: self.tls.then(|| tls(self.http2)),
            ..Program::default()
        };
        serve(listener.into(), &program, &AtomicBool::new(false)).map_err(cannot)?;
        Ok(Exit::Done)
    }
}

fn tls(http2: bool) -> ServerTls {
    let mut tls = ServerTls::default();
    if http2 {
        tls.protocols.insert(0, b"h2".to_vec());
    }
    tls
}

fn span(text: &str) -> Result<Duration, String> {
    parse_span(text).map_err(|why| why.to_string())
}
