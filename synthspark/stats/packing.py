"""Fitted kernels as parts of a model file; the form itself is that of all artifacts."""

from __future__ import annotations

from synthspark.artifacts.packing import Array, nested, pack, under, unpack

__all__ = ["Array", "nested", "pack", "under", "unpack"]
