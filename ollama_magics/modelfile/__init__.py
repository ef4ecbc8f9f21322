"""The Modelfile language: lossless tree, Ollama's verdict, problems, writer, create request."""
