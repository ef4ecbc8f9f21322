"""Tuning a model: what it is made of, what is tried, how a try reaches the server exactly, and what is stored."""
