"""A person with a phone, as far as the server can see: HTTP, a session cookie, and nothing else."""

import http.client
import json
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote, urlsplit

_TIMEOUT_S = 30
_REFUSED = 400


class Unexpected(RuntimeError):
    """The server answered what the story did not foresee."""


@dataclass(slots=True)
class Client:
    """One person's client. ``log_in`` first."""

    base_url: str
    language: str = "en"
    csrf: str = ""
    cookies: dict[str, str] = field(default_factory=dict)

    def log_in(self, login: str, password: str) -> dict[str, Any]:
        """Open a session; what it shows."""
        session: dict[str, Any] = self.post("/api/v1/session", {"login": login, "password": password})
        self.csrf = session["csrf"]
        return session

    def get(self, path: str) -> Any:
        """What a path answers, as JSON."""
        return json.loads(self.bytes_of(path))

    def post(self, path: str, body: Any) -> Any:
        """Send JSON; what comes back."""
        return json.loads(self._ask("POST", path, json.dumps(body).encode()))

    def bytes_of(self, path: str) -> bytes:
        """What a path answers, as it is."""
        return self._ask("GET", path, None)

    def _ask(self, method: str, path: str, body: bytes | None) -> bytes:
        where = urlsplit(self.base_url)
        kind = http.client.HTTPSConnection if where.scheme == "https" else http.client.HTTPConnection
        connection = kind(where.hostname or "127.0.0.1", where.port, timeout=_TIMEOUT_S)
        headers = {
            "Accept-Language": self.language,
            "Content-Type": "application/json",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "X-CSRF-Token": self.csrf,
        }
        try:
            connection.request(method, where.path.rstrip("/") + quote(path, safe="/?=&"), body, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie") or ():
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        if answer.status >= _REFUSED:
            message = f"{method} {path}: {answer.status} {content.decode(errors='replace')[:500]}"
            raise Unexpected(message)
        return content
