"""The console: one page on which a newcomer sees what the server does."""
