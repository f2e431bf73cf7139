"""Synthetic copies of relational databases, made with Spark.

In a notebook::

    import synthspark as ss

    mirror = ss.Mirror(spark, "conf/berka.yaml")
    mirror.discover()
    mirror.approve(everything=True)
    mirror.fit()
    mirror.generate(scale=2)
    mirror.evaluate()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synthspark import errors

if TYPE_CHECKING:
    from synthspark.mirror import Mirror as Mirror

__version__ = "0.1.0"
__all__ = ["Mirror", "__version__", "errors"]


def __getattr__(name: str) -> Any:
    """Load the mirror, and Spark with it, only when it is asked for."""
    if name == "Mirror":
        from synthspark.mirror import Mirror

        return Mirror
    raise AttributeError(f"module 'synthspark' has no attribute {name!r}")
