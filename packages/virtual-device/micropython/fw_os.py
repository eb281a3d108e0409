"""os as on an ESP32 with LittleFS: ilistdir gives sizes, statvfs tells how full the flash is."""

import os as _port
from os import *
import _host
from _node import call, string, text

__name__ = "os"


def _absolute(path):
    path = string(path)
    parts = []
    for part in (path if path.startswith("/") else getcwd() + "/" + path).split("/"):
        if part == "..":
            if parts:
                parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)


def rename(old_path, new_path):
    # VfsPosix builds both paths in one buffer when it has a root folder, and so renames the new
    # path to itself.
    call("fs.rename", _absolute(old_path), _absolute(new_path))


def remove(path):
    # LittleFS has one call for files and empty directories.
    try:
        _port.remove(path)
    except OSError as e:
        if e.errno != 21:  # EISDIR
            raise
        _port.rmdir(path)


def rmdir(path):
    try:
        _port.rmdir(path)
    except OSError as e:
        if e.errno != 20:  # ENOTDIR
            raise
        _port.remove(path)


unlink = remove


def stat(path):
    result = _port.stat(path)
    if not result[0] & 0o777:
        return result  # of a file system that the program mounted
    # LittleFS has no permissions, and gives times by the board's clock, which starts in 2000.
    modified = max(0, result[8] - 946684800)
    return (result[0] & 0xF000, 0, 0, 0, 0, 0, result[6], modified, modified, modified)


def statvfs(path="/"):
    stat(path)
    call("fs.statvfs")
    block, total, free = (int(number) for number in text().split())
    return (block, block, total, free, free, 0, 0, 0, 0, 255)


def ilistdir(path="."):
    prefix = path if path.endswith("/") else path + "/"
    for entry in _port.ilistdir(path):
        kind = entry[1]
        size = _port.stat(prefix + entry[0])[6] if kind == 0x8000 else 0
        yield (entry[0], kind, 0, size)


def sync():
    """LittleFS has nothing left to write once files are closed."""


def urandom(count):
    from uctypes import addressof

    result = bytearray(count)
    _host.random(addressof(result), count)
    return bytes(result)


def uname():
    import sys

    release = "%d.%d.%d" % sys.implementation[1][:3]
    version = "v%s on virtual node" % release
    return ("esp32", "esp32", release, version, "Generic ESP32 module with ESP32")


def dupterm(stream, index=0):
    return None
