"""Versions on flash: what runs, what is staged, what ran before, and how one becomes the other.

    /src    the running version
    /next   the version being staged: a whole one once its `.version` is written, which is last
    /prev   the last confirmed version, kept
    /old    what is being removed

/src and /prev come and go by renames only. Power may go between any two lines here; `recover`
goes on from what it finds.
"""

import os

from micropython import const

from ota import blob

SRC = "/src"
NEXT = "/next"
PREV = "/prev"
VERSION = "/.version"
_OLD = "/old"

_IS_FOLDER = const(0x4000)


def exists(path):
    try:
        os.stat(path)
    except OSError:
        return False
    return True


def version(folder):
    """Return the commit id that a folder holds, or None if it says none."""
    try:
        with open(folder + VERSION, "rb") as file:
            text = str(file.read(64), "utf-8").strip()
    except (OSError, UnicodeError):
        return None
    return text if blob.is_id(text) else None


def drop(path, feed):
    """Remove a folder: at once, for all that look at its name."""
    _clear(_OLD, feed)
    if exists(path):
        os.rename(path, _OLD)
        _clear(_OLD, feed)


def _clear(path, feed):
    if not exists(path):
        return
    if os.stat(path)[0] & _IS_FOLDER:
        for entry in os.listdir(path):
            _clear(path + "/" + entry, feed)
        os.rmdir(path)
    else:
        os.remove(path)
    feed()


def seal(commit):
    """Say that /next holds a whole version. To be called when every file in it was checked."""
    with open(NEXT + VERSION, "wb") as file:
        file.write(commit.encode())
    if hasattr(os, "sync"):
        os.sync()


def swap(journal, feed):
    """Make the version in /next the running one. The one before is kept if it was a good one."""
    if exists(SRC):
        found = version(SRC)
        if found is None or journal.good in (None, found):
            drop(PREV, feed)
            os.rename(SRC, PREV)
        else:
            drop(SRC, feed)
    os.rename(NEXT, SRC)


def recover(journal, feed):
    """Finish what a power cut interrupted, and return from a version that failed its trial.

    Needs no network; returns what was done, or None.
    """
    _clear(_OLD, feed)
    if version(NEXT) is not None:
        swap(journal, feed)
        return "finished the installation of %s" % version(SRC)
    if not exists(PREV):
        return None
    found = version(SRC)
    if found is not None:
        if found == journal.trial and journal.left <= 0:
            journal.condemn(found)
        if found not in journal.bad:
            return None
        os.rename(SRC, _OLD)
    elif exists(SRC):
        return None
    os.rename(PREV, SRC)
    _clear(_OLD, feed)
    return "returned to %s" % version(SRC)


def rollback(journal):
    """Have the next boot return to the previous version; returns whether there is one."""
    found = version(SRC)
    if found is None or not exists(PREV):
        return False
    journal.good = version(PREV)
    journal.error = "rolled back by command"
    journal.condemn(found)
    return True
