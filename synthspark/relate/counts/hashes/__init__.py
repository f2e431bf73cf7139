"""Value hashes on Spark."""
