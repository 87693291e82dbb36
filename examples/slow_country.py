#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Five days of a shop's ranking service, in which one country got slower yesterday.

Needs a server (`make run`) and nothing else: the requests are sent as OTLP, dated back. Then look for
the reason on the page; docs/slow-country.md tells how, and what it is (do not read the
function `slow_since_yesterday` below before).

    python examples/slow_country.py [--url URL] [--project NAME] [--requests N]
"""

import argparse
import datetime
import hashlib
import json
import math
import os
import random
import time
import urllib.error
import urllib.parse
import urllib.request

MODEL = "checkout-ranker"
DAYS = 5
COUNTRIES = {"US": 30, "DE": 18, "GB": 13, "FR": 11, "BR": 9, "IN": 8, "JP": 6, "ES": 7}
REGIONS = {"US": "us-east", "BR": "us-east", "IN": "ap-south", "JP": "ap-south"}  # others: eu-west
SOURCE = """def rank(basket, customer):
    candidates = retrieve(basket, k={k})
    return score(candidates, customer, model="ranker-{number}")
"""


def slow_since_yesterday(request):
    """What went wrong: since yesterday 6:00 UTC the new version's requests from Brazil are served in the
    region that was opened for them, whose cache of embeddings is empty."""
    if request["country"] == "BR" and request["version"] == 7 and request["start"] >= request["opened"]:
        request["region"] = "sa-east"
        request["miss"] = request["dice"].random() < 0.93


def log_normal(dice, median_ms, sigma=0.3):
    return median_ms * math.exp(dice.gauss(0, sigma))


def make_request(dice, start, opened):
    """What one request is, before its spans: who asked, where it went, which version answered."""
    country = dice.choices(list(COUNTRIES), list(COUNTRIES.values()))[0]
    request = {
        "dice": dice,
        "start": start,
        "opened": opened,
        "country": country,
        "region": REGIONS.get(country, "eu-west"),
        "tier": dice.choices(["free", "plus", "business"], [6, 3, 1])[0],
        "device": dice.choices(["phone", "desktop", "tablet"], [6, 3, 1])[0],
        "version": dice.choices([6, 7], [4, 6])[0],
        "items": 1 + int(dice.expovariate(0.4)),
        "customer": f"c{dice.randrange(4000):04d}",
        "miss": dice.random() < 0.002,
        "failed": dice.random() < 0.008,
    }
    slow_since_yesterday(request)
    return request


# ---------------------------------------------------------------- spans, in OTLP's JSON


def attributes(values):
    kinds = {str: "stringValue", bool: "boolValue", int: "intValue", float: "doubleValue"}
    return [{"key": key, "value": {kinds[type(value)]: value}} for key, value in values.items()]


class Trace:
    def __init__(self, request):
        self.request = request
        self.dice = request["dice"]
        self.id = f"{self.dice.getrandbits(128):032x}"
        self.spans = []

    def span(self, parent, name, kind, start, ms, values):
        """Add a span; (its id, its end)."""
        end = start + int(ms * 1e6)
        span = {
            "traceId": self.id,
            "spanId": f"{self.dice.getrandbits(64):016x}",
            "name": name,
            "kind": 1,
            "startTimeUnixNano": str(start),
            "endTimeUnixNano": str(end),
            "attributes": attributes({"vireo.type": kind} | values),
            "status": {"code": 1},
        }
        if parent:
            span["parentSpanId"] = parent
        self.spans.append(span)
        return span["spanId"], end

    def finish(self):
        """The spans of a request: basket, candidates (embedding, vector search), scores."""
        r, dice = self.request, self.dice
        root = f"{dice.getrandbits(64):016x}"
        at = r["start"] + int(log_normal(dice, 2) * 1e6)
        _, at = self.span(root, "load basket", "db", at, log_normal(dice, 9), {"db.rows": r["items"]})
        retrieve = len(self.spans)
        retriever, _ = self.span(root, "retrieve candidates", "retriever", at, 0, {})
        took = log_normal(dice, 780, 0.25) if r["miss"] else log_normal(dice, 7)
        begin = at
        cache = {"vireo.tag.cache": "miss" if r["miss"] else "hit", "llm.model": "text-embed-3"}
        _, at = self.span(retriever, "embed", "embedding", at, took, cache)
        _, at = self.span(retriever, "vector search", "tool", at, log_normal(dice, 31), {"db.rows": 200})
        self.spans[retrieve]["startTimeUnixNano"] = str(begin)
        self.spans[retrieve]["endTimeUnixNano"] = str(at)
        _, at = self.span(root, "score", "model", at, log_normal(dice, 88), {"batch.size": 200})
        self.add_root(root, (at - r["start"]) / 1e6 + log_normal(dice, 3))
        return self.spans

    def add_root(self, root, ms):
        r = self.request
        values = {
            "vireo.model.name": MODEL,
            "vireo.model.fingerprint": fingerprint(r["version"]),
            "user.id": r["customer"],
            "vireo.input": json.dumps({"basket": r["items"], "customer": r["customer"]}),
        }
        tags = {"country": r["country"], "region": r["region"], "tier": r["tier"], "device": r["device"]}
        values |= {f"vireo.tag.{key}": value for key, value in tags.items()}
        if not r["failed"]:
            values["vireo.output"] = json.dumps({"offers": self.dice.sample(range(200), 3)})
        self.span("", "rank checkout offers", "chain", r["start"], ms, values)
        span = self.spans[-1]
        span["spanId"] = root
        if r["failed"]:
            span["status"] = {"code": 2, "message": "the basket changed meanwhile"}
            span["attributes"] += attributes({"error.type": "BasketChanged"})


def fingerprint(version):
    return hashlib.sha256(f"{MODEL} {version}".encode()).hexdigest()


# ---------------------------------------------------------------- sending


class Server:
    def __init__(self, url, project, key):
        self.url = url.rstrip("/")
        self.project = project
        self.headers = {"content-type": "application/json", "x-vireo-project": urllib.parse.quote(project)}
        if key:
            self.headers["authorization"] = f"Bearer {key}"

    def post(self, path, body):
        """Send it; an overloaded server is asked again."""
        data = json.dumps(body).encode()
        while True:
            request = urllib.request.Request(self.url + path, data, self.headers)
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as problem:
                if problem.code not in (429, 503):
                    raise SystemExit(f"{path}: {problem.code} {problem.read().decode()[:300]}") from None
                time.sleep(0.5)

    def register_versions(self):
        """Seven versions, so that the one in question is v7."""
        self.post("/api/v1/projects", {"name": self.project})
        path = f"/api/v1/projects/{urllib.parse.quote(self.project, safe='')}/models/{MODEL}/versions"
        for number in range(1, 8):
            source = SOURCE.format(number=number, k=100 if number < 7 else 200)
            self.post(path, {"fingerprint": fingerprint(number), "source": source, "language": "python"})

    def send(self, spans):
        resource = {"attributes": attributes({"service.name": "checkout", "deployment.environment": "production"})}
        self.post("/v1/traces", {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]})


def start_times(dice, count, now):
    """In order over the days, more by day than by night."""
    times = []
    while len(times) < count:
        at = now - dice.random() * DAYS * 86400
        if dice.random() < 0.6 - 0.35 * math.cos(2 * math.pi * ((at / 3600 - 3) % 24) / 24):
            times.append(int(at * 1e9))
    return sorted(times)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = os.environ.get("VIREO_URL", "http://127.0.0.1:4318")
    options.add_argument("--url", default=default, help="of the server; default VIREO_URL, else http://127.0.0.1:4318")
    options.add_argument("--project", default="slow-country")
    options.add_argument("--requests", type=int, default=30000, help="how many, of six spans each")
    options.add_argument("--now", type=float, help="the present, in seconds since 1970; default: the clock's")
    args = options.parse_args()

    now = args.now or time.time()
    midnight = now - now % 86400
    opened = int((midnight - 18 * 3600) * 1e9)  # yesterday, 6:00 UTC
    dice = random.Random(20261121)
    server = Server(args.url, args.project, os.environ.get("VIREO_API_KEY"))
    server.register_versions()
    spans = []
    for start in start_times(dice, args.requests, now):
        spans += Trace(make_request(dice, start, opened)).finish()
        if len(spans) >= 1200:
            server.send(spans)
            spans = []
    if spans:
        server.send(spans)
    since = datetime.datetime.fromtimestamp(opened / 1e9, datetime.timezone.utc)
    print(f"{args.requests} requests of {MODEL} are in the project {args.project}: {args.url}/")
    print(f"Customers of one country complain that the checkout is slow since {since:%A %H:%M} UTC. Which, and why?")


if __name__ == "__main__":
    main()
