//! The minimal routes in Zig: std.http on std.Io, a thread for each connection, as the default Io runs concurrent tasks.

const std = @import("std");
const Io = std.Io;
const http = std.http;
const Allocator = std.mem.Allocator;

const primesBelow = @import("compute.zig").primesBelow;

const multiplier_max = 1_000;
const delay_ms_max = 10_000;
const compute_n_max = 1_000_000;
const body_max = 16 << 20;

const Rating = struct { score: i64, count: i64 };

const Item = struct {
    id: i64,
    name: []const u8,
    category: []const u8,
    price: i64,
    quantity: i64,
    active: bool,
    tags: []const []const u8,
    rating: Rating,
};

/// An item as served: with its total.
const PricedItem = struct {
    id: i64,
    name: []const u8,
    category: []const u8,
    price: i64,
    quantity: i64,
    active: bool,
    tags: []const []const u8,
    rating: Rating,
    total: i64,
};

var items: []const Item = undefined;

/// The listening socket, which the signal handler shuts down, and how many requests are being answered.
var listening: std.posix.fd_t = -1;
var in_flight: std.atomic.Value(u32) = .init(0);

pub fn main(init: std.process.Init) !void {
    const io = init.io;
    var args = init.minimal.args.iterate();
    _ = args.skip();
    const flag = args.next() orelse return usage();
    const text = args.next() orelse return usage();
    if (!std.mem.eql(u8, flag, "--listen")) return usage();
    const address = Io.net.IpAddress.parseLiteral(text) catch return usage();

    items = try std.json.parseFromSliceLeaky([]const Item, init.arena.allocator(), @embedFile("items.json"), .{});
    var server = try address.listen(io, .{ .reuse_address = true });
    listening = server.socket.handle;
    const action: std.posix.Sigaction = .{ .handler = .{ .handler = stop }, .mask = std.posix.sigemptyset(), .flags = 0 };
    std.posix.sigaction(.TERM, &action, null);
    std.posix.sigaction(.INT, &action, null);

    var connections: Io.Group = .init;
    while (true) {
        const stream = server.accept(io) catch |err| switch (err) {
            error.ConnectionAborted => continue,
            else => break,
        };
        connections.concurrent(io, serve, .{ io, init.gpa, stream }) catch stream.close(io);
    }
    var waited_ms: u32 = 0;
    while (in_flight.load(.acquire) > 0 and waited_ms < 10_000) : (waited_ms += 10) {
        try io.sleep(.fromMilliseconds(10), .awake);
    }
    // Connections that are idle would keep their threads waiting.
    std.process.exit(0);
}

fn usage() error{Usage} {
    std.debug.print("usage: zig-std --listen ADDRESS:PORT\n", .{});
    return error.Usage;
}

fn stop(_: std.posix.SIG) callconv(.c) void {
    _ = std.os.linux.shutdown(listening, std.os.linux.SHUT.RDWR);
}

fn serve(io: Io, gpa: Allocator, stream: Io.net.Stream) void {
    defer stream.close(io);
    var in_buffer: [16 * 1024]u8 = undefined;
    var out_buffer: [16 * 1024]u8 = undefined;
    var reader = stream.reader(io, &in_buffer);
    var writer = stream.writer(io, &out_buffer);
    var server: http.Server = .init(&reader.interface, &writer.interface);
    var arena: std.heap.ArenaAllocator = .init(gpa);
    defer arena.deinit();
    while (true) {
        var request = server.receiveHead() catch return;
        _ = in_flight.fetchAdd(1, .acq_rel);
        defer _ = in_flight.fetchSub(1, .acq_rel);
        _ = arena.reset(.retain_capacity);
        handle(io, arena.allocator(), &request) catch return;
        if (!request.head.keep_alive) return;
    }
}

fn handle(io: Io, arena: Allocator, request: *http.Server.Request) !void {
    const target = request.head.target;
    const query_at = std.mem.findScalar(u8, target, '?') orelse target.len;
    const path = target[0..query_at];
    const query = target[@min(query_at + 1, target.len)..];
    const method = request.head.method;

    if (std.mem.eql(u8, path, "/echo")) {
        return if (method == .POST) echo(arena, request) else methodNotAllowed(request);
    }
    const slash = if (path.len < 2) null else std.mem.findScalarPos(u8, path, 1, '/');
    const name = path[0 .. slash orelse path.len];
    const argument: ?[]const u8 = if (slash) |at| try decoded(arena, path[at + 1 ..]) else null;
    const Route = enum { health, plaintext, json, delay, compute };
    const route = (if (name.len > 1) std.meta.stringToEnum(Route, name[1..]) else null) orelse return notFound(request);
    switch (route) {
        .health, .plaintext => if (argument != null) return notFound(request),
        .json, .delay, .compute => {
            const segment = argument orelse return notFound(request);
            if (segment.len == 0 or std.mem.findScalar(u8, segment, '/') != null) return notFound(request);
        },
    }
    if (method != .GET and method != .HEAD) return methodNotAllowed(request);
    switch (route) {
        .health => try sendText(request, "ok"),
        .plaintext => try sendText(request, "Hello, World!"),
        .json => try sendItems(arena, request, argument.?, query),
        .delay => try delay(io, arena, request, argument.?),
        .compute => try compute(arena, request, argument.?),
    }
}

fn sendItems(arena: Allocator, request: *http.Server.Request, argument: []const u8, query: []const u8) !void {
    const wanted = parseInteger(argument) orelse return complain(arena, request, "count must be an integer", .{});
    var m: i64 = 1;
    if (parameter(query, "m")) |raw| {
        const text = try decoded(arena, raw);
        m = integerIn(text, 1, multiplier_max) orelse
            return complain(arena, request, "m must be an integer from 1 to {d}", .{multiplier_max});
    }
    const count: usize = @intCast(std.math.clamp(wanted, 0, @as(i64, @intCast(items.len))));
    const priced = try arena.alloc(PricedItem, count);
    for (items[0..count], priced) |item, *to| {
        to.* = .{
            .id = item.id,
            .name = item.name,
            .category = item.category,
            .price = item.price,
            .quantity = item.quantity,
            .active = item.active,
            .tags = item.tags,
            .rating = item.rating,
            .total = item.price * item.quantity * m,
        };
    }
    try sendJson(arena, request, .ok, .{ .items = priced, .count = count });
}

fn delay(io: Io, arena: Allocator, request: *http.Server.Request, argument: []const u8) !void {
    const ms = integerIn(argument, 0, delay_ms_max) orelse
        return complain(arena, request, "ms must be an integer from 0 to {d}", .{delay_ms_max});
    try io.sleep(.fromMilliseconds(ms), .awake);
    try sendText(request, try std.fmt.allocPrint(arena, "{d}", .{ms}));
}

fn compute(arena: Allocator, request: *http.Server.Request, argument: []const u8) !void {
    const n = integerIn(argument, 0, compute_n_max) orelse
        return complain(arena, request, "n must be an integer from 0 to {d}", .{compute_n_max});
    try sendJson(arena, request, .ok, try primesBelow(arena, @intCast(n)));
}

/// Gathered: std.http throws away the unread rest of a request once the answer begins.
fn echo(arena: Allocator, request: *http.Server.Request) !void {
    const content_type = try arena.dupe(u8, request.head.content_type orelse "application/octet-stream");
    var buffer: [4096]u8 = undefined;
    const reader = try request.readerExpectContinue(&buffer);
    const body = try reader.allocRemaining(arena, .limited(body_max));
    try request.respond(body, .{ .extra_headers = &.{.{ .name = "content-type", .value = content_type }} });
}

fn sendText(request: *http.Server.Request, body: []const u8) !void {
    try request.respond(body, .{
        .extra_headers = &.{.{ .name = "content-type", .value = "text/plain; charset=utf-8" }},
    });
}

fn sendJson(arena: Allocator, request: *http.Server.Request, status: http.Status, body: anytype) !void {
    try request.respond(try std.json.Stringify.valueAlloc(arena, body, .{}), .{
        .status = status,
        .extra_headers = &.{.{ .name = "content-type", .value = "application/json" }},
    });
}

fn complain(arena: Allocator, request: *http.Server.Request, comptime format: []const u8, args: anytype) !void {
    const message = try std.fmt.allocPrint(arena, format, args);
    try sendJson(arena, request, .bad_request, .{ .@"error" = message });
}

fn notFound(request: *http.Server.Request) !void {
    try request.respond("", .{ .status = .not_found });
}

fn methodNotAllowed(request: *http.Server.Request) !void {
    try request.respond("", .{ .status = .method_not_allowed });
}

/// An optional sign and digits within 64 bits; parseInt alone takes underscores.
fn parseInteger(text: []const u8) ?i64 {
    if (std.mem.findScalar(u8, text, '_') != null) return null;
    return std.fmt.parseInt(i64, text, 10) catch null;
}

fn integerIn(text: []const u8, min: i64, max: i64) ?i64 {
    const value = parseInteger(text) orelse return null;
    return if (min <= value and value <= max) value else null;
}

/// The raw value of a query parameter.
fn parameter(query: []const u8, name: []const u8) ?[]const u8 {
    var pairs = std.mem.splitScalar(u8, query, '&');
    while (pairs.next()) |pair| {
        const equals = std.mem.findScalar(u8, pair, '=') orelse pair.len;
        if (std.mem.eql(u8, pair[0..equals], name)) return pair[@min(equals + 1, pair.len)..];
    }
    return null;
}

fn decoded(arena: Allocator, text: []const u8) ![]const u8 {
    return std.Uri.percentDecodeInPlace(try arena.dupe(u8, text));
}
