"""The rows of a large database that are fitted: drawn where they are, brought to the driver."""
