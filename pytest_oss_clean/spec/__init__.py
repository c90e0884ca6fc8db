"""The language of contracts: histories, requests, expectations with their evidence, matchers, findings.

Imports `oss`; knows no client, no emulator and no pytest. Start with `contract.py`.
"""
