"""The files of a commit's src/ folder, listed in flash so that memory does not grow with them.

The list is /next/.tree and, once that version is installed, /src/.tree. It begins with
`c 0 <commit> <its date>`; then come lines `d 0 <tree id> <path>` and `f <size> <blob id> <path>`,
folder by folder in Git's order, a folder before what is in it. The first folder is src itself.
"""

import binascii
import os

from micropython import const

from ota import blob, install
from ota.errors import Refused

FOLDER = "src"
_LIST = "/.tree"
PLAN = install.NEXT + _LIST
_PART = PLAN + ".part"
# What is in an installed folder besides the files of the repository.
_RESERVED = (".version", ".tree", ".tree.part")

_NAME = const(255)
_PLAN_LIMIT = const(262144)
_SIZE_LIMIT = const(16777216)
_CONTROL = const(32)


def _check_name(name, path):
    """Refuse a name that leaves its folder or that the file system cannot hold."""
    if not name or name in (".", "..") or path in _RESERVED:
        raise Refused("src/%s: this name is not allowed" % path)
    if len(name.encode()) > _NAME:
        raise Refused("src/%s: the name is longer than %d bytes" % (path, _NAME))
    for char in name:
        if char in "/\\" or ord(char) < _CONTROL:
            raise Refused("src/%s: a character in this name is not allowed" % path)


def _line(entry, prefix):
    """Turn an entry of a folder into a line of the list."""
    name = entry.get("path")
    blob_id = entry.get("sha")
    size = entry.get("size")
    if not isinstance(name, str) or not blob.is_id(blob_id):
        raise Refused("the list of src/%s has an entry without name or id" % prefix)
    path = prefix + name
    _check_name(name, path)
    kind = entry.get("type")
    if kind == "tree":
        return "d 0 %s %s\n" % (blob_id, path)
    if kind == "commit":
        raise Refused("src/%s is a submodule, which cannot be installed" % path)
    if kind != "blob" or not isinstance(size, int) or not 0 <= size <= _SIZE_LIMIT:
        raise Refused("src/%s is neither a file nor a folder that can be installed" % path)
    return "f %d %s %s\n" % (size, blob_id, path)


def _parse(line):
    kind, size, blob_id, path = str(line, "utf-8").rstrip("\n").split(" ", 3)
    return kind, int(size), blob_id, path


def lines(path):
    """Yield kind, size, id and path of each line of a list; nothing if it is not there."""
    try:
        with open(path, "rb") as plan:
            line = plan.readline()
            while line:
                yield _parse(line)
                line = plan.readline()
    except (OSError, ValueError, UnicodeError):
        # It is not there, or somebody else wrote it.
        return


def is_of(commit):
    """Tell whether /next has the whole list of a commit."""
    for kind, _, listed, _ in lines(PLAN):
        return kind == "c" and listed == commit
    return False


def date_of(folder):
    """Return when the commit in a folder was made, as far as it is known."""
    for _, _, _, date in lines(folder + _LIST):
        return date
    return ""


def _inside(folder):
    """Yield the entries that the running version's list has directly in a folder."""
    prefix = folder + "/" if folder else ""
    for kind, size, blob_id, path in lines(install.SRC + _LIST):
        if kind != "c" and path and path.startswith(prefix) and "/" not in path[len(prefix) :]:
            yield kind, size, blob_id, path, path[len(prefix) :].encode()


def _known(tree_id, folder):
    """Tell whether the running version's list has a folder as it is in Git now.

    The list is not trusted: from its lines the folder's own id is made, as Git does it. Gogs does
    not tell which files are executable, so a folder with such a file is not known.
    """
    size = 0
    for kind, _, _, _, name in _inside(folder):
        size += (6 if kind == "d" else 7) + len(name) + 21
    content = blob.Blob(size, "tree")
    for kind, _, blob_id, _, name in _inside(folder):
        content.update((b"40000 " if kind == "d" else b"100644 ") + name + b"\0")
        content.update(binascii.unhexlify(blob_id))
    return content.id() == tree_id


def _root(gogs, commit):
    found = None
    for entry in gogs.tree(commit):
        if entry.get("path") == FOLDER and entry.get("type") == "tree":
            found = entry.get("sha")
    if not blob.is_id(found):
        raise Refused("commit %s has no folder src/" % commit)
    return found


def _next_folder(offset):
    """Find the next folder in the list; returns its id, its path and where to go on."""
    with open(_PART, "rb") as plan:
        plan.seek(offset)
        while True:
            line = plan.readline()
            if not line:
                return None, None, offset
            if line.startswith(b"d"):
                _, _, tree_id, path = _parse(line)
                return tree_id, path, plan.tell()


def write(gogs, commit, date):
    """List all files of src/ at a commit, folder by folder; only changed folders are asked for."""
    with open(_PART, "wb") as plan:
        plan.write("c 0 %s %s\nd 0 %s \n" % (commit, date, _root(gogs, commit)))
    offset = 0
    while True:
        tree_id, folder, offset = _next_folder(offset)
        if tree_id is None:
            break
        with open(_PART, "ab") as plan:
            if _known(tree_id, folder):
                for kind, size, blob_id, path, _ in _inside(folder):
                    plan.write("%s %d %s %s\n" % (kind, size, blob_id, path))
                    yield
                continue
            for entry in gogs.tree(tree_id):
                plan.write(_line(entry, folder + "/" if folder else ""))
                if plan.tell() > _PLAN_LIMIT:
                    raise Refused("src/ has too many files")
                yield
    os.rename(_PART, PLAN)


def is_whole(folder, buf):
    """Look at every byte of an installed version: is each file what its list says?

    A version that came over the cable has no list, and nothing to compare with.
    """
    for kind, size, blob_id, path in lines(folder + _LIST):
        if kind == "f" and not blob.copy(folder + "/" + path, None, size, blob_id, buf):
            return False
    return True
