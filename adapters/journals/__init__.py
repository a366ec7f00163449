"""Where a target's log lines and alerts are read: files, listeners, queries."""
