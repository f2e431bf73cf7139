"""The command line: arguments, session, progress, exit codes."""
