"""For `mpy` users who freeze the package into their firmware."""

metadata(
    version="0.1.0",
    description="Keeps /src of a node up to date from a Gogs repository and runs it",
    license="MIT",
)

require("umqtt.simple")
require("ntptime")
package("ota")
