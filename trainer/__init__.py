"""Offline PyTorch trainer for single-step diffusion super-resolution (see trainer/README.md)."""
