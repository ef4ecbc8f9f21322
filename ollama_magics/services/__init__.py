"""What the product does: create, converse, find a server. No IPython, no widgets."""
