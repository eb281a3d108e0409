"""HTTP/1.1 over one kept-alive connection; bodies are streamed into the caller's buffer."""

from micropython import const

from ota.errors import OtaError
from ota.stream import Stream

_HEADERS = const(64)
_READ = const(256)
_UNLIMITED = const(0x3FFFFFFF)
_BODYLESS = (204, 304)


class HttpError(OtaError):
    """The answer is not HTTP, or does not keep the length that it promised."""


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
        stream = self._connection.stream
        if not self._done:
            stream.begin()
            if self._chunked and not self._left:
                self._next_chunk()
        if self._done:
            return 0
        wanted = len(buf) if self._left is None else min(len(buf), self._left)
        count = stream.readinto(buf, wanted)
        self.limit -= count
        if self.limit < 0:
            raise HttpError("the answer is too long")
        if self._left is None:
            self._done = count == 0
            return count
        if count < wanted:
            raise HttpError("the answer was cut short")
        self._left -= count
        if self._left == 0:
            if not self._chunked:
                self._done = True
            elif self._connection.line():
                raise HttpError("a chunk is longer than it says")
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
        self._lines(self._header)
        if self._chunked:
            self.length = None
        elif not has_body:
            self._done = True
        elif self.length is None:
            self._keep = False
        else:
            self._left = self.length
            self._done = self.length == 0

    def _lines(self, visit):
        for _ in range(_HEADERS):
            line = self._connection.line()
            if not line:
                return
            visit(line)
        raise HttpError("too many headers")

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
            self._lines(lambda line: None)


class Connection:
    """A connection to one server, opened when it is needed and kept for the next request."""

    def __init__(self, tls, host, port, timeout, feed, ca=None):
        self.stream = None
        self._open = lambda: Stream(host, port, timeout, feed, tls, ca)
        self._host = host if port == (443 if tls else 80) else "%s:%d" % (host, port)

    def request(self, method, path, headers="", body=None):
        """Send a request and read the head of the answer. `headers` is lines ending in CRLF."""
        while True:
            # A server may close a kept connection at any time: then ask once more on a new one.
            again = self.stream is not None and method == "GET"
            try:
                return self._exchange(method, path, headers, body)
            except (OSError, OtaError):
                self.close()
                if not again:
                    raise

    def close(self):
        if self.stream is not None:
            stream = self.stream
            self.stream = None
            stream.close()

    def line(self):
        """Read a line of the head of an answer or a chunk."""
        line = self.stream.readline()
        if not line:
            raise HttpError("the server closed the connection")
        if not line.endswith(b"\n"):
            raise HttpError("a line is cut short or too long")
        return line.strip()

    def _exchange(self, method, path, headers, body):
        if self.stream is None:
            self.stream = self._open()
        self.stream.begin()
        head = "%s %s HTTP/1.1\r\nHost: %s\r\n%s" % (method, path, self._host, headers)
        if body is not None:
            head += "Content-Length: %d\r\n" % len(body)
        self.stream.write((head + "\r\n").encode())
        if body is not None:
            self.stream.write(body)
        parts = self.line().split(None, 2)
        if len(parts) < 2 or not parts[0].startswith(b"HTTP/1.") or not parts[1].isdigit():
            raise HttpError("the answer is not HTTP")
        reason = parts[2] if len(parts) > 2 else b""
        response = Response(self, int(parts[1]), reason, parts[0] != b"HTTP/1.0")
        response.headers(method != "HEAD" and response.status not in _BODYLESS)
        return response
