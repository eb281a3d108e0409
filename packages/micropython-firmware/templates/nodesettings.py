"""What one node has for itself. Copy it to the root of the node; keep it out of repositories."""

settings = {
    # The node's name: on the network, in front of its MQTT topics, and of its repository.
    "controllerName": "node1",
    # Address of the folder of repositories: gogsRemote is gogsBase/controllerName.
    "gogsBase": "http://192.168.1.2:3000/my-user",
    # The branch to follow.
    "gogsBranch": "master",
    # Made in the settings of a Gogs user who may only read the repository.
    "gogsToken": "",
    # What follows is optional: these are the values that count when a line is missing.
    # The repository itself, where its name is not the node's: "http://host:3000/owner/name".
    "gogsRemote": "",
    # Which commit to run: "branch" is the end of gogsBranch, "tag NAME" that tag, "latest" the
    # highest version among the tags ("latest ^1.2": of those from 1.2.0 to before 2.0.0), and
    # "commit ID" that one. What the broker retains at ota/target/<node> goes before it.
    "gogsTrack": "branch",
    # Whether a commit may be older than the one that runs.
    "allowDowngrade": False,
    # For https: a file on the node with the certificate (DER) of the authority to be trusted.
    "gogsCa": "",
    # Install only versions that are signed with this key: what "ota keygen" prints.
    "gogsKey": "",
    # Seconds that a server may be silent.
    "httpTimeout": 5,
    # Print the log, and of the log those names that match one of logInclude and none of
    # logExclude (regular expressions). Warnings are always printed.
    "debug": True,
    "logInclude": [".*"],
    "logExclude": [],
    # Seconds that the application may take from one env["wdt"].feed() to the next.
    "watchdogTimeout": 10,
    # Nodes spread their resets over so many seconds, so that they do not come all at once.
    "resetJitter": 5,
    # A new version is on trial: within so many starts it has to be confirmed, or the version
    # before returns. Feeding the watchdog for so many seconds confirms it; with 0 only
    # env["updater"].confirm() does.
    "trialBoots": 3,
    "trialSeconds": 30,
    # Where the broker cannot be reached: "reset" and try again, for ever; or, after so many tries,
    # "run" what is installed, and look for the broker every so many seconds.
    "offline": "reset",
    "offlineTries": 3,
    "offlineCheck": 300,
    # Any other key is for the application, which finds it in env.
}
