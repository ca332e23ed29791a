#!/usr/bin/env python3
"""Holds running candidates against the contract and against each other, without bakeoff.

    compare.py CONTRACT.toml [--seed N] [--requests N] NAME=HOST:PORT NAME=HOST:PORT ...

Sends every fixed case, then the same random requests, to each; exits 1 and prints the differences if any.
The independent second opinion on bakeoff's own contract check: plain Python, no shared code.
"""

import argparse
import http.client
import json
import pathlib
import random
import re
import sys
import time
import tomllib


def send(address, request):
    host, port = address.rsplit(":", 1)
    connection = http.client.HTTPConnection(host, int(port), timeout=5)
    started = time.monotonic()
    try:
        connection.request(request["method"], request["path"], request["body"], request["headers"])
        response = connection.getresponse()
        body = response.read()
    except (OSError, http.client.HTTPException) as error:
        return {"failed": repr(error)}
    finally:
        connection.close()
    media_type = (response.getheader("content-type") or "").split(";")[0].strip()
    return {"status": response.status, "type": media_type, "body": body, "location": response.getheader("location"), "seconds": time.monotonic() - started}


def canonical(answer):
    """What of an answer has to be equal between candidates."""
    if "failed" in answer:
        return answer["failed"]
    if answer["status"] in (404, 405) and answer["type"] != "application/json":
        return answer["status"]
    if answer["type"] == "application/json":
        return answer["status"], answer["type"], json.dumps(json.loads(answer["body"]), sort_keys=True)
    return answer["status"], answer["type"], answer["body"]


def complaints(case, request, answer, folder):
    if "failed" in answer:
        return [answer["failed"]]
    found = []
    expect = case["expect"]
    if answer["status"] != expect["status"]:
        found.append(f"status {answer['status']}, not {expect['status']}")
    location = expect.get("headers", {}).get("location")
    if location and answer["location"] != location:
        found.append(f"location {answer['location']!r}, not {location!r}")
    wanted_type = expect.get("headers", {}).get("content-type")
    if wanted_type and answer["type"] != wanted_type:
        found.append(f"content type {answer['type']!r}, not {wanted_type!r}")
    body = answer["body"]
    if "text" in expect and body != expect["text"].encode():
        found.append(f"body {body[:80]!r}, not {expect['text']!r}")
    if "json" in expect and json.loads(body) != expect["json"]:
        found.append(f"body {body[:80]!r}, not {expect['json']!r}")
    if "body-file" in expect and json.loads(body) != json.loads((folder / expect["body-file"]).read_bytes()):
        found.append(f"body {body[:80]!r} is not that of {expect['body-file']}")
    if expect.get("echo") and body != (request["body"] or b""):
        found.append(f"echoed {len(body)} bytes, differing from the {len(request['body'])} sent")
    delay = re.fullmatch(r"/delay/(\d+)", request["path"])
    if delay and answer["status"] == 200 and answer["seconds"] * 1000 < int(delay[1]):
        found.append(f"answered after {answer['seconds']} s: early")
    return found


def fixed(case):
    body = case.get("body")
    return {"method": case["method"], "path": case["path"], "headers": case.get("headers", {}),
            "body": body.encode() if body is not None else None}


def draw(rng, what):
    if "range" in what:
        return rng.randint(*what["range"])
    if "choice" in what:
        return rng.choice(what["choice"])
    if "bytes" in what:
        return rng.randbytes(rng.randint(*what["bytes"]))
    raise SystemExit(f"cannot draw {what}")


def filled(rng, recipe, text):
    def fill(hole):
        return str(draw(rng, recipe[hole[1]])) if hole[1] in recipe else hole[0]
    return re.sub(r"\{([\w-]+)\}", fill, text)


def drawn(rng, recipe):
    path = filled(rng, recipe, recipe["path"])
    body = recipe.get("body")
    if body is not None:
        body = filled(rng, recipe, body).encode() if isinstance(body, str) else draw(rng, body)
    return {"method": recipe["method"], "path": path, "headers": recipe.get("headers", {}), "body": body}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("contract", type=pathlib.Path)
    parser.add_argument("candidates", nargs="+")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--only", default="", help="only paths that begin so")
    options = parser.parse_args()
    contract = tomllib.loads(options.contract.read_text())
    candidates = dict(candidate.split("=", 1) for candidate in options.candidates)
    failures = 0

    cases = [case for case in contract["case"] if case["path"].startswith(options.only)]
    for case in cases:
        if failures > 50:
            break
        request = fixed(case)
        for name, address in candidates.items():
            for complaint in complaints(case, request, send(address, request), options.contract.parent):
                failures += 1
                print(f"{name}: {case['name']}: {complaint}")

    rng = random.Random(options.seed)
    recipes = [recipe for recipe in contract["random"] if recipe["path"].startswith(options.only)]
    weights = [recipe.get("weight", 1) for recipe in recipes]
    for _ in range(options.requests if recipes else 0):
        if failures > 50:
            break
        recipe = rng.choices(recipes, weights)[0]
        request = drawn(rng, recipe)
        answers = {name: send(address, request) for name, address in candidates.items()}
        for name, answer in answers.items():
            if "expect" in recipe:
                for complaint in complaints(recipe, request, answer, options.contract.parent):
                    failures += 1
                    print(f"{name}: {request['method']} {request['path']}: {complaint}")
        if len({repr(canonical(answer)) for answer in answers.values()}) > 1:
            failures += 1
            if failures > 20:
                continue
            print(f"differ: {request['method']} {request['path']} {(request['body'] or b'')[:200]!r}")
            for name, answer in answers.items():
                print(f"    {name}: {str(canonical(answer))[:300]}")

    print(f"{len(cases)} cases and {options.requests} random requests (seed {options.seed}) "
          f"to {', '.join(candidates)}: {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
