"""An OSS emulator with a real restore life cycle, for loopback only."""
