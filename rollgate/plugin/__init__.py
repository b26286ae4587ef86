"""The pytest plugin: nobody else imports pytest. `entry` loads it where a command line asks for it."""

pytest_plugins = ["rollgate.plugin.hooks", "rollgate.plugin.fixtures", "rollgate.plugin.soaking"]
