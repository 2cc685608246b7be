"""When something is due: cron expressions in time zones, pure."""
