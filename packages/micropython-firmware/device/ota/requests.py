"""HTTP for applications, with the interface of MicroPython's `requests`."""

import json as _json

from micropython import const

from ota import http, url

_CHUNK = const(512)
_TIMEOUT = const(5)


class Response(http.Response):
    """An answer. Reading its content closes it; so does `with`."""

    encoding = "utf-8"
    _content = None

    def close(self):
        self._keep = False
        super().close()

    def save(self, file):
        """Write the body to a file."""
        buf = bytearray(_CHUNK)
        with self, open(file, "wb") as out:
            count = self.readinto(buf)
            while count:
                out.write(buf, count)
                count = self.readinto(buf)

    @property
    def content(self):
        if self._content is None:
            with self:
                self._content = self.read()
        return self._content

    @property
    def text(self):
        return str(self.content, self.encoding)

    def json(self):
        return _json.loads(self.content)


def _method(name):
    return lambda self, address, **options: self.request(name, address, **options)


class Requests:
    """What applications get as `env["requests"]`."""

    def request(
        self,
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
        """Ask a server. Redirects are not followed; https is checked against the file `ca`."""
        tls, host, port, path = url.split(address)
        if logger:
            logger(append="request")(method, host, port, path)
        lines = "Connection: close\r\n"
        for header in (headers or {}).items():
            lines += "%s: %s\r\n" % header
        if json is not None:
            data = _json.dumps(json)
            lines += "Content-Type: application/json\r\n"
        if isinstance(data, str):
            data = data.encode()
        # The watchdog is the application's to feed.
        connection = http.Connection(tls, host, port, timeout, ca, lambda: None)
        connection.answer = Response
        response = connection.request(method, path, lines, data)
        response.raw = response
        return response

    head = _method("HEAD")
    get = _method("GET")
    post = _method("POST")
    put = _method("PUT")
    patch = _method("PATCH")
    delete = _method("DELETE")


requests = Requests()
