"""Folders of safetensors files written as one GGUF file, models and LoRA adapters.

Importing this package loads nothing heavy; only the worker process needs numpy.
"""
