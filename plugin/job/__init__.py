"""The JOB folder: its files, locks and queue."""
