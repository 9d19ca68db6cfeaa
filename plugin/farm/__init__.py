"""Orders rendered on other machines: job bundles, a cluster, and the results collected."""
