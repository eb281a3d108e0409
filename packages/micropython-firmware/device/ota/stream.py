"""A TCP or TLS connection on which nothing takes longer than its deadline."""

import select
import socket
import time

from micropython import const

from ota import OtaError
from ota.clock import since
from ota.watchdog import watchdog

_PIECE_MS = const(20000)
_LINE = const(1024)
_ETIMEDOUT = const(116)


def _secure(sock, host, ca):
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_mode = ssl.CERT_REQUIRED if ca else ssl.CERT_NONE
    if ca:
        context.load_verify_locations(cafile=ca)
    try:
        return context.wrap_socket(sock, server_hostname=host)
    except ValueError as error:
        # What is wrong with a certificate is a ValueError in MicroPython.
        raise OtaError("%s is not to be trusted: %s" % (host, error))


class Stream:
    """Never blocks for longer than `timeout` seconds of silence, or 20 s of dripping bytes."""

    def __init__(self, host, port, timeout, tls=False, ca=None, feed=watchdog.feed):
        self.feed = feed
        self._silence_ms = int(timeout * 1000)
        found = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)[0]
        feed()
        sock = socket.socket(*found[:3])
        try:
            sock.settimeout(timeout)
            sock.connect(found[-1])
            feed()
            if tls:
                sock = _secure(sock, host, ca)
                feed()
            sock.setblocking(False)
        except (OSError, OtaError):
            sock.close()
            raise
        self._sock = sock
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)
        self.begin()

    def begin(self):
        """What is read and written from now until the next `begin` has to be done in 20 s."""
        self._began = time.ticks_ms()

    def ready(self, wait_ms=0):
        """Tell whether something has arrived."""
        for _ in self._poll.ipoll(wait_ms):
            return True
        return False

    def write(self, data):
        view = memoryview(data)
        while view:
            count = self._sock.write(view)
            if count:
                view = view[count:]
                continue
            self._poll.modify(self._sock, select.POLLOUT)
            self._wait()
            self._poll.modify(self._sock, select.POLLIN)

    def readinto(self, buf, wanted):
        """Read so many bytes; fewer if the connection ends before."""
        done = 0
        while done < wanted:
            count = self._sock.readinto(memoryview(buf)[done:] if done else buf, wanted - done)
            if count is None:
                self._wait()
            elif count:
                done += count
            else:
                break
        self.feed()
        return done

    def readline(self):
        line = b""
        while not line.endswith(b"\n") and len(line) < _LINE:
            part = self._sock.readline(_LINE)
            if part is None:
                self._wait()
            elif part:
                line += part
            else:
                break
        return line

    def close(self):
        self._sock.close()

    def _wait(self):
        left = _PIECE_MS - since(self._began)
        if left <= 0 or not self.ready(min(left, self._silence_ms)):
            raise OSError(_ETIMEDOUT)
