"""TCP sockets with the interface and the errors of the ESP32 port."""

import io
from _node import call, string, text, wait
from uctypes import addressof

AF_INET = 2
AF_INET6 = 10
SOCK_STREAM = 1
SOCK_DGRAM = 2
SOCK_RAW = 3
IPPROTO_TCP = 6
IPPROTO_UDP = 17
IPPROTO_IP = 0
SOL_SOCKET = 4095
SO_REUSEADDR = 4
SO_KEEPALIVE = 8
TCP_NODELAY = 1

_EAGAIN = 11
_EOPNOTSUPP = 95
_MP_STREAM_FLUSH = 1
_MP_STREAM_POLL = 3
_MP_STREAM_CLOSE = 4

# Where a part of a line arrives: on a board that is C, and the heap is the program's.
_line = bytearray(256)


def getaddrinfo(host, port, af=0, type=0, proto=0, flags=0):
    host, port = _address((host, port))
    try:
        wait("net.resolve", host, timeout=-1)
    except OSError as e:
        # lwIP reports a failed look-up by its own number.
        raise OSError(-202) if e.errno == 202 else e
    return [(AF_INET, SOCK_STREAM, 0, "", (text(), port))]


def _address(address):
    host, port = address
    port = int(port)
    if not 0 <= port <= 0xFFFF:
        raise OSError(-201)  # lwIP's getaddrinfo, which the port uses for every address
    return string(host), port


class socket(io.IOBase):
    def __init__(self, af=AF_INET, type=SOCK_STREAM, proto=IPPROTO_TCP, fileno=None):
        if type != SOCK_STREAM:
            raise OSError(_EOPNOTSUPP)
        self._h = call("net.socket") if fileno is None else fileno
        self._timeout = -1

    def connect(self, address):
        wait("net.connect", self._h, *_address(address), timeout=self._timeout)

    def bind(self, address):
        call("net.bind", self._h, *_address(address))

    def listen(self, backlog=2):
        call("net.listen", self._h, backlog)

    def accept(self):
        handle = wait("net.accept", self._h, timeout=self._timeout)
        host, port = text().split()
        return (socket(fileno=handle), (host, int(port)))

    def settimeout(self, seconds):
        self._timeout = -1 if seconds is None else int(seconds * 1000)

    def setblocking(self, flag):
        self._timeout = -1 if flag else 0

    def setsockopt(self, level, option, value):
        if level == SOL_SOCKET and option == SO_REUSEADDR:
            call("net.reuse", self._h, 1 if value else 0)

    def fileno(self):
        return self._h

    def recv(self, count, flags=0):
        buf = bytearray(count)
        return bytes(memoryview(buf)[: self._receive(buf)])

    def recv_into(self, buf, count=0, flags=0):
        return self._receive(memoryview(buf)[: count or len(buf)])

    def recvfrom(self, count):
        return (self.recv(count), None)

    def send(self, data, flags=0):
        return self._send(data)

    def sendall(self, data, flags=0):
        self.write(data)

    def read(self, count=-1):
        """Up to `count` bytes, or all until the end; None where a non-blocking socket has none."""
        if count >= 0:
            buf = bytearray(count)
            done = self.readinto(buf)
            return None if done is None else bytes(memoryview(buf)[:done])
        result = bytearray()
        buf = bytearray(512)
        while True:
            try:
                done = self._receive(buf)
            except OSError as e:
                if e.errno != _EAGAIN:
                    raise
                return bytes(result) if result else None
            if not done:
                return bytes(result)
            result.extend(memoryview(buf)[:done])

    def readinto(self, buf, count=-1):
        view = memoryview(buf)
        wanted = len(buf) if count < 0 else min(count, len(buf))
        done = 0
        while done < wanted:
            try:
                got = self._receive(view[done:wanted])
            except OSError as e:
                if e.errno != _EAGAIN:
                    raise
                return done or None
            if not got:
                break
            done += got
        return done

    def readline(self, limit=-1):
        line = b""
        while limit < 0 or len(line) < limit:
            size = len(_line) if limit < 0 else min(len(_line), limit - len(line))
            try:
                got = wait("net.recv_line", self._h, addressof(_line), size, timeout=self._timeout)
            except OSError as e:
                if e.errno != _EAGAIN:
                    raise
                return line or None
            if not got:
                break
            line += bytes(memoryview(_line)[:got])
            if _line[got - 1] == 10:
                break
        return line

    def write(self, data, count=-1):
        view = memoryview(data.encode() if isinstance(data, str) else data)
        if count >= 0:
            view = view[:count]
        done = 0
        while done < len(view):
            try:
                done += self._send(view[done:])
            except OSError as e:
                if e.errno != _EAGAIN:
                    raise
                return done or None
        return done

    def makefile(self, mode="rb", buffering=0):
        return self

    def ioctl(self, request, argument):
        if request == _MP_STREAM_POLL:
            wait("poll", "0:%d:%d" % (self._h, argument), timeout=0)
            return int(text().split(":")[1]) if text() else 0
        if request == _MP_STREAM_CLOSE:
            self.close()
        return 0

    def close(self):
        if self._h >= 0:
            call("net.close", self._h)
            self._h = -1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _receive(self, view):
        if len(view) == 0:
            return 0
        return wait("net.recv", self._h, addressof(view), len(view), timeout=self._timeout)

    def _send(self, data):
        if isinstance(data, str):
            data = data.encode()
        if len(data) == 0:
            return 0
        return wait("net.send", self._h, addressof(data), len(data), timeout=self._timeout)
