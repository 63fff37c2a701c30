"""A second implementation of parts of the Entrenous protocol, made from its specification alone."""
