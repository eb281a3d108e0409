"""HTTP for applications, with the interface of MicroPython's `requests`."""

import json as _json

from ota import http, url

_CHUNK = 512
_TIMEOUT = 5


def _no_feed():
    pass


class Response:
    """An answer. Reading its content closes it; so does `with`."""

    def __init__(self, connection, response):
        self.status_code = response.status
        self.reason = response.reason
        self.encoding = "utf-8"
        self.raw = response
        self._connection = connection
        self._cached = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._connection.close()
        self.raw = None
        self._cached = None

    def save(self, file):
        """Write the body to a file."""
        buf = bytearray(_CHUNK)
        view = memoryview(buf)
        try:
            with open(file, "wb") as out:
                while True:
                    count = self.raw.readinto(buf)
                    if count == 0:
                        break
                    out.write(view[:count])
        finally:
            self.close()

    @property
    def content(self):
        if self._cached is None:
            try:
                self._cached = self.raw.read()
            finally:
                self._connection.close()
                self.raw = None
        return self._cached

    @property
    def text(self):
        return str(self.content, self.encoding)

    def json(self):
        return _json.loads(self.content)


def request(
    method,
    address,
    data=None,
    json=None,
    headers=None,
    stream=None,
    timeout=_TIMEOUT,
    logger=None,
    ca=None,
):
    """Ask a server. Redirects are not followed; `ca` is a file that https is checked against."""
    tls, host, port, path = url.split(address)
    if logger is not None:
        logger(append="request")(method, host, port, path)
    lines = ""
    for name, value in (headers or {}).items():
        lines += "%s: %s\r\n" % (name, value)
    if json is not None:
        data = _json.dumps(json)
        lines += "Content-Type: application/json\r\n"
    if isinstance(data, str):
        data = data.encode()
    connection = http.Connection(tls, host, port, timeout, _no_feed, ca)
    return Response(
        connection, connection.request(method, path, lines + "Connection: close\r\n", data)
    )


def head(address, **options):
    return request("HEAD", address, **options)


def get(address, **options):
    return request("GET", address, **options)


def post(address, **options):
    return request("POST", address, **options)


def put(address, **options):
    return request("PUT", address, **options)


def patch(address, **options):
    return request("PATCH", address, **options)


def delete(address, **options):
    return request("DELETE", address, **options)
