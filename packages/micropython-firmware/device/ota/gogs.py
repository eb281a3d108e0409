"""The parts of the Gogs API that a node needs. The token travels in a header only."""

from micropython import const

from ota import OtaError, Refused, blob, describe, http, url, wrong_answer
from ota.jsonstream import JsonStream

_ID_LIMIT = const(128)
_LIMIT = const(0x40000)
# There is only one list of all tags, with the message of each one's commit.
_TAGS_LIMIT = const(0x400000)
_OK = const(200)
_UNAUTHORIZED = const(401)
_FORBIDDEN = const(403)
_NOT_FOUND = const(404)


class Gogs:
    """One repository, read over one kept-alive connection."""

    def __init__(self, remote, token, timeout, buf, ca=None):
        tls, host, port, base, self._name = url.split_remote(remote)
        self._api = url.quote(base + "/api/v1/repos/" + self._name)
        self._server = "%s:%d" % (host, port)
        self._headers = "Authorization: token %s\r\n" % token if token else ""
        self._connection = http.Connection(tls, host, port, timeout, ca)
        self._buf = buf
        self.close = self._connection.close

    def ref(self, kind, name):
        """Return the commit id of a branch or a tag: one request of a few hundred bytes."""
        hint = "is there a %s '%s'?" % ("branch" if kind == "heads" else "tag", name)
        with self._get("/commits/refs/%s/%s" % (kind, name), hint) as response:
            body = response.read(_ID_LIMIT)
        try:
            commit = str(body, "utf-8").strip()
        except UnicodeError:
            commit = None
        if not blob.is_id(commit):
            raise wrong_answer("is no commit id")
        return commit

    def date(self, commit):
        """Return when a commit was made, as a text that can be compared; step by step."""
        found = None
        for depth, key, value in self._events("/commits/" + commit):
            if depth == 3 and key == "date":
                # The author's comes first, the committer's last.
                found = value
            yield
        if not isinstance(found, str):
            raise wrong_answer("has no date")
        return found

    def tags(self):
        """Yield (name, commit id) of each tag."""
        tag = {}
        for depth, key, value in self._events("/tags", _TAGS_LIMIT):
            if depth == 2 and key is None:
                if isinstance(tag.get("name"), str) and blob.is_id(tag.get("id")):
                    yield tag["name"], tag["id"]
                tag.clear()
            elif (depth, key) in ((2, "name"), (3, "id")):
                tag[key] = value

    def tree(self, tree_id):
        """Yield path, type, size and sha of each entry of one folder, as they come.

        The dictionary that is yielded is used again for the next entry.
        """
        entry = {}
        found = listed = False
        for depth, key, value in self._events("/git/trees/" + tree_id):
            if depth == 1:
                if key == "sha" and value != tree_id:
                    raise wrong_answer("is another folder")
                listed = key == "tree" and value == ()
                # An empty list is null in Gogs.
                found |= listed or (key == "tree" and value is None)
            elif listed and depth == 3:
                if key is None:
                    yield entry
                    entry.clear()
                elif value != ():
                    entry[key] = value
        if not found:
            raise wrong_answer("has no list 'tree'")

    def file(self, commit, path):
        """Open a file of a commit; the caller reads and closes the response."""
        # Gogs answers 500 for anything that is not a blob, and its trees do not tell links apart.
        return self._get("/raw/%s/%s" % (commit, path), "is it a symbolic link?")

    def _events(self, path, limit=_LIMIT):
        with self._get(path, "is the commit gone?") as response:
            yield from JsonStream(response, self._buf, limit).events()

    def _get(self, path, hint):
        """Ask for a path; `hint` is what an error of the server may mean."""
        try:
            address = self._api + url.quote(path)
            response = self._connection.request("GET", address, self._headers)
        except OSError as error:
            raise OtaError("%s does not answer: %s" % (self._server, describe(error)))
        status = response.status_code
        if status == _OK:
            return response
        response.close()
        where = self._name + path
        if 300 <= status < 400:
            raise Refused("%s redirects: not followed" % self._name)
        if status in (_UNAUTHORIZED, _FORBIDDEN):
            raise Refused("gogsToken may not read %s (HTTP %d)" % (where, status))
        if status == _NOT_FOUND:
            raise Refused("%s is not there, or gogsToken has no access (HTTP 404)" % where)
        hint = ": " + hint if status == 500 else ""
        raise OtaError("HTTP %d for %s%s" % (status, where, hint))
