//! Which request is due when, on which connection, and what came back; does no I/O.
