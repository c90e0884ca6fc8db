"""Public strategies of Hypothesis."""

from pytest_oss_clean.engine.properties.name_strategies import confusable_names, object_names, version_ids
from pytest_oss_clean.engine.properties.signature_strategies import tampered

__all__ = ["confusable_names", "object_names", "tampered", "version_ids"]
