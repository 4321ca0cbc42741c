"""Finished runs in the web pages of other tools, such as TensorBoard and MLflow."""
