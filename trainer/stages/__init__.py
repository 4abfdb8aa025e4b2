"""The trainer's stages, one module each with `main(config, args)`."""
