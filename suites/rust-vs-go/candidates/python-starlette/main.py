"""The minimal and streaming routes in Python: Starlette on uvicorn, as their documentation teaches them."""

import argparse
import asyncio
import json
import pathlib
import re

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

MULTIPLIER_MAX = 1_000
DELAY_MS_MAX = 10_000
COMPUTE_N_MAX = 1_000_000

ITEMS = json.loads(pathlib.Path(__file__).with_name("items.json").read_text(encoding="utf-8"))


def parse_integer(text):
    """An optional sign and digits within 64 bits; int() alone takes blanks, underscores and other scripts' digits."""
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        return None
    value = int(text)
    return value if -(2**63) <= value < 2**63 else None


def integer_in(name, text, minimum, maximum):
    value = parse_integer(text)
    if value is None or not minimum <= value <= maximum:
        raise HTTPException(400, f"{name} must be an integer from {minimum} to {maximum}")
    return value


async def health(_request):
    return PlainTextResponse("ok")


async def plaintext(_request):
    return PlainTextResponse("Hello, World!")


async def items(request):
    count = parse_integer(request.path_params["count"])
    if count is None:
        raise HTTPException(400, "count must be an integer")
    query = request.query_params
    m = integer_in("m", query["m"], 1, MULTIPLIER_MAX) if "m" in query else 1
    chosen = [{**item, "total": item["price"] * item["quantity"] * m} for item in ITEMS[: max(count, 0)]]
    return JSONResponse({"items": chosen, "count": len(chosen)})


async def delay(request):
    ms = integer_in("ms", request.path_params["ms"], 0, DELAY_MS_MAX)
    await asyncio.sleep(ms / 1000)
    return PlainTextResponse(str(ms))


async def compute(request):
    return JSONResponse(primes_below(integer_in("n", request.path_params["n"], 0, COMPUTE_N_MAX)))


async def echo(request):
    # Gathered: while it streams an answer, Starlette listens for the client's leaving and so eats the request's body.
    content_type = request.headers.get("content-type", "application/octet-stream")
    return Response(await request.body(), headers={"content-type": content_type})


def primes_below(n):
    """The CPU-bound kernel: a sieve of Eratosthenes."""
    composite = bytearray(n)
    i = 2
    while i * i < n:
        if not composite[i]:
            for multiple in range(i * i, n, i):
                composite[multiple] = 1
        i += 1

    primes = total = 0
    for number in range(2, n):
        if not composite[number]:
            primes += 1
            total += number
    return {"n": n, "primes": primes, "sum": total}


async def complain(_request, error):
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


app = Starlette(
    routes=[
        Route("/health", health),
        Route("/plaintext", plaintext),
        Route("/json/{count}", items),
        Route("/delay/{ms}", delay),
        Route("/compute/{n}", compute),
        Route("/echo", echo, methods=["POST"]),
    ],
    exception_handlers={HTTPException: complain},
)
app.router.redirect_slashes = False

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", default="127.0.0.1:8080", metavar="ADDRESS:PORT")
    host, port = parser.parse_args().listen.split(":")
    uvicorn.run(app, host=host, port=int(port), log_level="warning", timeout_graceful_shutdown=10)
