"""sys as an ESP32 has it, with a stdin that waits for the console."""

import io
import sys as _port
from sys import argv, byteorder, exit, implementation, maxsize, modules, path, print_exception
from sys import stderr, version, version_info
import _host
from _node import wait
from uctypes import addressof

__name__ = "sys"
platform = "esp32"
implementation = (
    implementation[0],
    implementation[1],
    "Generic ESP32 module with ESP32",
    implementation[3],
)


class _Implementation(tuple):
    name = implementation[0]
    version = implementation[1]
    _machine = implementation[2]
    _mpy = implementation[3]


implementation = _Implementation(implementation)


class _Stdin(io.IOBase):
    """Bytes from the console; as text, carriage returns become line feeds."""

    _h = 0  # the console's number in select.poll

    def __init__(self, translate):
        self._translate = translate

    def readinto(self, buf, count=-1):
        view = memoryview(buf)
        wanted = len(buf) if count < 0 else min(count, len(buf))
        done = 0
        while done < wanted:
            done += self._some(view[done:wanted])
        return done

    def read(self, count=-1):
        if count < 0:
            count = 1 << 20  # a console has no end: read until Ctrl-C
        buf = bytearray(count)
        self.readinto(buf)
        return self._result(buf)

    def readline(self):
        line = bytearray()
        one = bytearray(1)
        while one[0] != 10:
            self.readinto(one)
            line.extend(one)
        return self._result(line)

    def _some(self, view):
        count = wait("stdin.readinto", addressof(view), len(view))
        if self._translate:
            for i in range(count):
                if view[i] == 13:
                    view[i] = 10
        return count

    def _result(self, buf):
        return bytes(buf).decode() if self._translate else bytes(buf)


class _Stdout(io.IOBase):
    """The console; as text, a line feed goes out as CR LF."""

    def __init__(self, raw):
        self._raw = raw

    def write(self, data):
        if self._raw:
            if len(data):
                _host.write_raw(addressof(data), len(data))
        else:
            _port.stdout.write(data)
        return len(data)

    def flush(self):
        pass


stdin = _Stdin(True)
stdin.buffer = _Stdin(False)
stdout = _Stdout(False)
stdout.buffer = _Stdout(True)
