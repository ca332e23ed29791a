//! Event loops that own sockets, threads and the clock and turn the load engine.
