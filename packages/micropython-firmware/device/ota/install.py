"""Versions on flash: what runs, what is staged, what ran before, and how one becomes the other.

    /src    the running version
    /next   the version being staged: a whole one once its `.version` is written, which is last
    /prev   the last confirmed version, kept
    /old    what is being removed

/src and /prev come and go by renames only. Power may go between any two lines here; `recover`
goes on from what it finds.
"""

import os

from ota import blob
from ota.watchdog import watchdog

SRC = "/src"
NEXT = "/next"
PREV = "/prev"
_OLD = "/old"
_VERSION = "/.version"


def exists(path):
    return blob.size_of(path) is not None


def installed(folder=SRC):
    """Return the commit id that a folder holds, or None if it says none."""
    try:
        with open(folder + _VERSION, "rb") as file:
            text = str(file.read(64), "utf-8").strip()
    except (OSError, UnicodeError):
        return None
    return text if blob.is_id(text) else None


def drop(path):
    """Remove a folder: at once, for all that look at its name."""
    _clear(_OLD)
    if exists(path):
        os.rename(path, _OLD)
        _clear(_OLD)


def _clear(path):
    """Remove what is there: neither deep nor long folders take memory."""
    here = path
    while exists(path):
        inside = None
        if blob.size_of(here) >= 0:
            os.remove(here)
        else:
            # To the end: before MicroPython 1.24 nothing else closes the folder.
            for entry in os.ilistdir(here):
                inside = entry[0]
            if not inside:
                os.rmdir(here)
        here = here + "/" + inside if inside else here[: here.rfind("/")]
        watchdog.feed()


def seal(commit):
    """Say that /next holds a whole version. To be called when every file in it was checked."""
    with open(NEXT + _VERSION, "w") as file:
        file.write(commit)
    if hasattr(os, "sync"):
        os.sync()


def swap(journal):
    """Make the version in /next the running one. The one before is kept if it was a good one.

    Returns whether it did: a version whose trial cannot be written down is not installed.
    """
    found, staged = installed(), installed(NEXT)
    # The same once more takes the place of a damaged one, and is as good as that was.
    if staged not in (found, journal.good) and not journal.begin(staged):
        return False
    if exists(SRC):
        if not found or (journal.good in (None, found) and found != staged):
            drop(PREV)
            os.rename(SRC, PREV)
        else:
            drop(SRC)
    os.rename(NEXT, SRC)
    return True


def recover(journal):
    """Finish what a power cut interrupted, and return from a version that failed its trial.

    Needs no network; returns what was done, or None.
    """
    _clear(_OLD)
    if installed(NEXT) and swap(journal):
        return "finished installing %s" % installed()
    if not exists(PREV):
        return None
    found = installed()
    kept = True
    if found:
        if found == journal.trial and journal.left <= 0:
            kept = journal.condemn(found)
        if found not in journal.bad:
            return None
        os.rename(SRC, _OLD)
    elif exists(SRC):
        return None
    os.rename(PREV, SRC)
    _clear(_OLD)
    if not kept:
        # Now there is room for it.
        journal.save()
    return "returned to %s" % installed()


def rollback(journal):
    """Have the next boot return to the previous version; returns whether there is one."""
    found = installed()
    if not found or not exists(PREV):
        return False
    journal.good = installed(PREV)
    journal.error = "rolled back by command"
    return journal.condemn(found)
