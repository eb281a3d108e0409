"""HTTP/1.1 over one kept-alive connection; bodies are streamed into the caller's buffer."""

from micropython import const

from ota import OtaError, wrong_answer
from ota.stream import Stream
from ota.watchdog import watchdog

_HEADERS = const(64)
_READ = const(256)
_UNLIMITED = const(0x3FFFFFFF)
_NO_CONTENT = const(204)
_NOT_MODIFIED = const(304)


def _number(text, base):
    try:
        number = int(text, base)
    except ValueError:
        number = -1
    if number < 0:
        raise OtaError("a length is not a number")
    return number


class Response:
    """The answer to one request. Its body can be read once."""

    def __init__(self, connection, status, reason, keep, has_body):
        """Read the rest of the head; to be called by the connection."""
        self.status_code = status
        self.reason = reason
        # What is left of the body or the chunk; None if only the connection's end tells.
        self._left = None
        self._connection = connection
        self._keep = keep
        self._chunked = False
        self._lines(self._header)
        self._done = not has_body
        if self._chunked:
            self._left = 0
        elif self._left is None:
            self._keep &= self._done
        else:
            self._done |= not self._left

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Let go of the connection; it is kept only if the whole body was read."""
        if not (self._done and self._keep):
            self._done = True
            self._connection.close()

    def readinto(self, buf):
        """Read the next part of the body into `buf`; returns its length, 0 at the end."""
        if self._done:
            return 0
        stream = self._connection.stream
        stream.begin()
        if self._chunked and not self._left:
            self._left = _number(self._connection.line().split(b";")[0], 16)
            if not self._left:
                self._done = True
                self._lines()
                return 0
        left = self._left
        wanted = len(buf) if left is None else min(len(buf), left)
        count = stream.readinto(buf, wanted)
        if left is None:
            self._done = not count
            return count
        if count < wanted:
            raise wrong_answer("was cut short")
        self._left -= count
        if not self._left:
            self._done = not self._chunked
            if self._chunked and self._connection.line():
                raise OtaError("a chunk is longer than it says")
        return count

    def read(self, limit=_UNLIMITED):
        """Return the whole body, which has to be within the limit."""
        body = bytearray()
        buf = memoryview(bytearray(_READ))
        count = self.readinto(buf)
        while count:
            body.extend(buf[:count])
            if len(body) > limit:
                raise wrong_answer("is too long")
            count = self.readinto(buf)
        return bytes(body)

    def _lines(self, visit=None):
        for _ in range(_HEADERS):
            line = self._connection.line()
            if not line:
                return
            if visit:
                visit(line)
        raise OtaError("too many headers")

    def _header(self, line):
        name, _, value = line.lower().partition(b":")
        value = value.strip()
        if name == b"connection":
            self._keep &= value != b"close"
        elif name == b"transfer-encoding" and value == b"chunked":
            self._chunked = True
        elif name == b"content-length":
            length = _number(value, 10)
            if self._left not in (None, length):
                raise OtaError("two different lengths")
            self._left = length
        elif name in (b"transfer-encoding", b"content-encoding") and value != b"identity":
            raise OtaError("%s cannot be read" % line)


class Connection:
    """A connection to one server, opened when it is needed and kept for the next request."""

    answer = Response

    def __init__(self, tls, host, port, timeout, ca=None, feed=watchdog.feed):
        self.stream = None
        self._target = host, port, timeout, tls, ca, feed
        self._host = host if port == (443 if tls else 80) else "%s:%d" % (host, port)

    def request(self, method, path, headers="", body=None):
        """Send a request and read the head of the answer. `headers` is lines ending in CRLF."""
        while True:
            # A server may close a kept connection at any time: then ask once more on a new one.
            again = self.stream and method == "GET"
            try:
                return self._exchange(method, path, headers, body)
            except (OSError, OtaError):
                self.close()
                if not again:
                    raise

    def close(self):
        stream, self.stream = self.stream, None
        if stream:
            stream.close()

    def line(self):
        """Read a line of the head of an answer or a chunk."""
        line = self.stream.readline()
        if not line:
            raise OtaError("the server closed the connection")
        if not line.endswith(b"\n"):
            raise OtaError("a line is cut short or too long")
        return line.strip()

    def _exchange(self, method, path, headers, body):
        if not self.stream:
            self.stream = Stream(*self._target)
        self.stream.begin()
        head = "%s %s HTTP/1.1\r\nHost: %s\r\n%s" % (method, path, self._host, headers)
        if body is not None:
            head += "Content-Length: %d\r\n" % len(body)
        self.stream.write((head + "\r\n").encode())
        if body is not None:
            self.stream.write(body)
        version, _, rest = self.line().partition(b" ")
        status, _, reason = rest.strip().partition(b" ")
        if not version.startswith(b"HTTP/1.") or not status.isdigit():
            raise wrong_answer("is not HTTP")
        status = int(status)
        has_body = method != "HEAD" and status not in (_NO_CONTENT, _NOT_MODIFIED)
        return self.answer(self, status, reason, version != b"HTTP/1.0", has_body)
