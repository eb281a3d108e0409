"""Which commit a node is to run: what `gogsTrack` means.

branch          the end of gogsBranch
tag NAME        that tag
latest [RANGE]  the highest version among the tags: ^1.2, ~1.2.3, 1.2, or any
commit ID       that commit
"""

from ota import Refused, blob

OLDER = "%s is older than what runs: allowDowngrade is off"


def numbers(text):
    """Return (1, 2) for `1.2` or `v1.2`; None for anything else, pre-releases too."""
    parts = (text[1:] if text.startswith("v") else text).split(".")
    for part in parts:
        if not part.isdigit():
            return None
    return tuple(map(int, parts))


def parse(text):
    """Split a setting into what to track and its argument; ValueError if it is neither."""
    kind, _, argument = text.partition(" ")
    argument = argument.strip()
    if kind == "branch":
        good = not argument
    elif kind == "latest":
        good = not argument or numbers(argument.lstrip("^~"))
    elif kind == "tag":
        good = argument and not argument.startswith("-")
    else:
        good = kind == "commit" and blob.is_id(argument)
    if not good:
        raise ValueError("must be branch, tag NAME, latest [^1.2] or commit ID")
    return kind, argument


def fits(found, wanted):
    """Tell whether a version is in a range."""
    if not wanted:
        return True
    lowest = numbers(wanted.lstrip("^~"))
    # How many numbers have to stay as they are: those up to the first that is not 0 for ^,
    # the first two for ~, else all.
    same = len(lowest)
    if wanted[0] == "~":
        same = min(2, same)
    elif wanted[0] == "^":
        same = 1
        while same < len(lowest) and not lowest[same - 1]:
            same += 1
    return found >= lowest and found[:same] == lowest[:same]


def latest(tags, wanted, installed):
    """Return the name and commit of the highest version, and whether what runs is higher.

    None stands for a version that runs and has no tag: nobody can tell.
    """
    best = have = None
    for tag, commit in tags:
        found = numbers(tag)
        if not found or len(found) != 3:
            continue
        if commit == installed and (not have or found > have):
            have = found
        if fits(found, wanted) and (not best or found > best[0]):
            best = found, tag, commit
    if not best:
        raise Refused("no tag like 1.2.3 fits '%s'" % (wanted or "any"))
    return best[1], best[2], have and best[0] < have
