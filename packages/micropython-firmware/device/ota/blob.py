"""Git's name for a content: the SHA-1 of its kind, its length and its bytes."""

import binascii
import hashlib
import os

from micropython import const

_ID = const(40)
_IS_FOLDER = const(0x4000)

LFS = "is a Git LFS pointer"
_LFS_FIRST = b"version https://git-lfs"


def is_id(text):
    """Tell whether a value is the full name of a Git object."""
    return isinstance(text, str) and len(text) == _ID and not text.strip("0123456789abcdef")


def begin(kind, size):
    """Return a hash to which `size` bytes of content are to be added."""
    return hashlib.sha1(b"%s %d\0" % (kind, size))


def end(sha):
    """Return the name of what was added."""
    return binascii.hexlify(sha.digest()).decode()


def take(source, target, size, blob_id, buf):
    """Read `source` to its end, step by step, into the file `target` if there is one.

    Returns what is wrong with the content, or None if it is the blob.
    """
    view = memoryview(buf)
    sha = begin(b"blob", size)
    left = size
    out = open(target, "wb") if target else None
    try:
        count = source.readinto(buf)
        if bytes(view[: min(count, len(_LFS_FIRST))]) == _LFS_FIRST:
            return LFS
        while count:
            left -= count
            if left < 0:
                return "is longer than its commit says"
            data = view[:count]
            sha.update(data)
            if out:
                out.write(data)
            yield
            count = source.readinto(buf)
    finally:
        if out:
            out.close()
    if left:
        return "was cut short"
    return None if end(sha) == blob_id else "has the wrong hash"


def size_of(path):
    """Return the size of a file; -1 for a folder, None if there is nothing."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return -1 if status[0] & _IS_FOLDER else status[6]


def copy(path, target, size, blob_id, buf):
    """Tell whether a file is a blob; copies it meanwhile, step by step, if there is a target."""
    if size_of(path) != size:
        return False
    with open(path, "rb") as file:
        return (yield from take(file, target, size, blob_id, buf)) is None
