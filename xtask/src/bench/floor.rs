//! The least that any generator can cost: the same bytes over the same sockets, nothing understood.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::event::epoll;
use rustix::thread::{CpuSet, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};

use super::figures::Figures;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

/// Sends and receives on `connections` for `seconds` on the generator's core.
pub(super) fn closed(address: SocketAddr, connections: u32, seconds: u32) -> Result<Figures> {
    std::thread::spawn(move || echo(address, connections, seconds))
        .join()
        .map_err(|_| anyhow::anyhow!("the floor's thread panicked"))?
}

fn echo(address: SocketAddr, connections: u32, seconds: u32) -> Result<Figures> {
    let mut core = CpuSet::new();
    core.set(super::measure::GENERATOR_CPU.parse()?);
    sched_setaffinity(None, &core).context("could not pin the floor's thread")?;
    // As of every other row: connecting and closing are part of the account. Over ten thousand
    // connections and two seconds they are a third of it.
    let before = clock_gettime(ClockId::ThreadCPUTime);
    let events = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    let mut streams = Vec::new();
    let mut buffer = vec![0_u8; 64 * 1024];
    for index in 0..connections {
        let mut stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.write_all(REQUEST)?;
        if index == 0 {
            // How long one answer is; every other is taken to be as long.
            let length = stream.read(&mut buffer)?;
            if length == 0 {
                bail!("{address} closed the floor's connection");
            }
            stream.write_all(REQUEST)?;
        }
        stream.set_nonblocking(true)?;
        let flags = epoll::EventFlags::IN | epoll::EventFlags::ET;
        epoll::add(&events, &stream, epoll::EventData::new_u64(u64::from(index)), flags)?;
        streams.push(stream);
    }
    let began = Instant::now();
    let mut answered = 0_u64;
    let mut ready = Vec::with_capacity(1024);
    while began.elapsed() < Duration::from_secs(seconds.into()) {
        ready.clear();
        epoll::wait(&events, rustix::buffer::spare_capacity(&mut ready), None)?;
        for event in &ready {
            let stream = &mut streams[event.data.u64() as usize];
            if stream.read(&mut buffer)? == 0 {
                bail!("{address} closed one of the floor's connections");
            }
            answered += 1;
            stream.write_all(REQUEST)?;
        }
    }
    let wall = began.elapsed().as_secs_f64();
    drop(streams);
    let after = clock_gettime(ClockId::ThreadCPUTime);
    let cpu = (after.tv_sec - before.tv_sec) as f64 + (after.tv_nsec - before.tv_nsec) as f64 / 1e9;
    Ok(Figures {
        answered: Some(answered as f64),
        rate: Some(answered as f64 / wall),
        cpu_seconds: cpu,
        wall_seconds: wall,
        ..Figures::default()
    })
}
