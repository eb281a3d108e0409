"""The files of a commit's src/ folder, listed in flash so that memory does not grow with them.

A line of the list is `d 0 <tree id> <path>` or `f <size> <blob id> <path>`; a folder comes before
what is in it.
"""

from micropython import const

from ota import blob
from ota.errors import Refused

PLAN = "/next.plan"
FOLDER = "src"
# The one file in an installed folder that is not from the repository.
VERSION_FILE = ".version"

_NAME = const(255)
_PLAN_LIMIT = const(262144)
_SIZE_LIMIT = const(16777216)
_CONTROL = const(32)


def _check_name(name, path):
    """Refuse a name that leaves its folder or that the file system cannot hold."""
    if not name or name in (".", "..") or path == VERSION_FILE:
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
    if not isinstance(name, str) or not isinstance(blob_id, str) or not blob.is_id(blob_id):
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


def parse(line):
    """Split a line of the list into kind, size, id and path."""
    kind, size, blob_id, path = str(line, "utf-8").rstrip("\n").split(" ", 3)
    return kind, int(size), blob_id, path


def _root(gogs, commit):
    found = []

    def visit(entry):
        if entry.get("path") == FOLDER and entry.get("type") == "tree":
            found.append(entry.get("sha"))

    gogs.tree(commit, visit)
    if len(found) != 1 or not blob.is_id(found[0]):
        raise Refused("commit %s has no folder src/" % commit)
    return found[0]


def _append(gogs, tree_id, prefix, plan_path):
    with open(plan_path, "ab") as plan:

        def visit(entry):
            plan.write(_line(entry, prefix).encode())
            if plan.tell() > _PLAN_LIMIT:
                raise Refused("src/ has too many files")

        gogs.tree(tree_id, visit)


def _next_folder(plan_path, offset):
    """Find the next folder in the list; returns its id, its path and where to go on."""
    with open(plan_path, "rb") as plan:
        plan.seek(offset)
        while True:
            line = plan.readline()
            if not line:
                return None, None, offset
            if line.startswith(b"d"):
                _, _, tree_id, path = parse(line)
                return tree_id, path, plan.tell()


def write_plan(gogs, commit, plan_path=PLAN):
    """List all files of src/ at a commit, folder by folder."""
    with open(plan_path, "wb"):
        pass
    _append(gogs, _root(gogs, commit), "", plan_path)
    offset = 0
    while True:
        tree_id, path, offset = _next_folder(plan_path, offset)
        if tree_id is None:
            return
        _append(gogs, tree_id, path + "/", plan_path)
