"""The engine: one llama.cpp process for each loaded model, and the scheduler that decides which are loaded."""
