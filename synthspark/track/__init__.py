"""Runs kept in MLflow: settings, scores, artifacts, and the fitted database as a model that samples rows."""
