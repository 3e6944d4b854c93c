"""Figures of how the answer moves with its inputs."""
