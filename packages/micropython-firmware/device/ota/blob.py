"""Git's name for the content of a file: the SHA-1 of its length and its bytes."""

import binascii
import hashlib
import os

from micropython import const

_ID = const(40)
_IS_FOLDER = const(0x4000)


def is_id(text):
    """Tell whether a value is the full name of a Git object."""
    if not isinstance(text, str) or len(text) != _ID:
        return False
    for char in text:
        if char not in "0123456789abcdef":
            return False
    return True


class Blob:
    """The name of a content of `size` bytes that arrives piece by piece."""

    def __init__(self, size, kind="blob"):
        self.left = size
        self._sha = hashlib.sha1(b"%s %d\0" % (kind.encode(), size))

    def update(self, data):
        self.left -= len(data)
        self._sha.update(data)

    def id(self):
        return binascii.hexlify(self._sha.digest()).decode()


def copy(source, target, size, blob_id, buf):
    """Copy a file, or only read it if there is no target; returns whether it is the blob."""
    try:
        status = os.stat(source)
    except OSError:
        return False
    if status[0] & _IS_FOLDER or status[6] != size:
        return False
    view = memoryview(buf)
    content = Blob(size)
    out = open(target, "wb") if target else None
    try:
        with open(source, "rb") as infile:
            while True:
                count = infile.readinto(buf)
                if not count:
                    break
                data = view if count == len(buf) else view[:count]
                content.update(data)
                if out:
                    out.write(data)
    finally:
        if out:
            out.close()
    return content.left == 0 and content.id() == blob_id
