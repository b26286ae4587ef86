"""The ephemeral server: finding binaries, running a cluster, templates and clones."""
