"""What becomes of bytes that nobody thought of? A million of them, and never a 5xx or a crash."""
