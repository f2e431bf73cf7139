"""The errors a user can meet; each carries one message: place, finding, expectation, remedy."""

from __future__ import annotations


class SynthsparkError(Exception):
    """Base of every error raised on purpose; the command line prints its message without a stack trace."""


class ConfigError(SynthsparkError):
    """The configuration or the command line asks for something that does not exist or cannot be."""


class SchemaError(SynthsparkError):
    """schema.yaml contradicts itself, the data, or what a stage needs."""


class DataError(SynthsparkError):
    """The source or the synthetic data cannot be read or used as declared."""


class ModelError(SynthsparkError):
    """A model could not be fitted, stored, read or sampled."""


class ReviewPending(SynthsparkError):
    """Proposals still await a person's decision; nothing unapproved is ever fitted."""


class GateFailed(SynthsparkError):
    """An integrity or quality gate did not hold on the written data."""
