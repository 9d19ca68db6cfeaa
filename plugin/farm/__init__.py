"""The same orders on other machines: job bundles, a cluster, and what came home."""
