"""What the end-to-end tests share: a server of their own on a free port, and HTTP to it."""
