"""Contract tests for CleanRestoredObject of Alibaba Cloud OSS, as a pytest plugin."""
