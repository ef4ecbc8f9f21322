"""The IPython surface."""
