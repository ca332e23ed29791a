//! A request that is rendered from its templates: when it is sent, if no two may be the same.

use crate::http2::request::{BlockTemplate, fields};
use crate::notes::Notes;
use crate::plan::Protocol;
use crate::request_head::{end_head, render_head};
use crate::template::{Template, TemplateError, Values};

/// A request with holes.
#[derive(Clone, Debug)]
pub(crate) struct LiveRequest {
    pub(crate) values: Values,
    pub(crate) head: HeadTemplate,
    pub(crate) body: Option<Template>,
    pub(crate) to_head: bool,
}

/// Its head, as the protocol has it.
#[derive(Clone, Debug)]
pub(crate) enum HeadTemplate {
    /// Up to the value of `Content-Length`, or up to the blank line if there is no body.
    Http1(Template),
    /// Up to the length if there is a body.
    Http2(BlockTemplate),
}

impl HeadTemplate {
    pub(crate) fn new(
        protocol: Protocol,
        start: (&str, &str),
        given: &[(&str, &str)],
        values: &mut Values,
    ) -> Result<Self, TemplateError> {
        match protocol {
            Protocol::Http1 { .. } => {
                let mut head = Vec::new();
                render_head(start, given, &mut head);
                let head = String::from_utf8(head).expect("made of texts");
                Template::parse(&head, values).map(Self::Http1)
            }
            Protocol::Http2 { secure, .. } => {
                BlockTemplate::new(&fields(start, secure, given), values).map(Self::Http2)
            }
        }
    }
}

impl LiveRequest {
    /// Appends head and body to `out`; gives the length of the head.
    pub(crate) fn render_apart(&self, seed: u64, number: u64, out: &mut Vec<u8>) -> usize {
        match &self.head {
            HeadTemplate::Http1(_) => {
                self.render(seed, number, Notes::NONE, out);
                out.len()
            }
            HeadTemplate::Http2(_) => {
                let mut body = Vec::new();
                self.render_body(seed, number, Notes::NONE, &mut body);
                self.render_block(seed, number, Notes::NONE, body.len(), out);
                let head_bytes = out.len();
                out.extend_from_slice(&body);
                head_bytes
            }
        }
    }

    pub(crate) fn render_block(
        &self,
        seed: u64,
        number: u64,
        notes: &Notes,
        body_bytes: usize,
        out: &mut Vec<u8>,
    ) {
        let HeadTemplate::Http2(block) = &self.head else { unreachable!("only over HTTP/2") };
        let body_bytes = self.body.as_ref().map(|_| body_bytes);
        block.render(&self.values, (seed, number), notes, body_bytes, out);
    }

    pub(crate) fn render_body(&self, seed: u64, number: u64, notes: &Notes, out: &mut Vec<u8>) {
        out.clear();
        if let Some(body) = &self.body {
            body.render(&self.values, seed, number, notes, out);
        }
    }

    /// Appends the request as HTTP/1.1 has it to `out`.
    pub(crate) fn render(&self, seed: u64, number: u64, notes: &Notes, out: &mut Vec<u8>) {
        let HeadTemplate::Http1(head) = &self.head else { unreachable!("only over HTTP/1.1") };
        head.render(&self.values, seed, number, notes, out);
        let Some(body) = &self.body else {
            end_head(None, out);
            return;
        };
        // The body's length stands before the body: render it behind a gap, then fill the gap.
        let gap = b"Content-Length:           0\r\n\r\n";
        let at = out.len();
        out.extend_from_slice(gap);
        body.render(&self.values, seed, number, notes, out);
        let mut left = out.len() - at - gap.len();
        for digit in out[at + 16..at + 27].iter_mut().rev() {
            *digit = if left == 0 && *digit == b' ' { b' ' } else { b'0' + (left % 10) as u8 };
            left /= 10;
        }
    }
}
