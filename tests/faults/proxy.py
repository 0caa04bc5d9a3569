"""A bad network between a phone and the park: answers are lost, come twice, late, or from somebody else."""

import http.client
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self
from urllib.parse import urlsplit

#: ``lost``: the park heard it, the answer never arrives. ``unheard``: the park never heard it. ``twice``: heard twice, answered
#: once; ``twice_lost``: heard twice, answered never. ``late``: after ``LATE_S``. ``page``: a captive portal answers 200 with a page of its own. ``sent_on``: it sends
#: the phone to another host. ``broken``: 500 without a word. ``half``: the answer breaks off in the middle.
Fault = Literal["none", "lost", "unheard", "twice", "twice_lost", "late", "page", "sent_on", "broken", "half"]
Weather = Callable[[str, str], Fault]
LATE_S = 0.4
_PORTAL = b"<!doctype html><title>Welcome</title><h1>Accept our terms to go online</h1>"


def fine(_method: str, _path: str) -> Fault:
    """No trouble at all."""
    return "none"


def storm(seed: int, odds: dict[Fault, float], paths: str = "/api/v1/sync") -> Weather:
    """Each request to ``paths`` suffers a fault by these odds, drawn from a seed: the same storm every time."""
    drawn = random.Random(seed)

    def weather(_method: str, path: str) -> Fault:
        if not path.startswith(paths):
            return "none"
        dice = drawn.random()
        for fault, share in odds.items():
            dice -= share
            if dice < 0:
                return fault
        return "none"

    return weather


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    network: "Network"

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A phone that died has hung up: no trouble of ours.
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Line(BaseHTTPRequestHandler):
    """One connection of the phone."""

    protocol_version = "HTTP/1.1"
    server: "_Server"

    def handle_one(self) -> None:
        network = self.server.network
        fault = network.weather(self.command, self.path)
        network.seen[fault] += 1
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if fault == "unheard":
            return self.drop()
        if fault in {"page", "sent_on", "broken"}:
            return self.from_somebody_else(fault)
        if fault == "late":
            time.sleep(LATE_S)
        for _ in range(2 if fault in {"twice", "twice_lost"} else 1):
            answer, content = self.ask(body)
        if fault in {"lost", "twice_lost"}:
            return self.drop()
        return self.pass_on(answer, content, half=fault == "half")

    def ask(self, body: bytes) -> tuple[http.client.HTTPResponse, bytes]:
        upstream = http.client.HTTPConnection(*self.server.network.upstream, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        upstream.request(self.command, self.path, body or None, headers)
        answer = upstream.getresponse()
        content = answer.read()
        upstream.close()
        return answer, content

    def pass_on(self, answer: http.client.HTTPResponse, content: bytes, *, half: bool) -> None:
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"transfer-encoding", "connection", "content-length", "server", "date"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "HEAD":
            return
        self.wfile.write(content[: len(content) // 2] if half else content)
        if half:
            self.drop()

    def from_somebody_else(self, fault: Fault) -> None:
        status = {"page": 200, "sent_on": 302, "broken": 500}[fault]
        content = b"" if fault == "broken" else _PORTAL
        self.send_response(status)
        if fault == "sent_on":
            self.send_header("Location", "http://portal.invalid/login")
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def drop(self) -> None:
        self.close_connection = True
        self.connection.close()

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = handle_one  # noqa: N815 - as the library calls them


class Network:
    """Listens on a free port of localhost and passes everything on to ``upstream`` (``http://host:port``), as the
    weather has it. ``seen`` counts what befell requests."""

    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        self.upstream = (parts.hostname or "", parts.port)
        self.weather: Weather = fine
        self.seen: Counter[Fault] = Counter()
        self._server = _Server(("127.0.0.1", 0), _Line)
        self._server.network = self
        self.base = f"http://localhost:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
