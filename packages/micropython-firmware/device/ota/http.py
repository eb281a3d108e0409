"""HTTP/1.1 over one kept-alive socket; bodies are streamed into the caller's buffer."""

import socket

from micropython import const

from ota.errors import OtaError

_LINE = const(1024)
_HEADERS = const(64)
_READ = const(256)
_UNLIMITED = const(0x3FFFFFFF)
_BODYLESS = (204, 304)


class HttpError(OtaError):
    """The answer is not HTTP, or does not keep the length that it promised."""


def _secure(sock, host, ca):
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca is None:
        context.verify_mode = ssl.CERT_NONE
    else:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cafile=ca)
    try:
        return context.wrap_socket(sock, server_hostname=host)
    except ValueError as error:
        # What is wrong with a certificate is a ValueError in MicroPython.
        raise HttpError("%s is not to be trusted: %s" % (host, error))


def _number(text, base):
    try:
        number = int(text, base)
    except ValueError:
        number = -1
    if number < 0:
        raise HttpError("a length is not a number")
    return number


class Response:
    """The answer to one request. Its body can be read once, up to `limit` bytes."""

    def __init__(self, connection, status, reason, keep):
        self.status = status
        self.reason = reason
        # Content-Length; None if the body is chunked or ends with the connection.
        self.length = None
        self.limit = _UNLIMITED
        self._connection = connection
        self._keep = keep
        self._chunked = False
        # What is left of the body or the chunk; None if only the connection's end tells.
        self._left = None
        self._done = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Let go of the connection; it is kept only if the whole body was read."""
        if not self._done or not self._keep:
            self._done = True
            self._connection.close()

    def readinto(self, buf):
        """Read the next part of the body into `buf`; returns its length, 0 at the end."""
        if self._chunked and not self._left and not self._done:
            self._next_chunk()
        if self._done:
            return 0
        wanted = len(buf) if self._left is None else min(len(buf), self._left)
        count = self._connection.readinto(buf, wanted)
        self.limit -= count
        if self.limit < 0:
            raise HttpError("the answer is too long")
        if self._left is None:
            self._done = count == 0
            return count
        if count < wanted:
            raise HttpError("the answer was cut short")
        self._left -= count
        if self._left == 0 and self._chunked:
            self._connection.blank_line()
        self._done = self._left == 0 and not self._chunked
        return count

    def read(self):
        """Return the whole body."""
        body = bytearray()
        buf = memoryview(bytearray(_READ))
        count = self.readinto(buf)
        while count:
            body.extend(buf[:count])
            count = self.readinto(buf)
        return bytes(body)

    def headers(self, has_body):
        """Read the rest of the head; to be called once, by the connection."""
        for _ in range(_HEADERS):
            line = self._connection.line()
            if not line:
                break
            self._header(line)
        else:
            raise HttpError("too many headers")
        if self._chunked:
            self.length = None
        elif not has_body:
            self._done = True
        elif self.length is None:
            self._keep = False
        else:
            self._left = self.length
            self._done = self.length == 0

    def _header(self, line):
        name, _, value = line.lower().partition(b":")
        value = value.strip()
        if name == b"content-length":
            length = _number(value, 10)
            if self.length not in (None, length):
                raise HttpError("two different lengths")
            self.length = length
        elif name == b"transfer-encoding":
            if value != b"chunked":
                raise HttpError("transfer encoding is not chunked")
            self._chunked = True
        elif name == b"content-encoding" and value != b"identity":
            raise HttpError("the answer is compressed")
        elif name == b"connection" and value == b"close":
            self._keep = False

    def _next_chunk(self):
        self._left = _number(self._connection.line().split(b";")[0], 16)
        if self._left == 0:
            self._done = True
            for _ in range(_HEADERS):
                if not self._connection.line():
                    return
            raise HttpError("too many trailers")


class Connection:
    """A connection to one server, opened when it is needed and kept for the next request."""

    def __init__(self, tls, host, port, timeout, feed, ca=None):
        self._tls = tls
        self._host = host
        self._port = port
        self._timeout = timeout
        self._feed = feed
        self._ca = ca
        self._sock = None

    def request(self, method, path, headers="", body=None):
        """Send a request and read the head of the answer. `headers` is lines ending in CRLF."""
        kept = self._sock is not None
        try:
            return self._exchange(method, path, headers, body)
        except (OSError, HttpError):
            self.close()
            if not kept or method != "GET":
                raise
        # A server may close a kept connection at any time: ask once more on a new one.
        try:
            return self._exchange(method, path, headers, body)
        except (OSError, HttpError):
            self.close()
            raise

    def close(self):
        if self._sock is not None:
            sock = self._sock
            self._sock = None
            sock.close()

    def line(self):
        """Read a line of the head of an answer or a chunk."""
        line = self._sock.readline(_LINE)
        if not line:
            raise HttpError("the server closed the connection")
        if not line.endswith(b"\n"):
            raise HttpError("a line is cut short or too long")
        return line.strip()

    def blank_line(self):
        if self.line():
            raise HttpError("a chunk is longer than it says")

    def readinto(self, buf, wanted):
        count = self._sock.readinto(buf, wanted)
        self._feed()
        return count

    def _open(self):
        family, kind, proto, _, address = socket.getaddrinfo(
            self._host, self._port, 0, socket.SOCK_STREAM
        )[0]
        self._feed()
        sock = socket.socket(family, kind, proto)
        try:
            sock.settimeout(self._timeout)
            sock.connect(address)
            self._feed()
            if self._tls:
                sock = _secure(sock, self._host, self._ca)
                self._feed()
        except (OSError, HttpError):
            sock.close()
            raise
        self._sock = sock

    def _exchange(self, method, path, headers, body):
        if self._sock is None:
            self._open()
        host = self._host
        if self._port != (443 if self._tls else 80):
            host += ":%d" % self._port
        head = "%s %s HTTP/1.1\r\nHost: %s\r\n%s" % (method, path, host, headers)
        if body is not None:
            head += "Content-Length: %d\r\n" % len(body)
        self._sock.write((head + "\r\n").encode())
        if body is not None:
            self._sock.write(body)
        parts = self.line().split(None, 2)
        if len(parts) < 2 or not parts[0].startswith(b"HTTP/1.") or not parts[1].isdigit():
            raise HttpError("the answer is not HTTP")
        reason = parts[2] if len(parts) > 2 else b""
        response = Response(self, int(parts[1]), reason, parts[0] != b"HTTP/1.0")
        response.headers(method != "HEAD" and response.status not in _BODYLESS)
        self._feed()
        return response
