"""Faulty services that mutants are made of. One file for each part of a server that goes wrong."""
