"""Which commit a node is to run: what `gogsTrack` means.

branch          the end of gogsBranch
tag NAME        that tag
latest [RANGE]  the highest version among the tags: ^1.2, ~1.2.3, 1.2, or any
commit ID       that commit
"""

from ota import blob
from ota.errors import Refused


def version(text):
    """Return (1, 2, 3) for `1.2.3` or `v1.2.3`; None for anything else, pre-releases too."""
    parts = text[1:].split(".") if text.startswith("v") else text.split(".")
    if len(parts) != 3:
        return None
    numbers = _numbers(parts)
    return tuple(numbers) if numbers is not None else None


def _numbers(parts):
    for part in parts:
        if not part.isdigit():
            return None
    return [int(part) for part in parts]


def parse(text):
    """Split a setting into what to track and its argument; ValueError if it is neither."""
    kind, _, argument = text.partition(" ")
    argument = argument.strip()
    if kind == "branch":
        good = not argument
    elif kind == "latest":
        good = not argument or _numbers(argument.lstrip("^~v").split(".")) is not None
    elif kind == "tag":
        good = argument and not argument.startswith("-")
    else:
        good = kind == "commit" and blob.is_id(argument)
    if not good:
        raise ValueError("branch, tag NAME, latest, latest ^1.2 or commit ID is what it can be")
    return kind, argument


def fits(found, wanted):
    """Tell whether a version is in a range."""
    if not wanted:
        return True
    numbers = _numbers(wanted.lstrip("^~v").split("."))
    if wanted[0] not in "^~":
        return list(found[: len(numbers)]) == numbers
    lowest = tuple((numbers + [0] * 2)[:3])
    # How many numbers have to stay as they are: those up to the first that is not 0 for ^,
    # the first two for ~.
    same = min(2, len(numbers))
    if wanted[0] == "^":
        same = 1
        while same < len(numbers) and lowest[same - 1] == 0:
            same += 1
    return found >= lowest and found[:same] == lowest[:same]


def latest(tags, wanted, installed):
    """Return the name and commit of the highest version, and the version that is installed."""
    best = have = None
    name = commit = None
    for tag, tag_id in tags:
        found = version(tag)
        if found is None:
            continue
        if tag_id == installed and (have is None or found > have):
            have = found
        if fits(found, wanted) and (best is None or found > best):
            best, name, commit = found, tag, tag_id
    if best is None:
        raise Refused("no tag is a version like 1.2.3 that fits '%s'" % (wanted or "any"))
    return name, commit, have is not None and best < have
