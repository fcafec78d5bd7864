"""Which event log a URL means."""
