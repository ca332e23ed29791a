//! What load to make: the plan, its limits, and why one is refused.

use std::num::{NonZeroU16, NonZeroU32};
use std::time::Duration;

use crate::arrivals::Arrivals;
use crate::request::WeightedRequest;
use crate::template::TemplateError;

/// What load to make. [`LoadPlan::new`] fills in what is seldom asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadPlan {
    /// Value of the `Host` field.
    pub host: String,
    /// What is asked; not empty.
    pub requests: Vec<WeightedRequest>,
    /// How it arrives.
    pub arrivals: Arrivals,
    /// Connections, over all threads. In an open loop the bound on requests in flight (times the
    /// streams of a connection): one that falls due while all are busy waits and is late, not lost.
    pub connections: NonZeroU32,
    /// How the requests are framed.
    pub protocol: Protocol,
    /// A connection is closed and made anew after this many answers.
    pub churn: Option<NonZeroU32>,
    /// Load before anything counts.
    pub warm_up: Duration,
    /// Load that counts; above zero.
    pub measure: Duration,
    /// Longest wait for answers still missing when measuring has ended.
    pub drain: Duration,
    /// Length of each stretch of the series; above zero. A second, unless someone looks closer.
    pub series_every: Duration,
    /// Measuring ends early once this many requests were sent and answered.
    pub requests_max: Option<u64>,
    /// When patience ends.
    pub deadlines: Deadlines,
    /// Longest body that is read, in bytes.
    pub body_bytes_max: u64,
    /// The dear checks (hash, JSON, long bodies) are made on one answer in this many.
    pub sample_every: NonZeroU32,
    /// Each connection is a user that keeps cookies and sends them; in a scenario each pass is a new
    /// user.
    pub cookies: bool,
    /// Different requests rendered in advance from one template.
    pub variants: NonZeroU32,
    /// What everything random follows from.
    pub seed: u64,
}

/// How requests are framed. The seam for further protocols: the schedule, the checks and the
/// recorder know nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1.
    Http1 {
        /// Requests sent on a connection before the first is answered; 1 unless someone asks.
        pipeline: NonZeroU16,
    },
    /// HTTP/2, by prior knowledge or by what TLS agreed on.
    Http2 {
        /// Requests in flight on a connection at most, if the peer allows as many.
        streams: NonZeroU16,
        /// The connections are encrypted, which the requests say (`:scheme`).
        secure: bool,
    },
}

impl Protocol {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http1 { .. } => "HTTP/1.1",
            Self::Http2 { .. } => "HTTP/2",
        }
    }
}

/// When patience ends, each counted by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// From starting to connect to being connected.
    pub connect: Duration,
    /// From being connected to the end of the TLS handshake.
    pub tls: Duration,
    /// From sending a request to the first byte of its answer.
    pub first_byte: Duration,
    /// Between two pieces of an answer.
    pub idle: Duration,
    /// From sending a request to the last byte of its answer.
    pub total: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            tls: Duration::from_secs(5),
            first_byte: Duration::from_secs(30),
            idle: Duration::from_secs(30),
            total: Duration::from_mins(1),
        }
    }
}

impl Deadlines {
    /// The shortest of them.
    pub(crate) fn shortest(&self) -> Duration {
        self.connect.min(self.tls).min(self.first_byte).min(self.idle).min(self.total)
    }
}

/// Why a plan cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Nothing to ask.
    #[error("no requests, or all weights are zero")]
    NoRequests,
    /// The weights' cycle is too long to be kept.
    #[error("the weights add up to {sum} after dividing by their common factor; at most {max}")]
    Weights {
        /// What they add up to.
        sum: u64,
        /// What they may.
        max: u64,
    },
    /// Measuring for no time.
    #[error("measuring takes no time")]
    NoTime,
    /// Arrivals that cannot be scheduled.
    #[error("arrivals: {problem}")]
    Arrivals {
        /// What is wrong with them.
        problem: &'static str,
    },
    /// A template does not parse.
    #[error("request `{request}`")]
    Template {
        /// Name of the request.
        request: String,
        /// What is wrong with it.
        source: TemplateError,
    },
    /// A method, path, field name or value that would break the request apart.
    #[error("request `{request}`: {part} {value:?} has a character that may not stand there")]
    Unsendable {
        /// Name of the request.
        request: String,
        /// Which part of it.
        part: &'static str,
        /// The part as given.
        value: String,
    },
    /// A request given as variants that has none.
    #[error("request `{request}` has no variants")]
    NoVariants {
        /// Name of the request.
        request: String,
    },
    /// A scenario without steps.
    #[error("scenario `{request}` has no steps")]
    NoSteps {
        /// Name of the scenario.
        request: String,
    },
    /// Scenarios or cookies with several requests in flight on a connection: what comes next depends
    /// on the answer.
    #[error("scenarios and cookies do not go with pipelining or several streams a connection")]
    Pipelined,
    /// Fewer connections than threads.
    #[error("{connections} connections cannot be split over {threads} threads")]
    Threads {
        /// Connections in the plan.
        connections: u32,
        /// Threads asked for.
        threads: u32,
    },
}

const fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

impl LoadPlan {
    /// A plan with 64 connections, no warm-up, 10 s of measuring, 5 s of draining, the usual
    /// deadlines, every answer checked in full, and seed 1.
    pub fn new(host: &str, requests: Vec<WeightedRequest>, arrivals: Arrivals) -> Self {
        Self {
            host: host.to_owned(),
            requests,
            arrivals,
            connections: one().saturating_add(63),
            protocol: Protocol::Http1 { pipeline: NonZeroU16::MIN },
            churn: None,
            warm_up: Duration::ZERO,
            measure: Duration::from_secs(10),
            drain: Duration::from_secs(5),
            series_every: Duration::from_secs(1),
            requests_max: None,
            deadlines: Deadlines::default(),
            body_bytes_max: 64 << 20,
            sample_every: one(),
            cookies: false,
            variants: one().saturating_add(1023),
            seed: 1,
        }
    }

    /// Arrivals per second that the plan asks for while measuring; none in a closed loop.
    pub fn requested_rate(&self) -> Option<f64> {
        let from = self.warm_up.as_secs_f64();
        let to = from + self.measure.as_secs_f64();
        match &self.arrivals {
            Arrivals::Closed { .. } => None,
            Arrivals::Open { shape, .. } => Some(shape.expected(from, to) / (to - from)),
            Arrivals::Recorded { due_ns } => {
                let before = |seconds: f64| {
                    due_ns.partition_point(|&due| (due as f64) < seconds * 1e9) as f64
                };
                Some((before(to) - before(from)) / (to - from))
            }
        }
    }

    /// Whether requests are framed as HTTP/2 has it.
    pub(crate) const fn is_http2(&self) -> bool {
        matches!(self.protocol, Protocol::Http2 { .. })
    }

    /// Requests in flight on one connection at most.
    pub(crate) const fn depth(&self) -> usize {
        match self.protocol {
            Protocol::Http1 { pipeline } => pipeline.get() as usize,
            Protocol::Http2 { streams, .. } => streams.get() as usize,
        }
    }
}
