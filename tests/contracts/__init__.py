"""One suite for each port, which every adapter is held to."""
