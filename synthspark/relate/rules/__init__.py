"""Sampled rows and proposed keys -> business rules, each with the rows it holds on and why it is no accident."""
