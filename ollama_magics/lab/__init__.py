"""JupyterLab server extension: authenticated routes for the labextension."""
