"""The steps that rules are compiled into, done to the rows of a table: on the driver, and in the workers."""
