"""A local web server that fails in the ways in which a server or a proxy can fail."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATIENCE = 60.0  # seconds that a held response waits at most


class Request(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        web = self.server.web
        path = self.path.lstrip("/")
        web.requests.append((path, self.headers.get("Range", "")))
        queue = web.faults.get(path, [])
        fault = None
        if queue:
            fault = queue.pop(0) if queue[0].once else queue[0]
        try:
            (fault or Fault(Request.good))(self, path)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client has closed the connection

    def good(self, path: str) -> None:
        data = self.server.web.files.get(path)
        if data is None:
            self.send_error(404)
        else:
            self.send(data)

    def send(
        self, data: bytes, ranges: bool = True, length: bool = True, limit: int | None = None
    ) -> None:
        """Sends `data` from the requested range on, at most `limit` bytes of it."""
        start = 0
        if ranges and (wanted := self.headers.get("Range")):
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(data):
                return self.send_error(416)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        else:
            self.send_response(200)
        if length:
            self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        self.wfile.write(data[start:][:limit])
        self.wfile.flush()
        return None

    def log_message(self, *_: object) -> None:
        pass


class Fault:
    """A fault for one request, or, unless `once`, for all requests from then on."""

    def __init__(self, what: Callable[[Request, str], object], once: bool = True) -> None:
        self.what = what
        self.once = once

    def __call__(self, request: Request, path: str) -> None:
        self.what(request, path)

    def for_ever(self) -> Fault:
        return Fault(self.what, once=False)


def status(code: int) -> Fault:
    return Fault(lambda request, _: request.send_error(code))


def redirect(to: str) -> Fault:
    def answer(request: Request, _: str) -> None:
        request.send_response(302)
        request.send_header("Location", to)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return Fault(answer)


def cut(after: int) -> Fault:
    return Fault(lambda r, path: r.send(r.server.web.files[path], limit=after))


def corrupt() -> Fault:
    def answer(request: Request, path: str) -> None:
        data = bytearray(request.server.web.files[path])
        data[len(data) // 2] ^= 1
        request.send(bytes(data))

    return Fault(answer)


def without_ranges() -> Fault:
    return Fault(lambda r, path: r.send(r.server.web.files[path], ranges=False))


def other(data: bytes, length: bool = True) -> Fault:
    """Sends another file, with or without its length."""
    return Fault(lambda request, _: request.send(data, ranges=False, length=length))


def another_part() -> Fault:
    def answer(request: Request, path: str) -> None:
        data = request.server.web.files[path]
        request.send_response(206)
        request.send_header("Content-Range", f"bytes 0-{len(data) - 1}/{len(data)}")
        request.end_headers()
        request.wfile.write(data)

    return Fault(answer)


def hold(after: int, then: threading.Event) -> Fault:
    """Sends `after` bytes, and the rest once `then` is set."""

    def answer(request: Request, path: str) -> None:
        data = request.server.web.files[path]
        request.send(data, limit=after)
        if then.wait(PATIENCE):
            request.wfile.write(data[after:])

    return Fault(answer)


def stall(after: int = 0) -> Fault:
    def answer(request: Request, path: str) -> None:
        request.send(request.server.web.files[path], limit=after)
        request.server.web.closing.wait(PATIENCE)

    return Fault(answer)


def silent() -> Fault:
    return Fault(lambda request, _: request.server.web.closing.wait(PATIENCE))


class Server(ThreadingHTTPServer):
    daemon_threads = True
    web: Web


class Web:
    """The server: `files` by path, `faults` of the next requests by path, and all received
    `requests` as (path, Range)."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.faults: dict[str, list[Fault]] = {}
        self.requests: list[tuple[str, str]] = []
        self.closing = threading.Event()
        self.server = Server(("127.0.0.1", 0), Request)
        self.server.web = self
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def url(self, path: str = "") -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/{path}"

    def paths(self) -> list[str]:
        return [path for path, _ in self.requests]

    def close(self) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
