"""The evaluation: held-out questions by family, asked of a model file through the engine that serves it."""
