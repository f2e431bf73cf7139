"""Kernels fitted by the workers."""
