"""Stands in for setuptools on pip's path while it downloads (`packages.py`)."""
