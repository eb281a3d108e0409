"""The parts of the Gogs API that a node needs. The token travels in a header only."""

from micropython import const

from ota import blob, http, url
from ota.errors import OtaError, Refused
from ota.jsonstream import JsonStream

_ID_LIMIT = const(128)
_TREE_LIMIT = const(0x40000)
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

    def head(self, branch):
        """Return the commit id that a branch points to: one request of a few hundred bytes."""
        hint = "is there a branch '%s'?" % branch
        with self._get("/commits/refs/heads/" + url.quote(branch), hint) as response:
            response.limit = _ID_LIMIT
            body = response.read()
        try:
            commit = str(body, "utf-8").strip()
        except UnicodeError:
            commit = ""
        if not blob.is_id(commit):
            raise GogsError("the answer of %s is not a commit id" % self._name)
        return commit

    def tree(self, tree_id, visit):
        """Call `visit` with path, type, size and sha of each entry of one folder, as they come."""
        with self._get("/git/trees/" + tree_id, "is the commit gone?") as response:
            response.limit = _TREE_LIMIT
            JsonStream(response, self._buf).objects("tree", visit)

    def file(self, commit, path):
        """Open a file of a commit; the caller reads and closes the response."""
        # Gogs answers 500 for anything that is not a blob, and its trees do not tell links apart.
        return self._get("/raw/%s/%s" % (commit, url.quote(path)), "is it a symbolic link?")

    def close(self):
        self._connection.close()

    def _get(self, path, server_error_hint):
        try:
            response = self._connection.request("GET", self._api + path, self._headers)
        except OSError as error:
            raise GogsError("%s does not answer: %s" % (self._server, error))
        if response.status == 200:
            return response
        response.close()
        status = response.status
        if 300 <= status < 400:
            raise Refused("%s redirects elsewhere, which is not followed" % self._name)
        if status == 401:
            raise Refused("gogsToken is missing or not valid (HTTP 401)")
        if status == 403:
            raise Refused("gogsToken may not read %s (HTTP 403)" % self._name)
        if status == 404:
            raise Refused(
                "%s%s is not there, or gogsToken has no access (HTTP 404)" % (self._name, path)
            )
        hint = ": " + server_error_hint if status == _SERVER_ERROR else ""
        raise GogsError("HTTP %d for %s%s%s" % (status, self._name, path, hint))
