"""People kept aside before anything is fitted, so that privacy can be judged by people whom no model has seen."""
