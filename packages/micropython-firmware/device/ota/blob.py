"""Git's name for the content of a file: the SHA-1 of its length and its bytes."""

import binascii
import hashlib

from micropython import const

_ID = const(40)


def is_id(text):
    """Tell whether a text is the full name of a Git object."""
    if len(text) != _ID:
        return False
    for char in text:
        if char not in "0123456789abcdef":
            return False
    return True


class Blob:
    """The name of a content of `size` bytes that arrives piece by piece."""

    def __init__(self, size):
        self.left = size
        self._sha = hashlib.sha1(b"blob %d\0" % size)

    def update(self, data):
        self.left -= len(data)
        self._sha.update(data)

    def id(self):
        return binascii.hexlify(self._sha.digest()).decode()


def copy(source, target, size, blob_id, buf):
    """Copy a file; returns whether the bytes that were copied are the blob."""
    view = memoryview(buf)
    blob = Blob(size)
    with open(source, "rb") as infile, open(target, "wb") as outfile:
        while True:
            count = infile.readinto(buf)
            if not count:
                break
            data = view[:count]
            blob.update(data)
            outfile.write(data)
    return blob.left == 0 and blob.id() == blob_id
