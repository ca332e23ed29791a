// The minimal and streaming routes in JavaScript: node:http alone, as its documentation teaches it.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";

import { primesBelow } from "./compute.js";

const MULTIPLIER_MAX = 1_000;
const DELAY_MS_MAX = 10_000;
const COMPUTE_N_MAX = 1_000_000;

const items = JSON.parse(readFileSync(new URL("items.json", import.meta.url), "utf8"));

class Complaint extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

// An integer is an optional sign and digits within 64 bits; Number alone takes blanks, fractions and more.
function parseInteger(text) {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined;
  const value = BigInt(text.replace(/^\+/, ""));
  return BigInt.asIntN(64, value) === value ? Number(value) : undefined;
}

function integerIn(name, text, min, max) {
  const value = parseInteger(text);
  if (value === undefined || value < min || value > max) {
    throw new Complaint(400, `${name} must be an integer from ${min} to ${max}`);
  }
  return value;
}

function json(countText, query) {
  const wanted = parseInteger(countText);
  if (wanted === undefined) throw new Complaint(400, "count must be an integer");
  const m = query.has("m") ? integerIn("m", query.get("m"), 1, MULTIPLIER_MAX) : 1;
  const count = Math.min(Math.max(wanted, 0), items.length);
  return {
    items: items.slice(0, count).map((item) => ({ ...item, total: item.price * item.quantity * m })),
    count,
  };
}

function sendText(response, body) {
  response.writeHead(200, { "content-type": "text/plain; charset=utf-8" });
  response.end(body);
}

function sendJson(response, status, body) {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

// Path and method to handler; a path's second segment, if it takes one, is the handler's argument.
const routes = {
  health: { GET: (_, response) => sendText(response, "ok") },
  plaintext: { GET: (_, response) => sendText(response, "Hello, World!") },
  "json/": { GET: (_, response, count, query) => sendJson(response, 200, json(count, query)) },
  "delay/": {
    GET: async (_, response, text) => {
      const ms = integerIn("ms", text, 0, DELAY_MS_MAX);
      // A timer may fire up to a millisecond early, because the loop counts in whole ones.
      await sleep(ms + 1);
      sendText(response, String(ms));
    },
  },
  "compute/": {
    GET: (_, response, text) => sendJson(response, 200, primesBelow(integerIn("n", text, 0, COMPUTE_N_MAX))),
  },
  echo: {
    POST: async (request, response) => {
      response.writeHead(200, { "content-type": request.headers["content-type"] ?? "application/octet-stream" });
      await pipeline(request, response);
    },
  },
};

async function handle(request, response) {
  const url = new URL(request.url, "http://localhost");
  const [name, argument, ...rest] = url.pathname.slice(1).split("/");
  const route = rest.length > 0 ? undefined : routes[argument ? `${name}/` : argument === undefined ? name : ""];
  if (route === undefined) throw new Complaint(404, "not found");
  const handler = route[request.method];
  if (handler === undefined) throw new Complaint(405, "method not allowed");
  await handler(request, response, argument && decodeURIComponent(argument), url.searchParams);
}

const server = createServer((request, response) => {
  handle(request, response).catch((error) => {
    if (response.headersSent) {
      response.destroy(error);
    } else if (error instanceof Complaint) {
      sendJson(response, error.status, { error: error.message });
    } else if (error instanceof URIError) {
      sendJson(response, 400, { error: "bad path" });
    } else {
      console.error(error);
      sendJson(response, 500, { error: "internal error" });
    }
  });
});

const { values } = parseArgs({ options: { listen: { type: "string", default: "127.0.0.1:8080" } } });
const [host, port] = values.listen.split(":");
server.listen(Number(port), host);

for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
}
