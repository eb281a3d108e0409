"""The parts of the Gogs API that a node needs. The token travels in a header only."""

from micropython import const

from ota import blob, http, url
from ota.errors import OtaError, Refused
from ota.jsonstream import JsonStream

_ID_LIMIT = const(128)
_LIST_LIMIT = const(0x40000)
_SERVER_ERROR = const(500)
_API = "/api/v1/repos/"


class GogsError(OtaError):
    """Gogs said no; the text says what that means."""


class Gogs:
    """One repository, read over one kept-alive connection."""

    def __init__(self, remote, token, timeout, feed, buf, ca=None):
        tls, host, port, base, self._name = url.split_remote(remote)
        self._api = url.quote(base) + _API + url.quote(self._name)
        self._server = "%s:%d" % (host, port)
        self._headers = "Authorization: token %s\r\n" % token if token else ""
        self._connection = http.Connection(tls, host, port, timeout, feed, ca)
        self._buf = buf

    def ref(self, kind, name):
        """Return the commit id of a branch or a tag: one request of a few hundred bytes."""
        hint = "is there a %s '%s'?" % ("branch" if kind == "heads" else "tag", name)
        with self._get("/commits/refs/%s/%s" % (kind, url.quote(name)), hint) as response:
            response.limit = _ID_LIMIT
            body = response.read()
        try:
            commit = str(body, "utf-8").strip()
        except UnicodeError:
            commit = None
        if not blob.is_id(commit):
            raise GogsError("the answer of %s is not a commit id" % self._name)
        return commit

    def date(self, commit):
        """Return when a commit was made, as a text that can be compared."""
        found = None
        for depth, key, value in self._events("/commits/" + commit):
            if depth == 3 and key == "date":
                # The author's comes first, the committer's last.
                found = value
        if not isinstance(found, str):
            raise GogsError("commit %s has no date" % commit)
        return found

    def tags(self):
        """Yield (name, commit id) of each tag."""
        name = commit = None
        for depth, key, value in self._events("/tags"):
            if depth == 2 and key == "name":
                name = value
            elif depth == 3 and key == "id":
                commit = value
            elif depth == 2 and key is None:
                if isinstance(name, str) and blob.is_id(commit):
                    yield name, commit
                name = commit = None

    def tree(self, tree_id):
        """Yield path, type, size and sha of each entry of one folder, as they come.

        The dictionary that is yielded is used again for the next entry.
        """
        members = {}
        found = listed = False
        for depth, key, value in self._events("/git/trees/" + tree_id):
            if depth == 1:
                if key == "sha" and value != tree_id:
                    raise GogsError("the answer is the list of another folder")
                listed = key == "tree" and value == ()
                # An empty list is null in Gogs.
                found = found or listed or (key == "tree" and value is None)
            elif listed and depth == 3:
                if key is None:
                    yield members
                    members.clear()
                elif value != ():
                    members[key] = value
        if not found:
            raise GogsError("the answer has no list 'tree'")

    def file(self, commit, path):
        """Open a file of a commit; the caller reads and closes the response."""
        # Gogs answers 500 for anything that is not a blob, and its trees do not tell links apart.
        return self._get("/raw/%s/%s" % (commit, url.quote(path)), "is it a symbolic link?")

    def close(self):
        self._connection.close()

    def _events(self, path):
        with self._get(path, "is the commit gone?") as response:
            response.limit = _LIST_LIMIT
            for event in JsonStream(response, self._buf).events():
                yield event

    def _get(self, path, server_error_hint):
        try:
            response = self._connection.request("GET", self._api + path, self._headers)
        except OSError as error:
            raise GogsError("%s does not answer: %s" % (self._server, error))
        status = response.status
        if status == 200:
            return response
        response.close()
        name = self._name
        if 300 <= status < 400:
            raise Refused("%s redirects elsewhere, which is not followed" % name)
        if status == 401:
            raise Refused("gogsToken is missing or not valid (HTTP 401)")
        if status == 403:
            raise Refused("gogsToken may not read %s (HTTP 403)" % name)
        if status == 404:
            raise Refused(
                "%s%s is not there, or gogsToken has no access (HTTP 404)" % (name, path)
            )
        hint = ": " + server_error_hint if status == _SERVER_ERROR else ""
        raise GogsError("HTTP %d for %s%s%s" % (status, name, path, hint))
