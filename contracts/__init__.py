"""Contracts of CleanRestoredObject: what is demanded, in the order of the document."""
