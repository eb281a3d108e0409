"""Versions on flash: what runs, what is staged, what ran before, and how one becomes the other.

    /src    the running version
    /next   the version being staged
    /prev   the version before, kept

A folder is a whole version if its `.version` holds a commit id: that file is written last and
removed first. Power may go between any two lines here; `recover` goes on from what it finds.
"""

import os

from micropython import const

from ota import blob
from ota.tree import VERSION_FILE

SRC = "/src"
NEXT = "/next"
PREV = "/prev"

_IS_FOLDER = const(0x4000)


def exists(path):
    try:
        os.stat(path)
    except OSError:
        return False
    return True


def file_size(path):
    """Return how long a file is, or None if there is no file with this name."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return None if status[0] & _IS_FOLDER else status[6]


def version(folder):
    """Return the commit id that a folder holds, or None if it is no whole version."""
    try:
        with open(folder + "/" + VERSION_FILE, "rb") as file:
            text = str(file.read(64), "utf-8").strip()
    except (OSError, UnicodeError):
        return None
    return text if blob.is_id(text) else None


def remove(path, feed):
    """Remove a version, or what is left of one."""
    if not exists(path):
        return
    # First of all it stops being a version.
    if exists(path + "/" + VERSION_FILE):
        os.remove(path + "/" + VERSION_FILE)
    _remove_tree(path, feed)


def _remove_tree(path, feed):
    if not os.stat(path)[0] & _IS_FOLDER:
        os.remove(path)
        return
    for entry in os.listdir(path):
        _remove_tree(path + "/" + entry, feed)
    os.rmdir(path)
    feed()


def seal(commit):
    """Say that /next holds a whole version. To be called when every file in it was checked."""
    with open(NEXT + "/" + VERSION_FILE, "wb") as file:
        file.write(commit.encode())
    if hasattr(os, "sync"):
        os.sync()


def swap(feed):
    """Make the whole version in /next the running one, and the running one the previous one."""
    if version(SRC) is not None:
        remove(PREV, feed)
        os.rename(SRC, PREV)
    else:
        remove(SRC, feed)
    os.rename(NEXT, SRC)


def recover(feed):
    """Finish what a power cut interrupted. Needs no network; returns what was done, or None."""
    if version(NEXT) is not None:
        swap(feed)
        return "finished the installation of " + version(SRC)
    if not exists(SRC) and version(PREV) is not None:
        os.rename(PREV, SRC)
        return "returned to " + version(SRC)
    return None
