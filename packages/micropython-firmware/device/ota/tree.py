"""The files of a commit's src/ folder, listed in flash so that memory does not grow with them.

The list is /next/.tree and, once that version is installed, /src/.tree. It begins with
`c 0 <commit> <its date>`; then come lines `d 0 <tree id> <path>` and `f <size> <blob id> <path>`,
folder by folder in Git's order, a folder before what is in it. The first folder is src itself.
"""

import binascii
import os

from micropython import const

from ota import Mismatch, Refused, blob, install

_LIST = "/.tree"
_PART = install.NEXT + "/.tree.part"
# What is in an installed folder besides the files of the repository.
_RESERVED = (".version", ".tree", ".tree.part")

# As the errors say.
_NAME = const(255)
_DEPTH = const(16)
_PLAN_LIMIT = const(262144)
_SIZE_LIMIT = const(16777216)


def _line(entry, prefix):
    """Turn an entry of a folder into a line of the list."""
    kind, name, blob_id = entry.get("type"), entry.get("path"), entry.get("sha")
    if not isinstance(name, str) or not blob.is_id(blob_id):
        raise Refused("src/%s lists an entry without name or id" % prefix)
    path = prefix + name
    for char in name:
        if char in "/\\" or char < " ":
            name = ""
    size = entry.get("size") if kind == "blob" else 0
    wrong = None
    if kind == "commit":
        wrong = " is a submodule"
    elif kind not in ("tree", "blob") or not isinstance(size, int) or not 0 <= size <= _SIZE_LIMIT:
        wrong = " is neither file nor folder"
    elif name in ("", ".", "..") or path in _RESERVED:
        wrong = ": this name is not allowed"
    elif prefix.count("/") > _DEPTH:
        wrong = " is more than 16 folders deep"
    elif len(name.encode()) > _NAME:
        wrong = ": the name is longer than 255 bytes"
    if wrong:
        raise Refused("src/" + path + wrong)
    return "%s %d %s %s\n" % ("f" if kind == "blob" else "d", size, blob_id, path)


def _parse(line):
    kind, size, blob_id, path = str(line, "utf-8").rstrip("\n").split(" ", 3)
    return kind, int(size), blob_id, path


def lines(folder, strict=False):
    """Yield kind, size, id and path of each line of a folder's list; nothing if it has none.

    With `strict` all of it, or an error.
    """
    try:
        with open(folder + _LIST, "rb") as plan:
            line = plan.readline()
            while line:
                yield _parse(line)
                line = plan.readline()
    except (OSError, ValueError):
        # It is not there, or somebody else wrote it.
        if strict:
            raise Mismatch("the list of files cannot be read")


def head(folder):
    """Return the commit that a folder's list is of, and when it was made, as far as is known."""
    found = None, ""
    listed = lines(folder)
    for kind, _, commit, date in listed:
        if kind == "c":
            found = commit, date
        break
    listed.close()
    return found


def _members(prefix, strict=False):
    """Yield kind, size, id and name for each line of the running version's list.

    The name is empty unless that lies directly in the folder.
    """
    for kind, size, blob_id, path in lines(install.SRC, strict):
        name = path[len(prefix) :]
        if kind == "c" or not path.startswith(prefix) or "/" in name:
            name = ""
        yield kind, size, blob_id, name


def _is_known(tree_id, prefix):
    """Tell whether the running version's list has a folder as it is in Git now.

    The list is not trusted: from its lines the folder's own id is made, as Git does it. Gogs does
    not tell which files are executable, so a folder with such a file is not known.
    """
    total = 0
    for kind, _, _, name in _members(prefix):
        if name:
            total += len(name.encode()) + (27 if kind == "d" else 28)
        yield
    sha = blob.begin(b"tree", total)
    for kind, _, blob_id, name in _members(prefix):
        if name:
            mode = "40000" if kind == "d" else "100644"
            sha.update(("%s %s\0" % (mode, name)).encode())
            sha.update(binascii.unhexlify(blob_id))
        yield
    return blob.end(sha) == tree_id


def write(gogs, commit, date):
    """List all files of src/ at a commit, step by step; only changed folders are asked for."""
    root = None
    for entry in gogs.tree(commit):
        if entry.get("path") == "src" and entry.get("type") == "tree":
            root = entry.get("sha")
        yield
    if not blob.is_id(root):
        raise Refused("commit %s has no folder src/" % commit)
    if not install.exists(install.NEXT):
        os.mkdir(install.NEXT)
    with open(_PART, "w+b") as plan:
        plan.write("c 0 %s %s\nd 0 %s \n" % (commit, date, root))
        offset = 0
        while True:
            # The list grows by what is in the folders that it names.
            yield
            plan.seek(offset)
            line = plan.readline()
            if not line:
                break
            offset = plan.tell()
            if not line.startswith(b"d"):
                continue
            _, _, tree_id, folder = _parse(line)
            prefix = folder + "/" if folder else ""
            plan.seek(0, 2)
            if (yield from _is_known(tree_id, prefix)):
                for kind, size, blob_id, name in _members(prefix, True):
                    if name:
                        plan.write("%s %d %s %s\n" % (kind, size, blob_id, prefix + name))
                    yield
                continue
            for entry in gogs.tree(tree_id):
                plan.write(_line(entry, prefix))
                if plan.tell() > _PLAN_LIMIT:
                    raise Refused("src/ has too many files")
                yield
    os.rename(_PART, install.NEXT + _LIST)


def is_whole(buf):
    """Look at every byte of the running version: is each file what its list says?

    A version that came over the cable has no list: it is not taken for a whole one.
    """
    try:
        for kind, size, blob_id, path in lines(install.SRC, True):
            file = install.SRC + "/" + path
            if kind == "f" and not (yield from blob.copy(file, None, size, blob_id, buf)):
                return False
        return True
    except (OSError, Mismatch):
        # What cannot be read is not whole either.
        return False
